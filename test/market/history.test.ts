import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CandlesQuery } from '../../worker/contract/markets.ts'
import { type Candle, CandleSeries, HOUR, SECOND } from '../../worker/market/candles.ts'
import type { Feed } from '../../worker/market/feed/feed.ts'
import { MarketHistory } from '../../worker/market/history.ts'
import { MissedSpans } from '../../worker/market/missedSpans.ts'
import { loadMarket, persistMarket } from '../../worker/market/rows.ts'
import { marketById } from '../../worker/market/settings.ts'
import { candleView } from '../../worker/market/views.ts'
import { Disk } from '../support/sqliteStore.ts'
import { type PrintAt, printsFrom } from './prints.ts'
import { tradeOf } from './trades.ts'

const MARKET = marketById('SOL-USDT')
const START = Date.UTC(2026, 2, 1, 21, 17)

const feedOf = (past: readonly PrintAt[]): Feed => ({
  kind: 'simulated',
  prepare: () => Promise.resolve(),
  step: () => null,
  pastPrints: (from, to) => past.filter(({ at }) => at >= from && at < to),
})

const phase = (longest: number) => printsFrom(0, fc.integer({ min: 1, max: longest }), 40)
const shifted = (prints: readonly PrintAt[], by: number) =>
  prints.map((print) => ({ ...print, at: print.at + by }))

/** The seconds of all prints, as they are made when nothing is missed. */
function secondsOf(prints: readonly PrintAt[], from: number): Candle[] {
  const series = new CandleSeries()
  for (const { ticks, lots, at } of prints) series.add(ticks, lots, at)
  return series.since(SECOND, from)
}

test('the seconds of the last hour are those of all prints, though some came before a wake and some while nobody watched', () => {
  fc.assert(
    fc.property(
      phase(80 * SECOND),
      phase(20 * SECOND),
      phase(20 * SECOND),
      phase(20 * SECOND),
      fc.integer({ min: 120, max: 1_440 }),
      (lost, watched, missed, again, limit) => {
        const disk = new Disk()
        const rows = disk.open()
        loadMarket(rows, MARKET)
        const before = shifted(lost, START)
        const trades = before.flatMap((print, index) => (index % 3 === 0 ? [print] : []))
        persistMarket(rows, {
          type: 'matched',
          orders: [],
          trades: trades.map((print, index) => tradeOf(index + 1, print)),
          reserved: null,
        })
        const woken = (before.at(-1)?.at ?? START) + 1
        const live = shifted(watched, woken)
        const left = (live.at(-1)?.at ?? woken) + 1
        const unseen = shifted(missed, left)
        const back = (unseen.at(-1)?.at ?? left) + 11 * SECOND
        const rest = shifted(again, back)
        const all = [...before, ...live, ...unseen, ...rest]
        const state = loadMarket(rows, MARKET)
        const reference = [...before.filter((_, index) => index % 3 !== 0), ...unseen]
        const history = new MarketHistory(rows, feedOf(reference))
        history.missed(state, 0, woken)
        for (const { ticks, lots, at } of live) state.candles.add(ticks, lots, at)
        history.missed(state, left, back)
        for (const { ticks, lots, at } of rest) state.candles.add(ticks, lots, at)

        const now = (all.at(-1)?.at ?? back) + 1
        const found = []
        let to: number | null = Math.ceil(now / SECOND)
        while (to !== null) {
          const page = history.candles(state, CandlesQuery.parse({ interval: '1s', limit, to }), now)
          for (const [index, { time }] of page.items.entries())
            expect(time).toBe((page.items[0]?.time ?? 0) + index)
          expect(page.earlier ?? 0).toBeLessThan(to)
          found.unshift(...page.items)
          to = page.earlier
        }
        const wanted = secondsOf(all, now - HOUR).map((candle) => candleView(MARKET, candle))
        expect(found.filter(({ volume }) => volume !== '0')).toEqual(wanted)
      },
    ),
  )
})

test('an older page begins where the market last traded, however long ago', () => {
  const rows = new Disk().open()
  const state = loadMarket(rows, MARKET)
  const hour = (at: number): Candle => ({ at, open: 1, high: 1, low: 1, close: 1, lots: 1 })
  const day = Date.UTC(2026, 0, 1)
  persistMarket(rows, { type: 'hoursClosed', candles: [hour(day), hour(day + 500 * HOUR)] })
  const history = new MarketHistory(rows, feedOf([]))
  const query = CandlesQuery.parse({ interval: '1h', limit: 10, to: (day + 400 * HOUR) / 1_000 })
  const empty = history.candles(state, query, day + 600 * HOUR)
  expect(empty).toEqual({ items: [], earlier: (day + HOUR) / 1_000 })
  const found = history.candles(state, { ...query, to: empty.earlier ?? 0 }, day + 600 * HOUR)
  expect(found.items.map(({ time }) => time)).toEqual([day / 1_000])
})

test('what is taken of missed spans is taken once, and covers them', () => {
  const span = fc
    .tuple(fc.nat(100), fc.nat(100))
    .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))
  fc.assert(
    fc.property(fc.array(span, { maxLength: 4 }), fc.array(span, { maxLength: 6 }), (spans, asked) => {
      const missed = new MissedSpans()
      const end = new Set<number>()
      for (const [index, { from, to }] of spans.entries()) {
        missed.add({ from: 1_000 * index + from, to: 1_000 * index + to }, 0)
        for (let at = from; at < to; at += 1) end.add(1_000 * index + at)
      }
      const taken: number[] = []
      const take = (from: number, to: number) => {
        for (const part of missed.take({ from, to })) {
          expect(part.from).toBeGreaterThanOrEqual(from)
          expect(part.to).toBeLessThanOrEqual(to)
          for (let at = part.from; at < part.to; at += 1) taken.push(at)
        }
      }
      for (const { from, to } of asked) take(from * 30, to * 30)
      take(0, 10_000)
      expect(taken.sort((a, b) => a - b)).toEqual([...end].sort((a, b) => a - b))
      expect(missed.take({ from: 0, to: 10_000 })).toEqual([])
    }),
  )
})
