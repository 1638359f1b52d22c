import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rulesOf } from '../../web/src/lib/market/rules.ts'
import { quoteOf, toDecimal, UNIT, unitsOf } from '../../web/src/lib/money/decimal.ts'
import { bandEndOf, type Draft, estimate } from '../../web/src/lib/trading/estimate.ts'
import { pressWords } from '../../web/src/lib/trading/summary.ts'
import { faultOf, type Reckoning } from '../../web/src/lib/trading/ticketCheck.ts'
import type { BookLevel, MarketView } from '../../worker/contract/markets.ts'

const view: MarketView = {
  id: 'BTC-USDT',
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.00001',
  minQuantity: '0.00001',
  maxQuantity: '900',
  minNotional: '5',
  makerFeeBps: 10,
  takerFeeBps: 20,
  bandDownBps: 8000,
  bandUpBps: 40_000,
  maxOpenOrders: 200,
  maxIcebergParts: 10,
  status: 'open',
  feed: 'simulated',
}
const rules = rulesOf(view)
const asks: BookLevel[] = [
  ['100.00', '1'],
  ['101.00', '2'],
  ['110.00', '10'],
]
const bids: BookLevel[] = [
  ['99.00', '1'],
  ['98.00', '5'],
]
const draft = (change: Partial<Draft>): Draft => ({
  side: 'buy',
  price: null,
  quantity: UNIT,
  quoteAmount: null,
  timeInForce: 'IOC',
  ...change,
})
const decimal = (units: bigint | null) => (units === null ? null : toDecimal(units))

describe('the estimate of a ticket', () => {
  test('a market buy takes levels from the best and pays each its price', () => {
    const seen = estimate(draft({ quantity: unitsOf('2.5') }), asks, rules)
    expect(decimal(seen.taken)).toBe('2.5')
    expect(decimal(seen.takenQuote)).toBe('251.5')
    expect(decimal(seen.averagePrice)).toBe('100.6')
    expect(seen.slippageBps).toBe(60n)
    // In the asset received, at the taker's rate.
    expect(decimal(seen.fee)).toBe('0.005')
  })

  test('a market sell is worse below the best bid', () => {
    const seen = estimate(draft({ side: 'sell', quantity: unitsOf('2') }), bids, rules)
    expect(decimal(seen.takenQuote)).toBe('197')
    expect(seen.slippageBps).toBe(50n)
    expect(decimal(seen.fee)).toBe('0.394')
  })

  test('a limit takes only what is not worse than it, and the rest stays at its own price', () => {
    const order = draft({ price: unitsOf('101'), quantity: unitsOf('4'), timeInForce: 'GTC' })
    const seen = estimate(order, asks, rules)
    expect(decimal(seen.taken)).toBe('3')
    expect(decimal(seen.resting)).toBe('1')
    expect(decimal(seen.restingQuote)).toBe('101')
    // 20 bps of 3 taken, 10 bps of 1 resting.
    expect(decimal(seen.fee)).toBe('0.007')
  })

  test('a market order takes nothing beyond the price band', () => {
    const end = bandEndOf('buy', unitsOf('22'), rules)
    expect(decimal(end)).toBe('110')
    const seen = estimate(draft({ quantity: unitsOf('20') }), [...asks, ['110.01', '50']], rules, end)
    expect(decimal(seen.taken)).toBe('13')
    expect(decimal(seen.short)).toBe('7')
    expect(decimal(bandEndOf('sell', unitsOf('500'), rules))).toBe('100')
    expect(bandEndOf('sell', null, rules)).toBeNull()
  })

  test('an order by quote amount spends at most that, in whole lots', () => {
    const order = draft({ quantity: null, quoteAmount: unitsOf('150') })
    const seen = estimate(order, asks, rules)
    expect(decimal(seen.taken)).toBe('1.49504')
    expect(seen.takenQuote).toBeLessThanOrEqual(unitsOf('150'))
    expect(seen.short).toBe(0n)
  })

  test('what the book cannot give is said', () => {
    expect(decimal(estimate(draft({ quantity: unitsOf('20') }), asks, rules).short)).toBe('7')
    expect(estimate(draft({}), [], rules).averagePrice).toBeNull()
  })

  test('never spends more than asked, never takes more than is there, never rests what cannot rest', () => {
    const level = fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 9_999_999 }))
    const book = fc
      .uniqueArray(level, { selector: ([price]) => price, maxLength: 12 })
      .map((levels) =>
        levels
          .sort(([a], [b]) => a - b)
          .map(
            ([price, lots]): BookLevel => [
              toDecimal(BigInt(price) * rules.tick),
              toDecimal(BigInt(lots) * rules.lot),
            ],
          ),
      )
    const amount = fc.bigInt({ min: 1n, max: 10n ** 12n })
    fc.assert(
      fc.property(
        book,
        amount,
        fc.boolean(),
        fc.option(fc.integer({ min: 1, max: 5_000 })),
        (levels, size, byQuote, limit) => {
          const price = limit === null ? null : BigInt(limit) * rules.tick
          const quote = byQuote && price === null
          const order = draft({ price, quantity: quote ? null : size, quoteAmount: quote ? size : null })
          const seen = estimate(order, levels, rules)
          const there = levels.reduce((sum, [, quantity]) => sum + unitsOf(quantity), 0n)
          expect(seen.taken).toBeLessThanOrEqual(there)
          if (quote) expect(seen.takenQuote).toBeLessThanOrEqual(size)
          else expect(seen.taken).toBeLessThanOrEqual(size)
          if (price !== null) expect(seen.takenQuote).toBeLessThanOrEqual(quoteOf(price, seen.taken))
          expect(seen.resting).toBe(0n)
        },
      ),
    )
  })
})

