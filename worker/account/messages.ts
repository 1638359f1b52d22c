import type { ErrorCode } from '../contract/errors.ts'
import type { FollowEnd, FollowStatus } from '../copying/messages.ts'
import type { OrderReport } from '../market/messages.ts'

/** From a CopyPool to the follower: the follow has changed, and what comes back of its funds. */
export interface FollowReport {
  readonly type: 'followReport'
  readonly followId: string
  readonly leaderId: string
  readonly status: FollowStatus
  /** Why it was refused, or what ended it; null when its follower did. */
  readonly reason: ErrorCode | FollowEnd | null
  /** Quote units that return to the account with this message. */
  readonly returned: bigint
  readonly at: number
}

/** From a CopyPool to its leader: whether anybody follows, so that fills are worth sending. */
export interface FillsWanted {
  readonly type: 'fillsWanted'
  readonly wanted: boolean
}

/**
 * To a market's house: from a CopyPool what is left of a closed position below a lot, at the block's price; from an
 * Account what is too small to be sold, at the mark.
 */
export interface TakeResidue {
  readonly type: 'takeResidue'
  /** The block's, or the conversion's. */
  readonly blockId: string
  readonly market: string
  /** Base units that the house takes. */
  readonly quantity: bigint
  /** Quote units that the house has paid for them. */
  readonly quote: bigint
}

export type AccountMessage = OrderReport | FollowReport | FillsWanted | TakeResidue
