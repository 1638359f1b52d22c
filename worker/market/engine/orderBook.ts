import { takeBlock } from './block.ts'
import { checkBlock, checkLots, checkOrder, checkResting, checkTicks, MAX_TICKS } from './checks.ts'
import { assertConsistent } from './consistency.ts'
import { Ladder } from './ladder.ts'
import type {
  BlockOrder,
  BlockResult,
  BookEvents,
  CancelReason,
  EndReason,
  LimitOrder,
  MarketOrder,
  NewOrder,
  Placement,
  RestingOrder,
  Side,
  TimeInForce,
} from './order.ts'
import { NO_LEVEL, NO_ORDER, type OrderSlot, OrderStore } from './orderStore.ts'
import { Slab } from './slab.ts'
import { canFill, lotsWithin, reduce, Taker, tellLevel } from './taking.ts'

export type BookOptions = {
  events: BookEvents
  /** The highest price, in ticks. 1e8 when left out. Costs 8 KB a million ticks and side. */
  maxTicks?: number
  /** Resting orders at most; an order that might rest beyond is refused with `book_full`. 2^20 when left out. */
  maxOrders?: number
}

/**
 * The order book of one market with its matching: price-time priority, makers trade at their own price, and never with an order
 * of the same owner. Pure and synchronous: no clock, no randomness, so the
 * same calls give the same book, results and events.
 *
 * Costs do not grow with the number of resting orders: placing, cancelling and reducing are a few memory accesses each, taking
 * is as much per order taken, and the next price is found in at most two looks per level of a bitset tree. Nothing is allocated
 * per call but the small result of `place`, of `get` and of `block`.
 */
export class OrderBook {
  readonly maxTicks: number
  readonly maxOrders: number
  private readonly events: BookEvents
  private readonly slab: Slab
  private readonly orders: OrderStore
  private readonly bids: Ladder
  private readonly asks: Ladder
  private readonly taker = new Taker()

  constructor(options: BookOptions) {
    this.maxTicks = options.maxTicks ?? 100_000_000
    this.maxOrders = options.maxOrders ?? 1 << 20
    checkTicks(this.maxTicks, MAX_TICKS)
    this.events = options.events
    this.slab = new Slab(8, 1)
    this.orders = new OrderStore(this.slab)
    this.bids = new Ladder('buy', this.slab, this.orders, this.maxTicks)
    this.asks = new Ladder('sell', this.slab, this.orders, this.maxTicks)
  }

  /** Resting orders, both sides. */
  get count(): number {
    return this.orders.count
  }

  /** Bytes held by the book's buffers. */
  get bytes(): number {
    return this.slab.bytes + this.orders.bytes + this.bids.bytes + this.asks.bytes
  }

  get bestBid(): number | undefined {
    return this.bids.best === NO_LEVEL ? undefined : this.bids.bestTicks
  }

  get bestAsk(): number | undefined {
    return this.asks.best === NO_LEVEL ? undefined : this.asks.bestTicks
  }

  /**
   * Matches an order, and rests what is left of a GTC limit order. The order is read and not kept, so the caller may use one
   * object for all. Throws RangeError, with the book unchanged, for a value out of its domain or an id that is on the book.
   */
  place(order: NewOrder): Placement {
    checkOrder(order, this.maxTicks)
    if (this.orders.find(order.id) !== NO_ORDER)
      throw new RangeError(`order ${order.id} is already on the book`)
    return order.type === 'limit' ? this.placeLimit(order) : this.placeMarket(order)
  }

