import { NO_REMAINDERS, type Remainders } from './allocate.ts'
import type { FollowEnd, FollowSettings, FollowStatus } from './messages.ts'

/** One follow of the leader, without its money: that is in the pool's ledger, under the follow's id. */
export interface Follow {
  readonly id: string
  readonly followerId: string
  readonly status: FollowStatus
  /** What ended it, unless its follower did. */
  readonly endedBy: FollowEnd | null
  readonly settings: FollowSettings
  /** Quote units that came in. */
  readonly allocated: bigint
  /** Rises with each change of what is in this record. */
  readonly version: number
  readonly createdAt: number
  readonly updatedAt: number
  /** Quote units that have gone back to the follower's account. */
  readonly returned: bigint
  /** The day under way, where orders a day are limited; null before the first. */
  readonly today: Day | null
  /** How often its positions were offered to the market without all being sold. */
  readonly closeAttempts: number
}

/** Orders of the leader that were bought after in one day of UTC, counted from the epoch. */
export interface Day {
  readonly day: number
  readonly orders: readonly string[]
}

/**
 * What a follow does in one market. What it holds is in the ledger; `target` less that is the part of its copies that
 * could not be traded yet: positive is still to be bought, negative still to be sold.
 */
export interface Position {
  /** Base units that the follow is to hold. */
  readonly target: bigint
  /** Quote units paid for what is held, at average cost. */
  readonly cost: bigint
  /** Quote units earned by what was sold, after fees. */
  readonly realised: bigint
  /** Quote units of fees, each at the price of its trade. */
  readonly fees: bigint
  /** Copies that traded. */
  readonly copies: number
  /** With what equity an order of the leader that has filled in part is being copied: its other parts use the same. */
  readonly sizing: { readonly orderId: string; readonly equity: bigint } | null
  readonly buying: Remainders
  readonly selling: Remainders
}

/** A position by its follow and market, as it is kept. */
export type PositionKey = `${string}|${string}`
export const positionKey = (followId: string, market: string): PositionKey => `${followId}|${market}`

export const NO_POSITION: Position = {
  target: 0n,
  cost: 0n,
  realised: 0n,
  fees: 0n,
  copies: 0,
  sizing: null,
  buying: NO_REMAINDERS,
  selling: NO_REMAINDERS,
}

/** A position with nothing held and nothing wanted: only its history is left, and no rounding is owed. */
export const flat = (position: Position): Position => ({
  ...NO_POSITION,
  realised: position.realised,
  fees: position.fees,
  copies: position.copies,
})

/** Open follows of one leader; past it the pool would have to be split into shards. */
export const MAX_FOLLOWS = 10_000

export const isOpen = (follow: Follow): boolean => follow.status !== 'closed' && follow.status !== 'refused'
