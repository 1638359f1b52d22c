import { BASIS, UNIT } from '../ledger/amount.ts'
import type { Side } from '../market/messages.ts'
import type { Market } from '../market/settings.ts'
import type { CopyReason, LeaderTraded } from './messages.ts'
import { partOfOrder } from './targets.ts'

/** A leader's trade older than this decides no buy: the price it was worth it at is gone. */
export const MAX_DELAY_MS = 60_000

/** A mark older than this decides nothing. */
export const MAX_MARK_AGE_MS = 60_000

/** A mark older than this is asked for again before a message is decided. */
export const MARK_REFRESH_MS = 30_000

/**
 * The worst price, in ticks, that `bps` of slippage against an average of `quote` for `lots` allows, on the tick grid inward:
 * a buy's is rounded down and a sell's up, so rounding never lets a copy trade further away than its follower said.
 */
export function worstTicks(market: Market, side: Side, quote: bigint, lots: number, bps: number): number {
  const perLots = BigInt(lots) * market.quotePerTickLot * BASIS
  const ticks =
    side === 'buy'
      ? (quote * (BASIS + BigInt(bps))) / perLots
      : (quote * (BASIS - BigInt(bps)) + perLots - 1n) / perLots
  return Math.min(Math.max(Number(ticks), 1), market.maxTicks)
}

/** Quote units that `units` of base cost at a price, rounded up. */
export function costOf(market: Market, ticks: number, units: bigint): bigint {
  return (units * BigInt(ticks) * market.tickSize + UNIT - 1n) / UNIT
}

/** Base units that `quote` pays for at a price, at most: their cost is not over `quote`. */
export function affordable(market: Market, ticks: number, quote: bigint): bigint {
  return quote <= 0n ? 0n : (quote * UNIT) / (BigInt(ticks) * market.tickSize)
}

/** What a follow may buy of what it wants, at the worst price it accepts, and what held it back. */
export function limitBuy(
  market: Market,
  wanted: bigint,
  ticks: number,
  cash: bigint,
  trade: LeaderTraded,
  maxPerOrder: bigint,
): { units: bigint; reason: CopyReason | null } {
  const byCash = affordable(market, ticks, cash)
  const byOrder = affordable(market, ticks, partOfOrder(trade, maxPerOrder))
  if (wanted <= byCash && wanted <= byOrder) return { units: wanted, reason: null }
  return byCash < byOrder
    ? { units: byCash, reason: 'no_funds' }
    : { units: byOrder, reason: 'max_per_order' }
}

/** Why a follow takes no part in a leader's buy, whatever it would want, or null. */
export function barsBuy(trade: LeaderTraded, paused: boolean, now: number): CopyReason | null {
  if (paused) return 'paused'
  return now - trade.at > MAX_DELAY_MS ? 'stale' : null
}
