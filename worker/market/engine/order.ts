/**
 * The words the engine speaks. Prices are `ticks` (integers from 1 to the book's `maxTicks`), quantities are `lots`
 * (integers from 1 to 2^53 - 1), order ids are safe integers from 0, owners are integers from 0 to 2^30 - 1 (an account, interned
 * by the caller).
 */

export type Side = 'buy' | 'sell'

export type TimeInForce = 'GTC' | 'IOC' | 'FOK'

/**
 * What happens where a taker would meet an order of its own owner; the taker's choice decides. The two never trade.
 * - `cancel_newest`: the rest of the taker is cancelled.
 * - `cancel_oldest`: the resting order is cancelled, and the taker goes on.
 * - `cancel_both`: both are cancelled.
 * - `decrement`: both lose the smaller of the two quantities; what is then nothing is cancelled. An iceberg loses of its
 *   hidden lots first.
 */
export type SelfTradePrevention = 'cancel_newest' | 'cancel_oldest' | 'cancel_both' | 'decrement'

/** Why the caller takes an order off the book. The engine only passes it on to `ended`. */
export type CancelReason = 'user' | 'oco' | 'expired' | 'market_closed' | 'admin'

/**
 * Why an order ended.
 * - `filled`: all of it traded; of a budget order: what is left does not pay for one more lot at the price it stopped at.
 * - `ioc`: the rest of an immediate-or-cancel limit order found nothing within its limit.
 * - `fok`: could not be filled whole, so nothing was filled.
 * - `stp`: self-trade prevention took the rest of it, or a part of it when all the rest traded; or a leader's order stood in the
 *   way of the own block.
 * - `band`: the next price is worse than a market order's `worstTicks`.
 * - `hold`: of a market order with two bounds, the one that is not wanted was reached first.
 * - `would_trigger`: refused, since its trigger had been reached when it came.
 * - `no_liquidity`: a market order emptied the other side.
 * - `budget`: a budget order does not buy one lot at the best price, so nothing was filled.
 * - `post_only`: would have taken.
 * - `book_full`: might have rested, and the book is at a bound (`maxOrders`, or 2^53 - 1 lots on that side).
 */
export type EndReason =
  | 'filled'
  | 'ioc'
  | 'fok'
  | 'stp'
  | 'band'
  | 'hold'
  | 'would_trigger'
  | 'no_liquidity'
  | 'budget'
  | 'post_only'
  | 'book_full'
  | CancelReason

export type LimitOrder = {
  type: 'limit'
  id: number
  owner: number
  side: Side
  ticks: number
  lots: number
  /** GTC when left out. */
  timeInForce?: TimeInForce
  /** Refused when it would take. Only with GTC. */
  postOnly?: boolean
  /**
   * Iceberg: no more than so many lots are shown at once, the rest waits unseen behind them. When what is shown has
   * traded, the next part is shown at the back of its level. Only with GTC, and less than `lots`.
   */
  displayLots?: number
  /** `cancel_newest` when left out. */
  selfTrade?: SelfTradePrevention
}

/**
 * By quantity in `lots`, by `budget` (what it may spend when it buys, or raise when it sells, at most, in units of one
 * tick times one lot; a safe integer), or by both. Of a budget only whole lots are traded, so up to one lot's price less
 * one is left over.
 *
 * At least one of the two is given. With both, `wants` says which is wanted; the other is a bound that funds set, and an
 * order that reaches it first is cancelled with the reason `hold`.
 */
export type MarketOrder = {
  type: 'market'
  id: number
  owner: number
  side: Side
  lots?: number
  budget?: number
  wants?: 'lots' | 'budget'
  /** The worst price it takes, in ticks (the price band). Any price when left out. */
  worstTicks?: number
  /** IOC when left out. */
  timeInForce?: 'IOC' | 'FOK'
  /** `cancel_newest` when left out. */
  selfTrade?: SelfTradePrevention
}

export type NewOrder = LimitOrder | MarketOrder

/** What became of an order that was placed. */
export type Placement = {
  /**
   * `rested`: on the book with `leftLots`. `filled`, `cancelled` (after `filledLots`, perhaps 0) and `rejected` (nothing was
   * done) are ends, with their `reason`.
   */
  status: 'rested' | 'filled' | 'cancelled' | 'rejected'
  reason: EndReason | null
  filledLots: number
  /**
   * Lots that rest, or that were not filled. 0 for an order that wants a budget. An order that rests after self-trade
   * prevention took lots off it has fewer in `filledLots` and `leftLots` together than it came with.
   */
  leftLots: number
  /** What an order that wants a budget did not spend; 0 for others. */
  budgetLeft: number
}

