import { checkOrder, checkTicks } from './checks.ts'
import { Marks, type Offset } from './marks.ts'
import type { EngineEvents, Trigger, WaitingOrder } from './order.ts'
import { Ranks } from './ranks.ts'
import { NONE } from './slab.ts'
import { TickMap } from './tickMap.ts'

/** An order that waits for a price, or that has been fired and is not yet on the book. */
export class Entry {
  readonly id: number
  /** Its turn among orders that one price fires. */
  readonly entered: number
  waiting: WaitingOrder
  /** Its place among the marks; null while it is not trailing. */
  since: number | null = null
  state: 'waiting' | 'fired' | 'gone' = 'waiting'

  constructor(waiting: WaitingOrder, entered: number) {
    this.id = waiting.order.id
    this.waiting = waiting
    this.entered = entered
  }

  get offset(): Offset {
    const { trigger } = this.waiting
    if (trigger.kind !== 'trails') throw new Error(`order ${this.id} does not trail`)
    return trigger.offset
  }
}

/** Orders by the price that they wait for, on one side of the present one, and the nearest such price at hand. */
class Waiters {
  private readonly ranks: Ranks
  private readonly occupied: TickMap
  private readonly byRank = new Map<number, Set<Entry>>()
  /** A rank; NONE when nobody waits. */
  private nearest: number = NONE

  constructor(kind: 'rises_to' | 'falls_to', maxTicks: number) {
    this.ranks = new Ranks(kind === 'rises_to' ? 'up' : 'down', maxTicks)
    this.occupied = new TickMap(maxTicks)
  }

  add(ticks: number, entry: Entry): void {
    const rank = this.ranks.of(ticks)
    const level = this.byRank.get(rank)
    if (level !== undefined) {
      level.add(entry)
      return
    }
    this.byRank.set(rank, new Set([entry]))
    this.occupied.add(rank, 1)
    if (this.nearest === NONE || rank < this.nearest) this.nearest = rank
  }

  remove(ticks: number, entry: Entry): void {
    const rank = this.ranks.of(ticks)
    const level = this.byRank.get(rank)
    if (level?.delete(entry) !== true) throw new Error(`order ${entry.id} does not wait for ${ticks}`)
    if (level.size > 0) return
    this.byRank.delete(rank)
    this.occupied.remove(rank)
    if (rank === this.nearest) this.nearest = this.occupied.above(rank)
  }

  /** Adds all that wait for `ticks` or a price that lies before it to `found`. */
  collect(ticks: number, found: Entry[]): void {
    const reached = this.ranks.of(ticks)
    for (let rank = this.nearest; rank !== NONE && rank <= reached; rank = this.occupied.above(rank)) {
      for (const entry of this.byRank.get(rank) ?? []) found.push(entry)
    }
  }
}

/**
 * All orders that wait for a price, and which of them a price reaches. A price that reaches nothing costs four comparisons,
 * whatever waits; one that does costs what it reaches, and a sort of that by time of entry. Adding and removing do not depend on how
 * many wait, but for trailing orders (see `Marks`).
 */
export class Triggers {
  private readonly events: EngineEvents
  private readonly maxTicks: number
  private readonly rising: Waiters
  private readonly falling: Waiters
  private readonly highs: Marks<Entry>
  private readonly lows: Marks<Entry>

  constructor(events: EngineEvents, maxTicks: number) {
    this.events = events
    this.maxTicks = maxTicks
    this.rising = new Waiters('rises_to', maxTicks)
    this.falling = new Waiters('falls_to', maxTicks)
    this.highs = new Marks('sell', events.markMoved.bind(events))
    this.lows = new Marks('buy', events.markMoved.bind(events))
  }

  /** Whether a price fires an order as soon as it comes. A trailing one is never. */
  reaches(trigger: Trigger, ticks: number | null): boolean {
    return ticks !== null && trigger.kind !== 'trails' && hasReached(trigger.kind, trigger.ticks, ticks)
  }

  /** Lets an order wait that the last price does not reach; a trailing one follows from now when its activation is reached. */
  add(entry: Entry, lastTicks: number | null): void {
    const { kind, ticks } = this.waitsFor(entry.waiting)
    const isReached = lastTicks !== null && hasReached(kind, ticks, lastTicks)
    if (isReached) this.activate(entry, lastTicks)
    else this.waiters(kind).add(ticks, entry)
  }

  remove(entry: Entry): void {
    if (entry.since !== null) {
      this.marks(entry).leave(entry)
      return
    }
    const { kind, ticks } = this.waitsFor(entry.waiting)
    this.waiters(kind).remove(ticks, entry)
  }

