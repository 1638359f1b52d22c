import type { Side } from './order.ts'
import { type LevelSlot, NO_LEVEL, type OrderSlot, type OrderStore } from './orderStore.ts'
import { Ranks } from './ranks.ts'
import { NONE, type Slab } from './slab.ts'
import { TickMap } from './tickMap.ts'

/** The rank of the best level of an empty side: worse than all. */
const NO_RANK = 0x7fffffff

/**
 * One side of the book: its occupied levels, each heading the first-in-first-out circle of its orders, and the best of them at
 * hand. Memory follows the number of occupied levels, not the range of prices. A level's lots are the sum of what its orders show;
 * its two fields are the number of orders and the ticks, as an integer, for a float that is told to a sink is allocated.
 *
 * Prices are ordered by rank: the lower, the sooner it is taken. So matching does not ask at every step which side it is at.
 */
export class Ladder {
  readonly side: Side
  private readonly slab: Slab
  private readonly orders: OrderStore
  private readonly byRank: TickMap
  private readonly ranks: Ranks
  /** NO_LEVEL when the side is empty. */
  best: LevelSlot = NO_LEVEL
  private bestRank = NO_RANK
  levelCount = 0
  /** Shown lots of this side. The book keeps them and the hidden ones below 2^53 together, so that every total is exact. */
  lots = 0
  hiddenLots = 0

  constructor(side: Side, slab: Slab, orders: OrderStore, maxTicks: number) {
    this.side = side
    this.slab = slab
    this.orders = orders
    this.byRank = new TickMap(maxTicks)
    this.ranks = new Ranks(side === 'sell' ? 'up' : 'down', maxTicks)
  }

  get bytes(): number {
    return this.byRank.bytes
  }

  /** 0 when the side is empty. */
  get bestTicks(): number {
    return this.ticks(this.best)
  }

  /** Whether the side's lots, shown or not, stay below 2^53 with so many more. */
  hasRoomFor(lots: number): boolean {
    return this.lots + this.hiddenLots + lots <= Number.MAX_SAFE_INTEGER
  }

  levelAt(ticks: number): LevelSlot {
    return this.byRank.get(this.rank(ticks)) as LevelSlot
  }

  ticks(level: LevelSlot): number {
    return this.slab.ints[(level << 3) + 7] as number
  }

  levelLots(level: LevelSlot): number {
    return this.slab.lots(level)
  }

  /** Shown or not. */
  allLevelLots(level: LevelSlot): number {
    return this.slab.lots(level) + this.orders.hidden(level)
  }

  /** The order to be taken first; `end` of an empty level. */
  first(level: LevelSlot): OrderSlot {
    return this.slab.next(level) as OrderSlot
  }

  last(level: LevelSlot): OrderSlot {
    return this.slab.previous(level) as OrderSlot
  }

  /** What stands after the last order of a level. */
  end(level: LevelSlot): OrderSlot {
    return level as number as OrderSlot
  }

  orderCount(level: LevelSlot): number {
    return this.slab.ints[(level << 3) + 6] as number
  }

  /** Whether somebody who trades down to `limitTicks` would take the price `ticks` of this side. */
  within(ticks: number, limitTicks: number): boolean {
    return this.rank(ticks) <= this.rank(limitTicks)
  }

  /** Whether there is anything for somebody who trades down to `limitTicks`. */
  crosses(limitTicks: number): boolean {
    return this.bestRank <= this.rank(limitTicks)
  }

  /** The level after this one, away from the best, or NO_LEVEL. */
  worse(level: LevelSlot): LevelSlot {
    const next = this.byRank.above(this.rank(this.ticks(level)))
    return next === NONE ? NO_LEVEL : (this.byRank.get(next) as LevelSlot)
  }

