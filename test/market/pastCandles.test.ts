import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { Interval } from '../../worker/contract/markets.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { type Candle, CandleSeries, DAY, HOUR, joinCandles, MINUTE } from '../../worker/market/candles.ts'
import { type CandleSources, candlesOf, lengthOf, secondsOf } from '../../worker/market/pastCandles.ts'
import { sharedData } from '../support/sharedData.ts'
import { type PrintAt, printsFrom } from './prints.ts'

/** Prices and amounts of the recordings are multiples of it. */
const STEP = 1_000n
const Trade = z.object({ t: z.number(), price: z.string(), amount: z.string() })

const START = Date.UTC(2026, 2, 1, 21, 17)

const waits = fc.oneof(fc.integer({ min: 0, max: 5 * MINUTE }), fc.integer({ min: 0, max: 9 * HOUR }))
const prints = printsFrom(START, waits, 60)
type Prints = readonly PrintAt[]

const length = fc.constantFrom(...Interval.options.filter((each) => each !== '1s').map(lengthOf))

/** By the definition: what was printed in each span, and where nothing was, the close before. */
function byDefinition(all: Prints, length: number, from: number, to: number): Candle[] {
  const candles: Candle[] = []
  for (let at = Math.floor(START / length) * length; at < to; at += length) {
    const own = all.filter((print) => print.at >= at && print.at < at + length)
    const close = candles.at(-1)?.close
    if (own.length === 0 && close === undefined) continue
    const prices = own.length === 0 ? [close ?? 0] : own.map(({ ticks }) => ticks)
    candles.push({
      at,
      open: prices[0] ?? 0,
      high: Math.max(...prices),
      low: Math.min(...prices),
      close: prices.at(-1) ?? 0,
      lots: own.reduce((sum, { lots }) => sum + lots, 0),
    })
  }
  return candles.filter(({ at }) => at >= from)
}

/**
 * A market that has kept all its minutes: the newest in memory from some time on, at least those whose hour is no row yet; all
 * closed ones in rows, and hours that have closed.
 */
function sourcesOf(all: Prints, memoryFrom: number, now: number): CandleSources {
  const series = new CandleSeries()
  const closed = all.map(({ ticks, lots, at }) => series.add(ticks, lots, at)).filter((each) => each !== null)
  const minutes = [...closed, ...(series.open === null ? [] : [series.open])]
  const within = (from: number, to: number) => closed.filter(({ at }) => at >= from && at < to)
  const openHour = Math.floor((series.open?.at ?? 0) / HOUR) * HOUR
  return {
    now,
    inMemory: minutes.filter(({ at }) => at >= Math.min(memoryFrom, openHour)),
    minutes: within,
    hours: (from, to) => {
      const opens = [...new Set(closed.map(({ at }) => Math.floor(at / HOUR) * HOUR))]
      return opens
        .filter((at) => at >= from && at < to && at < openHour)
        .flatMap((at) => byDefinition(all, HOUR, at, at + HOUR).slice(0, 1))
    },
    feed: () => [],
  }
}

test('candles of any length are the open, extremes, close and volume of their prints, without gaps, wherever they are kept', () => {
  fc.assert(
    fc.property(prints, length, fc.nat(3 * DAY), fc.nat(2 * DAY), (all, each, behind, back) => {
      const to = (all.at(-1)?.at ?? START) + 1 + back
      const memoryFrom = Math.floor((to - behind) / MINUTE) * MINUTE
      const found = candlesOf(sourcesOf(all, memoryFrom, to), each, 0, to)
      expect(found).toEqual(byDefinition(all, each, 0, to))
    }),
  )
})

test('a page is the part of all that opens within it, but for what fills the gap before its first', () => {
  fc.assert(
    fc.property(prints, length, fc.nat(2 * DAY), fc.nat(DAY), (all, each, from, span) => {
      const end = (all.at(-1)?.at ?? START) + 1
      const sources = sourcesOf(all, START, end)
      const [first, last] = [START + from, Math.min(end, START + from + span)]
      const page = candlesOf(sources, each, first, last)
      const whole = candlesOf(sources, each, 0, end).filter(({ at }) => at >= first && at < last)
      expect(page).toEqual(whole.slice(whole.length - page.length))
      expect(whole.slice(0, whole.length - page.length).every(({ lots }) => lots === 0)).toBe(true)
    }),
  )
})

test('what nobody watched is told by the feed, widened by what was seen of it, and it is asked for no more than is answered', () => {
  const at = Math.floor(START / HOUR) * HOUR
  const asked: number[] = []
  const flat = { open: 50, high: 60, low: 40, close: 55, lots: 9 }
  const sources: CandleSources = {
    now: at + 4 * HOUR,
    inMemory: [{ at: at + 2 * HOUR + 30 * MINUTE, open: 70, high: 75, low: 70, close: 71, lots: 2 }],
    minutes: () => [],
    hours: () => [{ at, open: 52, high: 90, low: 45, close: 53, lots: 4 }],
    feed(from, to, length) {
      const candles: Candle[] = []
      for (let each = Math.ceil(from / length) * length; each < to; each += length)
        candles.push({ at: each, ...flat })
      asked.push(candles.length)
      return candles
    },
  }
  expect(candlesOf(sources, HOUR, at, at + 4 * HOUR)).toEqual([
    { at, open: 50, high: 90, low: 40, close: 55, lots: 9 },
    { at: at + HOUR, ...flat },
    { at: at + 2 * HOUR, open: 50, high: 75, low: 40, close: 55, lots: 9 },
    { at: at + 3 * HOUR, open: 55, high: 55, low: 55, close: 55, lots: 0 },
  ])
  expect(asked).toEqual([3])
})

