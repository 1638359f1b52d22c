import type { ErrorCode } from '../contract/errors.ts'
import type { FollowStatus } from '../copying/messages.ts'
import type { OrderReport } from '../market/messages.ts'

/** From a CopyPool to the follower: the follow has changed, and what comes back of its funds. */
export interface FollowReport {
  readonly type: 'followReport'
  readonly followId: string
  readonly leaderId: string
  readonly status: FollowStatus
  /** Why it was refused or closed, or null. */
  readonly reason: ErrorCode | null
  /** Quote units that return to the account with this message. */
  readonly returned: bigint
  readonly at: number
}

/** From a CopyPool to its leader: whether anybody follows, so that fills are worth sending. */
export interface FillsWanted {
  readonly type: 'fillsWanted'
  readonly wanted: boolean
}

/** From a CopyPool to a market's house: what is left of a closed position below a lot, at the block's price. */
export interface TakeResidue {
  readonly type: 'takeResidue'
  readonly blockId: string
  readonly market: string
  /** Base units that the house takes. */
  readonly quantity: bigint
  /** Quote units that the house has paid for them. */
  readonly quote: bigint
}

export type AccountMessage = OrderReport | FollowReport | FillsWanted | TakeResidue

/** To the market-events queue: what trades of one account have realised, for its record in D1. */
export interface ProfitRealised {
  readonly type: 'profitRealised'
  readonly accountId: string
  readonly market: string
  readonly orderId: string
  readonly trades: readonly {
    readonly tradeId: string
    /** Quote units, fees included, average cost. */
    readonly profit: bigint
    /** Of the cost of what was sold; null when it had cost nothing. */
    readonly profitBps: number | null
    readonly at: number
  }[]
}
