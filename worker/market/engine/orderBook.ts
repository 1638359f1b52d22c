import { takeBlock } from './block.ts'
import {
  checkBlock,
  checkId,
  checkLots,
  checkOrder,
  checkOwner,
  checkSide,
  checkTicks,
  MAX_TICKS,
} from './checks.ts'
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
} from './order.ts'
import { NO_LEVEL, NO_ORDER, OrderStore } from './orderStore.ts'
import { ANY_LOTS, canFill, lotsWithin, takeAtBest } from './taking.ts'

export type BookOptions = {
  events: BookEvents
  /** The highest price, in ticks. 1e8 when left out. Costs 8 KB a million ticks and side. */
  maxTicks?: number
  /** Resting orders at most; an order that might rest beyond is refused with `book_full`. 2^20 when left out. */
  maxOrders?: number
}

/**
 * The order book of one market with its matching: price-time priority, makers trade at their own price, an order never meets
 * one of the same owner (`cancel_newest`: the rest of the taker is cancelled). Pure and synchronous: no clock, no randomness, so the
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
  private readonly orders: OrderStore
  private readonly bids: Ladder
  private readonly asks: Ladder

  constructor(options: BookOptions) {
    this.maxTicks = options.maxTicks ?? 100_000_000
    this.maxOrders = options.maxOrders ?? 1 << 20
    checkTicks(this.maxTicks, MAX_TICKS)
    this.events = options.events
    this.orders = new OrderStore(1024)
    this.bids = new Ladder('buy', this.orders, this.maxTicks)
    this.asks = new Ladder('sell', this.orders, this.maxTicks)
  }

  /** Resting orders, both sides. */
  get count(): number {
    return this.orders.count
  }

  /** Bytes held by the book's buffers. */
  get bytes(): number {
    return this.orders.bytes + this.bids.bytes + this.asks.bytes
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

  /** Takes an order off the book. Returns the lots that were left of it; 0 when it is not on the book. */
  cancel(id: number, reason: CancelReason = 'user'): number {
    const { orders } = this
    const order = orders.find(id)
    if (order === NO_ORDER) return 0
    const lots = orders.lots(order)
    const owner = orders.owner(order)
    const ladder = this.ladder(orders.side(order))
    const level = ladder.unlink(order, lots)
    orders.remove(order)
    this.events.ended(id, owner, ladder.side, lots, reason)
    this.events.levelChanged(ladder.side, ladder.ticks(level), ladder.levelLots(level))
    ladder.closeIfEmpty(level)
    return lots
  }

  /**
   * Makes an order smaller: `lots` is what shall be left of it, and it keeps its place. Returns the lots taken off; 0, with the
   * book unchanged, when the order is not on the book or is not over `lots`.
   */
  reduce(id: number, lots: number): number {
    checkLots(lots)
    const { orders } = this
    const order = orders.find(id)
    if (order === NO_ORDER || orders.lots(order) <= lots) return 0
    const off = orders.lots(order) - lots
    const ladder = this.ladder(orders.side(order))
    const level = orders.level(order)
    orders.setLots(order, lots)
    ladder.addLots(level, -off)
    this.events.reduced(id, orders.owner(order), ladder.side, ladder.ticks(level), lots)
    this.events.levelChanged(ladder.side, ladder.ticks(level), ladder.levelLots(level))
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
    const { id, owner, side, ticks, lots } = order
    checkId(id)
    checkOwner(owner)
    checkSide(side)
    checkTicks(ticks, this.maxTicks)
    checkLots(lots)
    if (this.orders.find(id) !== NO_ORDER) throw new RangeError(`order ${id} is already on the book`)
    if (this.crosses(this.opposite(side), ticks))
      throw new RangeError(`order ${id} at ${ticks} crosses the book`)
    const ladder = this.ladder(side)
    if (this.isFull(ladder, lots)) throw new RangeError(`order ${id} does not fit into the book`)
    ladder.append(this.orders.add(id, owner, side, lots), ticks, lots)
  }

  get(id: number): RestingOrder | undefined {
    const { orders } = this
    const order = orders.find(id)
    if (order === NO_ORDER) return undefined
    const side = orders.side(order)
    const ticks = this.ladder(side).ticks(orders.level(order))
    return { id, owner: orders.owner(order), side, ticks, lots: orders.lots(order) }
  }

  /** Lots resting at a price; 0 when there are none. */
  lotsAt(side: Side, ticks: number): number {
    const ladder = this.ladder(side)
    const level = ladder.levelAt(ticks)
    return level === NO_LEVEL ? 0 : ladder.levelLots(level)
  }

  /** Lots resting on a side, and its number of occupied prices. */
  totals(side: Side): { lots: number; levels: number } {
    const ladder = this.ladder(side)
    return { lots: ladder.lots, levels: ladder.levelCount }
  }

  /**
   * Visits at most `limit` levels of a side, best first, until the visitor returns false; so a walk that needs three levels costs
   * three. The visitor must not change the book.
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

  /** Visits the orders at a price in the order in which they will be taken. The visitor must not change the book. */
  forEachOrderAt(side: Side, ticks: number, visit: (id: number, owner: number, lots: number) => void): void {
    const { orders } = this
    const ladder = this.ladder(side)
    const level = ladder.levelAt(ticks)
    if (level === NO_LEVEL) return
    for (let order = ladder.first(level); order !== NO_ORDER; order = orders.next(order)) {
      visit(orders.id(order), orders.owner(order), orders.lots(order))
    }
  }

  /**
   * Lots that a taker of `side` finds at `limitTicks` or better, of all owners. The count stops at the level where it reaches
   * `enough`, so a bounded question has a bounded cost.
   */
  fillable(side: Side, limitTicks: number, enough: number = Number.POSITIVE_INFINITY): number {
    return lotsWithin(this.opposite(side), limitTicks, enough)
  }

  /** Throws when the structures disagree with each other or the book is crossed. For tests: visits everything. */
  assertConsistent(): void {
    assertConsistent(this.orders, this.bids, this.asks)
  }

  private placeLimit(order: LimitOrder): Placement {
    const { id, owner, side, ticks, lots } = order
    const timeInForce = order.timeInForce ?? 'GTC'
    const makers = this.opposite(side)
    const own = this.ladder(side)
    if (timeInForce === 'GTC' && this.isFull(own, lots))
      return this.end(order, 'rejected', 'book_full', 0, lots, 0)
    let left = lots
    if (this.crosses(makers, ticks)) {
      if (order.postOnly === true) return this.end(order, 'rejected', 'post_only', 0, lots, 0)
      if (timeInForce === 'FOK' && !this.canFill(makers, owner, ticks, lots)) {
        return this.end(order, 'cancelled', 'fok', 0, lots, 0)
      }
      while (this.crosses(makers, ticks)) {
        if (this.isOwnFirst(makers, owner)) return this.end(order, 'cancelled', 'stp', lots - left, left, 0)
        left -= takeAtBest(this.orders, makers, this.events, owner, left)
        if (left === 0) return this.end(order, 'filled', 'filled', lots, 0, 0)
      }
    }
    if (timeInForce === 'IOC') return this.end(order, 'cancelled', 'ioc', lots - left, left, 0)
    if (timeInForce === 'FOK') return this.end(order, 'cancelled', 'fok', lots - left, left, 0)
    const level = own.append(this.orders.add(id, owner, side, left), ticks, left)
    this.events.rested(id, owner, side, ticks, left)
    this.events.levelChanged(side, ticks, own.levelLots(level))
    return { status: 'rested', reason: null, filledLots: lots - left, leftLots: left, budgetLeft: 0 }
  }

  private placeMarket(order: MarketOrder): Placement {
    const { owner, side } = order
    const makers = this.opposite(side)
    const worst = order.worstTicks ?? (side === 'buy' ? this.maxTicks : 1)
    const wanted = order.lots ?? ANY_LOTS
    const budget = order.budget ?? Number.POSITIVE_INFINITY
    const fok = order.timeInForce === 'FOK'
    if (fok && !canFill(this.orders, makers, owner, worst, wanted, budget)) {
      return this.endMarket(order, 'fok', 0, budget)
    }
    let filled = 0
    let budgetLeft = budget
    while (this.crosses(makers, worst)) {
      const ticks = makers.bestTicks
      const affordable = Math.min(wanted - filled, Math.floor(budgetLeft / ticks))
      if (affordable === 0)
        return this.endMarket(order, filled === 0 ? 'budget' : 'filled', filled, budgetLeft)
      if (this.isOwnFirst(makers, owner)) return this.endMarket(order, 'stp', filled, budgetLeft)
      const taken = takeAtBest(this.orders, makers, this.events, owner, affordable)
      filled += taken
      budgetLeft -= taken * ticks
      if (taken === affordable) return this.endMarket(order, 'filled', filled, budgetLeft)
    }
    return this.endMarket(order, makers.best === NO_LEVEL ? 'no_liquidity' : 'band', filled, budgetLeft)
  }

  private endMarket(order: MarketOrder, reason: EndReason, filled: number, budgetLeft: number): Placement {
    const status = reason === 'filled' ? 'filled' : 'cancelled'
    if (order.lots === undefined) return this.end(order, status, reason, filled, 0, budgetLeft)
    return this.end(order, status, reason, filled, order.lots - filled, 0)
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

  private canFill(makers: Ladder, owner: number, limitTicks: number, lots: number): boolean {
    return canFill(this.orders, makers, owner, limitTicks, lots, Number.POSITIVE_INFINITY)
  }

  private crosses(makers: Ladder, limitTicks: number): boolean {
    return makers.best !== NO_LEVEL && makers.within(makers.bestTicks, limitTicks)
  }

  /** Whether the next order to be taken is one of the taker's own. The side must not be empty. */
  private isOwnFirst(makers: Ladder, owner: number): boolean {
    return this.orders.owner(makers.first(makers.best)) === owner
  }

  private isFull(own: Ladder, lots: number): boolean {
    return this.orders.count >= this.maxOrders || own.lots + lots > Number.MAX_SAFE_INTEGER
  }

  private ladder(side: Side): Ladder {
    return side === 'buy' ? this.bids : this.asks
  }

  private opposite(side: Side): Ladder {
    return side === 'buy' ? this.asks : this.bids
  }
}

export function createBook(options: BookOptions): OrderBook {
  return new OrderBook(options)
}
