import { Account as RealAccount } from '../../../../worker/account/account.ts'
import { openAccount } from '../../../../worker/api/openAccount.ts'
import { createAuth } from '../../../../worker/auth/auth.ts'
import type { Env } from '../../../../worker/env.ts'
import worker from '../../../../worker/index.ts'
import { Market as RealMarket } from '../../../../worker/market/market.ts'
import { type FloorAccount, type FloorMarket, floor, projectFloor } from './floor.ts'
import { type Charged, meterStorage, nothingCharged } from './meter.ts'

// The API Worker with a floor beside it, ways to open accounts in bulk, and, with METER=on, figures of what is used.

export { CopyPool, DemoTraders } from '../../../../worker/index.ts'
export { FloorAccount, FloorMarket } from './floor.ts'

interface BenchEnv extends Env {
  readonly METER: string
  readonly FLOOR_ACCOUNT: DurableObjectNamespace<FloorAccount>
  readonly FLOOR_MARKET: DurableObjectNamespace<FloorMarket>
  readonly FLOOR_EVENTS: Queue
}

/** By kind of object. One isolate runs everything here, so one place holds the figures of all. */
const charged = new Map<string, Charged>()
const database = { queries: 0, rowsRead: 0, rowsWritten: 0 }
const queue = { messages: 0, batches: 0 }

function chargedOf(kind: string): Charged {
  const known = charged.get(kind)
  if (known !== undefined) return known
  const fresh = nothingCharged()
  charged.set(kind, fresh)
  return fresh
}

function metered(ctx: DurableObjectState, env: Env, kind: string): DurableObjectState {
  if (isMetered(env)) meterStorage(ctx.storage, chargedOf(kind))
  return ctx
}

const isMetered = (env: Env): boolean => 'METER' in env && env.METER === 'on'

const kindOfAccount = (name: string): string => (name.startsWith('house.') ? 'house' : 'account')
const kindOf = (ctx: DurableObjectState): string => kindOfAccount(ctx.id.name ?? '')

export class Account extends RealAccount {
  readonly #kind: string

  constructor(ctx: DurableObjectState, env: BenchEnv) {
    super(metered(ctx, env, kindOf(ctx)), meteredEnv(env))
    this.#kind = kindOf(ctx)
  }

  override alarm(): void | Promise<void> {
    countAlarm(this.#kind)
    return super.alarm()
  }
}

export class Market extends RealMarket {
  constructor(ctx: DurableObjectState, env: BenchEnv) {
    super(metered(ctx, env, 'market'), meteredEnv(env))
  }

