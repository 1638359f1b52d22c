import { describe, expect, test } from 'vitest'
import {
  accumulate,
  buyBreakouts,
  chaseEveryMove,
  followTrend,
  restOnGrid,
  revertToMean,
} from '../../worker/demo/strategies.ts'
import type { MarketView, PriceSample, Strategy, TraderAction } from '../../worker/demo/view.ts'
import { UNIT } from '../../worker/ledger/amount.ts'
import { marketById, quoteOf } from '../../worker/market/settings.ts'

const BTC = marketById('BTC-USDT')
const NOW = Date.UTC(2026, 10, 25, 9)
const MINUTE = 60_000
const EQUITY = 100_000n * UNIT

/** Four hours of minutes; `ticksAt` is asked with how many minutes ago. */
const path = (ticksAt: (minutesAgo: number) => number): PriceSample[] =>
  Array.from({ length: 241 }, (_, index) => ({
    at: NOW - (240 - index) * MINUTE,
    ticks: Math.round(ticksAt(240 - index)),
  }))

const rising = path((ago) => 6_000_000 - ago * 500)
const falling = path((ago) => 6_000_000 + ago * 500)

/** `owned` in whole coins, of which `promised` are held by orders. */
function decide(strategy: Strategy, samples: PriceSample[], owned = 0, change: Partial<MarketView> = {}) {
  const last = samples.at(-1)?.ticks ?? 0
  const base = BigInt(Math.round(owned * 1e8))
  const market: MarketView = {
    market: BTC,
    bid: last,
    ask: last + 1,
    samples,
    owned: base,
    available: base,
    resting: [],
    ...change,
  }
  const cash = EQUITY - quoteOf(BTC, last, Math.round(owned * 1e5))
  return strategy({ now: NOW, round: 0, equity: EQUITY, cash, markets: [market] })
}

const kinds = (actions: readonly TraderAction[]) => actions.map(({ type }) => type)

describe('strategies', () => {
  test('the trend follower buys what rises and leaves what falls', () => {
    expect(kinds(decide(followTrend, rising))).toEqual(['buyFor'])
    expect(kinds(decide(followTrend, falling))).toEqual([])
    expect(kinds(decide(followTrend, falling, 0.3))).toEqual(['sell'])
  })

  test('the mean reverter buys what has fallen and sells what has risen', () => {
    expect(kinds(decide(revertToMean, falling, 0.3))).toEqual(['buyFor'])
    expect(kinds(decide(revertToMean, rising, 0.3))).toEqual(['sell'])
  })

  test('the breakout trader waits inside the range, buys above it and leaves below', () => {
    const quiet = path((ago) => 6_000_000 + 3_000 * Math.sin(ago / 4))
    const broken = path((ago) => (ago === 0 ? 6_010_000 : 6_000_000 + 3_000 * Math.sin(ago / 4)))
    const sunk = path((ago) => (ago === 0 ? 5_990_000 : 6_000_000 + 3_000 * Math.sin(ago / 4)))
    expect(decide(buyBreakouts, quiet)).toEqual([])
    expect(kinds(decide(buyBreakouts, broken))).toEqual(['buyFor'])
    expect(kinds(decide(buyBreakouts, sunk, 0.3))).toEqual(['sell'])
  })

  test('the grid maker rests bids below and offers above what it owns, and never takes', () => {
    const still = path((ago) => 6_183_800 + (ago % 2))
    const actions = decide(restOnGrid, still, 0.3)
    const rests = actions.flatMap((action) => (action.type === 'rest' ? [action] : []))
    expect(rests).toHaveLength(actions.length)
    const last = still.at(-1)?.ticks ?? 0
    const bids = rests.filter(({ side }) => side === 'buy')
    const offers = rests.filter(({ side }) => side === 'sell')
    expect([bids.length, offers.length]).toEqual([2, 2])
    for (const { ticks } of bids) expect(ticks).toBeLessThan(last)
    for (const { ticks } of offers) expect(ticks).toBeGreaterThan(last + 1)
    // With nothing to sell it offers nothing.
    const poor = decide(restOnGrid, still).flatMap((action) => (action.type === 'rest' ? [action.side] : []))
    expect(poor).toEqual(['buy', 'buy'])
  })

  test('the grid maker leaves its orders where they are, and takes away those that are out of place', () => {
    const still = path((ago) => 6_183_800 + (ago % 2))
    const placed = decide(restOnGrid, still, 0.3).flatMap((action) =>
      action.type === 'rest' ? [action] : [],
    )
    const resting = placed.map(({ side, ticks }, index) => ({ id: `order ${index}`, side, ticks }))
    expect(decide(restOnGrid, still, 0.3, { resting })).toEqual([])
    const stray = { id: 'stray', side: 'buy', ticks: 5_000_000 } as const
    expect(decide(restOnGrid, still, 0.3, { resting: [...resting, stray] })).toEqual([
      { type: 'cancel', market: BTC.id, orderId: 'stray' },
    ])
  })

  test('the accumulator always buys the same, until nearly all is invested', () => {
    expect(decide(accumulate, rising)).toEqual([{ type: 'buyFor', market: BTC.id, quote: EQUITY / 100n }])
    expect(decide(accumulate, falling)).toEqual([{ type: 'buyFor', market: BTC.id, quote: EQUITY / 100n }])
    expect(kinds(decide(accumulate, rising, 1.5))).toEqual(['sell'])
  })

  test('the overtrader follows the last minute, whatever it was', () => {
    expect(kinds(decide(chaseEveryMove, rising, 0.3))).toEqual(['buyFor'])
    expect(kinds(decide(chaseEveryMove, falling, 0.3))).toEqual(['sell'])
  })

  test('all hold still while a side of the book is empty', () => {
    const all = [followTrend, revertToMean, buyBreakouts, restOnGrid, accumulate, chaseEveryMove]
    for (const strategy of all) {
      expect(decide(strategy, falling, 0.3, { bid: null })).toEqual([])
      expect(decide(strategy, rising, 0.3, { ask: null })).toEqual([])
    }
  })

  test('sell no more than is not promised, and spend no more than there is', () => {
    const actions = decide(chaseEveryMove, falling, 0.3, { available: 10_000n * BTC.lotSize })
    expect(actions).toEqual([{ type: 'sell', market: BTC.id, lots: expect.any(Number) }])
    const [sale] = actions
    expect(sale?.type === 'sell' ? sale.lots : 0).toBeLessThanOrEqual(10_000)
    const view = { now: NOW, round: 0, equity: EQUITY, cash: 100n * UNIT }
    const market = { market: BTC, bid: 6_000_000, ask: 6_000_001, samples: rising, owned: 0n, available: 0n }
    expect(chaseEveryMove({ ...view, markets: [{ ...market, resting: [] }] })).toEqual([
      { type: 'buyFor', market: BTC.id, quote: 100n * UNIT },
    ])
  })
})
