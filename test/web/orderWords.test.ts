import { describe, expect, test } from 'vitest'
import { rulesOf } from '../../web/src/lib/market/rules.ts'
import { unitsOf } from '../../web/src/lib/money/decimal.ts'
import { groupOrders } from '../../web/src/lib/trading/orderGroups.ts'
import { orderNotes } from '../../web/src/lib/trading/orderNotes.ts'
import { orderName, statusOf } from '../../web/src/lib/trading/orderWords.ts'
import { trailingLevel } from '../../web/src/lib/trading/trailing.ts'
import { market } from '../../web/src/routes/states/samples.ts'
import { EndReason, OrderStatus, OrderType, type OrderView } from '../../worker/contract/orders.ts'
import { sampleOrder } from './sampleOrder.ts'

const order = (change: Partial<OrderView>): OrderView => ({
  ...sampleOrder,
  side: 'sell',
  status: 'pending',
  price: null,
  ...change,
})
const rules = rulesOf(market)
const placed = Date.parse(sampleOrder.createdAt)
/** The first whole minute after the sample was placed, and the ones after it. */
const minute = (n: number, high: string, low: string) => ({
  ...{ open: low, close: low, volume: '1' },
  time: Math.floor(placed / 60_000) * 60 + 60 * n,
  high,
  low,
})
const seen = { minutes: [minute(0, '90000', '1'), minute(1, '62000', '60500')], last: unitsOf('61000') }
const notes = (change: Partial<OrderView>) => orderNotes(order(change), rules, seen)

test.each(EndReason.options)('the end %s is said in a sentence', (reason) => {
  const { why } = statusOf(order({ status: 'cancelled', reason }))
  expect(why).toMatch(/^[A-Z].*[a-z].*\.$/)
  expect(why).not.toContain('_')
})
test.each(OrderStatus.options)('the status %s has a word', (status) => {
  expect(statusOf(order({ status })).label).toMatch(/^[A-Z][a-z]/)
})
test.each(OrderType.options)('a %s has a name', (type) => {
  expect(orderName(order({ type }))).toMatch(/^[A-Z][a-z ]+ to sell 0\.01 BTC$/)
})
test('a reason newer than the page is shown as it is', () => {
  const newer: OrderView = { ...order({ status: 'cancelled' }), reason: JSON.parse('"full_moon"') }
  expect(statusOf(newer).why).toBe('full moon.')
})
test('an order that waits says so, and what for', () => {
  expect(statusOf(order({ type: 'stop', triggerPrice: '60000' })).label).toBe('Waiting')
  expect(notes({ type: 'stop', triggerPrice: '60000' })).toEqual([
    'when the price falls to 60,000 (1.6% away)',
  ])
  expect(notes({ type: 'limit', price: '1' })).toEqual(['on its way to the book'])
})

describe('a trailing stop', () => {
  const trailing = { type: 'trailing_stop', trailingBps: 100 } as const

  test('says its level by the prices seen since it was placed', () => {
    expect(notes(trailing)).toEqual([
      'when the price falls 1% from its highest, now at about 61,380.00 (0.6% away)',
    ])
  })
  test('of a buy trails the lowest price', () => {
    const level = trailingLevel(order({ ...trailing, side: 'buy' }), seen, rules.tick)
    expect(level).toBe(unitsOf('61105'))
  })
  test('by an amount', () => {
    const byAmount = order({ ...trailing, trailingBps: null, trailingAmount: '500' })
    expect(trailingLevel(byAmount, seen, rules.tick)).toBe(unitsOf('61500'))
  })
  test('with an activation price follows from there, and from when it was reached', () => {
    expect(notes({ ...trailing, activationPrice: '63000' })).toEqual([
      'follows from 63,000.00 (3.3% away)',
      'then when the price falls 1% from its highest',
    ])
    const minutes = [minute(1, '64000', '60000'), minute(2, '63000', '60000'), minute(3, '62000', '59000')]
    const buys = order({ ...trailing, side: 'buy', activationPrice: '59500' })
    expect(trailingLevel(buys, { minutes, last: unitsOf('60000') }, rules.tick)).toBe(unitsOf('59590'))
  })
  test('says no level before any price is known', () => {
    expect(trailingLevel(order(trailing), { minutes: [], last: null }, rules.tick)).toBeNull()
  })
})

test('everything an order has is said', () => {
  const all = notes({
    type: 'limit',
    status: 'open',
    price: '62000',
    side: 'buy',
    displayQuantity: '0.002',
    timeInForce: 'GTD',
    expiresAt: '2026-01-03T10:00:00.000Z',
    postOnly: true,
    selfTradePrevention: 'decrement',
    preventedQuantity: '0.001',
    takeProfit: { triggerPrice: '64000' },
    stopLoss: { trailingBps: 250 },
  })
  expect(all).toEqual([
    'takes profit at 64,000.00',
    'stops 2.5% below the highest',
    'iceberg, shows 0.002 BTC at a time',
    'post-only',
    'until 03 Jan, 10:00 UTC',
    '0.001 BTC taken off where it met your own order',
    'is reduced by an order of yours that it meets',
  ])
})

describe('open orders', () => {
  const entry = order({ id: 'b-entry', type: 'limit', status: 'partially_filled', price: '1' })
  const profit = order({ id: 'c', pairedWith: 'd', entryId: entry.id, type: 'limit', status: 'open' })
  const stop = order({ id: 'd', pairedWith: 'c', entryId: entry.id, type: 'stop', triggerPrice: '1' })
  const alone = order({ id: 'a' })
  const ids = (open: OrderView[], known = open) =>
    groupOrders(open, known).map((group) => group.orders.map(({ id }) => id))

  test('stand with their exits below them, and pairs side by side', () => {
    expect(ids([stop, profit, alone, entry])).toEqual([['b-entry', 'c', 'd'], ['a']])
    const pair = [order({ id: 'f', pairedWith: 'e' }), alone, order({ id: 'e', pairedWith: 'f' })]
    expect(ids(pair)).toEqual([['e', 'f'], ['a']])
  })
  test('that are exits of an ended entry say which', () => {
    const ended = { ...entry, status: 'filled' as const, side: 'buy' as const }
    expect(groupOrders([stop, profit], [stop, profit, ended])[0]?.caption).toBe(
      'Exits of: Limit to buy 0.01 BTC at 1 (filled)',
    )
    expect(groupOrders([stop, profit], [])[0]?.caption).toBe('Exits of an earlier order')
    expect(groupOrders([entry, stop], [])[0]?.caption).toBeNull()
  })
  test('say which half takes the profit', () => {
    expect(orderNotes(profit, rules, seen)).toEqual(['takes the profit', 'one cancels the other'])
    expect(orderNotes(stop, rules, seen)).toContain('limits the loss')
  })
})