describe('what stands in the way of a ticket', () => {
  const reckon = (order: Draft, change: Partial<Reckoning> = {}): Reckoning => {
    const levels = order.side === 'buy' ? asks : bids
    const best = levels[0] === undefined ? null : unitsOf(levels[0][0])
    return {
      draft: order,
      estimate: estimate(order, levels, rules),
      rules,
      postOnly: false,
      available: unitsOf('1000'),
      best,
      ...change,
    }
  }
  const limit = (price: string, quantity: string, change: Partial<Draft> = {}) =>
    draft({ price: unitsOf(price), quantity: unitsOf(quantity), timeInForce: 'GTC', ...change })

  test('nothing, for an order that the venue would take', () => {
    expect(faultOf(reckon(limit('99.99', '1')))).toBeNull()
    expect(faultOf(reckon(draft({})))).toBeNull()
  })

  test.each([
    ['a price between ticks', reckon(limit('99.995', '1')), 'price', /99\.99/],
    ['an amount between lots', reckon(limit('99', '1.000001')), 'amount', /0\.00001/],
    ['an order worth too little', reckon(limit('99', '0.01')), 'amount', /at least 5 USDT/],
    ['more than there is', reckon(limit('99', '20')), 'amount', /1000 USDT available/],
    [
      'selling what one has not',
      reckon(limit('120', '2', { side: 'sell' }), { available: UNIT }),
      'amount',
      /1 BTC/,
    ],
    ['post-only that would take', reckon(limit('100', '1'), { postOnly: true }), 'price', /below 100/],
    ['fill-or-kill beyond the book', reckon(limit('101', '4', { timeInForce: 'FOK' })), 'amount', /cancel/],
  ] as const)('%s', (_, reckoning, field, words) => {
    const fault = faultOf(reckoning)
    expect(fault?.field).toBe(field)
    expect(fault?.message).toMatch(words)
  })

  test('a market order against an empty book', () => {
    const order = draft({})
    const fault = faultOf({ ...reckon(order), estimate: estimate(order, [], rules), best: null })
    expect(fault?.message).toMatch(/limit order/)
  })

  test('an empty ticket is not pressed, and says nothing in red', () => {
    expect(faultOf(reckon(draft({ quantity: 0n })))?.quiet).toBe(true)
    expect(faultOf(reckon(limit('0', '0')))?.quiet).toBe(true)
  })

  test('whoever is signed out is not told of funds', () => {
    expect(faultOf(reckon(limit('99', '20'), { available: null }))).toBeNull()
  })
})

test('the button says what it does', () => {
  expect(pressWords(draft({ side: 'sell', price: unitsOf('3100'), quantity: unitsOf('0.42') }), rules)).toBe(
    'Sell 0.42 BTC at 3,100.00',
  )
  expect(pressWords(draft({ quantity: null, quoteAmount: unitsOf('500') }), rules)).toBe(
    'Buy BTC for 500.00 USDT',
  )
})
