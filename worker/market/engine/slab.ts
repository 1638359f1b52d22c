/**
 * Fixed-size records in one buffer, with a stack of free records threaded through the free ones.
 *
 * A record is 32 bytes, so two share a cache line and touching an order or a level is one miss, where seven separate columns
 * would be seven; at a million orders that is most of the cost. Views over the same bytes:
 *
 *     floats[4s]  key     floats[4s+1]  lots     ints[8s+4 .. 8s+7]  four int32 fields
 *
 * `key` identifies the record in its SlotTable. In a free record ints[8s+4] is the next free one.
 */
export const NONE = -1

export class Slab {
  floats: Float64Array<ArrayBuffer>
  ints: Int32Array<ArrayBuffer>
  /** Records that are in use. */
  count = 0
  private fresh = 0
  private free: number = NONE
  private capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
    const buffer = new ArrayBuffer(capacity * 32)
    this.floats = new Float64Array(buffer)
    this.ints = new Int32Array(buffer)
  }

  get bytes(): number {
    return this.ints.byteLength
  }

  key(slot: number): number {
    return this.floats[slot << 2] as number
  }

  lots(slot: number): number {
    return this.floats[(slot << 2) + 1] as number
  }

  setLots(slot: number, lots: number): void {
    this.floats[(slot << 2) + 1] = lots
  }

  /** A record to fill in; its old content is still there. */
  take(): number {
    this.count++
    const slot = this.free
    if (slot !== NONE) {
      this.free = this.ints[(slot << 3) + 4] as number
      return slot
    }
    if (this.fresh === this.capacity) this.grow()
    return this.fresh++
  }

  give(slot: number): void {
    this.count--
    this.ints[(slot << 3) + 4] = this.free
    this.free = slot
  }

  /** How many records are on the free stack or were never used; for the self-check. Bounded, so that a cycle is seen. */
  unused(): number {
    let unused = this.capacity - this.fresh
    for (let slot = this.free; slot !== NONE && unused <= this.capacity; unused++) {
      slot = this.ints[(slot << 3) + 4] as number
    }
    return unused
  }

  get size(): number {
    return this.capacity
  }

  /** Doubles, and by a quarter from 32 MB on: there a doubling would not fit beside the old buffer in a 128 MB isolate. */
  private grow(): void {
    const { capacity, ints } = this
    this.capacity = capacity < 1 << 20 ? capacity * 2 : capacity + (capacity >> 2)
    const buffer = new ArrayBuffer(this.capacity * 32)
    this.floats = new Float64Array(buffer)
    this.ints = new Int32Array(buffer)
    this.ints.set(ints)
  }
}
