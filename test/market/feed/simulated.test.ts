import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_PRINTS, type ReferenceBook } from '../../../worker/market/feed/feed.ts'
import { createSimulatedFeed, createSimulatedMarket } from '../../../worker/market/feed/simulated.ts'
import { MARKETS, marketById } from '../../../worker/market/settings.ts'

const START = Date.UTC(2026, 10, 25, 9)
const MINUTE = 60_000

const markets = fc.constantFrom(...MARKETS)
const times = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2040, 0, 1) })

function expectBook(book: ReferenceBook): void {
  const { bids, asks } = book
  for (const [ticks, lots] of [...bids, ...asks]) {
    expect(Number.isSafeInteger(ticks) && ticks > 0).toBe(true)
    expect(Number.isSafeInteger(lots) && lots > 0).toBe(true)
  }
  for (let index = 1; index < bids.length; index++)
    expect(bids[index]?.[0]).toBeLessThan(bids[index - 1]?.[0] ?? 0)
  for (let index = 1; index < asks.length; index++)
    expect(asks[index]?.[0]).toBeGreaterThan(asks[index - 1]?.[0] ?? Infinity)
  expect(asks[0]?.[0]).toBeGreaterThan(bids[0]?.[0] ?? Infinity)
}

describe('the simulated feed', () => {
  test('is the same for whoever asks at the same time, whatever they asked before', () => {
    fc.assert(
      fc.property(markets, times, fc.integer({ min: 0, max: 20_000 }), (market, now, pause) => {
        const lasting = createSimulatedFeed(market, 7)
        lasting.step(now - pause - 300)
        lasting.step(now - 250)
        const woken = createSimulatedFeed(market, 7)
        woken.step(now - 250)
        expect(woken.step(now)).toEqual(lasting.step(now))
      }),
      { numRuns: 60 },
    )
  })

  test('has another path for another seed and for another market', () => {
    const [btc, eth] = [marketById('BTC-USDT'), marketById('ETH-USDT')]
    const path = (market: typeof btc, seed: number) => {
      const simulated = createSimulatedMarket(market, seed)
      return Array.from({ length: 10 }, (_, hour) => {
        const ticks = simulated.ticksAt(START + hour * 60 * MINUTE)
        return Math.round((ticks / market.simulatedTicks) * 10_000)
      })
    }
    expect(path(btc, 1)).toEqual(path(btc, 1))
    expect(path(btc, 1)).not.toEqual(path(btc, 2))
    expect(path(btc, 1)).not.toEqual(path(eth, 1))
  })

  test('shows a book on the grid, in order, never crossed, of 40 to 60 levels a side', () => {
    fc.assert(
      fc.property(markets, times, (market, now) => {
        const book = createSimulatedMarket(market, 3).bookAt(now)
        expectBook(book)
        expect(book.bids.length).toBeGreaterThanOrEqual(40)
        expect(book.asks.length).toBeGreaterThanOrEqual(40)
        expect(book.bids.length).toBeLessThanOrEqual(60)
        expect(book.asks.length).toBeLessThanOrEqual(60)
      }),
      { numRuns: 150 },
    )
  })

  test('prints every trade once, in order of time, however the steps fall', () => {
    fc.assert(
      fc.property(
        markets,
        times,
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 8 }),
        (market, start, pauses) => {
          const feed = createSimulatedFeed(market, 5)
          expect(feed.step(start)?.prints).toEqual([])
          let now = start
          const stepped = pauses.flatMap((pause) => {
            now += pause
            return feed.step(now)?.prints ?? []
          })
          expect(stepped).toEqual(createSimulatedMarket(market, 5).printsIn(start, now))
          expect(stepped.map((print) => print.at)).toEqual(
            stepped.map((print) => print.at).sort((one, other) => one - other),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  test('prints at the touch of its own book, and no more after a long pause than the bound', () => {
    const market = marketById('BTC-USDT')
    const simulated = createSimulatedMarket(market, 1)
    for (const { ticks, side, at, lots } of simulated.printsIn(START, START + 20_000)) {
      const { bids, asks } = simulated.bookAt(at)
      expect((side === 'buy' ? asks : bids).slice(0, 12).map(([level]) => level)).toContain(ticks)
      expect(lots).toBeGreaterThan(0)
    }
    const feed = createSimulatedFeed(market, 1)
    feed.step(START)
    expect(feed.step(START + 3 * 3_600_000)?.prints.length).toBeLessThanOrEqual(MAX_PRINTS)
  })

  test('changes its book level by level: most levels outlive a step', () => {
    const simulated = createSimulatedMarket(marketById('ETH-USDT'), 1)
    let kept = 0
    let all = 0
    for (let step = 0; step < 200; step++) {
      const [now, next] = [START + step * 100, START + step * 100 + 100].map((at) => simulated.bookAt(at))
      const after = new Map([...(next?.bids ?? []), ...(next?.asks ?? [])])
      for (const [ticks, lots] of [...(now?.bids ?? []), ...(now?.asks ?? [])].slice(1)) {
        all += 1
        if (after.get(ticks) === lots) kept += 1
      }
    }
    expect(kept / all).toBeGreaterThan(0.8)
    expect(kept / all).toBeLessThan(1)
  })

  test('knows what it printed', () => {
    for (const market of MARKETS) {
      const feed = createSimulatedFeed(market, 1)
      feed.step(START)
      const printed = [1, 2, 3].flatMap((second) => feed.step(START + second * 1_000)?.prints ?? [])
      const past = createSimulatedFeed(market, 1).pastPrints?.(START, START + 3_001)
      expect(past?.filter(({ at }) => at > START)).toEqual(printed)
    }
  })

  test('knows its past: minutes that join, contain their ends and stop at the present', () => {
    for (const market of MARKETS) {
      const feed = createSimulatedFeed(market, 1)
      const candles = feed.history?.(START - 180 * MINUTE, START + 20_000) ?? []
      expect(candles).toHaveLength(181)
      expect(createSimulatedFeed(market, 1).history?.(START - 180 * MINUTE, START + 20_000)).toEqual(candles)
      candles.forEach((candle, index) => {
        expect(candle.at).toBe(START + (index - 180) * MINUTE)
        expect(candle.low).toBeLessThanOrEqual(Math.min(candle.open, candle.close))
        expect(candle.high).toBeGreaterThanOrEqual(Math.max(candle.open, candle.close))
        expect(candle.lots).toBeGreaterThan(0)
        const before = candles[index - 1]
        if (before !== undefined) expect(candle.open).toBe(before.close)
      })
      const now = createSimulatedMarket(market, 1).ticksAt(START + 20_000)
      expect(candles.at(-1)?.close).toBe(now)
    }
  })
})
