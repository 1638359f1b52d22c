import type { Side } from './order.ts'
import { type LevelSlot, NO_LEVEL, NO_ORDER, type OrderSlot, type OrderStore } from './orderStore.ts'
import { RareColumn } from './rareColumn.ts'
import { NONE, Slab } from './slab.ts'
import { SlotTable } from './slotTable.ts'
import { TickSet } from './tickSet.ts'

/**
 * One side of the book: its occupied levels, each a first-in-first-out list of orders threaded through the order records, and the
 * best of them at hand. Memory follows the number of occupied levels, not the range of prices. A level's key is its ticks, its
 * lots the sum of what its orders show; its int fields are first order, last order, number of orders.
 */
export class Ladder {
  readonly side: Side
  private readonly orders: OrderStore
  private readonly levels = new Slab(64)
  private readonly byTicks = new SlotTable(this.levels)
  private readonly occupied: TickSet
  /** Lots of a level that its icebergs do not show. */
  private readonly hidden = new RareColumn()
  /** NO_LEVEL when the side is empty. */
  best: LevelSlot = NO_LEVEL
  bestTicks = 0
  /** Shown lots of this side. The book keeps them and the hidden ones below 2^53 together, so that every total is exact. */
  lots = 0
  hiddenLots = 0

  constructor(side: Side, orders: OrderStore, maxTicks: number) {
    this.side = side
    this.orders = orders
    this.occupied = new TickSet(maxTicks)
  }

  get levelCount(): number {
    return this.levels.count
  }

  get bytes(): number {
    return this.levels.bytes + this.byTicks.bytes + this.occupied.bytes + this.hidden.bytes
  }

  /** Whether the side's lots, shown or not, stay below 2^53 with so many more. */
  hasRoomFor(lots: number): boolean {
    return this.lots + this.hiddenLots + lots <= Number.MAX_SAFE_INTEGER
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

  /** Shown or not. */
  allLevelLots(level: LevelSlot): number {
    return this.levels.lots(level) + this.hidden.get(level)
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

  /** Whether there is anything for somebody who trades down to `limitTicks`. */
  crosses(limitTicks: number): boolean {
    return this.best !== NO_LEVEL && this.within(this.bestTicks, limitTicks)
  }

  /** The level after this one, away from the best, or NO_LEVEL. */
  worse(level: LevelSlot): LevelSlot {
    const ticks = this.ticks(level)
    const next = this.side === 'sell' ? this.occupied.above(ticks) : this.occupied.below(ticks)
    return next === NONE ? NO_LEVEL : this.levelAt(next)
  }

  /** Puts an order at the back of its level. Returns the level. */
  append(order: OrderSlot, ticks: number): LevelSlot {
    const { orders } = this
    let level = this.levelAt(ticks)
    if (level === NO_LEVEL) level = this.open(ticks)
    this.link(order, level)
    this.addLots(level, orders.lots(order))
    if (orders.isIceberg(order)) this.addHidden(level, orders.reserve(order))
    return level
  }

  /** Takes an order off its level and out of the store. The level stays, perhaps empty, until `closeIfEmpty`. */
  remove(order: OrderSlot): LevelSlot {
    const { orders } = this
    const level = orders.level(order)
    this.unlink(order, level)
    this.addLots(level, -orders.lots(order))
    if (orders.isIceberg(order)) this.addHidden(level, -orders.reserve(order))
    orders.remove(order)
    return level
  }

  /** Shows the next part of an iceberg of which nothing is shown, at the back of its level. */
  refresh(order: OrderSlot): void {
    const { orders } = this
    const level = orders.level(order)
    const reserve = orders.reserve(order)
    const shown = Math.min(orders.display(order), reserve)
    orders.setLots(order, shown)
    orders.setReserve(order, reserve - shown)
    this.addLots(level, shown)
    this.addHidden(level, -shown)
    this.unlink(order, level)
    this.link(order, level)
  }

  /** Takes lots off what an order shows, of which more is shown. It keeps its place. */
  shrink(order: OrderSlot, lots: number): void {
    this.orders.setLots(order, this.orders.lots(order) - lots)
    this.addLots(this.orders.level(order), -lots)
  }

  /** Takes lots off what an order hides. */
  shrinkHidden(order: OrderSlot, lots: number): void {
    this.orders.setReserve(order, this.orders.reserve(order) - lots)
    this.addHidden(this.orders.level(order), -lots)
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

  private link(order: OrderSlot, level: LevelSlot): void {
    const { orders, levels } = this
    const last = this.last(level)
    orders.setPrevious(order, last)
    orders.setNext(order, NO_ORDER)
    orders.setLevel(order, level)
    if (last === NO_ORDER) levels.ints[(level << 3) + 4] = order
    else orders.setNext(last, order)
    levels.ints[(level << 3) + 5] = order
    levels.ints[(level << 3) + 6] = this.orderCount(level) + 1
  }

  private unlink(order: OrderSlot, level: LevelSlot): void {
    const { orders, levels } = this
    const next = orders.next(order)
    const previous = orders.previous(order)
    if (previous === NO_ORDER) levels.ints[(level << 3) + 4] = next
    else orders.setNext(previous, next)
    if (next === NO_ORDER) levels.ints[(level << 3) + 5] = previous
    else orders.setPrevious(next, previous)
    levels.ints[(level << 3) + 6] = this.orderCount(level) - 1
  }

  private addLots(level: LevelSlot, lots: number): void {
    this.levels.setLots(level, this.levelLots(level) + lots)
    this.lots += lots
  }

  private addHidden(level: LevelSlot, lots: number): void {
    this.hidden.set(level, this.hidden.get(level) + lots)
    this.hiddenLots += lots
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
