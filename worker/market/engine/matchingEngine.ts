import { checkTicks } from './checks.ts'
import { LevelChanges } from './levelChanges.ts'
import type {
  BlockOrder,
  BlockResult,
  BookEvents,
  CancelReason,
  EngineEvents,
  LimitOrder,
  NewOrder,
  Placement,
  RestingOrder,
  Side,
  WaitingOrder,
} from './order.ts'
import { OrderBook } from './orderBook.ts'
import { Pairs } from './pairs.ts'
import { checkWaiting, Entry, Triggers } from './triggers.ts'

export type EngineOptions = {
  events: EngineEvents
  /** As of `BookOptions`. */
  maxTicks?: number
  maxOrders?: number
  /** The worst price, in ticks, that a market order of that side may take when its trigger fires: the band of that moment. */
  worstTicks(side: Side): number
  /** How many fired orders one call places at most; the others stay queued for `continueCascade`. 1,000 when left out. */
  cascadeLimit?: number
}

/**
 * A market's matching: the order book, the orders that wait for a price, and pairs of which one cancels the other. Pure and
 * synchronous: no clock, no randomness, so the same calls give the same events.
 *
 * What every call that may trade does, in this order:
 * 1. Its own matching, to the end.
 * 2. The siblings of all orders that traded or ended are cancelled (`oco`).
 * 3. Each price that was traded at, in order, moves marks, activates trailing orders and fires what it reaches, in time order of
 *    entry. A fired order's sibling is cancelled at once; the order goes to the end of the queue.
 * 4. The first of the queue is placed, with 1 to 3 for what it trades; and so on until the queue is empty, or `cascadeLimit`
 *    orders have been placed.
 *
 * Triggers compare with the price of the last trade, or of the last print of the reference feed (`observe`). Levels are told at
 * the end of the call, each once, with what is then there; after a cascade that may be what was there before the call.
 *
 * The number of waiting orders is not bounded here; whoever accepts orders bounds how many an account may have.
 */
export class MatchingEngine {
  /** For reading. What changes it goes through the engine, or triggers and pairs would not hear of it. */
  readonly book: OrderBook
  private readonly events: EngineEvents
  private readonly worstTicks: (side: Side) => number
  private readonly cascadeLimit: number
  private readonly triggers: Triggers
  /** All that wait or are queued, by id. */
  private readonly entries = new Map<number, Entry>()
  private entered = 0
  private readonly pairs = new Pairs()
  /** Fired and not yet placed, from `head` on; those cancelled meanwhile are `gone`. */
  private queue: Entry[] = []
  private head = 0
  private last: number | null = null

  // What the book tells during a call and is dealt with after it.
  private taker: number | null = null
  private readonly prices: number[] = []
  private readonly changes = new LevelChanges()

  constructor(options: EngineOptions) {
    const { events, maxTicks, maxOrders } = options
    this.events = events
    this.worstTicks = options.worstTicks.bind(options)
    this.cascadeLimit = options.cascadeLimit ?? 1_000
    this.book = new OrderBook({
      events: this.listen(),
      ...(maxTicks !== undefined && { maxTicks }),
      ...(maxOrders !== undefined && { maxOrders }),
    })
    this.triggers = new Triggers(events, this.book.maxTicks)
  }

  /** The price of the last trade or observed print; null before the first. */
  get lastTicks(): number | null {
    return this.last
  }

  /** Fired and not yet placed, in the order in which they will be; for whoever keeps them over a crash. */
  get queued(): readonly number[] {
    return this.queue.slice(this.head).flatMap((entry) => (entry.state === 'fired' ? [entry.id] : []))
  }

  isWaiting(id: number): boolean {
    return this.waiting(id) !== undefined
  }

  /** The terms of an order that waits; undefined once it has fired. */
  waiting(id: number): WaitingOrder | undefined {
    const entry = this.entries.get(id)
    return entry?.state === 'waiting' ? entry.waiting : undefined
  }

  /**
   * Where a waiting order fires now. Of a trailing order this moves with its mark, and is null while it is not active, or where
   * its offset leads to no price at all.
   */
  triggerTicks(id: number): number | null {
    const entry = this.entries.get(id)
    return entry?.state === 'waiting' ? this.triggers.firingTicks(entry) : null
  }

  /**
   * Matches an order, with all that follows from it. What is returned is how the order itself came out of its own matching; what
   * a cascade did to it afterwards is told in events alone. Throws RangeError, with nothing changed, for a value out of its domain
   * or an id that is in use.
   */
  place(order: NewOrder): Placement {
    this.refuseQueued(order.id)
    const placement = this.take(order)
    this.runCascade()
    return placement
  }

