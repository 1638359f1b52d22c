import type { Candle } from '$contract/markets.ts'
import type { OrderView } from '$contract/orders.ts'
import { floorTo, unitsOf } from '../money/decimal.ts'

/** What the page has seen of the market. */
export interface Seen {
  minutes: readonly Candle[]
  /** Units; null while it is not known. */
  last: bigint | null
}

interface Extremes {
  high: bigint
  low: bigint
}

function extremesSince({ minutes, last }: Seen, at: number): Extremes[] {
  const whole = minutes
    .filter(({ time }) => time * 1000 >= at)
    .map(({ high, low }) => ({ high: unitsOf(high), low: unitsOf(low) }))
  return last === null ? whole : [...whole, { high: last, low: last }]
}

/**
 * Where a trailing stop stands, by the minutes that lie wholly after it was placed: the venue does not tell its level, and
 * follows each price by itself, so this is a bound that is off by little. In units. Null when it is not following yet, or
 * nothing is known.
 */
export function trailingLevel(order: OrderView, seen: Seen, tick: bigint): bigint | null {
  if (order.type !== 'trailing_stop') return null
  const sells = order.side === 'sell'
  const since = extremesSince(seen, Date.parse(order.createdAt))
  const from = order.activationPrice === null ? null : unitsOf(order.activationPrice)
  const begins = since.findIndex(({ high, low }) => from === null || (sells ? high >= from : low <= from))
  if (begins === -1) return null
  const prices = since.slice(begins).map(({ high, low }) => (sells ? high : low))
  const best = prices.reduce((a, b) => ((sells ? a > b : a < b) ? a : b))
  const offset =
    order.trailingBps === null
      ? unitsOf(order.trailingAmount ?? '0')
      : (best * BigInt(order.trailingBps)) / 10_000n
  return floorTo(sells ? best - offset : best + offset, tick)
}