/**
 * An order on the book. `lots` is all that is left of it. Of an iceberg `displayLots` is the size of a part, and
 * `shownLots` what is left of the present one; of any other order `shownLots` is `lots`.
 */
export type RestingOrder = {
  id: number
  owner: number
  side: Side
  ticks: number
  lots: number
  shownLots: number
  /** Null when it is no iceberg. */
  displayLots: number | null
}

/**
 * What an order waits for. A stop sell falls to its trigger, a stop buy rises to it; a take-profit the other way. A
 * trailing sell follows the highest price since it became active, and fires `offset` below it; a trailing buy the lowest,
 * and fires above it. A trailing order with `activationTicks` becomes active when the price has risen to it (sell) or
 * fallen to it (buy); one without is active at once.
 */
export type Trigger =
  | { kind: 'rises_to' | 'falls_to'; ticks: number }
  | {
      kind: 'trails'
      offset: { ticks: number } | { bps: number }
      activationTicks: number | null
    }

/** An order that is sent to the book when its trigger fires. */
export type WaitingOrder = { order: NewOrder; trigger: Trigger }

/** One level's worth of wants of a copy pool: takes up to `lots` at `limitTicks` or better. */
export type Tier = { limitTicks: number; lots: number }

/**
 * An immediate-or-cancel order of a copy pool. Tiers are shared alike at every price (see `shareLots`); ties go to the earlier
 * tier, so the order of `tiers` is part of the decision. Bounds: at most 2^53 - 1 lots in all.
 */
export type BlockOrder = { side: Side; leaderOwner: number; tiers: readonly Tier[] }

export type TierFill = { ticks: number; lots: number }

export type TierResult = { filledLots: number; fills: TierFill[] }

/** `tiers` in the order of the block's tiers. `filledLots` is their sum, and the sum of what was told to `traded`. */
export type BlockResult = { filledLots: number; tiers: TierResult[] }

/**
 * Where the book tells what happens, in the order in which it happens, before the call that caused it returns. A method must
 * not throw and must not call the book's placing, cancelling or reducing methods: the book is between two states while it tells.
 */
export type BookEvents = {
  /**
   * The order being placed (or the block) took `lots` from a resting order, at the resting order's price. `makerLeft` is what
   * is left of it, shown or not; at 0 its `ended` follows.
   */
  traded(
    makerId: number,
    makerOwner: number,
    makerSide: Side,
    ticks: number,
    lots: number,
    makerLeft: number,
  ): void
  /** An order came to rest with `lots` left, shown or not. */
  rested(id: number, owner: number, side: Side, ticks: number, lots: number): void
  /** The next part of an iceberg is shown, at the back of its level: its place in the queue is new. `lots` as in `rested`. */
  refreshed(id: number, owner: number, side: Side, ticks: number, lots: number): void
  /** A resting order was made smaller, by its owner or by self-trade prevention, and keeps its place; `lots` is what is left. */
  reduced(id: number, owner: number, side: Side, ticks: number, lots: number): void
  /** Once for each order ever placed: it is not, or no longer, on the book. `lotsLeft` were not filled. */
  ended(id: number, owner: number, side: Side, lotsLeft: number, reason: EndReason): void
  /**
   * The lots shown at a price are now `totalLots`; 0 when the level is gone. At most once a level in one call, and only
   * when they are not what they were before it.
   */
  levelChanged(side: Side, ticks: number, totalLots: number): void
}

/**
 * What the matching engine tells beyond the book: what becomes of orders that wait, and which order's trades follow. A
 * cascade is one call: the orders that its trades fire are told here, each followed by what it does on the book.
 */
export type EngineEvents = BookEvents & {
  /** The trades that follow are of this order, until the next `taking`. Not told for a block. */
  taking(id: number): void
  /** A waiting order's trigger was reached: it is in the queue to the book and can no longer be amended. */
  fired(id: number, ticks: number): void
  /** A waiting trailing order follows the price from now on. `since` is its place among the marks of its side. */
  activated(id: number, side: Side, since: number): void
  /**
   * The highest price (of sells) or the lowest (of buys) that trailing orders activated from `since` on follow, up to
   * those of the next mark; null when nobody follows it any more. For whoever keeps it over a crash.
   */
  markMoved(side: Side, since: number, ticks: number | null): void
}
