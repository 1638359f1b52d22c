import { BASIS, UNIT } from '../ledger/amount.ts'
import type { Side } from '../market/messages.ts'
import type { Market } from '../market/settings.ts'
import type { CopyReason, FollowSettings, LeaderTraded } from './messages.ts'
import { partOfOrder } from './targets.ts'

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

/** Quote units that a follow has, and has paid for what it holds. */
export interface Means {
  readonly cash: bigint
  /** For all that it holds. */
  invested(): bigint
  /** For what it holds of the market. */
  readonly investedHere: bigint
}

/** What a follow may buy of what it wants, at the worst price it accepts, and what held it back most. */
export function limitBuy(
  market: Market,
  wanted: bigint,
  ticks: number,
  { cash, invested, investedHere }: Means,
  trade: LeaderTraded,
  { maxPerOrder, limits }: FollowSettings,
): { units: bigint; reason: CopyReason | null } {
  const { maxExposure, maxExposurePerAsset } = limits
  const bounds: [CopyReason, bigint | null][] = [
    ['max_per_order', partOfOrder(trade, maxPerOrder)],
    ['max_exposure', maxExposure === null ? null : maxExposure - invested()],
    ['max_asset_exposure', maxExposurePerAsset === null ? null : maxExposurePerAsset - investedHere],
    ['no_funds', cash],
  ]
  let least: { units: bigint; reason: CopyReason | null } = { units: wanted, reason: null }
  for (const [reason, quote] of bounds) {
    if (quote === null) continue
    const units = affordable(market, ticks, quote)
    if (units < least.units) least = { units, reason }
  }
  return least
}