const RECORDINGS = ['btcusdt', 'ethusdt'].map((pair) =>
  sharedData(`book/binance-spot-${pair}-20240808.jsonl.gz`),
)

/** What a time's own text says of the candle it is in: told by the digits that the candle's times have in common. */
const TEXT_OF: Readonly<Record<Interval, (text: string) => string>> = {
  '1s': (text) => text.slice(0, 19),
  '1m': (text) => text.slice(0, 16),
  '5m': (text) => `${text.slice(0, 15)}${Number(text[15]) < 5 ? 0 : 5}`,
  '15m': (text) => `${text.slice(0, 14)}${Math.floor(Number(text.slice(14, 16)) / 15)}`,
  '1h': (text) => text.slice(0, 13),
  '4h': (text) => `${text.slice(0, 11)}${Math.floor(Number(text.slice(11, 13)) / 4)}`,
  '1d': (text) => text.slice(0, 10),
}

test.skipIf(RECORDINGS.includes(null)).each(Interval.options)(
  'the trades of recordings make the candles of %s that their texts make (needs ../shared/data)',
  (interval) => {
    const keyOf = (time: number) => TEXT_OF[interval](new Date(time).toISOString())
    for (const file of RECORDINGS) {
      const lines = new TextDecoder().decode(gunzipSync(readFileSync(file ?? ''))).split('\n')
      const trades = lines
        .filter((line) => line.includes('"type":"trade"'))
        .map((line) => Trade.parse(JSON.parse(line)))
      const series = new CandleSeries()
      const closed = trades.flatMap(({ t, price, amount }) => {
        const minute = series.add(Number(toUnits(price) / STEP), Number(toUnits(amount) / STEP), t)
        return minute === null ? [] : [minute]
      })
      const now = (trades.at(-1)?.t ?? 0) + 1
      // Minutes are asked of rows but for the open one; hours of rows but for the open one, whose minutes are in memory.
      const memoryFrom = Math.floor(now / MINUTE) * MINUTE
      const openHour = Math.floor(now / HOUR) * HOUR
      const sources: CandleSources = {
        now,
        inMemory: series.since(MINUTE, lengthOf(interval) < HOUR ? memoryFrom : openHour),
        minutes: (from, to) => closed.filter(({ at }) => at >= from && at < to),
        hours: (from, to) =>
          joinCandles(closed, HOUR).filter(({ at }) => at >= from && at < to && at < openHour),
        feed: () => [],
      }
      const made =
        interval === '1s' ? secondsOf(series, 0, now) : candlesOf(sources, lengthOf(interval), 0, now)
      const told = Map.groupBy(trades, ({ t }) => keyOf(t))
      expect(told.size).toBeGreaterThan({ '1s': 300, '1m': 10, '5m': 2 }[interval as string] ?? 0)
      expect(made.filter(({ lots }) => lots > 0).map(({ at }) => keyOf(at))).toEqual([...told.keys()])
      let before: readonly bigint[] = []
      for (const [index, candle] of made.entries()) {
        if (index > 0) expect(candle.at).toBe((made[index - 1]?.at ?? 0) + lengthOf(interval))
        const own = told.get(keyOf(candle.at)) ?? []
        const prices = own.map(({ price }) => toUnits(price)).sort((a, b) => Number(a - b))
        const [open, close] = [own[0], own.at(-1)].map((trade) => toUnits(trade?.price ?? '0'))
        const volume = own.reduce((sum, { amount }) => sum + toUnits(amount), 0n)
        const wanted = own.length === 0 ? before : [open, prices.at(-1), prices[0], close, volume]
        const { open: opened, high, low, close: closedAt, lots } = candle
        expect([opened, high, low, closedAt, lots].map((steps) => BigInt(steps) * STEP)).toEqual(wanted)
        before = [close ?? 0n, close ?? 0n, close ?? 0n, close ?? 0n, 0n]
        if (own.length === 0) before = wanted.map((value) => value ?? 0n)
      }
    }
  },
)

test('the candle under way, and those since any, are those of all prints', () => {
  fc.assert(
    fc.property(prints, length, fc.nat(9 * HOUR), (all, each, back) => {
      const series = new CandleSeries()
      for (const [index, { ticks, lots, at }] of all.entries()) {
        series.add(ticks, lots, at)
        const wanted = byDefinition(all.slice(0, index + 1), each, 0, at + 1).filter(({ lots }) => lots > 0)
        expect(series.openOf(each)).toEqual(wanted.at(-1))
        const from = Math.floor(Math.max(at - back, at - DAY + HOUR) / each) * each
        if (from >= at - DAY + HOUR)
          expect(series.since(each, from)).toEqual(wanted.filter((candle) => candle.at >= from))
      }
    }),
  )
})
