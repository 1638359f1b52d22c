import type { Refusal } from '../contract/errors.ts'

export type Side = 'buy' | 'sell'
export type TimeInForce = 'GTC' | 'IOC' | 'FOK'
export type OrderType = 'limit' | 'market'
export type OrderStatus =
  | 'pending'
  | 'open'
  | 'partially_filled'
  | 'filled'
  | 'cancelled'
  | 'rejected'
  | 'expired'

/** Why an order ended without being filled whole. Codes are only ever added to. */
export type EndReason =
  | 'user'
  | 'ioc'
  | 'fok'
  | 'stp'
  | 'band'
  | 'no_liquidity'
  | 'post_only'
  | 'market_closed'
  | 'outside_band'
  | 'too_many_open_orders'
  | 'admin'

/**
 * From an Account: puts an order on the book. What it can cost is already held, so the Market never passes these bounds.
 *
 * A market order trades until either of `lots` and `quoteBudget` that is given is reached:
 * - buy by quantity: `lots` is what is wanted, `quoteBudget` the hold (an estimate and a margin);
 * - buy by quote amount: `quoteBudget` alone;
 * - sell by quantity: `lots` alone;
 * - sell by quote amount: `quoteBudget` is what is wanted, `lots` the hold.
 * One that gets what is wanted (by quote: to less than the next lot) ends `filled`; one that its hold stops ends
 * `cancelled` with the reason `band`: the price has moved away from the estimate by more than the margin.
 */
export interface SubmitOrder {
  readonly type: 'submitOrder'
  readonly orderId: string
  readonly side: Side
  readonly orderType: OrderType
  /** The limit of a limit order. */
  readonly ticks: number | null
  /** The quantity; null for a market buy by quote amount. */
  readonly lots: number | null
  /** Quote units to spend at most (buy) or to receive at least about (sell); null for a limit order. */
  readonly quoteBudget: bigint | null
  readonly timeInForce: TimeInForce
  readonly postOnly: boolean
}

/**
 * What an Account asks its Market before it holds funds for a market order that has no price: what would trade now.
 * Exactly one of `lots` and `quote`. The Market's answer to `estimate(request)` is null when nothing would trade.
 */
export interface EstimateRequest {
  readonly side: Side
  readonly lots: number | null
  readonly quote: bigint | null
}

/** What a market order would trade with the book as it is: less than asked for when the book is thinner. */
export interface Estimate {
  readonly lots: number
  readonly quote: bigint
}

/** From an Account. Answered by an order report when the order was open; says nothing when it had ended already. */
export interface CancelOrder {
  readonly type: 'cancelOrder'
  readonly orderId: string
}

/** From a CopyPool: one immediate-or-cancel order for all followers of a leader. */
export interface SubmitBlock {
  readonly type: 'submitBlock'
  readonly blockId: string
  /** Whose resting orders are cancelled rather than met. */
  readonly leaderId: string
  readonly side: Side
  readonly tiers: readonly BlockTier[]
}

export interface BlockTier {
  /** The worst price this tier accepts. */
  readonly ticks: number
  readonly lots: number
}

export type MarketMessage = SubmitOrder | CancelOrder | SubmitBlock

/** A market's price at a time: of its last trade or, without a recent one, the middle of its book. */
export interface Mark {
  readonly market: string
  readonly ticks: number
  /** Milliseconds. */
  readonly at: number
}

/** One trade as one of its sides sees it. */
export interface Fill {
  readonly tradeId: string
  /** Of the market's trades; rises by one. */
  readonly sequence: number
  readonly ticks: number
  readonly lots: number
  /** Quote units, exact. */
  readonly quote: bigint
  readonly liquidity: 'maker' | 'taker'
  /** Units of the asset this side receives: the exact fee rounded down. */
  readonly fee: bigint
  /** One unit when the exact fee was not whole, else zero; also paid by this side. */
  readonly rounding: bigint
  readonly at: number
}

/** To an Account: what has become of one of its orders in one turn of the market. */
export interface OrderReport {
  readonly type: 'orderReport'
  readonly market: string
  readonly orderId: string
  /** The house settles fills of quotes that it has no record of. */
  readonly side: Side
  readonly status: OrderStatus
  readonly reason: EndReason | null
  /** New since the report before. */
  readonly fills: readonly Fill[]
  /** Lots still on the book. */
  readonly restingLots: number
  readonly mark: Mark
  readonly at: number
}

/** To a CopyPool: what its block got. */
export interface BlockReport {
  readonly type: 'blockReport'
  readonly market: string
  readonly blockId: string
  readonly refusal: Refusal | null
  /** In the order of the block's tiers. */
  readonly tiers: readonly { readonly lots: number; readonly quote: bigint }[]
  /** Of the whole block, in the asset received; apportioned by what each follow received. */
  readonly fee: bigint
  readonly rounding: bigint
  readonly mark: Mark
  readonly at: number
}

/** To the market-events queue: what one turn of the market did, for the projection and for notifications. */
export interface MarketTurn {
  readonly type: 'marketTurn'
  readonly market: string
  readonly trades: readonly TradeRecord[]
  readonly orders: readonly OrderRecord[]
}

export interface TradeRecord {
  readonly id: string
  readonly sequence: number
  readonly ticks: number
  readonly lots: number
  readonly quote: bigint
  readonly takerSide: Side
  /** `account/…` or `pool/…`. */
  readonly maker: string
  readonly taker: string
  /** The taker's is a block's id when the taker is a pool. */
  readonly makerOrderId: string
  readonly takerOrderId: string
  readonly makerFee: bigint
  readonly takerFee: bigint
  readonly at: number
}

/** An order as the market last knew it. `sequence` rises with each change in that market. */
export interface OrderRecord {
  readonly id: string
  readonly accountId: string
  readonly sequence: number
  readonly side: Side
  readonly orderType: OrderType
  readonly ticks: number | null
  readonly lots: number | null
  readonly quoteBudget: bigint | null
  readonly filledLots: number
  readonly filledQuote: bigint
  readonly status: OrderStatus
  readonly reason: EndReason | null
  readonly createdAt: number
  readonly updatedAt: number
}