  /**
   * Lets an order wait for its trigger. When `lastTicks` has reached it already, the order is `refused`: nothing is told, and a
   * pair that names it is forgotten; with `fireIfReached` it is fired instead, and placed before this returns unless
   * the cascade is at its bound. Throws RangeError, with nothing changed, for a value out of its domain or an id in use.
   */
  wait(waiting: WaitingOrder, fireIfReached = false): 'waiting' | 'fired' | 'refused' {
    const { id } = waiting.order
    checkWaiting(waiting, this.book.maxTicks)
    this.refuseQueued(id)
    this.refuseResting(id)
    if (this.last === null || !this.triggers.reaches(waiting.trigger, this.last)) {
      this.triggers.add(this.enter(waiting), this.last)
      return 'waiting'
    }
    if (!fireIfReached) {
      this.pairs.forget(id)
      return 'refused'
    }
    this.fire(this.enter(waiting), this.last)
    this.runCascade()
    return 'fired'
  }

  /**
   * One cancels the other: as soon as one of the two trades, fires or ends, the other is cancelled with the reason `oco`, and the
   * pair is forgotten. The ids may be of orders that come right afterwards; then the one that can trade at once must come last,
   * or the other would not be there to be cancelled. Throws RangeError when one of them has another sibling.
   */
  pair(a: number, b: number): void {
    this.pairs.add(a, b)
  }

  /** Cancels an order that rests, waits or is queued. False when there is none of that id. */
  cancel(id: number, reason: CancelReason): boolean {
    const isCancelled = this.end(id, reason)
    this.cancelSiblings()
    this.tellLevels()
    return isCancelled
  }

  /** Amends a resting order as the book's `replace` does, with the same aftermath as `place`. */
  replace(order: LimitOrder): Placement {
    this.startMatching(order.id)
    const placement = this.book.replace(order)
    this.finishMatching()
    this.runCascade()
    return placement
  }

  /** Makes a resting order smaller; see the book's `reduce`. */
  reduce(id: number, lots: number): number {
    this.changes.nextMatching()
    const off = this.book.reduce(id, lots)
    this.tellLevels()
    return off
  }

  /**
   * Gives a waiting order other terms; it keeps its time of entry, so also its turn among those that one price fires. A trailing
   * order that is active keeps its mark, unless its activation price is another: then it starts anew, and whether it is active
   * is told by `activated`, or not, in this call. `refused`, with nothing changed, when the last price would fire it at once;
   * `unknown` when it does not wait, also when it has fired. Throws RangeError for a value out of its domain.
   */
  amendWaiting(waiting: WaitingOrder): 'waiting' | 'refused' | 'unknown' {
    const { id, owner, side } = waiting.order
    checkWaiting(waiting, this.book.maxTicks)
    const entry = this.entries.get(id)
    if (entry === undefined || entry.state !== 'waiting') return 'unknown'
    const before = entry.waiting.order
    if (before.owner !== owner || before.side !== side) {
      throw new RangeError(`order ${id} cannot be amended to another owner or side`)
    }
    return this.triggers.amend(entry, waiting, this.last) ? 'waiting' : 'refused'
  }

  /** Matches a copy pool's block, with the same aftermath as `place`. */
  block(block: BlockOrder): BlockResult {
    this.startMatching(null)
    const result = this.book.block(block)
    this.finishMatching()
    this.runCascade()
    return result
  }

  /** Takes in a print of the reference feed, as if somebody had traded at that price elsewhere. */
  observe(ticks: number): void {
    checkTicks(ticks, this.book.maxTicks)
    this.last = ticks
    this.reach(ticks)
    this.runCascade()
  }

  /** Places what is queued, up to the bound again. */
  continueCascade(): void {
    this.runCascade()
  }

  /** As the book's `restore`. Nothing that restores tells events. */
  restore(order: RestingOrder): void {
    this.refuseQueued(order.id)
    this.book.restore(order)
  }

  /**
   * Puts back an order that waited: those that have not fired in time order of entry, the fired ones in the order of the queue.
   * `since` is what `activated` told, null of an order that is not trailing or not active.
   */
  restoreWaiting(waiting: WaitingOrder, entry: { since: number | null; fired: boolean }): void {
    checkWaiting(waiting, this.book.maxTicks)
    this.refuseQueued(waiting.order.id)
    this.refuseResting(waiting.order.id)
    const restored = this.enter(waiting)
    if (entry.fired) this.enqueue(restored)
    else this.triggers.restore(restored, entry.since)
  }

  restorePair(a: number, b: number): void {
    this.pair(a, b)
  }

  /** Puts back what `markMoved` told last of that place. */
  restoreMark(side: Side, since: number, ticks: number): void {
    checkTicks(ticks, this.book.maxTicks)
    this.triggers.restoreMark(side, since, ticks)
  }

