import { betterAuth } from 'better-auth'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { APIError } from 'better-auth/api'
import { eq } from 'drizzle-orm'
import { parseSigned } from 'hono/utils/cookie'
import { uuidv7 } from 'uuidv7'
import { INVISIBLE } from '../contract/traders.ts'
import { database } from '../db/database.ts'
import * as schema from '../db/schema.ts'
import type { Env } from '../env.ts'
import { configOf } from '../env.ts'

/** Where the library's own routes are mounted; everything below it goes to `createAuth(...).handler`. */
export const authPath = '/api/v1/auth'

/**
 * Opens what a new person has on the venue: the Account with its demo grant and the public profile.
 * Has to be idempotent: it is called at sign-up and, where that was lost, again with each request until it succeeds.
 */
export type OpenAccount = (accountId: string, name: string) => Promise<void>

export interface Session {
  readonly accountId: string
  readonly email: string
  readonly name: string
}

const day = 24 * 60 * 60
const longestName = 60
const cookiePrefix = 'cryptoorchestrator'

/**
 * better-auth on D1, for this one request: an instance kept across requests would await promises of another request,
 * which workerd refuses.
 */
export function createAuth(env: Env, request: Request, openAccount: OpenAccount) {
  const config = configOf(env)
  const origin = new URL(config.publicUrl ?? request.url).origin
  const db = database(env.DB)
  return betterAuth({
    appName: 'CryptoOrchestrator',
    baseURL: origin,
    basePath: authPath,
    secret: config.authSecret,
    trustedOrigins: [origin],
    telemetry: { enabled: false },
    // Wrong passwords and short ones are answers, not news.
    logger: { level: 'error' },
    // The adapter's `transaction` stays off: D1 has no interactive one.
    database: drizzleAdapter(db, { provider: 'sqlite', schema }),
    // What others see of a person is changed by PATCH /account/profile, which checks it.
    disabledPaths: ['/update-user'],
    emailAndPassword: { enabled: true, autoSignIn: true, minPasswordLength: 8, maxPasswordLength: 128 },
    session: { expiresIn: 30 * day, updateAge: day },
    user: { additionalFields: { openedAt: { type: 'date', required: false, input: false } } },
    advanced: {
      cookiePrefix,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' },
      database: { generateId: () => uuidv7() },
      // Cloudflare sets it and overwrites what a client sends; the pages' Worker passes it on.
      ipAddress: { ipAddressHeaders: ['cf-connecting-ip'] },
    },
    rateLimit: {
      enabled: true,
      // Memory is per isolate, and KV cannot increment.
      storage: 'database',
      window: 60,
      max: 120,
      customRules: {
        '/sign-in/email': { window: 60, max: 10 },
        '/sign-up/email': { window: 60, max: 10 },
        // A session read counts for nothing and comes with every page.
        '/get-session': false,
      },
    },
    databaseHooks: {
      user: {
        create: {
          before: async (user) => ({ data: { ...user, name: checkedName(user.name) } }),
          after: async (user) => openOnce(env, openAccount, user.id, user.name),
        },
      },
    },
  })
}

/**
 * Who is asking, by the session cookie; null for nobody. Opens the person's account where sign-up did not get to it.
 * The library's own `getSession` asks the database twice, one after the other, and is made anew with each request: it took
 * most of the time of an order. So its rules are here in one query: the cookie carries our signature, its token is a
 * session that has not been ended, and the session's time is not over. The time is not extended, since that has to send a
 * cookie: a page does it by GET /get-session.
 */
export async function sessionOf(
  request: Request,
  env: Env,
  openAccount: OpenAccount,
): Promise<Session | null> {
  const cookies = request.headers.get('cookie')
  if (cookies === null) return null
  const { authSecret, publicUrl } = configOf(env)
  const isSecure = new URL(publicUrl ?? request.url).protocol === 'https:'
  const name = `${isSecure ? '__Secure-' : ''}${cookiePrefix}.session_token`
  const token = (await parseSigned(cookies, authSecret, name))[name]
  if (token === undefined || token === false) return null
  const found = await env.DB.prepare(SESSION).bind(token, Date.now()).first<SessionRow>()
  if (found === null) return null
  const { id, email, name: shown, opened_at: openedAt } = found
  if (openedAt === null) await openOnce(env, openAccount, id, shown)
  return { accountId: id, email, name: shown }
}

const SESSION = `
  SELECT user.id, user.email, user.name, user.opened_at FROM session JOIN user ON user.id = session.user_id
  WHERE session.token = ? AND session.expires_at >= ?`

interface SessionRow {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly opened_at: number | null
}

/** A failure is logged and left for the next request: the person exists by now, and must be able to sign in. */
async function openOnce(env: Env, openAccount: OpenAccount, accountId: string, name: string): Promise<void> {
  try {
    await openAccount(accountId, name)
    await database(env.DB)
      .update(schema.user)
      .set({ openedAt: new Date() })
      .where(eq(schema.user.id, accountId))
  } catch (error) {
    console.error({ event: 'account_not_opened', accountId, error: String(error) })
  }
}

/** A name is shown to everyone: one line, visible, of a bounded length. */
function checkedName(name: string): string {
  const trimmed = name.normalize('NFC').trim()
  if (trimmed.length === 0 || trimmed.length > longestName || INVISIBLE.test(trimmed)) {
    throw new APIError('BAD_REQUEST', {
      code: 'INVALID_NAME',
      message: `Give a name of 1 to ${longestName} visible characters.`,
    })
  }
  return trimmed
}
