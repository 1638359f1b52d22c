import type { Market } from '../settings.ts'

/**
 * What a simulated market is like, in terms that do not depend on its grid: values in whole units of the quote asset,
 * distances in basis points of the price.
 *
 * BTC and ETH are set from ../shared/data. Of the book recordings of 2024-08-08 (11 minutes, the book read once a
 * second, 651 readings, each level's lots at its rank from the touch, both sides together; taker orders are trades of
 * equal time and side taken together):
 *
 * |                                   | BTC/USDT                    | ETH/USDT                    |
 * | spread, ticks: p50, p90, p99, mean | 1, 1, 26, 2.41              | 1, 1, 1, 1.01               |
 * | gap between levels, ticks: same    | 19, 82, 173, 31.8           | 2, 5, 10, 2.39              |
 * | lots at the touch: p10, p50, p90   | 17529, 200331, 473165       | 19716, 95623, 274648        |
 * | ... mean                           | 228640                      | 127627                      |
 * | lots at rank 5: p10, p50, p90      | 17, 8955, 32424             | 39, 14205, 52024            |
 * | mean lots at rank 5, 20, 59        | 13974, 14110, 20836         | 23567, 43690, 48251         |
 * | taker orders a second, mean        | 10.96                       | 7.61                        |
 * | ... p10, p50, p90, p99             | 2, 8, 21, 68                | 1, 5, 16, 53                |
 * | their variance over their mean     | 12.6                        | 17.6                        |
 * | lots of an order: p50, p90, p99    | 316, 10104, 104203          | 260, 17688, 119569          |
 * | ... mean; of its logarithm: mean, deviation | 6140; 5.79, 2.50   | 8623; 6.20, 2.43            |
 * | deviation of the mid over 1, 10, 60 s, bps | 1.23, 4.08, 9.47    | 1.25, 4.58, 11.6            |
 *
 * Of the candles: deviation of returns over 1 min, 1 h, 12 h in basis points: BTC 3.6, 25, 101 (September 2025), 6.7,
 * 52, 173 (October 2025), 9.9, 73, 246 (perpetual, January 2022), 98 over 1 h (2020 to 2021); ETH 7.1, 51, 236; 9.9, 66,
 * 223; 122 over 1 h. `volatility` is between the recording and the candles of October.
 *
 * No recording of the others was at hand: they are BTC and ETH brought to their own relative tick, with less depth, as
 * their daily volumes have it, and somewhat more volatility.
 */
export interface SimulatedProfile {
  /** Deviation of the price after one second, in basis points. */
  readonly volatility: number
  /** Mean number of price levels with orders in one basis point of one side. */
  readonly levelsPerBp: number
  /** Median value at the best price. */
  readonly touchValue: number
  /** Median value of a level behind it that is not dust. */
  readonly levelValue: number
  /** By how much of itself the value of levels grows with each basis point from the touch. */
  readonly growthPerBp: number
  /** How often the spread is wider than a tick. */
  readonly wideSpreadShare: number
  /** Taker orders a second, on average. */
  readonly ordersPerSecond: number
  /** Median value of a taker order. */
  readonly orderValue: number
}

const BTC: SimulatedProfile = {
  volatility: 1,
  levelsPerBp: 19.4,
  touchValue: 99_000,
  levelValue: 6_100,
  growthPerBp: 0.15,
  wideSpreadShare: 0.07,
  ordersPerSecond: 11,
  orderValue: 200,
}

const ETH: SimulatedProfile = {
  volatility: 1.3,
  levelsPerBp: 11.2,
  touchValue: 23_000,
  levelValue: 4_600,
  growthPerBp: 0.4,
  wideSpreadShare: 0.01,
  ordersPerSecond: 7.6,
  orderValue: 115,
}

/** A market with `depth` times the depth and trading of ETH, and `volatility` in basis points after a second. */
const likeEth = (depth: number, volatility: number): SimulatedProfile => ({
  ...ETH,
  volatility,
  touchValue: ETH.touchValue * depth,
  levelValue: ETH.levelValue * depth,
  ordersPerSecond: ETH.ordersPerSecond * Math.sqrt(depth),
})

const BY_BASE: Record<string, SimulatedProfile> = {
  BTC,
  ETH,
  SOL: likeEth(0.5, 1.8),
  XRP: likeEth(0.4, 1.7),
  BNB: likeEth(0.4, 1.2),
  LTC: likeEth(0.1, 1.5),
}

export const profileOf = (market: Market): SimulatedProfile => BY_BASE[market.base] ?? likeEth(0.1, 1.5)

/** Of the logarithm of values: at the touch, behind it, of taker orders. */
export const TOUCH_DEVIATION = 0.9
export const LEVEL_DEVIATION = 1.1
export const ORDER_DEVIATION = 2.5

/** The share of levels that hold only a few dozen units of the quote asset (where levels are finer than the tick, none). */
export const DUST_SHARE = 0.25

/** Taker orders come as this power of the path's activity: it gives the counts of a second the spread that was measured. */
export const ACTIVITY_POWER = 0.7
/** The mean of that power over long stretches, so that `ordersPerSecond` stays the mean. */
export const ACTIVITY_POWER_MEAN = 0.9

/** How much of the motion all markets have in common: returns of two of them correlate by its square. */
export const CORRELATION = 0.8
