import type { FollowEnd } from '../contract/follows.ts'
import type { Mark, OrderType, PriceReached, Side } from '../market/messages.ts'

export type { FollowEnd } from '../contract/follows.ts'

export type CopyMode = 'proportional' | 'ratio' | 'fixed'

/** `opening` until the pool has the funds; `closing` while positions are being sold. */
export type FollowStatus = 'opening' | 'active' | 'paused' | 'closing' | 'closed' | 'refused'

/** What a follower decides about a follow. Amounts in quote units. */
export interface FollowSettings {
  readonly mode: CopyMode
  /** `fixed`: what each order of the leader is copied with. */
  readonly fixedAmount: bigint | null
  /** `ratio`: lots bought for a million of the leader's. */
  readonly ratioMillionths: number | null
  /** The most that one order of the leader may cost the follow. */
  readonly maxPerOrder: bigint
  /** How far from the leader's price a copy may trade, in basis points. */
  readonly maxSlippageBps: number
  /** Tell the follower of each copy. */
  /** Of what was allocated: equity below it by the first, or above it by the second, ends the follow. Null is none. */
  readonly stopLossBps: number | null
  readonly takeProfitBps: number | null
  readonly notify: boolean
  readonly limits: FollowLimits
}

/** What a follow takes no part in, and where it stops buying. Null is no limit. None but `sides` holds back a sell. */
export interface FollowLimits {
  /** The oldest trade of the leader that is bought after. */
  readonly maxDelayMs: number
  /** Quote units that may have been paid for the open positions, for all and for each. */
  readonly maxExposure: bigint | null
  readonly maxExposurePerAsset: bigint | null
  /** Orders of the leader that are bought after in a day of UTC. */
  readonly maxOrdersPerDay: number | null
  /** Quote units of the smallest order of the leader that is bought after. */
  readonly minLeaderOrder: bigint | null
  readonly markets: readonly string[] | null
  readonly exceptMarkets: readonly string[]
  readonly orderTypes: readonly OrderType[] | null
  readonly sides: readonly Side[]
}

/** From the follower's Account, with the funds. */
export interface OpenFollow {
  readonly type: 'openFollow'
  readonly followId: string
  readonly settings: FollowSettings
  readonly amount: bigint
}

/** From the follower's Account; absent means unchanged. */
export interface ChangeFollow {
  readonly type: 'changeFollow'
  readonly followId: string
  readonly settings?: FollowSettings
  readonly paused?: boolean
}

/** From the follower's Account: sell what the follow holds, then send everything back. */
export interface CloseFollow {
  readonly type: 'closeFollow'
  readonly followId: string
}

/** From the leader's Account: what one of the leader's orders traded in one turn of a market (a sweep is one message). */
export interface LeaderTraded {
  readonly type: 'leaderTraded'
  readonly orderId: string
  readonly market: string
  readonly side: Side
  readonly orderType: OrderType
  /** Traded in this turn. */
  readonly lots: number
  /** Lots of the order that had traded before this turn. */
  readonly filledBefore: number
  /** The order's whole quantity, so that a part of it is copied as that part; null for an order by quote amount, which trades in one turn. */
  readonly orderLots: number | null
  /** Quote units paid or received, fees aside. */
  readonly quote: bigint
  /** The leader's equity in quote units when the order was accepted; null when a mark was too old to tell. */
  readonly equity: bigint | null
  /** Base units the leader held before this trade. */
  readonly heldBefore: bigint
  /** Base units the leader holds after it; zero is an exit. */
  readonly heldAfter: bigint
  readonly mark: Mark
  readonly at: number
}

/** What a CopyPool takes, besides a Market's `BlockReport`. A `LeaderTraded` from anybody but the leader is left alone. */
export type PoolMessage = OpenFollow | ChangeFollow | CloseFollow | LeaderTraded | PriceReached

/** What a copy came to. */
export type CopyOutcome = 'filled' | 'partial' | 'skipped' | 'failed'

/** Why a copy was skipped, or less than wanted. Codes are only ever added to. */
export type CopyReason =
  | 'paused'
  | 'closing'
  | 'no_position'
  | 'no_funds'
  | 'max_per_order'
  | 'max_exposure'
  | 'max_asset_exposure'
  | 'max_orders'
  | 'small_order'
  | 'market_excluded'
  | 'order_type_excluded'
  | 'side_excluded'
  | 'below_minimum'
  | 'below_lot'
  | 'slippage'
  | 'stale'
  | 'no_equity'
  | 'market_refused'
  | 'carried'

/** One follow's part in one decision: what both sides can see, for ever. */
export interface Copy {
  readonly id: string
  readonly followId: string
  readonly followerId: string
  /** Position wanted after the leader's trade, in base units. */
  readonly target: bigint
  /** Wanted of this block, in base units. */
  readonly wanted: bigint
  /** Got, before the fee, in base units. */
  readonly quantity: bigint
  readonly quote: bigint
  readonly fee: bigint
  readonly feeAsset: string
  readonly outcome: CopyOutcome
  readonly reason: CopyReason | null
  /** Against the leader's average price, in hundredths of a basis point; positive is worse for the follower. */
  readonly slippage: number
  /** From the leader's trade to the block's report. */
  readonly delayMs: number
  readonly notify: boolean
}

/** To the copy-fills queue: a page of a block's copies. */
export interface CopyPage {
  readonly type: 'copyPage'
  readonly leaderId: string
  readonly blockId: string
  readonly market: string
  readonly side: Side
  readonly leader: {
    readonly orderId: string
    readonly lots: number
    readonly quote: bigint
    readonly at: number
  }
  readonly block: { readonly lots: number; readonly quote: bigint; readonly participants: number }
  readonly copies: readonly Copy[]
  readonly at: number
}

/** To the copy-fills queue: a follow as the pool has it now, for D1. `version` rises with each change. */
export interface FollowRecord {
  readonly type: 'followRecord'
  readonly followId: string
  readonly leaderId: string
  readonly followerId: string
  readonly status: FollowStatus
  /** What ended it, unless its follower did. Absent in records of before there were stops. */
  readonly endedBy?: FollowEnd | null
  readonly settings: FollowSettings
  readonly allocated: bigint
  readonly version: number
  readonly createdAt: number
  readonly at: number
}