  /** Puts an order, that is on no level, at the back of its level. Returns the level. */
  append(order: OrderSlot, ticks: number): LevelSlot {
    const { orders } = this
    let level = this.levelAt(ticks)
    if (level === NO_LEVEL) level = this.open(ticks)
    this.slab.link(order, level)
    orders.setLevel(order, level)
    this.addLots(level, orders.lots(order), 1)
    if (orders.isIceberg(order)) this.addHidden(level, orders.reserve(order))
    return level
  }

  /** Takes an order off its level. The level stays, perhaps empty, until `closeIfEmpty`. */
  detach(order: OrderSlot): void {
    const { orders } = this
    const level = orders.level(order)
    this.slab.unlink(order)
    this.addLots(level, -orders.lots(order), -1)
    if (orders.isIceberg(order)) this.addHidden(level, -orders.reserve(order))
  }

  /** Takes an order off its level, as `detach`, and out of the store. */
  remove(order: OrderSlot): void {
    this.detach(order)
    this.orders.remove(order)
  }

  /** Shows the next part of an iceberg of which nothing is shown, at the back of its level. */
  refresh(order: OrderSlot): void {
    const { orders } = this
    const level = orders.level(order)
    const reserve = orders.reserve(order)
    const shown = Math.min(orders.display(order), reserve)
    orders.setLots(order, shown)
    orders.setReserve(order, reserve - shown)
    this.addLots(level, shown, 0)
    this.addHidden(level, -shown)
    this.slab.unlink(order)
    this.slab.link(order, level)
  }

  /** Takes lots off what an order shows, of which more is shown. It keeps its place. */
  shrink(order: OrderSlot, lots: number): void {
    this.orders.setLots(order, this.orders.lots(order) - lots)
    this.addLots(this.orders.level(order), -lots, 0)
  }

  /** Takes lots off what an order hides. */
  shrinkHidden(order: OrderSlot, lots: number): void {
    this.orders.setReserve(order, this.orders.reserve(order) - lots)
    this.addHidden(this.orders.level(order), -lots)
  }

  closeIfEmpty(level: LevelSlot): void {
    if (this.first(level) !== this.end(level)) return
    const rank = this.rank(this.ticks(level))
    this.byRank.remove(rank)
    this.slab.giveLevel(level)
    this.levelCount--
    if (level === this.best) this.findBest(rank)
  }

  /** True when pages and blocks of the map, which hold a level each, are in use and no others; for the self-check. */
  addsUp(ranks: readonly number[]): boolean {
    const { pages, blocks } = this.byRank.rowsInUse
    const pagesOf = new Set(ranks.map((rank) => rank >>> 10))
    const wordsOf = new Set(ranks.map((rank) => rank >>> 5))
    return pages === pagesOf.size && blocks === wordsOf.size
  }

  rank(ticks: number): number {
    return this.ranks.of(ticks)
  }

  private addLots(level: LevelSlot, lots: number, count: number): void {
    const { slab } = this
    slab.floats[(level << 2) + 1] = (slab.floats[(level << 2) + 1] as number) + lots
    slab.ints[(level << 3) + 6] = (slab.ints[(level << 3) + 6] as number) + count
    this.lots += lots
  }

  private addHidden(level: LevelSlot, lots: number): void {
    this.orders.setHidden(level, this.orders.hidden(level) + lots)
    this.hiddenLots += lots
  }

  private open(ticks: number): LevelSlot {
    const { slab } = this
    const level = slab.takeLevel() as LevelSlot
    slab.floats[(level << 2) + 1] = 0
    slab.ints[(level << 3) + 6] = 0
    slab.ints[(level << 3) + 7] = ticks
    slab.encircle(level)
    const rank = this.rank(ticks)
    this.byRank.add(rank, level)
    this.levelCount++
    if (rank < this.bestRank) {
      this.best = level
      this.bestRank = rank
    }
    return level
  }

  /** After the best level, of `rank`, has gone. */
  private findBest(rank: number): void {
    const next = this.byRank.above(rank)
    this.best = this.byRank.get(next) as LevelSlot
    this.bestRank = next === NONE ? NO_RANK : next
  }
}