  override alarm(): Promise<void> {
    countAlarm('market')
    return super.alarm()
  }
}

function countAlarm(kind: string): void {
  chargedOf(kind).alarms += 1
  chargedOf(kind).requests += 1
}

/** Calls of objects of one kind, by whoever holds the binding: what workerd is asked, and not what an object asks of itself. */
function countedNamespace(real: unknown, kindOfName: (name: string) => string): unknown {
  if (!isNamespace(real)) throw new Error('no namespace of objects')
  return {
    getByName(name: string) {
      const stub = real.getByName(name)
      return new Proxy(stub, {
        get(target, method) {
          const value: unknown = Reflect.get(target, method)
          if (typeof value !== 'function') return value
          return (...given: unknown[]) => {
            chargedOf(kindOfName(name)).requests += 1
            return Reflect.apply(value, target, given)
          }
        },
      })
    },
  }
}

interface Named {
  getByName(name: string): object
}

const isNamespace = (real: unknown): real is Named =>
  typeof real === 'object' && real !== null && 'getByName' in real

function countedQueue({ MARKET_EVENTS: real }: Env): Queue {
  return new Proxy(real, {
    get(target, name) {
      if (name !== 'sendBatch') return Reflect.get(target, name)
      return (messages: Iterable<MessageSendRequest>, options?: QueueSendBatchOptions) => {
        const all = [...messages]
        queue.batches += 1
        queue.messages += all.length
        return target.sendBatch(all, options)
      }
    },
  })
}

function countedDatabase(real: D1Database): D1Database {
  const count = (meta: D1Meta) => {
    database.rowsRead += meta.rows_read
    database.rowsWritten += meta.rows_written
  }
  const originals = new WeakMap<object, D1PreparedStatement>()
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => wrap(target.bind(...values))
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        // Only `all` tells what it read.
        if (name === 'first')
          return async () => {
            database.queries += 1
            const { meta, results } = await target.all()
            count(meta)
            return results[0] ?? null
          }
        return async (...given: unknown[]) => {
          database.queries += 1
          const result: unknown = await Reflect.apply(value, target, given)
          if (typeof result === 'object' && result !== null && 'meta' in result) count(result.meta as D1Meta)
          return result
        }
      },
    })
    originals.set(wrapped, statement)
    return wrapped
  }
  return new Proxy(real, {
    get(target, name) {
      if (name === 'prepare') return (query: string) => wrap(target.prepare(query))
      if (name === 'batch')
        return async (statements: D1PreparedStatement[]) => {
          database.queries += 1
          const results = await target.batch(statements.map((each) => originals.get(each) ?? each))
          for (const { meta } of results) count(meta)
          return results
        }
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const environments = new WeakMap<BenchEnv, BenchEnv>()

function meteredEnv(env: BenchEnv): BenchEnv {
  if (!isMetered(env)) return env
  const known = environments.get(env)
  if (known !== undefined) return known
  const made = {
    ...env,
    DB: countedDatabase(env.DB),
    MARKET_EVENTS: countedQueue(env),
    ACCOUNT: countedNamespace(env.ACCOUNT, kindOfAccount) as Env['ACCOUNT'],
    MARKET: countedNamespace(env.MARKET, () => 'market') as Env['MARKET'],
  }
  environments.set(env, made)
  return made
}

/**
 * Opens accounts as a sign-up does, through the real auth code, but for the password and its hash: a thousand of those
 * would take minutes.
 */
async function openAccounts(request: Request, env: BenchEnv): Promise<Response> {
  const { first, count } = (await request.json()) as { first: number; count: number }
  const auth = await createAuth(env, request, openAccount(env)).$context
  const open = async (index: number) => {
    const user = await auth.internalAdapter.createUser(
      { name: `trader${index}`, email: `trader${index}@example.com`, emailVerified: false },
      { method: 'email-password' },
    )
    const { token } = await auth.internalAdapter.createSession(user.id, false)
    const signed = encodeURIComponent(`${token}.${await signature(token, auth.secret)}`)
    return { id: user.id, cookie: `${auth.authCookies.sessionToken.name}=${signed}` }
  }
  const made = await Promise.all(Array.from({ length: count }, (_, index) => open(first + index)))
  return Response.json(made)
}

async function signature(text: string, secret: string): Promise<string> {
  const bytes = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes.encode(secret), algorithm, false, ['sign'])
  const signed = await crypto.subtle.sign('HMAC', key, bytes.encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(signed)))
}

function takeFigures(): Response {
  const figures = { objects: Object.fromEntries(charged), database: { ...database }, queue: { ...queue } }
  const answer = Response.json(figures)
  for (const counted of charged.values()) Object.assign(counted, nothingCharged())
  Object.assign(database, { queries: 0, rowsRead: 0, rowsWritten: 0 })
  Object.assign(queue, { messages: 0, batches: 0 })
  return answer
}

export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url)
    if (pathname === '/floor') return floor(request, env)
    if (pathname === '/bench/figures') return takeFigures()
    if (pathname === '/bench/accounts') return openAccounts(request, env)
    if (pathname === '/bench/nothing') return new Response('{}')
    return worker.fetch(request, meteredEnv(env), context)
  },
  queue: (batch, env) =>
    batch.queue === 'floor-events' ? projectFloor(batch, env) : worker.queue(batch, meteredEnv(env)),
} satisfies ExportedHandler<BenchEnv>
