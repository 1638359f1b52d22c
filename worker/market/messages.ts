import type { Refusal } from '../contract/errors.ts'
import type { EndReason, OrderStatus, OrderType } from '../contract/orders.ts'
import { queueAddress } from '../messaging/address.ts'
import type { SelfTradePrevention } from './engine/index.ts'

export type { MarketStatus } from '../contract/markets.ts'
export type { EndReason, OrderStatus, OrderType } from '../contract/orders.ts'

export type Side = 'buy' | 'sell'
export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTD'

/** What a stop, a take-profit or a trailing stop waits for. The direction follows from the type and the side. */
export type TriggerTerms =
  | { readonly kind: 'price'; readonly ticks: number }
  | {
      readonly kind: 'trailing'
      /** Exactly one of the two offsets. */
      readonly offsetTicks: number | null
      readonly offsetBps: number | null
      readonly activationTicks: number | null
    }

/**
 * What an order says. The Market never passes `lots` and `quoteBudget`, and what that can cost is held by the Account.
 *
 * An order with a limit has `ticks` and `lots`. One without trades until either of `lots` and `quoteBudget` that is given
 * is reached, and `wants` says which of them was asked for; the other is its hold, an estimate and a margin:
 * - buy by quantity: `lots` is wanted, `quoteBudget` the hold;
 * - buy by quote amount: `quoteBudget` alone;
 * - sell by quantity: `lots` alone;
 * - sell by quote amount: `quoteBudget` is wanted, `lots` the hold.
 * One that gets what is wanted (by quote: to less than the next lot) ends `filled`; one that its hold stops ends
 * `cancelled` with the reason `hold`.
 */
export interface OrderTerms {
  readonly side: Side
  readonly orderType: OrderType
  /** The limit; null for an order without one. */
  readonly ticks: number | null
  readonly lots: number | null
  /** Quote units to spend at most (buy) or to receive at least about (sell); null with a limit. */
  readonly quoteBudget: bigint | null
  readonly wants: 'lots' | 'quote'
  /** Null for `limit` and `market`. */
  readonly trigger: TriggerTerms | null
  readonly timeInForce: TimeInForce
  /** Milliseconds; null unless GTD. */
  readonly expiresAt: number | null
  readonly postOnly: boolean
  /** The lots of an iceberg that are shown at once; null when it shows all. */
  readonly displayLots: number | null
  readonly selfTrade: SelfTradePrevention
}

/** Of what was kept as text: our own code wrote it, so that it has the parts tells that it is what it was. */
export const isOrderTerms = (terms: unknown): terms is OrderTerms =>
  typeof terms === 'object' &&
  terms !== null &&
  'orderType' in terms &&
  'wants' in terms &&
  'selfTrade' in terms

/** From an Account: takes an order, on the book or to wait for its trigger. */
export interface SubmitOrder {
  readonly type: 'submitOrder'
  readonly orderId: string
  readonly terms: OrderTerms
  /** Of a bracket's exits: one whose trigger has been reached already fires, where another would be refused. */
  readonly fireIfReached: boolean
}

/** From an Account: two orders of one side, of which one cancels the other. Both are taken or none. */
export interface SubmitPair {
  readonly type: 'submitPair'
  readonly orders: readonly [SubmitOrder, SubmitOrder]
}

/**
 * From an Account: other terms for one of its orders; only limit, trigger and quantity differ. What they can cost more is
 * held already. Answered by a report with this id, whatever came of it.
 */
export interface AmendOrder {
  readonly type: 'amendOrder'
  readonly orderId: string
  readonly amendmentId: string
  readonly terms: OrderTerms
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

/** From an Account. Answered by a report when the order was open; says nothing when it had ended already. */
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

/** The prices in ticks, these included, at which somebody wants to be told; null is none. */
export interface PriceWatch {
  readonly below: number | null
  readonly above: number | null
}

/** From a CopyPool: tell me once when the price is at or past one of these, now included. In place of what it asked before. */
export interface WatchPrice extends PriceWatch {
  readonly type: 'watchPrice'
}

export type MarketMessage = SubmitOrder | SubmitPair | AmendOrder | CancelOrder | SubmitBlock | WatchPrice

/** To a CopyPool: the price that it watches for has come. `mark` is what the market goes by at `at`, however old its last trade. */
export interface PriceReached {
  readonly type: 'priceReached'
  readonly market: string
  readonly mark: Mark
  readonly at: number
}

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
  /** Of the market's changes of orders: this is the order as it was then. */
  readonly sequence: number
  /** Its trigger has fired. */
  readonly triggered: boolean
  /** Lots that self-trade prevention has taken off the order so far. */
  readonly preventedLots: number
  /** What became of a request that was not simply done; null otherwise. */
  readonly answer: Answer | null
  readonly mark: Mark
  readonly at: number
}

/** To an amendment by its id; or to a cancel that the market did not take, with null for the id. */
export interface Answer {
  readonly amendmentId: string | null
  /** Null: it is done. */
  readonly refusal: Refusal | null
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
  /** Told again, for a projection that has lost it: nobody is notified a second time. */
  readonly again?: true
}

export const MARKET_EVENTS = queueAddress('market-events')

/** A queue takes 128 kB a message; a trade with its two orders is about 1.6 kB. */
const RECORDS_A_MESSAGE = 60

/** What happened in a market as messages to the projection: one, or several when it is more than a queue takes at once. */
export function marketTurns(
  market: string,
  trades: readonly TradeRecord[],
  orders: readonly OrderRecord[],
): MarketTurn[] {
  const turns: MarketTurn[] = []
  for (let start = 0; start < Math.max(trades.length, orders.length); start += RECORDS_A_MESSAGE) {
    const end = start + RECORDS_A_MESSAGE
    turns.push({
      type: 'marketTurn',
      market,
      trades: trades.slice(start, end),
      orders: orders.slice(start, end),
    })
  }
  return turns
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
  readonly terms: OrderTerms
  readonly filledLots: number
  readonly filledQuote: bigint
  readonly status: OrderStatus
  readonly reason: EndReason | null
  readonly createdAt: number
  readonly updatedAt: number
}
