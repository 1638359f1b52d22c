import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { LIMITS, type LimitName, RATE_LIMIT_POLICY } from '../contract/limits.ts'
import { configOf, type Env } from '../env.ts'
import { networkOf } from '../limits/network.ts'
import { problemResponse } from './problem.ts'
import type { ApiEnv } from './route.ts'

/** How long an isolate refuses by itself whoever was refused; then the binding is asked again. */
const REFUSED_FOR_MS = 1_000

/** Refused ones that an isolate remembers; past it the oldest is forgotten, which costs a question only. */
const REMEMBERED = 10_000

const BINDINGS = { address: 'ADDRESS_LIMIT', account: 'ACCOUNT_LIMIT' } as const satisfies Record<
  LimitName,
  keyof Env
>

const ADVICE: Readonly<Record<LimitName, string>> = {
  address: 'Too many requests come from your address.',
  account: 'Your account sends too many orders and changes.',
}

/** Whoever is refused, with the time until when: to go on asking meanwhile costs the venue a look at this map. */
const refusedUntil = new Map<string, number>()

/** Bounds what one address asks for, before anything else is done for it. */
export const limitAddress = createMiddleware<ApiEnv>(async (context, next) => {
  const address = networkOf(context.req.header('cf-connecting-ip') ?? 'unknown')
  if (!(await allows(context.env, 'address', address))) return tooMany(context, 'address')
  await next()
  if (context.res.status !== 101) context.header('ratelimit-policy', RATE_LIMIT_POLICY)
  return undefined
})

/** Bounds what one account changes. Reading is bounded by address. */
export const limitAccount = createMiddleware<ApiEnv>(async (context, next) => {
  const { session } = context.var
  const reads = context.req.method === 'GET' || context.req.method === 'HEAD'
  if (session !== null && !reads && !(await allows(context.env, 'account', session.accountId)))
    return tooMany(context, 'account')
  return next()
})

async function allows(env: Env, name: LimitName, of: string): Promise<boolean> {
  if (!configOf(env).rateLimits) return true
  const key = `${name} ${of}`
  const now = Date.now()
  if ((refusedUntil.get(key) ?? 0) > now) return false
  const { success } = await env[BINDINGS[name]].limit({ key })
  if (!success) remember(key, now + REFUSED_FOR_MS)
  return success
}

function remember(key: string, until: number): void {
  refusedUntil.delete(key)
  refusedUntil.set(key, until)
  const [oldest] = refusedUntil.keys()
  if (refusedUntil.size > REMEMBERED && oldest !== undefined) refusedUntil.delete(oldest)
}

function tooMany(context: Context<ApiEnv>, name: LimitName): Response {
  const { requests, seconds } = LIMITS[name]
  const response = problemResponse(context, {
    code: 'rate_limited',
    message: `${ADVICE[name]} At most ${requests} are taken in ${seconds} seconds: wait as long, then go on more slowly.`,
  })
  response.headers.set('retry-after', String(seconds))
  response.headers.set('ratelimit-policy', RATE_LIMIT_POLICY)
  return response
}
