import type { Candle, Interval } from '$contract/markets.ts'
import { toDecimal, unitsOf } from '../money/decimal.ts'

export const intervals = [
  { minutes: 1, label: '1m', name: '1 minute' },
  { minutes: 5, label: '5m', name: '5 minutes' },
  { minutes: 15, label: '15m', name: '15 minutes' },
  { minutes: 60, label: '1h', name: '1 hour' },
  { minutes: 240, label: '4h', name: '4 hours' },
  { minutes: 1_440, label: '1d', name: '1 day' },
] as const satisfies readonly { minutes: number; label: Interval; name: string }[]
export type Minutes = (typeof intervals)[number]['minutes']

/** Start of the interval a time (seconds) falls into. */
export const intervalStart = (time: number, minutes: Minutes): number => time - (time % (minutes * 60))

function joined(first: Candle, next: Candle): Candle {
  const higher = unitsOf(next.high) > unitsOf(first.high)
  const lower = unitsOf(next.low) < unitsOf(first.low)
  return {
    time: first.time,
    open: first.open,
    high: higher ? next.high : first.high,
    low: lower ? next.low : first.low,
    close: next.close,
    volume: toDecimal(unitsOf(first.volume) + unitsOf(next.volume)),
  }
}

/** Minutes joined into longer candles, oldest first. Unsorted and repeated minutes are put right; the later one counts. */
export function joinCandles(minutes: readonly Candle[], interval: Minutes): Candle[] {
  const byTime = new Map(minutes.map((candle) => [candle.time, candle]))
  const sorted = [...byTime.values()].sort((a, b) => a.time - b.time)
  const out: Candle[] = []
  for (const candle of sorted) {
    const time = intervalStart(candle.time, interval)
    const last = out.at(-1)
    if (last !== undefined && last.time === time) out[out.length - 1] = joined(last, candle)
    else out.push({ ...candle, time })
  }
  return out
}

/**
 * Longer candles as they were fetched, and from where the minutes begin those joined of them. The one in which the minutes begin
 * follows their prices; its volume is as of the fetch.
 */
export function candlesOf(
  past: readonly Candle[],
  minutes: readonly Candle[],
  interval: Minutes,
): readonly Candle[] {
  const recent = joinCandles(minutes, interval)
  const [first] = minutes
  if (first === undefined) return past
  const known = past.find(({ time }) => time === recent[0]?.time)
  const older = past.filter(({ time }) => time < first.time && time !== known?.time)
  if (recent[0] === undefined || recent[0].time === first.time || known === undefined)
    return [...older, ...recent]
  const { volume } = known
  return [...older, { ...joined(known, recent[0]), volume }, ...recent.slice(1)]
}

/**
 * The minutes with the open one replaced or appended, and whether a minute before it is missing (the stream was away for
 * more than a minute), so that the caller fetches the series again.
 */
export function withOpenMinute(
  minutes: readonly Candle[],
  open: Candle,
): { minutes: Candle[]; gap: boolean } {
  const last = minutes.at(-1)
  if (last === undefined) return { minutes: [open], gap: true }
  if (open.time < last.time) return { minutes: [...minutes], gap: false }
  if (open.time === last.time) return { minutes: [...minutes.slice(0, -1), open], gap: false }
  return { minutes: [...minutes, open], gap: open.time > last.time + 60 }
}
