import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { app } from '../../worker/api/app.ts'
import type { Access } from '../../worker/api/route.ts'
import { Problem } from '../../worker/contract/errors.ts'
import { Client } from '../support/client.ts'

const ID = '0198c0de-0000-7000-8000-000000000001'

/**
 * Every route of the API, who may call it, and a well-formed request of it. A new route is missing here until somebody
 * has thought about both.
 */
const ROUTES: Record<string, { access: Access; body?: object; upgrade?: boolean }> = {
  'GET /health': { access: 'anyone' },
  'GET /markets': { access: 'anyone' },
  'GET /markets/{market}': { access: 'anyone' },
  'GET /markets/{market}/book': { access: 'anyone' },
  'GET /markets/{market}/trades': { access: 'anyone' },
  'GET /markets/{market}/trades/history': { access: 'anyone' },
  'GET /markets/{market}/candles': { access: 'anyone' },
  'GET /leaderboard': { access: 'anyone' },
  'GET /traders/{id}': { access: 'anyone' },
  'GET /stream': { access: 'anyone', upgrade: true },
  'GET /stream/markets/{market}': { access: 'anyone', upgrade: true },
  'GET /stream/account': { access: 'account', upgrade: true },
  'GET /account': { access: 'account' },
  'GET /account/journal': { access: 'account' },
  'POST /account/reset': { access: 'account' },
  'GET /account/small-balances': { access: 'account' },
  'POST /account/small-balances': { access: 'account', body: {} },
  'PATCH /account/profile': { access: 'account', body: { bio: 'I trade slowly.' } },
  'GET /orders': { access: 'account' },
  'POST /orders': {
    access: 'account',
    body: { market: 'BTC-USDT', side: 'buy', type: 'limit', price: '50000', quantity: '0.001' },
  },
  'POST /orders/oco': {
    access: 'account',
    body: {
      market: 'BTC-USDT',
      side: 'sell',
      quantity: '0.01',
      takeProfit: { price: '90000' },
      stopLoss: { triggerPrice: '30000' },
    },
  },
  'POST /operator/reconciliation': { access: 'operator', body: {} },
  'PUT /operator/markets/{market}/status': { access: 'operator', body: { status: 'halted' } },
  'POST /operator/projection': { access: 'operator', body: {} },
  'PATCH /orders/{id}': { access: 'account', body: { quantity: '0.02' } },
  'DELETE /orders': { access: 'account' },
  'GET /orders/{id}': { access: 'account' },
  'DELETE /orders/{id}': { access: 'account' },
  'GET /fills': { access: 'account' },
  'GET /follows': { access: 'account' },
  'POST /follows': {
    access: 'account',
    body: { leaderId: ID, amount: '100', settings: { mode: 'proportional', maxPerOrder: '50' } },
  },
  'GET /follows/{id}': { access: 'account' },
  'PATCH /follows/{id}': { access: 'account', body: { paused: true } },
  'DELETE /follows/{id}': { access: 'account' },
  'GET /copies': { access: 'account' },
  'GET /copies/{id}': { access: 'account' },
  'GET /notifications': { access: 'account' },
  'POST /notifications/read': { access: 'account', body: {} },
}

const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ 'x-access': z.string().optional() }))),
})

const pathOf = (route: string) => route.replace('{market}', 'BTC-USDT').replace('{id}', ID)

function requestOf(key: string): [string, string, object | undefined, Record<string, string>] {
  const [method = '', path = ''] = key.split(' ')
  const entry = ROUTES[key]
  return [method, pathOf(path), entry?.body, entry?.upgrade === true ? { upgrade: 'websocket' } : {}]
}

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

