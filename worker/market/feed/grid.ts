import { toUnits } from '../../ledger/amount.ts'
import type { Market } from '../settings.ts'
import type { Level } from './feed.ts'

/** Another venue's decimal onto our grid of ticks, or null when it is no price of ours: not on the grid or past its end. */
export function ticksOf(market: Market, price: string): number | null {
  const units = unitsOf(price)
  if (units === null || units % market.tickSize !== 0n) return null
  const ticks = units / market.tickSize
  return ticks > 0n && ticks <= BigInt(market.maxTicks) ? Number(ticks) : null
}

/** The tick at or below another venue's price, for venues with a finer grid; null when there is none. */
export function ticksBelow(market: Market, price: string): number | null {
  const units = unitsOf(price)
  if (units === null) return null
  const ticks = units / market.tickSize
  return ticks > 0n && ticks <= BigInt(market.maxTicks) ? Number(ticks) : null
}

/** The tick at or above another venue's price; null when there is none. */
export function ticksAbove(market: Market, price: string): number | null {
  const units = unitsOf(price)
  if (units === null || units === 0n) return null
  const ticks = (units + market.tickSize - 1n) / market.tickSize
  return ticks <= BigInt(market.maxTicks) ? Number(ticks) : null
}

/**
 * Another venue's amount in whole lots; what is finer than a lot is cut off (its step may have been finer once, and old
 * orders rest on). 0 for less than a lot, null for what is no amount.
 */
export function lotsOf(market: Market, amount: string): number | null {
  const units = unitsOf(amount)
  if (units === null) return null
  const lots = units / market.lotSize
  return lots <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(lots) : null
}

/** A plain decimal; exchanges pad with more zeros than we have decimals. */
const PLAIN = /^(\d{1,12})(?:\.(\d{1,8})0*)?$/

function unitsOf(decimal: string): bigint | null {
  const match = PLAIN.exec(decimal)
  if (match === null) return null
  const [, whole = '0', fraction] = match
  return toUnits(fraction === undefined ? whole : `${whole}.${fraction}`)
}

/** Whether two sides are a book: something on both, and the best bid below the best ask. */
export function isUncrossed(bids: readonly Level[], asks: readonly Level[]): boolean {
  const [bid] = bids
  const [ask] = asks
  return bid !== undefined && ask !== undefined && bid[0] < ask[0]
}