  /** Throws when structures disagree. For tests: visits everything. */
  assertConsistent(): void {
    this.book.assertConsistent()
    this.triggers.assertConsistent()
    this.pairs.assertConsistent()
  }

  /** What the book tells: passed on, and noted as far as it has consequences. */
  private listen(): BookEvents {
    const { events } = this
    return {
      traded: (makerId, makerOwner, makerSide, ticks, lots, makerLeft) => {
        this.last = ticks
        if (this.prices.at(-1) !== ticks) this.prices.push(ticks)
        if (this.taker !== null) this.pairs.touch(this.taker)
        this.pairs.touch(makerId)
        events.traded(makerId, makerOwner, makerSide, ticks, lots, makerLeft)
      },
      rested: (id, owner, side, ticks, lots) => events.rested(id, owner, side, ticks, lots),
      refreshed: (id, owner, side, ticks, lots) => events.refreshed(id, owner, side, ticks, lots),
      reduced: (id, owner, side, ticks, lots) => events.reduced(id, owner, side, ticks, lots),
      ended: (id, owner, side, lotsLeft, reason) => {
        this.pairs.touch(id)
        events.ended(id, owner, side, lotsLeft, reason)
      },
      levelChanged: (side, ticks, totalLots) => this.changes.add(side, ticks, totalLots),
    }
  }

  private take(order: NewOrder): Placement {
    this.startMatching(order.id)
    const placement = this.book.place(order)
    this.finishMatching()
    return placement
  }

  private startMatching(taker: number | null): void {
    this.taker = taker
    if (taker !== null) this.events.taking(taker)
    this.changes.nextMatching()
  }

  /** What follows from a matching at once: siblings are cancelled, and triggers fired into the queue. */
  private finishMatching(): void {
    this.taker = null
    this.cancelSiblings()
    if (this.prices.length === 0) return
    for (const ticks of this.prices) this.reach(ticks)
    this.prices.length = 0
  }

  private runCascade(): void {
    for (let placed = 0; placed < this.cascadeLimit && this.head < this.queue.length; ) {
      const entry = this.queue[this.head++] as Entry
      if (entry.state === 'gone') continue
      entry.state = 'gone'
      this.entries.delete(entry.id)
      const { order } = entry.waiting
      this.take(order.type === 'limit' ? order : { ...order, worstTicks: this.worstTicks(order.side) })
      placed++
    }
    if (this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head)
      this.head = 0
    }
    this.tellLevels()
  }

  private reach(ticks: number): void {
    if (this.entries.size === 0) return
    for (const entry of this.triggers.observe(ticks)) {
      // One before it may have been its sibling.
      if (entry.state !== 'waiting') continue
      this.triggers.remove(entry)
      this.fire(entry, ticks)
    }
  }

  private fire(entry: Entry, ticks: number): void {
    this.enqueue(entry)
    this.events.fired(entry.id, ticks)
    this.cancelSibling(entry.id)
  }

  private enqueue(entry: Entry): void {
    entry.state = 'fired'
    this.queue.push(entry)
  }

  private enter(waiting: WaitingOrder): Entry {
    const entry = new Entry(waiting, this.entered++)
    this.entries.set(entry.id, entry)
    return entry
  }

  private end(id: number, reason: CancelReason): boolean {
    const entry = this.entries.size === 0 ? undefined : this.entries.get(id)
    if (entry === undefined) {
      this.changes.nextMatching()
      return this.book.cancel(id, reason) > 0
    }
    if (entry.state === 'waiting') this.triggers.remove(entry)
    entry.state = 'gone'
    this.entries.delete(id)
    this.pairs.touch(id)
    const { owner, side } = entry.waiting.order
    this.events.ended(id, owner, side, lotsOf(entry.waiting.order), reason)
    return true
  }

  private cancelSiblings(): void {
    const { touched } = this.pairs
    if (touched.length === 0) return
    for (const id of touched) this.cancelSibling(id)
    touched.length = 0
  }

  private cancelSibling(id: number): void {
    const sibling = this.pairs.forget(id)
    if (sibling !== undefined) this.end(sibling, 'oco')
  }

  private tellLevels(): void {
    this.changes.tell(this.events)
  }

  private refuseQueued(id: number): void {
    if (this.entries.size > 0 && this.entries.has(id)) throw new RangeError(`order ${id} waits already`)
  }

  private refuseResting(id: number): void {
    if (this.book.get(id) !== undefined) throw new RangeError(`order ${id} is already on the book`)
  }
}

/** An order that wants a budget has no quantity of its own. */
function lotsOf(order: NewOrder): number {
  return order.type === 'market' && order.wants === 'budget' ? 0 : (order.lots ?? 0)
}
