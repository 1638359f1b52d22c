import * as z from 'zod'
import type { Account } from './account/account.ts'
import type { CopyPool } from './copying/copyPool.ts'
import type { DemoTraders } from './demo/demoTraders.ts'
import type { Market } from './market/market.ts'

/** What the platform hands to the Worker and to each object: bindings as wrangler.toml names them, and plain text. */
export interface Env extends Text {
  readonly ACCOUNT: DurableObjectNamespace<Account>
  readonly MARKET: DurableObjectNamespace<Market>
  readonly COPY_POOL: DurableObjectNamespace<CopyPool>
  readonly DEMO_TRADERS: DurableObjectNamespace<DemoTraders>
  readonly MARKET_EVENTS: Queue
  readonly COPY_FILLS: Queue
  readonly COPY_ORDERS: Queue
  readonly NOTIFICATIONS: Queue
  readonly DB: D1Database
  readonly CACHE: KVNamespace
  readonly ADDRESS_LIMIT: RateLimit
  readonly ACCOUNT_LIMIT: RateLimit
}

/** Variables and secrets as they arrive. Everything but `configOf` leaves them alone. */
interface Text {
  readonly BETTER_AUTH_SECRET: string
  readonly OPERATOR_TOKEN?: string
  readonly PUBLIC_URL?: string
  readonly FEED: string
  readonly RECORDING_URL?: string
  readonly EXCHANGE?: string
  readonly EXCHANGE_URL?: string
  readonly DEMO: string
  readonly EMAIL: string
  readonly EMAIL_FROM?: string
  readonly RESEND_API_KEY?: string
  readonly STREAM_INTERVAL_MS: string
  readonly STREAM_SOCKETS_PER_ADDRESS: string
  readonly RATE_LIMITS: string
  readonly OPERATOR_ACCOUNTS?: string
}

const emptyIsAbsent = (value: unknown) => (value === '' ? undefined : value)
const optional = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(emptyIsAbsent, schema.optional())
const onOff = z.enum(['on', 'off']).transform((value) => value === 'on')

const configSchema = z
  .object({
    BETTER_AUTH_SECRET: z.string().min(32, 'needs at least 32 characters: openssl rand -hex 32'),
    OPERATOR_TOKEN: optional(z.string().min(32, 'needs at least 32 characters: openssl rand -hex 32')),
    PUBLIC_URL: optional(z.url({ protocol: /^https?$/ })),
    FEED: z.enum(['simulated', 'recorded', 'exchange']),
    RECORDING_URL: optional(z.url({ protocol: /^https?$/ })),
    EXCHANGE: optional(z.enum(['binance', 'bybit', 'coinbase', 'kraken', 'kucoin', 'okx'])),
    EXCHANGE_URL: optional(z.url({ protocol: /^https?$/ })),
    DEMO: onOff,
    EMAIL: onOff,
    EMAIL_FROM: optional(z.string()),
    RESEND_API_KEY: optional(z.string()),
    STREAM_INTERVAL_MS: z.coerce.number().int().min(20).max(5000),
    STREAM_SOCKETS_PER_ADDRESS: z.coerce.number().int().min(1).max(5000),
    OPERATOR_ACCOUNTS: optional(z.string()),
    RATE_LIMITS: onOff,
  })
  .refine((text) => text.FEED !== 'recorded' || text.RECORDING_URL !== undefined, {
    path: ['RECORDING_URL'],
    message: 'is needed for FEED=recorded: npm start -- --feed recorded --recording FILE sets it',
  })
  .refine((text) => !text.EMAIL || (text.RESEND_API_KEY !== undefined && text.EMAIL_FROM !== undefined), {
    path: ['EMAIL'],
    message: 'on needs RESEND_API_KEY and EMAIL_FROM',
  })
  .transform((text) => ({
    authSecret: text.BETTER_AUTH_SECRET,
    /** What the operator's requests carry; undefined: nobody is the operator. */
    operatorToken: text.OPERATOR_TOKEN,
    /** Where people reach the pages; undefined: wherever the request came to. */
    publicUrl: text.PUBLIC_URL,
    feed: text.FEED,
    recordingUrl: text.RECORDING_URL,
    exchange: text.EXCHANGE ?? 'binance',
    /** Instead of the exchange's own address: a proxy, or the loopback server of a test. */
    exchangeUrl: text.EXCHANGE_URL,
    demoTraders: text.DEMO,
    /** Undefined: no email leaves. */
    email:
      text.EMAIL && text.RESEND_API_KEY !== undefined && text.EMAIL_FROM !== undefined
        ? { key: text.RESEND_API_KEY, from: text.EMAIL_FROM }
        : undefined,
    /** Milliseconds over which a market's public updates are gathered into one. */
    streamInterval: text.STREAM_INTERVAL_MS,
    /** Sockets that one address may have on one market; several people may be behind one. */
    streamSocketsPerAddress: text.STREAM_SOCKETS_PER_ADDRESS,
    /** Off: anybody may ask as often as they like, as a benchmark does. */
    rateLimits: text.RATE_LIMITS,
    /** Account ids of who is told of what is wrong with the venue. */
    operators: (text.OPERATOR_ACCOUNTS ?? '')
      .split(',')
      .map((id) => id.trim())
      .filter((id) => id !== ''),
  }))

export type Config = z.infer<typeof configSchema>

const parsed = new WeakMap<Text, Config>()

/**
 * The configuration, checked. An entry point (fetch, queue, scheduled, an object's constructor) calls it before
 * anything else, so that a wrong variable stops everything at once and by name. Throws an Error that lists what is wrong.
 */
export function configOf(env: Text): Config {
  const known = parsed.get(env)
  if (known !== undefined) return known
  const result = configSchema.safeParse(env)
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
    throw new Error(`The configuration is not usable. ${faults.join('; ')}.`)
  }
  parsed.set(env, result.data)
  return result.data
}
