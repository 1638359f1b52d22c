import { IdTable } from './idTable.ts'
import type { Side } from './order.ts'
import { RareColumn } from './rareColumn.ts'
import { NONE, type Slab } from './slab.ts'

declare const orderSlot: unique symbol
/** Handle of a resting order; valid until the order leaves the book, then reused. Never leaves the engine. */
export type OrderSlot = number & { readonly [orderSlot]: true }
/** No order. */
export const NO_ORDER = NONE as OrderSlot

declare const levelSlot: unique symbol
/** Handle of a price level; valid until the level is empty, then reused. No order has the same number meanwhile. */
export type LevelSlot = number & { readonly [levelSlot]: true }
export const NO_LEVEL = NONE as LevelSlot

/** The flags beside the owner. */
const SELL = 1
const ICEBERG = 2

/**
 * All resting orders of a book, both sides, and the way from an id to its order. The key of a record is the id, its lots are those
 * shown; its int fields are the level, the owner with two flags in the lowest bits, and the id table's.
 *
 * What an iceberg hides and the size of its parts are columns of their own, which books without icebergs do not have. A level's
 * place in the first is what all its icebergs hide.
 */
export class OrderStore {
  private readonly slab: Slab
  private readonly byId: IdTable
  private readonly reserves = new RareColumn()
  private readonly displays = new RareColumn()

  constructor(slab: Slab) {
    this.slab = slab
    this.byId = new IdTable(slab)
  }

  get count(): number {
    return this.byId.count
  }

  get bytes(): number {
    return this.byId.bytes + this.reserves.bytes + this.displays.bytes
  }

  find(id: number): OrderSlot {
    return this.byId.find(id) as OrderSlot
  }

  id(order: OrderSlot): number {
    return this.slab.key(order)
  }

  /** Those shown; all there are, when it is no iceberg. */
  lots(order: OrderSlot): number {
    return this.slab.lots(order)
  }

  setLots(order: OrderSlot, lots: number): void {
    this.slab.setLots(order, lots)
  }

  /** Shown or not. */
  allLots(order: OrderSlot): number {
    return this.slab.lots(order) + this.reserve(order)
  }

  isIceberg(order: OrderSlot): boolean {
    return ((this.slab.ints[(order << 3) + 5] as number) & ICEBERG) !== 0
  }

  /** Lots of an iceberg that are not shown. */
  reserve(order: OrderSlot): number {
    return this.isIceberg(order) ? this.reserves.get(order) : 0
  }

  setReserve(order: OrderSlot, lots: number): void {
    this.reserves.set(order, lots)
  }

  /** Size of an iceberg's parts. */
  display(order: OrderSlot): number {
    return this.displays.get(order)
  }

  /** Lots of a level that its icebergs do not show. */
  hidden(level: LevelSlot): number {
    return this.reserves.get(level)
  }

  setHidden(level: LevelSlot, lots: number): void {
    this.reserves.set(level, lots)
  }

  /** The order behind this one; the last of a level is followed by the level itself. */
  next(order: OrderSlot): OrderSlot {
    return this.slab.next(order) as OrderSlot
  }

  previous(order: OrderSlot): OrderSlot {
    return this.slab.previous(order) as OrderSlot
  }

  level(order: OrderSlot): LevelSlot {
    return this.slab.ints[(order << 3) + 4] as LevelSlot
  }

  setLevel(order: OrderSlot, level: LevelSlot): void {
    this.slab.ints[(order << 3) + 4] = level
  }

  owner(order: OrderSlot): number {
    return (this.slab.ints[(order << 3) + 5] as number) >>> 2
  }

  side(order: OrderSlot): Side {
    return ((this.slab.ints[(order << 3) + 5] as number) & SELL) === 0 ? 'buy' : 'sell'
  }

  /** Of `lots`, `shown` are shown; fewer only of an iceberg, whose parts are of `display`. The level is the ladder's to set. */
  add(id: number, owner: number, side: Side, lots: number, shown: number, display: number | null): OrderSlot {
    const { slab } = this
    const order = slab.take() as OrderSlot
    slab.floats[order << 2] = id
    slab.ints[(order << 3) + 5] = (owner << 2) | (side === 'buy' ? 0 : SELL)
    this.fill(order, lots, shown, display)
    this.byId.add(id, order)
    return order
  }

  /** Gives an order other lots, and makes it an iceberg or none; as in `add`. It must be on no level. */
  fill(order: OrderSlot, lots: number, shown: number, display: number | null): void {
    const { slab } = this
    const at = (order << 3) + 5
    const flags = slab.ints[at] as number
    slab.floats[(order << 2) + 1] = shown
    if (display === null) {
      slab.ints[at] = flags & ~ICEBERG
      return
    }
    slab.ints[at] = flags | ICEBERG
    this.reserves.set(order, lots - shown)
    this.displays.set(order, display)
  }

  remove(order: OrderSlot): void {
    this.byId.remove(this.slab.key(order), order)
    this.slab.give(order)
  }
}
