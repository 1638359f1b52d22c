import { INTERVAL_SECONDS } from '../contract/intervals.ts'
import type { Interval } from '../contract/markets.ts'
import { type Candle, type CandleSeries, fillGaps, HOUR, joinCandles, MINUTE, SECOND } from './candles.ts'

/** Milliseconds of a candle. */
export const lengthOf = (interval: Interval): number => INTERVAL_SECONDS[interval] * 1_000

/** Where a market's candles are found. All oldest first, of those that open in [from, to). */
export interface CandleSources {
  /** Milliseconds. Nothing is asked of what is still to come, which a simulated feed would tell. */
  readonly now: number
  /** The newest minutes, the open one included, without an end. */
  readonly inMemory: readonly Candle[]
  /** Rows of closed minutes, and of closed hours. */
  minutes(from: number, to: number): readonly Candle[]
  hours(from: number, to: number): readonly Candle[]
  /** What the reference feed knows of its past, in candles of that length: for what no row has, because nobody watched. */
  feed(from: number, to: number, length: number): readonly Candle[]
}

/**
 * Candles of `length` milliseconds that open in [from, to), oldest first, without gaps after the first of them. Those of which
 * all is in memory are exact. What is older is told by rows, of hours where that is enough, so that a year is some thousand
 * rows; rows may lack what nobody watched, so where the feed knows its past it counts, widened by the rows. The feed is asked
 * for no more candles than are answered.
 */
export function candlesOf(sources: CandleSources, length: number, from: number, to: number): Candle[] {
  const { inMemory, now } = sources
  const start = Math.ceil(from / length) * length
  // The last candle may go on after `to`.
  const end = Math.min(now, Math.ceil(to / length) * length)
  const since = Math.ceil((inMemory[0]?.at ?? end) / length) * length
  const recent = joinCandles(inMemory, length).filter(({ at }) => at >= since)
  const before = Math.min(end, since)
  const [kept, rows] =
    length < HOUR ? [MINUTE, sources.minutes(start, before)] : [HOUR, sources.hours(start, before)]
  // An hour may be a row while some of its minutes are in memory still.
  const partial = joinCandles(inMemory, kept).filter(({ at }) => at >= start && at < before)
  const known = joinCandles(byTime([...partial, ...rows]), length)
  const older = new Map(known.map((candle) => [candle.at, candle]))
  for (const candle of sources.feed(start, before, length))
    older.set(candle.at, widened(candle, older.get(candle.at)))
  return fillGaps([...byTime([...older.values()]), ...recent], length, end).filter(
    ({ at }) => at >= start && at < to,
  )
}

/** Seconds that open in [from, to), without gaps after the first of them: only memory has them. `from` is a whole second. */
export function secondsOf(series: CandleSeries, from: number, to: number): Candle[] {
  const seconds = series.since(SECOND, from).filter(({ at }) => at < to)
  return fillGaps(seconds, SECOND, to)
}

function widened(feed: Candle, known: Candle | undefined): Candle {
  if (known === undefined) return feed
  const { high, low, lots } = known
  return {
    ...feed,
    high: Math.max(feed.high, high),
    low: Math.min(feed.low, low),
    lots: Math.max(feed.lots, lots),
  }
}

/** In order of time; of two of one time the one that is later in the list. */
function byTime(candles: readonly Candle[]): Candle[] {
  return [...new Map(candles.map((candle) => [candle.at, candle])).values()].sort((a, b) => a.at - b.at)
}