  /**
   * Puts an order in the stead of the resting one of its id, which loses its place; nothing is told of that one but its level.
   * When the new one is post-only and would take, or does not fit into the book, the old one stays as it is: the placement is
   * `rejected`, and nothing is told. Throws RangeError, with the book unchanged, for a value out of its domain, a time in force
   * other than GTC, an id that is not on the book, or another owner or side than the old order's.
   */
  replace(order: LimitOrder): Placement {
    checkOrder(order, this.maxTicks)
    const { orders } = this
    const { id, side, ticks, lots } = order
    orders.makeRoom()
    const old = orders.find(id)
    if (old === NO_ORDER) throw new RangeError(`order ${id} is not on the book`)
    if ((order.timeInForce ?? 'GTC') !== 'GTC') throw new RangeError(`order ${id}: a replacement is GTC`)
    if (orders.owner(old) !== order.owner || orders.side(old) !== side)
      throw new RangeError(`order ${id} is of another owner or side`)
    const own = this.ladder(side)
    if (!own.hasRoomFor(lots - orders.allLots(old))) return refused('book_full', lots)
    const crosses = this.opposite(side).crosses(ticks)
    if (crosses && order.postOnly === true) return refused('post_only', lots)
    const level = orders.level(old)
    const shownThere = own.levelLots(level)
    if (crosses) {
      own.remove(old)
      tellLevel(own, this.events, level, shownThere)
      return this.placeLimit(order)
    }
    // It only rests elsewhere: record and id stay as they are.
    own.detach(old)
    const isMoved = own.ticks(level) !== ticks
    if (isMoved) tellLevel(own, this.events, level, shownThere)
    const { displayLots } = order
    orders.fill(old, lots, Math.min(lots, displayLots ?? lots), displayLots ?? null)
    return this.settle(order, old, lots, 0, isMoved ? 0 : shownThere)
  }

  /** Takes an order off the book. Returns the lots that were left of it; 0 when it is not on the book. */
  cancel(id: number, reason: CancelReason = 'user'): number {
    const { orders } = this
    const order = orders.find(id)
    if (order === NO_ORDER) return 0
    const lots = orders.allLots(order)
    const owner = orders.owner(order)
    const ladder = this.ladder(orders.side(order))
    const level = orders.level(order)
    const shown = ladder.levelLots(level)
    ladder.remove(order)
    this.events.ended(id, owner, ladder.side, lots, reason)
    tellLevel(ladder, this.events, level, shown)
    return lots
  }

  /**
   * Makes an order smaller: `lots` is what shall be left of it, and it keeps its place; an iceberg loses hidden lots first.
   * Returns the lots taken off; 0, with the book unchanged, when the order is not on the book or is not over `lots`.
   */
  reduce(id: number, lots: number): number {
    checkLots(lots)
    const { orders } = this
    const order = orders.find(id)
    if (order === NO_ORDER) return 0
    const off = orders.allLots(order) - lots
    if (off <= 0) return 0
    const ladder = this.ladder(orders.side(order))
    const level = orders.level(order)
    const shown = ladder.levelLots(level)
    reduce(orders, ladder, this.events, order, off)
    tellLevel(ladder, this.events, level, shown)
    return off
  }

  /** Matches a copy pool's block at once; nothing of it rests. Throws RangeError for a value out of its domain. */
  block(block: BlockOrder): BlockResult {
    checkBlock(block, this.maxTicks)
    return takeBlock(this.orders, this.opposite(block.side), this.events, block)
  }

  /**
   * Puts back an order that was on the book, behind those restored before it; tells no events. Throws RangeError when the order
   * cannot have been on this book: its id is taken, it crosses, or it is past a bound.
   */
  restore(order: RestingOrder): void {
    checkResting(order, this.maxTicks)
    const { id, owner, side, ticks, lots, shownLots, displayLots } = order
    if (this.orders.find(id) !== NO_ORDER) throw new RangeError(`order ${id} is already on the book`)
    if (this.opposite(side).crosses(ticks)) throw new RangeError(`order ${id} at ${ticks} crosses the book`)
    const ladder = this.ladder(side)
    if (this.isFull(ladder, lots)) throw new RangeError(`order ${id} does not fit into the book`)
    this.orders.makeRoom()
    ladder.append(this.orders.add(id, owner, side, lots, shownLots, displayLots), ticks)
  }

