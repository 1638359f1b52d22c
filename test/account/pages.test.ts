import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PAST_ORDERS_KEPT, PAST_ORDERS_SWEPT, writeOrder } from '../../worker/account/orderRows.ts'
import { type Page, pageOfFills, pageOfJournal, pageOfOrders } from '../../worker/account/pages.ts'
import { ENDED_ORDERS_KEPT } from '../../worker/account/settle.ts'
import { OneAccount, orderCommand } from './oneAccount.ts'

const buy = orderCommand({ orderId: '', side: 'buy', price: '60000', quantity: '0.001' })

/** Places orders that fill, are cancelled or stay open, by turns. */
class Trader {
  readonly account = new OneAccount().open(['USDT', '1000000'])
  #placed = 0

  place(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      this.#placed += 1
      const orderId = `order-${String(this.#placed).padStart(5, '0')}`
      // Some share a millisecond.
      if (this.#placed % 3 !== 0) this.account.now += 1
      this.account.place({ ...buy, orderId })
      if (this.#placed % 40 === 0) continue
      const fills = this.#placed % 2 === 0 ? [this.account.fill('buy', 6_000_000, 100)] : []
      const status = fills.length > 0 ? 'filled' : 'cancelled'
      this.account.report({ orderId, side: 'buy', status, reason: fills.length > 0 ? null : 'ioc', fills })
    }
  }
}

interface Query {
  readonly cursor?: string
  readonly limit: number
}
type List = (trader: Trader, query: Query) => Page<unknown>

const LISTS: Record<string, List> = {
  orders: ({ account: { state, store } }, query) => pageOfOrders(state, store, { ...query, status: 'all' }),
  'ended orders': ({ account: { state, store } }, query) =>
    pageOfOrders(state, store, { ...query, status: 'closed' }),
  fills: ({ account: { store } }, query) => pageOfFills(store, query),
  journal: ({ account: { store } }, query) => pageOfJournal(store, query),
}

function walk(trader: Trader, list: List, limit: number, meanwhile: () => void): unknown[] {
  const found: unknown[] = []
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page = list(trader, cursor === undefined ? { limit } : { cursor, limit })
    expect(page.items.length).toBeLessThanOrEqual(limit)
    found.push(...page.items)
    cursor = page.next
    meanwhile()
  }
  return found
}

describe.each(Object.entries(LISTS))('the pages of %s', (_, list) => {
  test('have each row of before exactly once, newest first, though others come and leave the memory meanwhile', () => {
    const trader = new Trader()
    trader.place(ENDED_ORDERS_KEPT + 60)
    expect(trader.account.state.pastOrders).toBeGreaterThan(0)
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), fc.infiniteStream(fc.nat(6)), (limit, arrivals) => {
        const before = walk(trader, list, 200, () => {})
        const found = walk(trader, list, limit, () => trader.place(arrivals.next().value ?? 0))
        const known = new Set(before.map((row) => JSON.stringify(row)))
        expect(found.filter((row) => known.has(JSON.stringify(row)))).toEqual(before)
      }),
      { numRuns: 4 },
    )
  })
})

describe('a list that is narrowed', () => {
  test('has what fits, wherever it is kept', () => {
    const trader = new Trader()
    trader.place(ENDED_ORDERS_KEPT + 60)
    const { state, store } = trader.account
    const all = pageOfOrders(state, store, { status: 'all', limit: 10_000 }).items
    const [from, to] = [all[540], all[30]].map((order) => order?.createdAt ?? '')
    const within = (at: string) => (from ?? '') <= at && at < (to ?? '')
    const span = { from, to }
    expect(pageOfOrders(state, store, { ...span, status: 'all', limit: 10_000 }).items).toEqual(
      all.filter(({ createdAt }) => within(createdAt)),
    )
    for (const list of [pageOfFills, pageOfJournal]) {
      const items: { at: string }[] = list(store, { limit: 10_000 }).items
      const some = items.filter(({ at }) => within(at))
      expect(some.length).toBeGreaterThan(100)
      expect(list(store, { ...span, limit: 10_000 }).items).toEqual(some)
    }
    for (const [market, side] of [
      ['ETH-USDT', 'buy'],
      ['BTC-USDT', 'sell'],
    ] as const) {
      expect(pageOfOrders(state, store, { market, side, status: 'all', limit: 10 }).items).toEqual([])
      expect(pageOfFills(store, { market, side, limit: 10 }).items).toEqual([])
    }
  })
})

test('past orders have a bound: the oldest leave together, once there are some hundreds too many', () => {
  const trader = new Trader()
  trader.place(ENDED_ORDERS_KEPT + 1)
  const { account } = trader
  const [model] = account.state.orders.values()
  if (model === undefined) throw new Error('nothing was placed')
  const surplus = PAST_ORDERS_KEPT + PAST_ORDERS_SWEPT
  for (let number = 0; number < surplus; number += 1)
    writeOrder(account.store, { ...model, id: `old-${number}`, status: 'cancelled', createdAt: number })
  account.store.run("UPDATE account_order SET past = 1 WHERE id LIKE 'old-%'")
  account.wakeAgain()
  trader.place(50)
  expect(account.state.pastOrders).toBeLessThan(surplus)
  expect(account.stateOfRows()).toEqual(account.state)
  const [left] = account.store.all<{ count: number; oldest: number }>(
    'SELECT count(*) AS count, min(created_at) AS oldest FROM account_order WHERE past = 1',
  )
  expect(left?.count).toBe(account.state.pastOrders)
  expect(left?.oldest).toBeGreaterThan(0)
})
