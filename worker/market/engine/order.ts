/**
 * The words the engine speaks. Prices are `ticks` (integers from 1 to the book's `maxTicks`), quantities are `lots`
 * (integers from 1 to 2^53 - 1), order ids are safe integers from 0, owners are integers from 0 to 2^30 - 1 (an account, interned
 * by the caller).
 */

export type Side = 'buy' | 'sell'

export type TimeInForce = 'GTC' | 'IOC' | 'FOK'

/** Why the caller takes an order off the book. The engine only passes it on to `ended`. */
export type CancelReason = 'user' | 'oco' | 'expired' | 'market_closed' | 'admin'

/**
 * Why an order ended.
 * - `filled`: nothing is left; of a budget order: what is left does not pay for one more lot.
 * - `ioc`: the rest of an immediate-or-cancel limit order found nothing within its limit.
 * - `fok`: could not be filled whole, so nothing was filled.
 * - `stp`: the rest would have met an order of the same owner, or a leader's order stood in the way of the own block.
 * - `band`: the next price is worse than a market order's `worstTicks`.
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
}

type MarketTerms = {
  type: 'market'
  id: number
  owner: number
  side: Side
  /** The worst price it takes, in ticks (the price band). Any price when left out. */
  worstTicks?: number
  /** IOC when left out. */
  timeInForce?: 'IOC' | 'FOK'
}

/**
 * By quantity in `lots`, or by `budget`: what it may spend (buy) or raise (sell) at most, in units of one tick times one lot; a
 * safe integer. Only whole lots are bought, so up to one lot's price less one is left over.
 */
export type MarketOrder = MarketTerms & ({ lots: number; budget?: never } | { budget: number; lots?: never })

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
  /** Lots that rest or were cancelled. 0 for a budget order, which has no quantity of its own. */
  leftLots: number
  /** What a budget order did not spend; 0 for others. */
  budgetLeft: number
}

/** An order on the book. `lots` is what is left of it. */
export type RestingOrder = { id: number; owner: number; side: Side; ticks: number; lots: number }

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
   * is left of it; at 0 its `ended` follows.
   */
  traded(
    makerId: number,
    makerOwner: number,
    makerSide: Side,
    ticks: number,
    lots: number,
    makerLeft: number,
  ): void
  /** An order came to rest with `lots` left. */
  rested(id: number, owner: number, side: Side, ticks: number, lots: number): void
  /** A resting order was made smaller and keeps its place; `lots` is what is left. */
  reduced(id: number, owner: number, side: Side, ticks: number, lots: number): void
  /** Once for each order ever placed: it is not, or no longer, on the book. `lotsLeft` were not filled. */
  ended(id: number, owner: number, side: Side, lotsLeft: number, reason: EndReason): void
  /** The lots resting at a price are now `totalLots`; 0 when the level is gone. At most once a level in one call. */
  levelChanged(side: Side, ticks: number, totalLots: number): void
}
