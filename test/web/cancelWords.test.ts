import { expect, test } from 'vitest'
import { cancelledWords, cancelOutcome, cancelScopes } from '../../web/src/lib/trading/cancelWords.ts'
import { market } from '../../web/src/routes/states/samples.ts'
import type { OrderView } from '../../worker/contract/orders.ts'
import { sampleOrder } from './sampleOrder.ts'

const order = (change: Partial<OrderView>): OrderView => ({ ...sampleOrder, ...change })
const eth = order({ market: 'ETH-USDT' })
const ended = order({ status: 'cancelled' })
const labels = (of: OrderView[]) => cancelScopes(of, market).map(({ label }) => label)

test('cancelling all is offered for this market and for every market, where that is more than one order', () => {
  expect(labels([])).toEqual([])
  expect(labels([order({}), ended])).toEqual([])
  expect(labels([order({}), order({}), ended])).toEqual(['Cancel all 2 in BTC/USDT'])
  expect(labels([order({}), eth])).toEqual(['Cancel all 2 in every market'])
  expect(labels([order({}), order({}), eth])).toEqual([
    'Cancel all 2 in BTC/USDT',
    'Cancel all 3 in every market',
  ])
  expect(labels([eth, eth])).toEqual(['Cancel all 2 in every market'])
})

test('what became of each order is counted in words', () => {
  expect(
    cancelledWords([
      ended,
      ended,
      order({ status: 'filled' }),
      order({}),
      order({ amendment: { state: 'refused', message: 'Later.' } }),
    ]),
  ).toBe(
    '2 cancelled, 1 filled before the cancel came, 1 under way, 1 not cancelled: the market takes no cancels now.',
  )
  expect(cancelledWords([])).toMatch(/No order/)
})

test('a cancel that came too late says so', () => {
  expect(cancelOutcome(order({ status: 'filled', filledQuantity: '0.5' }))).toEqual({
    title: 'Filled before the cancel came',
    part: '0.5 BTC of it had filled',
  })
  expect(cancelOutcome(order({ status: 'cancelled', filledQuantity: '0.2' })).part).toMatch(/^0\.2 BTC/)
  expect(cancelOutcome(ended).title).toBe('Order cancelled')
  expect(cancelOutcome(order({})).title).toMatch(/under way/)
})