  get(id: number): RestingOrder | undefined {
    const { orders } = this
    const order = orders.find(id)
    if (order === NO_ORDER) return undefined
    const side = orders.side(order)
    return {
      id,
      owner: orders.owner(order),
      side,
      ticks: this.ladder(side).ticks(orders.level(order)),
      lots: orders.allLots(order),
      shownLots: orders.lots(order),
      displayLots: orders.isIceberg(order) ? orders.display(order) : null,
    }
  }

  /** Lots shown at a price; 0 when there are none. */
  lotsAt(side: Side, ticks: number): number {
    const ladder = this.ladder(side)
    const level = ladder.levelAt(ticks)
    return level === NO_LEVEL ? 0 : ladder.levelLots(level)
  }

  /** Lots shown on a side, and its number of occupied prices. */
  totals(side: Side): { lots: number; levels: number } {
    const ladder = this.ladder(side)
    return { lots: ladder.lots, levels: ladder.levelCount }
  }

  /**
   * Visits at most `limit` levels of a side, best first, with the lots shown there, until the visitor returns false; so a walk
   * that needs three levels costs three. The visitor must not change the book.
   */
  forEachLevel(
    side: Side,
    limit: number,
    visit: (ticks: number, lots: number, orderCount: number) => unknown,
  ): void {
    const ladder = this.ladder(side)
    let level = ladder.best
    for (let seen = 0; seen < limit && level !== NO_LEVEL; seen++) {
      if (visit(ladder.ticks(level), ladder.levelLots(level), ladder.orderCount(level)) === false) return
      level = ladder.worse(level)
    }
  }

  /** Visits the orders at a price in the order in which what they show will be taken. The visitor must not change the book. */
  forEachOrderAt(
    side: Side,
    ticks: number,
    visit: (id: number, owner: number, shownLots: number) => void,
  ): void {
    const { orders } = this
    const ladder = this.ladder(side)
    const level = ladder.levelAt(ticks)
    if (level === NO_LEVEL) return
    for (let order = ladder.first(level); order !== ladder.end(level); order = orders.next(order)) {
      visit(orders.id(order), orders.owner(order), orders.lots(order))
    }
  }

  /**
   * Lots that a taker of `side` finds at `limitTicks` or better, shown or not, of all owners. The count stops at the level where it reaches
   * `enough`, so a bounded question has a bounded cost.
   */
  fillable(side: Side, limitTicks: number, enough: number = Number.POSITIVE_INFINITY): number {
    return lotsWithin(this.opposite(side), limitTicks, enough)
  }

  /** Throws when the structures disagree with each other or the book is crossed. For tests: visits everything. */
  assertConsistent(): void {
    assertConsistent(this.slab, this.orders, this.bids, this.asks)
  }

  private placeLimit(order: LimitOrder): Placement {
    const { owner, side, ticks, lots } = order
    const timeInForce = order.timeInForce ?? 'GTC'
    const makers = this.opposite(side)
    if (timeInForce === 'GTC' && this.isFull(this.ladder(side), lots))
      return this.end(order, 'rejected', 'book_full', 0, lots, 0)
    if (!makers.crosses(ticks)) return this.restOrEnd(order, timeInForce, lots, 0)
    if (order.postOnly === true) return this.end(order, 'rejected', 'post_only', 0, lots, 0)
    const { taker } = this
    taker.start(owner, order.selfTrade)
    taker.lots = lots
    if (timeInForce === 'FOK' && !canFill(this.orders, makers, taker, ticks))
      return this.end(order, 'cancelled', 'fok', 0, lots, 0)
    taker.take(this.orders, makers, this.events, ticks)
    const { filled } = taker
    if (filled === lots) return this.end(order, 'filled', 'filled', lots, 0, 0)
    if (taker.stopped || taker.reached) return this.end(order, 'cancelled', 'stp', filled, lots - filled, 0)
    return this.restOrEnd(order, timeInForce, taker.lots, filled)
  }

