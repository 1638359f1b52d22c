/** No record. Record 0 is never given out, so zeroed memory reads as "none". */
export const NONE = 0

const PER_BUCKET = 4
/** The bits of a bucket of which all records are in use. */
const FULL = 0xf
/** An order is looked for in so many buckets from its own on; one that lies elsewhere is a stray. */
const NEAR = 4
/** What stands in the place of an id where there is no order. */
const NO_ID = -1
const BYTES_PER_RECORD = 32

/**
 * The records of a book: levels first, then orders. All have two links, so that a level can head the circular list of its orders:
 * linking and unlinking then never ask whether a neighbour is there.
 *
 *     floats[4s]   id of an order    floats[4s+1]  lots
 *     ints[8s+4]   next              ints[8s+5]    previous
 *     ints[8s+6]   first field       ints[8s+7]    second field
 *
 * Where an order lies follows from its id: in a bucket of four records, or one of the three behind it. So there is no table of ids. At a
 * million orders each read that must be waited for costs more than all that is computed, and of these a cancel has one.
 *
 * Ids in a row have buckets in a row: they are the Market's own count, so buckets fill evenly whatever has gone meanwhile. With four fifths
 * of all records in use, which is the most, one order of eleven finds no room there and becomes a stray, which a map names. Whoever
 * wanted many of them would have to place as many orders as there are buckets for each.
 */
export class Slab {
  floats: Float64Array<ArrayBuffer>
  ints: Int32Array<ArrayBuffer>
  levelCount = 0
  orderCount = 0
  /** Records for levels, and so where those for orders begin. */
  private levels: number
  private freshLevel = 1
  /** In a free level `next` is the next free one. */
  private freeLevel: number = NONE
  private buckets: number
  /** Of each bucket, and of those behind the last, a bit for each record in use. */
  private used: Uint8Array<ArrayBuffer>
  private readonly strays = new Map<number, number>()
  private highestId = -1

  constructor(levels: number, buckets: number) {
    this.levels = levels
    this.buckets = buckets
    ;({ floats: this.floats, ints: this.ints, used: this.used } = emptyRecords(levels, buckets))
  }

  get bytes(): number {
    return this.ints.byteLength + this.used.byteLength
  }

  id(order: number): number {
    return this.floats[order << 2] as number
  }

  lots(slot: number): number {
    return this.floats[(slot << 2) + 1] as number
  }

  setLots(slot: number, lots: number): void {
    this.floats[(slot << 2) + 1] = lots
  }

  next(slot: number): number {
    return this.ints[(slot << 3) + 4] as number
  }

  previous(slot: number): number {
    return this.ints[(slot << 3) + 5] as number
  }

  /** Makes a record the head of an empty circle. */
  encircle(head: number): void {
    this.ints[(head << 3) + 4] = head
    this.ints[(head << 3) + 5] = head
  }

  /** Puts a record at the end of the circle of `head`. */
  link(slot: number, head: number): void {
    const { ints } = this
    const last = ints[(head << 3) + 5] as number
    ints[(slot << 3) + 4] = head
    ints[(slot << 3) + 5] = last
    ints[(last << 3) + 4] = slot
    ints[(head << 3) + 5] = slot
  }

  unlink(slot: number): void {
    const { ints } = this
    const next = ints[(slot << 3) + 4] as number
    const previous = ints[(slot << 3) + 5] as number
    ints[(previous << 3) + 4] = next
    ints[(next << 3) + 5] = previous
  }

  /** Where the order of an id lies; NONE when there is none. An id above all before it is new, which is told without a look. */
  find(id: number): number {
    if (id > this.highestId) return NONE
    const { floats } = this
    const first = this.levels + this.bucketOf(id) * PER_BUCKET
    for (let slot = first; slot < first + NEAR * PER_BUCKET; slot++) if (floats[slot << 2] === id) return slot
    return this.strays.size === 0 ? NONE : (this.strays.get(id) ?? NONE)
  }

  /**
   * Makes sure of records for one more order and one more level. Orders may come to lie elsewhere, with their content; levels
   * stay where they are. Neither taking an order nor a level moves anything.
   */
  makeRoom(): void {
    const { levels, buckets } = this
    if (this.freeLevel === NONE && this.freshLevel === levels) this.resize(grown(levels), buckets)
    if (this.orderCount * 5 > buckets * PER_BUCKET * 4) this.resize(this.levels, grown(buckets))
  }

