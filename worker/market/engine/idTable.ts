import { NONE, type Slab } from './slab.ts'

/**
 * From the id of an order to its record: a chain of records for each value of the id's lowest bits, as many chains as orders
 * or up to twice as many. A chain's first record is one int32 here, the others are named in the records (`ints[8s+6]`), so a
 * million orders need 4 MB here, which a processor's cache holds.
 *
 * The bits are taken as they are. Ids are the Market's own count, so those that come one after the other lie side by side: a new
 * order touches memory that is warm. Whoever wanted a long chain would have to place a million orders for each link of it.
 */
export class IdTable {
  private readonly slab: Slab
  private first: Int32Array<ArrayBuffer>
  private mask: number
  private highest = -1
  count = 0

  constructor(slab: Slab) {
    this.slab = slab
    this.first = new Int32Array(64)
    this.mask = 63
  }

  get bytes(): number {
    return this.first.byteLength
  }

  /** NONE when there is none. An id above all before it is new, which is told without a look at any record. */
  find(id: number): number {
    if (id > this.highest) return NONE
    const { slab } = this
    let slot = this.first[id & this.mask] as number
    while (slot !== NONE && slab.key(slot) !== id) slot = slab.ints[(slot << 3) + 6] as number
    return slot
  }

  /** The id must not be in the table, and the record must hold it already. */
  add(id: number, slot: number): void {
    if (++this.count > this.mask + 1) this.grow()
    if (id > this.highest) this.highest = id
    this.put(id, slot)
  }

  /** The id must be in the table, at this record. */
  remove(id: number, slot: number): void {
    const { first, slab } = this
    const chain = id & this.mask
    const next = slab.ints[(slot << 3) + 6] as number
    this.count--
    let before = first[chain] as number
    if (before === slot) {
      first[chain] = next
      return
    }
    for (let at = before; at !== slot; at = slab.ints[(at << 3) + 6] as number) before = at
    slab.ints[(before << 3) + 6] = next
  }

  private put(id: number, slot: number): void {
    const chain = id & this.mask
    this.slab.ints[(slot << 3) + 6] = this.first[chain] as number
    this.first[chain] = slot
  }

  private grow(): void {
    const { first, slab } = this
    this.mask = this.mask * 2 + 1
    this.first = new Int32Array(first.length * 2)
    for (const start of first) {
      for (let slot = start; slot !== NONE; ) {
        const next = slab.ints[(slot << 3) + 6] as number
        this.put(slab.key(slot), slot)
        slot = next
      }
    }
  }
}
