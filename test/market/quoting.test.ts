import { describe, expect, test } from 'vitest'
import type { FeedStep, Level } from '../../worker/market/feed/feed.ts'
import { MarketHarness, reportOf, reports, SOL, turns } from './marketHarness.ts'

const HOUSE = 'house.SOL-USDT'

/** A reference book around `middle`, deep enough that the house mirrors both of its levels. */
function stepAt(market: MarketHarness, middle: number, prints: FeedStep['prints'] = []): FeedStep {
  const side = (direction: 1 | -1): Level[] => [
    [middle + direction, 4_000],
    [middle + 2 * direction, 8_000],
  ]
  return { at: market.now, book: { bids: side(-1), asks: side(1) }, prints }
}

describe('the house', () => {
  test('quotes the reference book in memory alone', () => {
    const market = new MarketHarness()
    expect(market.step(stepAt(market, 10_000))).toEqual([])
    expect(market.levels('buy').map(([ticks]) => ticks)).toEqual([9_999, 9_998])
    expect(market.levels('sell').map(([ticks]) => ticks)).toEqual([10_001, 10_002])
    market.step(stepAt(market, 10_050))
    expect(market.levels('buy').map(([ticks]) => ticks)).toEqual([10_049, 10_048])
    expect(market.rowsWritten).toBe(rowsOfAnUntouchedMarket())
    market.wake()
    expect(market.levels('buy')).toEqual([])
  })

  test('is reported its fills and nothing else, and its orders do not reach the projection', () => {
    const market = new MarketHarness()
    market.step(stepAt(market, 10_000))
    const sent = market.submit('bob', { orderId: 'b', side: 'buy', ticks: 10_001, lots: 30 })
    expect(reportOf(sent, 'b').status).toBe('filled')
    const [, house] = [...reports(sent)].sort((a) => (a.orderId === 'b' ? -1 : 1))
    expect(house).toMatchObject({
      side: 'sell',
      status: 'partially_filled',
      fills: [{ lots: 30, ticks: 10_001 }],
    })
    expect(sent.map(({ to }) => to)).toContain(`account/${HOUSE}`)
    expect(turns(sent)[0]?.orders.map(({ accountId }) => accountId)).toEqual(['bob'])
    expect(turns(sent)[0]?.trades).toMatchObject([{ maker: `account/${HOUSE}`, taker: 'account/bob' }])
    expect(market.disk.rows('live_order')).toEqual([])
  })

  test("takes users' orders that the reference has moved through, at their price", () => {
    const market = new MarketHarness()
    market.step(stepAt(market, 10_000))
    market.submit('bob', { orderId: 'b', side: 'buy', ticks: 9_900, lots: 30 })
    const sent = market.step(stepAt(market, 9_850))
    expect(reportOf(sent, 'b')).toMatchObject({
      status: 'filled',
      fills: [{ ticks: 9_900, lots: 30, liquidity: 'maker' }],
    })
    market.state.book.assertConsistent()
    expect(market.levels('sell')[0]?.[0]).toBe(9_851)
  })

  test('withdraws when the feed is stale, and comes back', () => {
    const market = new MarketHarness()
    market.step(stepAt(market, 10_000))
    market.submit('bob', { orderId: 'b', side: 'buy', ticks: 9_999, lots: 30 })
    market.step(null)
    expect(market.state.stale).toBe(true)
    expect(market.levels('buy')).toEqual([[9_999, 30]])
    expect(market.levels('sell')).toEqual([])
    market.step(stepAt(market, 10_000))
    expect(market.state.stale).toBe(false)
    expect(market.levels('sell')).toHaveLength(2)
  })

  test('does not trade with itself, however the reference jumps', () => {
    const market = new MarketHarness()
    for (const middle of [10_000, 10_001, 9_999, 12_000, 8_000, 8_001, 8_003]) {
      market.now += 250
      market.step(stepAt(market, middle))
      market.state.book.assertConsistent()
      expect(market.levels('buy')).toHaveLength(2)
      expect(market.levels('sell')).toHaveLength(2)
    }
    expect(market.sent).toEqual([])
    expect(market.state.quotes.size).toBe(4)
  })
})

describe('reference prints', () => {
  test('are on the tape and in the candles, and are no trades; a minute is a row when it closes', () => {
    const market = new MarketHarness()
    const before = market.rowsWritten
    const print = { ticks: 10_002, lots: 5, side: 'buy' as const, at: market.now }
    market.step(stepAt(market, 10_000, [print, { ...print, ticks: 9_998, lots: 7, side: 'sell' }]))
    expect(market.state.tape.newestFirst(9)).toMatchObject([
      { ticks: 9_998, source: 'reference' },
      { ticks: 10_002, source: 'reference' },
    ])
    expect(market.state.candles.open).toMatchObject({
      open: 10_002,
      high: 10_002,
      low: 9_998,
      close: 9_998,
      lots: 12,
    })
    expect(market.rowsWritten).toBe(before)
    market.now += 60_000
    market.step(stepAt(market, 10_000, [{ ...print, at: market.now }]))
    expect(market.disk.rows('candle')).toMatchObject([{ open: 10_002, lots: 12 }])
    expect(market.disk.rows('trade')).toEqual([])
    expect(market.sent).toEqual([])
  })

  test('are the mark and the middle of the price band', () => {
    const market = new MarketHarness()
    expect(market.state.mark(market.now)).toEqual({ market: SOL.id, ticks: SOL.simulatedTicks, at: 0 })
    market.step(stepAt(market, 10_000, [{ ticks: 10_001, lots: 5, side: 'buy', at: market.now }]))
    expect(market.state.mark(market.now)).toMatchObject({ ticks: 10_001, at: market.now })
    expect(market.state.referenceTicks(market.now)).toBe(10_000)
    expect(market.state.mark(market.now + 61_000)).toMatchObject({ ticks: 10_000, at: market.now + 61_000 })
  })
})

const rowsOfAnUntouchedMarket = (): number => new MarketHarness().rowsWritten
