import type { Side } from './order.ts'
import { RareColumn } from './rareColumn.ts'
import { NONE, Slab } from './slab.ts'
import { SlotTable } from './slotTable.ts'

declare const orderSlot: unique symbol
/** Handle of a resting order; valid until the order leaves the book, then reused. Never leaves the engine. */
export type OrderSlot = number & { readonly [orderSlot]: true }
/** No order; also ends each list. */
export const NO_ORDER = NONE as OrderSlot

declare const levelSlot: unique symbol
/** Handle of a price level within its side; valid until the level is empty, then reused. */
export type LevelSlot = number & { readonly [levelSlot]: true }
export const NO_LEVEL = NONE as LevelSlot

/** The flags beside the owner. */
const SELL = 1
const ICEBERG = 2

/**
 * All resting orders of a book, both sides, and the way from an id to its order. The four int fields of a record are: next and
 * previous order of the level, level, and owner with two flags in the lowest bits. `lots` are those shown.
 *
 * What an iceberg hides and the size of its parts are columns of their own, which books without icebergs do not have, so the
 * record stays half a cache line.
 */
export class OrderStore {
  private readonly slab: Slab
  private readonly byId: SlotTable
  private readonly reserves = new RareColumn()
  private readonly displays = new RareColumn()

  constructor(expectedOrders: number) {
    this.slab = new Slab(expectedOrders)
    this.byId = new SlotTable(this.slab)
  }

  get count(): number {
    return this.slab.count
  }

  get bytes(): number {
    return this.slab.bytes + this.byId.bytes + this.reserves.bytes + this.displays.bytes
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
    return ((this.slab.ints[(order << 3) + 7] as number) & ICEBERG) !== 0
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

  /** Makes an order an iceberg. */
  hide(order: OrderSlot, reserve: number, display: number): void {
    const at = (order << 3) + 7
    this.slab.ints[at] = (this.slab.ints[at] as number) | ICEBERG
    this.reserves.set(order, reserve)
    this.displays.set(order, display)
  }

  next(order: OrderSlot): OrderSlot {
    return this.slab.ints[(order << 3) + 4] as OrderSlot
  }

  setNext(order: OrderSlot, next: OrderSlot): void {
    this.slab.ints[(order << 3) + 4] = next
  }

  previous(order: OrderSlot): OrderSlot {
    return this.slab.ints[(order << 3) + 5] as OrderSlot
  }

  setPrevious(order: OrderSlot, previous: OrderSlot): void {
    this.slab.ints[(order << 3) + 5] = previous
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

  /** The links and the level of the new order are the ladder's to set. */
  add(id: number, owner: number, side: Side, lots: number): OrderSlot {
    const { slab } = this
    const order = slab.take() as OrderSlot
    slab.floats[order << 2] = id
    slab.floats[(order << 2) + 1] = lots
    slab.ints[(order << 3) + 7] = (owner << 2) | (side === 'buy' ? 0 : SELL)
    this.byId.add(id, order)
    return order
  }

  remove(order: OrderSlot): void {
    this.byId.remove(this.slab.key(order), order)
    this.slab.give(order)
  }

  /** True when free and used records add up to all there are, and the table holds as many ids; for the self-check. */
  addsUp(): boolean {
    const { slab, byId } = this
    return slab.count + slab.unused() === slab.size && byId.size === slab.count
  }
}
