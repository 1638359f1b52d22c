import type { Side } from './order.ts'
import { RareColumn } from './rareColumn.ts'
import { NONE, type Slab } from './slab.ts'

declare const orderSlot: unique symbol
/**
 * Handle of a resting order; valid until the order leaves the book, then reused, and no longer than until `makeRoom`. Never leaves
 * the engine.
 */
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

/** What an iceberg does not show, and the size of its parts. */
type Iceberg = { reserve: number; display: number }

/**
 * All resting orders of a book, both sides. The lots of a record are those shown; its first field is the level, its second the
 * owner with two flags in the lowest bits.
 *
 * Icebergs are rare, so what they have beside that is kept apart, by id; what all of a level hide is a column of levels, which
 * books without icebergs do not have.
 */
export class OrderStore {
  private readonly slab: Slab
  private readonly icebergs = new Map<number, Iceberg>()
  private readonly hiddenLots = new RareColumn()

  constructor(slab: Slab) {
    this.slab = slab
  }

  get count(): number {
    return this.slab.orderCount
  }

  /** Without icebergs, which lie in a map. */
  get bytes(): number {
    return this.hiddenLots.bytes
  }

  find(id: number): OrderSlot {
    return this.slab.find(id) as OrderSlot
  }

  id(order: OrderSlot): number {
    return this.slab.id(order)
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
    return ((this.slab.ints[(order << 3) + 7] as number) & ICEBERG) !== 0
  }

  /** Lots of an iceberg that are not shown; 0 of any other order. */
  reserve(order: OrderSlot): number {
    return this.isIceberg(order) ? this.iceberg(order).reserve : 0
  }

  setReserve(order: OrderSlot, lots: number): void {
    this.iceberg(order).reserve = lots
  }

  /** Size of an iceberg's parts. */
  display(order: OrderSlot): number {
    return this.iceberg(order).display
  }

  /** Lots of a level that its icebergs do not show. */
  hidden(level: LevelSlot): number {
    return this.hiddenLots.get(level)
  }

  setHidden(level: LevelSlot, lots: number): void {
    this.hiddenLots.set(level, lots)
  }

  /** The order behind this one; the last of a level is followed by the level itself. */
  next(order: OrderSlot): OrderSlot {
    return this.slab.next(order) as OrderSlot
  }

  previous(order: OrderSlot): OrderSlot {
    return this.slab.previous(order) as OrderSlot
  }

  level(order: OrderSlot): LevelSlot {
    return this.slab.ints[(order << 3) + 6] as LevelSlot
  }

  setLevel(order: OrderSlot, level: LevelSlot): void {
    this.slab.ints[(order << 3) + 6] = level
  }

  owner(order: OrderSlot): number {
    return (this.slab.ints[(order << 3) + 7] as number) >>> 2
  }

  side(order: OrderSlot): Side {
    return ((this.slab.ints[(order << 3) + 7] as number) & SELL) === 0 ? 'buy' : 'sell'
  }

  /** To be called before an order is added or moved, and before its handle is looked up: orders may get other handles. */
  makeRoom(): void {
    this.slab.makeRoom()
  }

  /** Of `lots`, `shown` are shown; fewer only of an iceberg, whose parts are of `display`. The level is the ladder's to set. */
  add(id: number, owner: number, side: Side, lots: number, shown: number, display: number | null): OrderSlot {
    const { slab } = this
    const order = slab.takeOrder(id) as OrderSlot
    slab.ints[(order << 3) + 7] = (owner << 2) | (side === 'buy' ? 0 : SELL)
    this.fill(order, lots, shown, display)
    return order
  }

  /** Gives an order other lots, and makes it an iceberg or none; as in `add`. It must be on no level. */
  fill(order: OrderSlot, lots: number, shown: number, display: number | null): void {
    const { slab } = this
    const at = (order << 3) + 7
    slab.setLots(order, shown)
    if (display !== null) {
      slab.ints[at] = (slab.ints[at] as number) | ICEBERG
      this.icebergs.set(this.id(order), { reserve: lots - shown, display })
    } else if (this.isIceberg(order)) {
      slab.ints[at] = (slab.ints[at] as number) & ~ICEBERG
      this.icebergs.delete(this.id(order))
    }
  }

  remove(order: OrderSlot): void {
    if (this.isIceberg(order)) this.icebergs.delete(this.id(order))
    this.slab.giveOrder(order)
  }

  private iceberg(order: OrderSlot): Iceberg {
    const iceberg = this.icebergs.get(this.id(order))
    if (iceberg === undefined) throw new Error(`order ${this.id(order)} is no iceberg`)
    return iceberg
  }
}
