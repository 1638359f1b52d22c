import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { Problem } from '../../worker/contract/errors.ts'
import { Client } from '../support/client.ts'

const ID = '0198c0de-0000-7000-8000-000000000001'
const LIMIT = { market: 'BTC-USDT', side: 'buy', type: 'limit', price: '50000', quantity: '0.001' }
const MARKET = { market: 'BTC-USDT', side: 'buy', type: 'market', quoteAmount: '100' }
const FOLLOW = { leaderId: ID, amount: '100', settings: { mode: 'proportional', maxPerOrder: '50' } }
const fixed = (settings: object) => ({ ...FOLLOW, settings: { ...FOLLOW.settings, ...settings } })

/** Name, request, and the code and field it is refused with. */
const CASES: [name: string, method: string, path: string, body: unknown, code: string, field?: string][] = [
  ['a body that is not JSON', 'POST', '/orders', '{"market":', 'invalid_input'],
  ['a body that is a list', 'POST', '/orders', [], 'invalid_input'],
  ['no body', 'POST', '/orders', undefined, 'invalid_input', 'market'],
  ['an unknown field', 'POST', '/orders', { ...LIMIT, leverage: 10 }, 'invalid_input', 'leverage'],
  ['a price as a number', 'POST', '/orders', { ...LIMIT, price: 50000 }, 'invalid_input', 'price'],
  ['a negative price', 'POST', '/orders', { ...LIMIT, price: '-1' }, 'invalid_input', 'price'],
  ['a price of zero', 'POST', '/orders', { ...LIMIT, price: '0' }, 'invalid_input', 'price'],
  ['a price with an exponent', 'POST', '/orders', { ...LIMIT, price: '5e4' }, 'invalid_input', 'price'],
  ['a price that is not a number', 'POST', '/orders', { ...LIMIT, price: 'NaN' }, 'invalid_input', 'price'],
  ['a price with white space', 'POST', '/orders', { ...LIMIT, price: ' 50000' }, 'invalid_input', 'price'],
  [
    'a quantity beyond all bounds',
    'POST',
    '/orders',
    { ...LIMIT, quantity: '9'.repeat(40) },
    'invalid_input',
    'quantity',
  ],
  [
    'a quantity of nine decimals',
    'POST',
    '/orders',
    { ...LIMIT, quantity: '0.000000001' },
    'invalid_input',
    'quantity',
  ],
  ['a price off the tick grid', 'POST', '/orders', { ...LIMIT, price: '50000.001' }, 'off_tick', 'price'],
  [
    'a quantity off the lot grid',
    'POST',
    '/orders',
    { ...LIMIT, quantity: '0.000001' },
    'off_lot',
    'quantity',
  ],
  [
    'a quantity over the maximum',
    'POST',
    '/orders',
    { ...LIMIT, quantity: '100000' },
    'above_maximum',
    'quantity',
  ],
  [
    'a notional under the minimum',
    'POST',
    '/orders',
    { ...LIMIT, quantity: '0.00001' },
    'below_minimum',
    'quantity',
  ],
  ['a price outside the band', 'POST', '/orders', { ...LIMIT, price: '999999' }, 'outside_band', 'price'],
  ['more than there is', 'POST', '/orders', { ...LIMIT, quantity: '1' }, 'insufficient_funds'],
  [
    'a sale of what is not held',
    'POST',
    '/orders',
    { ...LIMIT, side: 'sell', price: '70000' },
    'insufficient_funds',
  ],
  ['an unknown market', 'POST', '/orders', { ...LIMIT, market: 'ABC-USDT' }, 'unknown_market', 'market'],
  [
    'a market that is no name',
    'POST',
    '/orders',
    { ...LIMIT, market: '../secrets' },
    'invalid_input',
    'market',
  ],
  [
    'a limit order without a price',
    'POST',
    '/orders',
    { ...LIMIT, price: undefined },
    'invalid_input',
    'price',
  ],
  ['a market order with a price', 'POST', '/orders', { ...MARKET, price: '1' }, 'invalid_input', 'price'],
  ['a market order by both', 'POST', '/orders', { ...MARKET, quantity: '1' }, 'invalid_input', 'quantity'],
  ['a post-only market order', 'POST', '/orders', { ...MARKET, postOnly: true }, 'invalid_input', 'postOnly'],
  ['an unknown side', 'POST', '/orders', { ...LIMIT, side: 'hold' }, 'invalid_input', 'side'],
  [
    'a client order id with spaces',
    'POST',
    '/orders',
    { ...LIMIT, clientOrderId: 'a b' },
    'invalid_input',
    'clientOrderId',
  ],
  ['an order that does not exist', 'GET', `/orders/${ID}`, undefined, 'unknown_order', 'id'],
  ['a cancel of one', 'DELETE', `/orders/${ID}`, undefined, 'unknown_order', 'id'],
  ['an order id that is none', 'GET', '/orders/1', undefined, 'invalid_input', 'id'],
  ['a page of a million', 'GET', '/orders?limit=1000000', undefined, 'invalid_input', 'limit'],
  ['a cursor that is none', 'GET', '/orders?cursor=next', undefined, 'invalid_input', 'cursor'],
  ['a cursor of another list', 'GET', '/fills?cursor=1.abc', undefined, 'invalid_input', 'cursor'],
  ['a cursor of the journal', 'GET', '/account/journal?cursor=-1', undefined, 'invalid_input', 'cursor'],
  ['a cursor of copies', 'GET', '/copies?cursor=1', undefined, 'invalid_input', 'cursor'],
  ['a cursor of the inbox', 'GET', '/notifications?cursor=', undefined, 'invalid_input', 'cursor'],
  ['orders since a word', 'GET', '/orders?from=monday', undefined, 'invalid_input', 'from'],
  ['fills of a side unknown', 'GET', '/fills?side=both', undefined, 'invalid_input', 'side'],
  ['a page of minus one', 'GET', '/fills?limit=-1', undefined, 'invalid_input', 'limit'],
  [
    'a cancel of all in an unknown market',
    'DELETE',
    '/orders?market=ABC-USDT',
    undefined,
    'unknown_market',
    'market',
  ],
  ['a market that does not exist', 'GET', '/markets/ABC-USDT', undefined, 'unknown_market', 'market'],
  ['a book of depth zero', 'GET', '/markets/BTC-USDT/book?depth=0', undefined, 'invalid_input', 'depth'],
  [
    'a tape of a thousand lines',
    'GET',
    '/markets/BTC-USDT/trades?limit=1000',
    undefined,
    'invalid_input',
    'limit',
  ],
  [
    'trades of a thousand lines',
    'GET',
    '/markets/BTC-USDT/trades/history?limit=1000',
    undefined,
    'invalid_input',
    'limit',
  ],
  [
    'trades since a number',
    'GET',
    '/markets/BTC-USDT/trades/history?from=1',
    undefined,
    'invalid_input',
    'from',
  ],
  ['trades of nowhere', 'GET', '/markets/ABC-USDT/trades/history', undefined, 'unknown_market', 'market'],
  ['a file of another kind', 'GET', '/orders?format=xlsx', undefined, 'invalid_input', 'format'],
  [
    'a file of candles of nowhere',
    'GET',
    '/markets/ABC-USDT/candles?format=csv',
    undefined,
    'unknown_market',
    'market',
  ],
  ['candles from a word', 'GET', '/markets/BTC-USDT/candles?from=monday', undefined, 'invalid_input', 'from'],
  [
    'a leaderboard of a window unknown',
    'GET',
    '/leaderboard?window=1y',
    undefined,
    'invalid_input',
    'window',
  ],
  ['a trader that does not exist', 'GET', `/traders/${ID}`, undefined, 'unknown_trader', 'id'],
  [
    'a name that turns the text round',
    'PATCH',
    '/account/profile',
    { name: 'Ada \u202Eadl' },
    'invalid_input',
    'name',
  ],
  ['a profile without a name', 'PATCH', '/account/profile', { name: ' ' }, 'invalid_input', 'name'],
  ['a follow of nobody', 'POST', '/follows', FOLLOW, 'unknown_trader', 'leaderId'],
  ['a follow with nothing', 'POST', '/follows', { ...FOLLOW, amount: '0' }, 'invalid_input', 'amount'],
  [
    'an absurd slippage',
    'POST',
    '/follows',
    fixed({ maxSlippageBps: 100_000 }),
    'invalid_input',
    'settings.maxSlippageBps',
  ],
  [
    'a fixed mode without an amount',
    'POST',
    '/follows',
    fixed({ mode: 'fixed' }),
    'invalid_input',
    'settings.fixedAmount',
  ],
  ['a mode unknown', 'POST', '/follows', fixed({ mode: 'martingale' }), 'invalid_input', 'settings.mode'],
  ['a follow that does not exist', 'GET', `/follows/${ID}`, undefined, 'unknown_follow', 'id'],
  ['a pause of one', 'PATCH', `/follows/${ID}`, { paused: true }, 'unknown_follow'],
  ['an end of one', 'DELETE', `/follows/${ID}`, undefined, 'unknown_follow'],
  ['a change of nothing', 'PATCH', `/follows/${ID}`, {}, 'invalid_input'],
  ['copies of a word', 'GET', '/copies?followId=mine', undefined, 'invalid_input', 'followId'],
  ['a copy that does not exist', 'GET', `/copies/${ID}`, undefined, 'unknown_copy', 'id'],
  ['reading what is no id', 'POST', '/notifications/read', { ids: ['1'] }, 'invalid_input', 'ids.0'],
  ['a stream without a WebSocket', 'GET', '/stream/markets/BTC-USDT', undefined, 'invalid_input', 'upgrade'],
  ['a path that is none', 'GET', '/nothing', undefined, 'not_found'],
]

let client: Client

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  client = new Client()
  await client.signUp('Ada')
})

describe('input that cannot be right', () => {
  it('gets a 4xx with a stable code and the field, and changes nothing', async () => {
    const before = await ledger()
    const refusals: unknown[] = []
    for (const [name, method, path, body] of CASES) {
      const answer = await client.call(method, path, body)
      const problem = Problem.safeParse(answer.body)
      refusals.push([
        name,
        answer.status >= 400 && answer.status < 500,
        problem.data?.code,
        problem.data?.field,
      ])
    }
    expect(refusals).toEqual(CASES.map(([name, , , , code, field]) => [name, true, code, field]))
    expect(await ledger()).toEqual(before)
  })

  it('refuses a body over 64 kB before reading it whole', async () => {
    const answer = await client.call('POST', '/orders', { ...LIMIT, note: 'x'.repeat(70_000) })
    expect(Problem.parse(answer.body).code).toBe('above_maximum')
  })
})

async function ledger(): Promise<unknown> {
  const [account, journal, orders] = await Promise.all(
    ['/account', '/account/journal', '/orders'].map((path) => client.call('GET', path)),
  )
  return [account?.body, journal?.body, orders?.body]
}
