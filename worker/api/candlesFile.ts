import { EXPORT_ROWS } from '../contract/amounts.ts'
import { INTERVAL_SECONDS } from '../contract/intervals.ts'
import type { Candle } from '../contract/markets.ts'
import type { Env } from '../env.ts'
import type { CandlesAsked } from '../market/history.ts'
import { csvResponse, EXPORT_PAGE, type Part } from './csv.ts'
import { CANDLE_COLUMNS } from './exports.ts'

/**
 * Candles as a file, oldest first and without gaps. It is read forwards, each page from where the one before ended; where a
 * page begins with a gap, the candle before it fills it.
 */
export function candlesFile(env: Env, market: string, query: CandlesAsked, now: number): Response {
  const length = INTERVAL_SECONDS[query.interval]
  const end = Math.min(query.to ?? Number.MAX_SAFE_INTEGER, Math.ceil(now / 1_000))
  const wanted = query.from ?? end - query.limit * length
  const from = Math.max(0, Math.ceil(wanted / length), Math.ceil(end / length) - EXPORT_ROWS) * length
  let before: Candle | undefined
  return csvResponse(
    `${market}-${query.interval}`,
    CANDLE_COLUMNS,
    async (cursor): Promise<Part<Candle>> => {
      const start = cursor === undefined ? from : Number(cursor)
      const to = Math.min(end, start + EXPORT_PAGE * length)
      const asked = { interval: query.interval, from: start, to, limit: EXPORT_PAGE }
      const { items } = await env.MARKET.getByName(market).candles(asked)
      const filled = [...gap(before, items[0]?.time ?? to, length), ...items]
      before = filled.at(-1) ?? before
      return { items: filled, next: to < end ? String(to) : null }
    },
    (candle) => [candle],
  )
}

/** Candles in which nothing traded, after one and before the time of the next. */
function gap(before: Candle | undefined, next: number, length: number): Candle[] {
  if (before === undefined) return []
  const { close } = before
  const count = Math.max(0, Math.ceil((next - before.time) / length) - 1)
  return Array.from({ length: count }, (_, index) => {
    const time = before.time + (index + 1) * length
    return { time, open: close, high: close, low: close, close, volume: '0' }
  })
}
