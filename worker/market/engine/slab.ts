/** No record. Record 0 is never given out, so zeroed memory reads as "none". */
export const NONE = 0

/**
 * Fixed-size records, with a stack of free ones threaded through them. Orders and levels are records alike, so that a level can
 * head the circular list of its orders: linking and unlinking then never ask whether a neighbour is there.
 *
 * The links lie apart from the rest. At a million orders a record is a read from main memory, but all links are 8 MB, which a
 * processor's cache holds: taking an order out of its list waits once for memory and not twice, one wait after the other.
 *
 *     links[2s]   next        links[2s+1]   previous
 *     floats[4s]  key         floats[4s+1]  lots         ints[8s+4 .. 8s+6]  three int32 fields     (32 bytes, 4 unused)
 *
 * In a free record `next` is the next free one.
 */
export class Slab {
  floats: Float64Array<ArrayBuffer>
  ints: Int32Array<ArrayBuffer>
  links: Int32Array<ArrayBuffer>
  /** Records that are in use. */
  count = 0
  private fresh = 1
  private free: number = NONE
  private capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
    const buffer = new ArrayBuffer(capacity * 32)
    this.floats = new Float64Array(buffer)
    this.ints = new Int32Array(buffer)
    this.links = new Int32Array(capacity * 2)
  }

  get bytes(): number {
    return this.ints.byteLength + this.links.byteLength
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

  next(slot: number): number {
    return this.links[slot << 1] as number
  }

  previous(slot: number): number {
    return this.links[(slot << 1) + 1] as number
  }

  /** Makes a record the head of an empty circle. */
  encircle(head: number): void {
    this.links[head << 1] = head
    this.links[(head << 1) + 1] = head
  }

  /** Puts a record at the end of the circle of `head`. */
  link(slot: number, head: number): void {
    const { links } = this
    const last = links[(head << 1) + 1] as number
    links[slot << 1] = head
    links[(slot << 1) + 1] = last
    links[last << 1] = slot
    links[(head << 1) + 1] = slot
  }

  unlink(slot: number): void {
    const { links } = this
    const next = links[slot << 1] as number
    const previous = links[(slot << 1) + 1] as number
    links[previous << 1] = next
    links[(next << 1) + 1] = previous
  }

  /** A record to fill in; its old content is still there. */
  take(): number {
    this.count++
    const slot = this.free
    if (slot !== NONE) {
      this.free = this.links[slot << 1] as number
      return slot
    }
    if (this.fresh === this.capacity) this.grow()
    return this.fresh++
  }

  give(slot: number): void {
    this.count--
    this.links[slot << 1] = this.free
    this.free = slot
  }

  /** True when used and free records are all there are; for the self-check. Bounded, so that a cycle is seen. */
  addsUp(): boolean {
    let records = this.count + this.capacity - this.fresh
    for (let slot = this.free; slot !== NONE && records <= this.capacity; records++) slot = this.next(slot)
    return records + 1 === this.capacity
  }

  /** Doubles, and by a quarter from 32 MB on: there a doubling would not fit beside the old buffer in a 128 MB isolate. */
  private grow(): void {
    const { capacity, ints, links } = this
    this.capacity = capacity < 1 << 20 ? capacity * 2 : capacity + (capacity >> 2)
    const buffer = new ArrayBuffer(this.capacity * 32)
    this.floats = new Float64Array(buffer)
    this.ints = new Int32Array(buffer)
    this.ints.set(ints)
    this.links = new Int32Array(this.capacity * 2)
    this.links.set(links)
  }
}
