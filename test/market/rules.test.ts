import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toUnits } from '../../worker/ledger/amount.ts'
import type { OrderTerms } from '../../worker/market/messages.ts'
import { checkOrder, priceOf, toLots, toTicks } from '../../worker/market/rules.ts'
import { baseOf, MARKETS, type Market, marketById, quoteOf } from '../../worker/market/settings.ts'
import { termsOf } from './terms.ts'

const BTC = marketById('BTC-USDT')
const anyMarket = fc.constantFrom(...MARKETS)

describe('the grid', () => {
  test('takes exactly its own prices and quantities, and nothing is rounded', () => {
    fc.assert(
      fc.property(anyMarket, fc.bigInt({ min: -1_000n, max: 10n ** 15n }), (market, units) => {
        const price = toTicks(market, units)
        if (price.ok) expect(priceOf(market, price.value)).toBe(units)
        else
          expect(
            units <= 0n || units % market.tickSize !== 0n || units > priceOf(market, market.maxTicks),
          ).toBe(true)
        const quantity = toLots(market, units)
        if (quantity.ok) expect(baseOf(market, quantity.value)).toBe(units)
        else
          expect(units <= 0n || units % market.lotSize !== 0n || units > baseOf(market, market.maxLots)).toBe(
            true,
          )
      }),
    )
  })

  test('says which value is off, and what to give', () => {
    expect(toTicks(BTC, toUnits('61837.635'))).toMatchObject({
      refusal: { code: 'off_tick', field: 'price', message: 'Give a price in steps of 0.01 USDT.' },
    })
    expect(toLots(BTC, toUnits('0.000015'))).toMatchObject({
      refusal: { code: 'off_lot', field: 'quantity' },
    })
    expect(toTicks(BTC, toUnits('1000000.01'))).toMatchObject({ refusal: { code: 'above_maximum' } })
    expect(toLots(BTC, toUnits('900.00001'))).toMatchObject({ refusal: { code: 'above_maximum' } })
  })
})

const limit = (ticks: number, lots: number, more: Partial<OrderTerms> = {}): OrderTerms =>
  termsOf({ orderId: 'o', side: 'buy', ticks, lots, ...more })
const fresh = { status: 'open', referenceTicks: null, openOrders: 0 } as const
const codeOf = (market: Market, terms: OrderTerms, standing = fresh as Parameters<typeof checkOrder>[2]) =>
  checkOrder(market, terms, standing)?.code ?? null

describe('an order', () => {
  test('is worth the minimum or more', () => {
    fc.assert(
      fc.property(
        anyMarket,
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        (market, ticks, lots) => {
          const small = quoteOf(market, ticks, lots) < market.minNotional
          expect(codeOf(market, limit(ticks, lots))).toBe(small ? 'below_minimum' : null)
        },
      ),
    )
  })

  test('lies within the band around the reference, whose ends belong to it', () => {
    const at = (ticks: number) =>
      codeOf(BTC, limit(ticks, 90_000_000), { ...fresh, referenceTicks: 1_000_000 })
    expect([199_999, 200_000, 1_000_000, 5_000_000, 5_000_001].map(at)).toEqual([
      'outside_band',
      null,
      null,
      null,
      'outside_band',
    ])
  })

  test('rests only while its account has room', () => {
    const standing = { ...fresh, openOrders: BTC.maxOpenOrders }
    expect(codeOf(BTC, limit(6_000_000, 100), standing)).toBe('too_many_open_orders')
    expect(
      codeOf(BTC, { ...limit(1, 100), orderType: 'market', ticks: null, timeInForce: 'IOC' }, standing),
    ).toBeNull()
  })

  test('waits for an open market', () => {
    expect(codeOf(BTC, limit(6_000_000, 100), { ...fresh, status: 'cancel_only' })).toBe('market_closed')
    expect(codeOf(BTC, limit(6_000_000, 100), { ...fresh, status: 'halted' })).toBe('market_closed')
  })

  test('at the market is worth the minimum by what it wants, whatever its hold', () => {
    const terms = (more: Partial<OrderTerms>) =>
      termsOf({ orderId: 'o', side: 'buy', orderType: 'market', ...more })
    const standing = { ...fresh, referenceTicks: 6_000_000 }
    const small = BTC.minNotional - 1n
    expect(codeOf(BTC, terms({ quoteBudget: small }), standing)).toBe('below_minimum')
    expect(codeOf(BTC, terms({ lots: 1, quoteBudget: 10n ** 15n }), standing)).toBe('below_minimum')
    expect(codeOf(BTC, terms({ lots: 100, quoteBudget: small }), standing)).toBeNull()
    expect(codeOf(BTC, terms({ side: 'sell', lots: 1, quoteBudget: BTC.minNotional }), standing)).toBeNull()
    expect(codeOf(BTC, terms({ side: 'sell', lots: 100, quoteBudget: small }), standing)).toBe(
      'below_minimum',
    )
    expect(codeOf(BTC, terms({}), standing)).toBe('invalid_input')
    expect(codeOf(BTC, terms({ lots: 100, ticks: 5 }), standing)).toBe('invalid_input')
    expect(codeOf(BTC, terms({ lots: 100, postOnly: true }), standing)).toBe('invalid_input')
  })
})