  /**
   * Gives a waiting order other terms. A trailing order that follows a mark goes on following it, unless its activation price is
   * another: then it starts anew. Returns false, and changes nothing, when the last price would fire it at once.
   */
  amend(entry: Entry, waiting: WaitingOrder, lastTicks: number | null): boolean {
    const before = entry.waiting.trigger
    const { trigger } = waiting
    if (this.reaches(trigger, lastTicks)) return false
    const keepsMark =
      trigger.kind === 'trails' &&
      before.kind === 'trails' &&
      trigger.activationTicks === before.activationTicks &&
      entry.since !== null
    if (!keepsMark) {
      this.remove(entry)
      entry.waiting = waiting
      this.add(entry, lastTicks)
      return true
    }
    const kind = firingKind(waiting)
    const firing = this.marks(entry).firingTicks(entry, trigger.offset)
    if (lastTicks !== null && hasReached(kind, firing, lastTicks)) return false
    entry.waiting = waiting
    this.marks(entry).offsetChanged(entry)
    return true
  }

  /** Takes a price in: moves marks, activates, and returns the orders that it fires, in time order of entry. They must be removed. */
  observe(ticks: number): Entry[] {
    this.highs.observe(ticks)
    this.lows.observe(ticks)
    const reached: Entry[] = []
    this.rising.collect(ticks, reached)
    this.falling.collect(ticks, reached)
    if (reached.length > 1) reached.sort(byEntry)
    const firing = reached.filter((entry) => {
      if (entry.waiting.trigger.kind !== 'trails') return true
      this.remove(entry)
      this.activate(entry, ticks)
      return false
    })
    const plain = firing.length
    this.highs.collect(ticks, firing)
    this.lows.collect(ticks, firing)
    return firing.length > plain && firing.length > 1 ? firing.sort(byEntry) : firing
  }

  /** Where an order fires now; null when no price would fire it. */
  firingTicks(entry: Entry): number | null {
    const { trigger } = entry.waiting
    if (trigger.kind !== 'trails') return trigger.ticks
    if (entry.since === null) return null
    const ticks = this.marks(entry).firingTicks(entry)
    return ticks >= 1 && ticks <= this.maxTicks ? ticks : null
  }

  restore(entry: Entry, since: number | null): void {
    if (since === null) this.add(entry, null)
    else {
      entry.since = since
      this.marks(entry).restoreFollower(entry)
    }
  }

  restoreMark(side: 'buy' | 'sell', since: number, ticks: number): void {
    const marks = side === 'sell' ? this.highs : this.lows
    marks.restoreMark(since, ticks)
  }

  assertConsistent(): void {
    this.highs.assertConsistent()
    this.lows.assertConsistent()
  }

  private activate(entry: Entry, ticks: number): void {
    const marks = this.marks(entry)
    marks.follow(entry, ticks)
    if (entry.since !== null) this.events.activated(entry.id, entry.waiting.order.side, entry.since)
  }

  private marks(entry: Entry): Marks<Entry> {
    return entry.waiting.order.side === 'sell' ? this.highs : this.lows
  }

  private waiters(kind: 'rises_to' | 'falls_to'): Waiters {
    return kind === 'rises_to' ? this.rising : this.falling
  }

  /** The price that makes it fire, or of a trailing order become active: any price at all when it names none. */
  private waitsFor({ order, trigger }: WaitingOrder): { kind: 'rises_to' | 'falls_to'; ticks: number } {
    if (trigger.kind !== 'trails') return trigger
    return order.side === 'sell'
      ? { kind: 'rises_to', ticks: trigger.activationTicks ?? 1 }
      : { kind: 'falls_to', ticks: trigger.activationTicks ?? this.maxTicks }
  }
}

/** A trailing sell fires below its mark, a buy above. */
function firingKind({ order }: WaitingOrder): 'rises_to' | 'falls_to' {
  return order.side === 'sell' ? 'falls_to' : 'rises_to'
}

function hasReached(kind: 'rises_to' | 'falls_to', triggerTicks: number, ticks: number): boolean {
  return kind === 'rises_to' ? ticks >= triggerTicks : ticks <= triggerTicks
}

function byEntry(a: Entry, b: Entry): number {
  return a.entered - b.entered
}

/** As `checkOrder`, of an order that waits. */
export function checkWaiting({ order, trigger }: WaitingOrder, maxTicks: number): void {
  checkOrder(order, maxTicks)
  if (trigger.kind !== 'trails') {
    checkTicks(trigger.ticks, maxTicks)
    return
  }
  const { offset, activationTicks } = trigger
  if (activationTicks !== null) checkTicks(activationTicks, maxTicks)
  if ('ticks' in offset) checkTicks(offset.ticks, maxTicks)
  else if (!Number.isSafeInteger(offset.bps) || offset.bps < 1 || offset.bps > 9_999) {
    throw new RangeError(`offset of ${offset.bps} bps is not an integer from 1 to 9,999`)
  }
}
