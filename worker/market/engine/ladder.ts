import type { Side } from './order.ts'
import { type LevelSlot, NO_LEVEL, NO_ORDER, type OrderSlot, type OrderStore } from './orderStore.ts'
import { NONE, Slab } from './slab.ts'
import { SlotTable } from './slotTable.ts'
import { TickSet } from './tickSet.ts'

/**
 * One side of the book: its occupied levels, each a first-in-first-out list of orders threaded through the order records, and the
 * best of them at hand. Memory follows the number of occupied levels, not the range of prices. A level's key is its ticks, its
 * lots the sum of its orders; its int fields are first order, last order, number of orders.
 */
export class Ladder {
  readonly side: Side
  private readonly orders: OrderStore
  private readonly levels = new Slab(64)
  private readonly byTicks = new SlotTable(this.levels)
  private readonly occupied: TickSet
  /** NO_LEVEL when the side is empty. */
  best: LevelSlot = NO_LEVEL
  bestTicks = 0
  /** All lots resting on this side. The book keeps it below 2^53, so that every total here is exact. */
  lots = 0

  constructor(side: Side, orders: OrderStore, maxTicks: number) {
    this.side = side
    this.orders = orders
    this.occupied = new TickSet(maxTicks)
  }

  get levelCount(): number {
    return this.levels.count
  }

  get bytes(): number {
    return this.levels.bytes + this.byTicks.bytes + this.occupied.bytes
  }

  levelAt(ticks: number): LevelSlot {
    return this.byTicks.find(ticks) as LevelSlot
  }

  ticks(level: LevelSlot): number {
    return this.levels.key(level)
  }

  levelLots(level: LevelSlot): number {
    return this.levels.lots(level)
  }

  first(level: LevelSlot): OrderSlot {
    return this.levels.ints[(level << 3) + 4] as OrderSlot
  }

  last(level: LevelSlot): OrderSlot {
    return this.levels.ints[(level << 3) + 5] as OrderSlot
  }

  orderCount(level: LevelSlot): number {
    return this.levels.ints[(level << 3) + 6] as number
  }

  /** Whether somebody who trades down to `limitTicks` would take the price `ticks` of this side. */
  within(ticks: number, limitTicks: number): boolean {
    return this.side === 'sell' ? ticks <= limitTicks : ticks >= limitTicks
  }

  /** The level after this one, away from the best, or NO_LEVEL. */
  worse(level: LevelSlot): LevelSlot {
    const ticks = this.ticks(level)
    const next = this.side === 'sell' ? this.occupied.above(ticks) : this.occupied.below(ticks)
    return next === NONE ? NO_LEVEL : this.levelAt(next)
  }

  /** Puts an order at the back of its level. Returns the level. */
  append(order: OrderSlot, ticks: number, lots: number): LevelSlot {
    const { orders, levels } = this
    let level = this.levelAt(ticks)
    if (level === NO_LEVEL) level = this.open(ticks)
    const last = this.last(level)
    orders.setPrevious(order, last)
    orders.setNext(order, NO_ORDER)
    orders.setLevel(order, level)
    if (last === NO_ORDER) levels.ints[(level << 3) + 4] = order
    else orders.setNext(last, order)
    levels.ints[(level << 3) + 5] = order
    levels.ints[(level << 3) + 6] = this.orderCount(level) + 1
    this.addLots(level, lots)
    return level
  }

  /** Takes an order of `lots` out of its level's list. The level stays, perhaps empty, until `closeIfEmpty`. */
  unlink(order: OrderSlot, lots: number): LevelSlot {
    const { orders, levels } = this
    const level = orders.level(order)
    const next = orders.next(order)
    const previous = orders.previous(order)
    if (previous === NO_ORDER) levels.ints[(level << 3) + 4] = next
    else orders.setNext(previous, next)
    if (next === NO_ORDER) levels.ints[(level << 3) + 5] = previous
    else orders.setPrevious(next, previous)
    levels.ints[(level << 3) + 6] = this.orderCount(level) - 1
    this.addLots(level, -lots)
    return level
  }

  addLots(level: LevelSlot, lots: number): void {
    this.levels.setLots(level, this.levelLots(level) + lots)
    this.lots += lots
  }

  closeIfEmpty(level: LevelSlot): void {
    if (this.first(level) !== NO_ORDER) return
    if (level === this.best) {
      this.best = this.worse(level)
      this.bestTicks = this.best === NO_LEVEL ? 0 : this.ticks(this.best)
    }
    const ticks = this.ticks(level)
    this.occupied.remove(ticks)
    this.byTicks.remove(ticks, level)
    this.levels.give(level)
  }

  isOccupied(ticks: number): boolean {
    return this.occupied.has(ticks)
  }

  /** True when table, pages (of 1,024 ticks, `pages` of which hold a level) and free records add up; for the self-check. */
  addsUp(pages: number): boolean {
    const { levels, byTicks, occupied } = this
    if (occupied.pagesInUse !== pages || byTicks.size !== levels.count) return false
    return levels.count + levels.unused() === levels.size
  }

  private open(ticks: number): LevelSlot {
    const { levels } = this
    const level = levels.take() as LevelSlot
    levels.floats[level << 2] = ticks
    levels.floats[(level << 2) + 1] = 0
    levels.ints[(level << 3) + 4] = NO_ORDER
    levels.ints[(level << 3) + 5] = NO_ORDER
    levels.ints[(level << 3) + 6] = 0
    this.byTicks.add(ticks, level)
    this.occupied.add(ticks)
    if (this.best === NO_LEVEL || (this.side === 'sell' ? ticks < this.bestTicks : ticks > this.bestTicks)) {
      this.best = level
      this.bestTicks = ticks
    }
    return level
  }
}