  private restOrEnd(order: LimitOrder, timeInForce: TimeInForce, left: number, filled: number): Placement {
    if (timeInForce === 'IOC') return this.end(order, 'cancelled', 'ioc', filled, order.lots - filled, 0)
    if (timeInForce === 'FOK') return this.end(order, 'cancelled', 'fok', filled, order.lots - filled, 0)
    const { id, owner, side, displayLots } = order
    const shown = Math.min(left, displayLots ?? left)
    this.orders.makeRoom()
    const slot = this.orders.add(id, owner, side, left, shown, displayLots ?? null)
    return this.settle(order, slot, left, filled, 0)
  }

  /** Puts an order on its level, which showed `shownBefore` before the call. */
  private settle(
    order: LimitOrder,
    slot: OrderSlot,
    left: number,
    filled: number,
    shownBefore: number,
  ): Placement {
    const { id, owner, side, ticks } = order
    const own = this.ladder(side)
    const level = own.append(slot, ticks)
    this.events.rested(id, owner, side, ticks, left)
    tellLevel(own, this.events, level, shownBefore)
    return { status: 'rested', reason: null, filledLots: filled, leftLots: left, budgetLeft: 0 }
  }

  private placeMarket(order: MarketOrder): Placement {
    const { owner, side, lots, budget } = order
    const makers = this.opposite(side)
    const worst = order.worstTicks ?? (side === 'buy' ? this.maxTicks : 1)
    const { taker } = this
    taker.start(owner, order.selfTrade)
    if (lots !== undefined) taker.lots = lots
    if (budget !== undefined) taker.budget = budget
    if (lots === undefined || order.wants === 'budget') taker.wants = 'budget'
    if (order.timeInForce === 'FOK' && !canFill(this.orders, makers, taker, worst))
      return this.endMarket(order, 'fok')
    taker.take(this.orders, makers, this.events, worst)
    return this.endMarket(order, this.marketEnd(makers))
  }

  private marketEnd(makers: Ladder): EndReason {
    const { taker } = this
    if (taker.stopped) return 'stp'
    if (!taker.reached) return makers.best === NO_LEVEL ? 'no_liquidity' : 'band'
    if (!taker.gotWhatItWants()) return 'hold'
    if (taker.decremented) return 'stp'
    return taker.filled === 0 ? 'budget' : 'filled'
  }

  private endMarket(order: MarketOrder, reason: EndReason): Placement {
    const { wants, filled, spent } = this.taker
    const status = reason === 'filled' ? 'filled' : 'cancelled'
    if (wants === 'budget') return this.end(order, status, reason, filled, 0, (order.budget ?? 0) - spent)
    return this.end(order, status, reason, filled, (order.lots ?? 0) - filled, 0)
  }

  private end(
    order: NewOrder,
    status: 'filled' | 'cancelled' | 'rejected',
    reason: EndReason,
    filledLots: number,
    leftLots: number,
    budgetLeft: number,
  ): Placement {
    this.events.ended(order.id, order.owner, order.side, leftLots, reason)
    return { status, reason, filledLots, leftLots, budgetLeft }
  }

  private isFull(own: Ladder, lots: number): boolean {
    return this.orders.count >= this.maxOrders || !own.hasRoomFor(lots)
  }

  private ladder(side: Side): Ladder {
    return side === 'buy' ? this.bids : this.asks
  }

  private opposite(side: Side): Ladder {
    return side === 'buy' ? this.asks : this.bids
  }
}

/** The placement of a replacement that leaves the old order as it is. */
function refused(reason: EndReason, leftLots: number): Placement {
  return { status: 'rejected', reason, filledLots: 0, leftLots, budgetLeft: 0 }
}

export function createBook(options: BookOptions): OrderBook {
  return new OrderBook(options)
}
