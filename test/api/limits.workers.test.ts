import { applyD1Migrations, createExecutionContext, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { app } from '../../worker/api/app.ts'
import { LIMITS } from '../../worker/contract/limits.ts'
import { Client } from '../support/client.ts'

/** Counts as the platform does, but of few requests and without a window that could end in the middle of a test. */
class Counter implements RateLimit {
  asked = 0
  readonly #allowed: number
  readonly #counts = new Map<string, number>()

  constructor(allowed: number) {
    this.#allowed = allowed
  }

  limit({ key }: RateLimitOptions): Promise<RateLimitOutcome> {
    this.asked += 1
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return Promise.resolve({ success: count <= this.#allowed })
  }
}

/** A client of a venue that has these limiters. */
const through = (limiters: { ADDRESS_LIMIT: RateLimit; ACCOUNT_LIMIT: RateLimit }) =>
  new Client((request) =>
    app.fetch(request, { ...env, ...limiters, RATE_LIMITS: 'on' }, createExecutionContext()),
  )

/** Each test speaks from addresses of its own: an isolate remembers whom it has refused. */
const from = (address: string) => ({ 'cf-connecting-ip': address })

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

describe('limits', () => {
  it('refuse an account that changes too much, say when to go on, and leave its reading and others alone', async () => {
    const limiters = { ADDRESS_LIMIT: new Counter(1_000), ACCOUNT_LIMIT: new Counter(3) }
    const [flooder, other] = [through(limiters), through(limiters)]
    await flooder.signUp('Flooder')
    await other.signUp('Other')
    const change = (client: Client) => client.call('DELETE', '/orders')
    for (const status of [200, 200, 200, 429, 429]) expect((await change(flooder)).status).toBe(status)

    const { body, response } = await change(flooder)
    expect(body).toMatchObject({ code: 'rate_limited', status: 429 })
    expect(response.headers.get('retry-after')).toBe(String(LIMITS.account.seconds))
    expect((await flooder.call('GET', '/account')).status).toBe(200)
    expect((await change(other)).status).toBe(200)
  })

  it('refuse an address, whoever asks from there, and tell everybody what the limits are', async () => {
    const limiters = { ADDRESS_LIMIT: new Counter(2), ACCOUNT_LIMIT: new Counter(1_000) }
    const look = (address: string) => through(limiters).call('GET', '/health', undefined, from(address))
    for (const status of [200, 200, 429]) expect((await look('198.51.100.1')).status).toBe(status)

    const { status, response } = await look('198.51.100.2')
    expect(status).toBe(200)
    expect(response.headers.get('ratelimit-policy')).toBe('"address";q=1200;w=10, "account";q=300;w=10')
  })

  it('are not asked again for the moment by whoever was refused', async () => {
    const limiters = { ADDRESS_LIMIT: new Counter(1), ACCOUNT_LIMIT: new Counter(1_000) }
    const statuses: number[] = []
    for (let sent = 0; sent < 20; sent += 1)
      statuses.push((await through(limiters).call('GET', '/health', undefined, from('198.51.100.3'))).status)

    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 429)])
    expect(limiters.ADDRESS_LIMIT.asked).toBeLessThan(20)
  })
})
