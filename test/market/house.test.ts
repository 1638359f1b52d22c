import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FeedStep, Level } from '../../worker/market/feed/feed.ts'
import { createSimulatedFeed, createSimulatedMarket } from '../../worker/market/feed/simulated.ts'
import {
  HOUSE_POLICY,
  type HouseChange,
  type HouseInventory,
  type HouseQuote,
  requote,
} from '../../worker/market/house.ts'
import { MARKETS, marketById, quoteOf } from '../../worker/market/settings.ts'

const BTC = marketById('BTC-USDT')
const START = Date.UTC(2026, 10, 25, 9)
const RICH: HouseInventory = { base: 10n ** 18n, quote: 10n ** 18n }

const stepOf = (bids: Level[], asks: Level[]): FeedStep => ({ at: START, book: { bids, asks }, prints: [] })

/** Applies changes to quotes the way the market does, and fails where one does not apply. */
function apply(quotes: readonly HouseQuote[], changes: readonly HouseChange[]): HouseQuote[] {
  const resting = new Map(quotes.map((quote) => [`${quote.side}${quote.ticks}`, quote]))
  for (const { type, quote } of changes) {
    const key = `${quote.side}${quote.ticks}`
    if (type === 'cancel') expect(resting.delete(key)).toBe(true)
    else {
      expect(resting.has(key)).toBe(false)
      const bestAgainst = [...resting.values()]
        .filter((other) => other.side !== quote.side)
        .map((other) => other.ticks)
      if (quote.side === 'buy') expect(quote.ticks).toBeLessThan(Math.min(...bestAgainst, Infinity))
      else expect(quote.ticks).toBeGreaterThan(Math.max(...bestAgainst, -Infinity))
      resting.set(key, quote)
    }
  }
  return [...resting.values()]
}

describe('the house', () => {
  test('mirrors the best levels at its share of their depth', () => {
    const step = stepOf(
      [
        [6_000_000, 40_000],
        [5_999_990, 8_000],
      ],
      [
        [6_000_001, 20_000],
        [6_000_050, 4_000],
      ],
    )
    expect(requote(BTC, [], step, RICH)).toEqual([
      { type: 'place', quote: { side: 'buy', ticks: 6_000_000, lots: 10_000 } },
      { type: 'place', quote: { side: 'buy', ticks: 5_999_990, lots: 2_000 } },
      { type: 'place', quote: { side: 'sell', ticks: 6_000_001, lots: 5_000 } },
      { type: 'place', quote: { side: 'sell', ticks: 6_000_050, lots: 1_000 } },
    ])
  })

  test('withdraws every quote when the feed is stale', () => {
    const quotes: HouseQuote[] = [
      { side: 'buy', ticks: 10, lots: 5 },
      { side: 'sell', ticks: 12, lots: 5 },
    ]
    expect(apply(quotes, requote(BTC, quotes, null, RICH))).toEqual([])
  })

  test('gives the best prices first when it owns too little for all', () => {
    const bids: Level[] = [
      [100_000, 40_000],
      [99_990, 40_000],
    ]
    const asks: Level[] = [
      [100_001, 40_000],
      [100_009, 40_000],
    ]
    const inventory = { base: 15_000n * BTC.lotSize, quote: quoteOf(BTC, 100_000, 15_000) }
    expect(requote(BTC, [], stepOf(bids, asks), inventory).map((change) => change.quote)).toEqual([
      { side: 'buy', ticks: 100_000, lots: 10_000 },
      { side: 'sell', ticks: 100_001, lots: 10_000 },
    ])
  })

  test('never offers more than it owns', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MARKETS),
        fc.bigInt({ min: 0n, max: 10n ** 14n }),
        fc.bigInt({ min: 0n, max: 10n ** 14n }),
        fc.array(fc.integer({ min: 50, max: 3_000 }), { minLength: 1, maxLength: 6 }),
        (market, base, quote, pauses) => {
          const feed = createSimulatedFeed(market, 2)
          let quotes: HouseQuote[] = []
          let now = START
          for (const pause of pauses) {
            now += pause
            const step = feed.step(now)
            quotes = apply(quotes, requote(market, quotes, step, { base, quote }))
            const bids = quotes.filter((one) => one.side === 'buy')
            const asks = quotes.filter((one) => one.side === 'sell')
            const cost = bids.reduce((sum, one) => sum + quoteOf(market, one.ticks, one.lots), 0n)
            const units = asks.reduce((sum, one) => sum + BigInt(one.lots) * market.lotSize, 0n)
            expect(cost).toBeLessThanOrEqual(quote)
            expect(units).toBeLessThanOrEqual(base)
            for (const one of quotes)
              expect(quoteOf(market, one.ticks, one.lots)).toBeGreaterThanOrEqual(market.minNotional)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('has nothing to do when its quotes are what is wanted, and little from step to step', () => {
    const simulated = createSimulatedMarket(BTC, 1)
    const at = (now: number): FeedStep => ({ at: now, book: simulated.bookAt(now), prints: [] })
    let quotes = apply([], requote(BTC, [], at(START), RICH))
    expect(requote(BTC, quotes, at(START), RICH)).toEqual([])
    let changes = 0
    const steps = 300
    for (let step = 1; step <= steps; step++) {
      const list = requote(BTC, quotes, at(START + step * 100), RICH)
      changes += list.length
      quotes = apply(quotes, list)
      expect(quotes.length).toBeLessThanOrEqual(2 * HOUSE_POLICY.levels)
    }
    expect(changes / steps).toBeLessThan(HOUSE_POLICY.levels / 2)
  })

  test('cancels what the reference has passed before it quotes beyond it', () => {
    const before = apply([], requote(BTC, [], stepOf([[100_000, 4_000]], [[100_001, 4_000]]), RICH))
    const after = apply(before, requote(BTC, before, stepOf([[100_500, 4_000]], [[100_501, 4_000]]), RICH))
    expect(after).toEqual([
      { side: 'buy', ticks: 100_500, lots: 1_000 },
      { side: 'sell', ticks: 100_501, lots: 1_000 },
    ])
  })
})