describe('law 9, nobody acts for another', () => {
  it('has every route of the API in the table above, with the access that the route states', async () => {
    const { paths } = Document.parse((await new Client().call('GET', '/openapi.json')).body)
    const stated = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => [
        `${method.toUpperCase()} ${path.replace('/api/v1', '')}`,
        operation['x-access'],
      ]),
    )
    expect(Object.fromEntries(stated)).toEqual(
      Object.fromEntries(Object.entries(ROUTES).map(([key, { access }]) => [key, access])),
    )
  })

  it('has no route besides those, the sign-in library and the document with its page', () => {
    const documented = new Set(Object.keys(ROUTES).map((key) => key.replaceAll(/\{(\w+)\}/g, ':$1')))
    const others = app.routes
      .filter(({ method, path }) => method !== 'ALL' || path.includes('auth'))
      .map(({ method, path }) => `${method} ${path.replace('/api/v1', '')}`)
      .filter((key) => !documented.has(key))
    expect([...new Set(others)].sort()).toEqual(['ALL /auth/*', 'GET /openapi.json', 'GET /reference'])
  })

  const personal = Object.keys(ROUTES).filter((key) => ROUTES[key]?.access === 'account')
  it.each(personal)('%s answers nobody without a session', async (key) => {
    const answer = await new Client().call(...requestOf(key))
    expect(answer.status).toBe(401)
    expect(Problem.parse(answer.body).code).toBe('unauthenticated')
    expect(answer.response.headers.get('cache-control')).toContain('no-store')
  })

  const operators = Object.keys(ROUTES).filter((key) => ROUTES[key]?.access === 'operator')
  it.each(operators)('%s answers nobody but the operator', async (key) => {
    const [method, path, body] = requestOf(key)
    const ada = new Client()
    await ada.signUp('Ada')
    const guesses = [{}, { authorization: 'Bearer ' }, { authorization: `Bearer ${env.OPERATOR_TOKEN}x` }]
    for (const headers of guesses) {
      const answer = await ada.call(method, path, body, headers)
      expect([answer.status, Problem.parse(answer.body).code]).toEqual([403, 'forbidden'])
    }
    const answer = await new Client().call(method, path, body, {
      authorization: `Bearer ${env.OPERATOR_TOKEN}`,
    })
    expect(answer.status).toBe(200)
  })

  it('lets nobody keep what the sign-in library answers a person', async () => {
    const ada = new Client()
    await ada.signUp('Ada')
    for (const path of ['/auth/get-session', '/auth/list-sessions', '/auth/list-accounts']) {
      const { response } = await ada.call('GET', path)
      expect([path, response.status, response.headers.get('cache-control')]).toEqual([
        path,
        200,
        expect.stringContaining('no-store'),
      ])
    }
  })

  const changing = Object.keys(ROUTES).filter(
    (key) => !key.startsWith('GET') || ROUTES[key]?.upgrade === true,
  )
  it.each(changing)('%s refuses a request that another site caused', async (key) => {
    const [method, path, body, headers] = requestOf(key)
    const answer = await new Client().call(method, path, body, { ...headers, origin: 'https://evil.example' })
    expect(answer.status).toBe(403)
    expect(Problem.parse(answer.body).code).toBe('bad_origin')
  })

  it("shows one person's order, follow and copy to no other, and lets no other cancel it", async () => {
    const [ada, bob] = [new Client(), new Client()]
    await ada.signUp('Ada')
    await bob.signUp('Bob')
    const placed = await ada.call('POST', '/orders', ROUTES['POST /orders']?.body)
    const { order } = z.object({ order: z.object({ id: z.string(), status: z.string() }) }).parse(placed.body)
    expect(order.status).toBe('open')
    for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', { quantity: '0.02' }]] as const) {
      const answer = await bob.call(method, `/orders/${order.id}`, body)
      expect([answer.status, Problem.parse(answer.body).code]).toEqual([404, 'unknown_order'])
    }
    expect((await ada.call('GET', `/orders/${order.id}`)).body).toMatchObject({ order: { status: 'open' } })
  })

  it('lets nobody take the name of a trader who takes followers', async () => {
    const [ada, bob] = [new Client(), new Client()]
    await ada.signUp('Ada')
    await bob.signUp('Bob')
    expect(
      (await ada.call('PATCH', '/account/profile', { name: 'Slow Tide', openToFollowers: true })).status,
    ).toBe(200)
    const named = await bob.call('PATCH', '/account/profile', { name: 'slow tide' })
    expect([named.status, Problem.parse(named.body).code]).toEqual([409, 'name_taken'])
    expect((await ada.call('PATCH', '/account/profile', { name: 'Slow Tide', bio: 'Mine.' })).status).toBe(
      200,
    )
    expect((await bob.call('PATCH', '/account/profile', { bio: 'Another.' })).status).toBe(200)
  })
})