  /** A record for an order, with its id; the rest is old content. The id must not be there, and there must be room. */
  takeOrder(id: number): number {
    if (id > this.highestId) this.highestId = id
    this.orderCount++
    return this.settle(id)
  }

  giveOrder(order: number): void {
    const at = order - this.levels
    this.orderCount--
    this.used[at >>> 2] = (this.used[at >>> 2] as number) & ~(1 << (at & 3))
    if (this.strays.size > 0) this.strays.delete(this.id(order))
    this.floats[order << 2] = NO_ID
  }

  /** A record for a level, with old content. There must be room. */
  takeLevel(): number {
    this.levelCount++
    const level = this.freeLevel
    if (level === NONE) return this.freshLevel++
    this.freeLevel = this.next(level)
    return level
  }

  giveLevel(level: number): void {
    this.levelCount--
    this.ints[(level << 3) + 4] = this.freeLevel
    this.freeLevel = level
  }

  /** True when used and free records are all there are, and each id leads to its order; for the self-check. */
  addsUp(): boolean {
    const { floats, levels, used } = this
    // Bounded, so that a cycle is seen.
    let free = 0
    for (let level = this.freeLevel; level !== NONE && free < levels; free++) level = this.next(level)
    let orders = 0
    for (let slot = levels; slot < floats.length >> 2; slot++) {
      const isUsed = (((used[(slot - levels) >>> 2] as number) >>> ((slot - levels) & 3)) & 1) === 1
      const id = this.id(slot)
      if (isUsed ? this.find(id) !== slot : id !== NO_ID) return false
      if (isUsed) orders++
    }
    return orders === this.orderCount && this.levelCount + free + 1 === this.freshLevel
  }

  /** By the lowest 30 bits: a division of floats would cost more than the rest of a look-up. */
  private bucketOf(id: number): number {
    return (id & 0x3fffffff) % this.buckets
  }

  /** Puts an id where there is room for it, and returns where. */
  private settle(id: number): number {
    const { used } = this
    const home = this.bucketOf(id)
    let bucket = home
    while (used[bucket] === FULL) bucket = bucket + 1 === used.length ? 0 : bucket + 1
    const bits = used[bucket] as number
    const free = ~bits & (bits + 1)
    used[bucket] = bits | free
    const slot = this.levels + bucket * PER_BUCKET + 31 - Math.clz32(free)
    this.floats[slot << 2] = id
    if (bucket < home || bucket >= home + NEAR) this.strays.set(id, slot)
    return slot
  }

  private resize(levels: number, buckets: number): void {
    const { ints, floats } = this
    const records = floats.length >> 2
    const firstOrder = this.levels
    this.levels = levels
    this.buckets = buckets
    this.strays.clear()
    ;({ floats: this.floats, ints: this.ints, used: this.used } = emptyRecords(levels, buckets))
    /** Where each record lies now; NONE for those that are not in use. */
    const moved = new Int32Array(records)
    for (let level = 1; level < firstOrder; level++) moved[level] = level
    for (let order = firstOrder; order < records; order++) {
      const id = floats[order << 2] as number
      if (id !== NO_ID) moved[order] = this.settle(id)
    }
    for (let old = 1; old < records; old++) {
      const slot = moved[old] as number
      if (slot === NONE) continue
      this.floats[(slot << 2) + 1] = floats[(old << 2) + 1] as number
      this.ints[(slot << 3) + 4] = moved[ints[(old << 3) + 4] as number] as number
      this.ints[(slot << 3) + 5] = moved[ints[(old << 3) + 5] as number] as number
      this.ints[(slot << 3) + 6] = ints[(old << 3) + 6] as number
      this.ints[(slot << 3) + 7] = ints[(old << 3) + 7] as number
    }
  }
}

/** Buffers for that many records, with no order among them. */
function emptyRecords(levels: number, buckets: number) {
  const used = new Uint8Array(buckets + NEAR - 1)
  const buffer = new ArrayBuffer((levels + used.length * PER_BUCKET) * BYTES_PER_RECORD)
  const floats = new Float64Array(buffer)
  for (let at = levels << 2; at < floats.length; at += 4) floats[at] = NO_ID
  return { floats, ints: new Int32Array(buffer), used }
}

/** Twice as many, and a quarter more where a doubling would not fit beside the old buffer in an isolate of 128 MB. */
function grown(count: number): number {
  return count < 1 << 18 ? count * 2 : count + (count >> 2)
}
