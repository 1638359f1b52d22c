import { NONE, type Slab } from './slab.ts'

/**
 * From the key of a record to its slot: open addressing with linear probing, at most 60% full. A cell is two int32, the key's low
 * 32 bits and slot + 1 (0: empty), so probing stays in one cache line and reads the record only to confirm.
 *
 * Fibonacci hashing (Knuth, TAOCP 3, 6.4) spreads a run of consecutive keys evenly, and keys here are an acceptance sequence or
 * ticks. Keys come from the Market's own count and grid, so nobody outside can aim them at one cell. Deletion shifts back, so
 * there are no tombstones to sweep.
 */
export class SlotTable {
  private readonly slab: Slab
  private cells: Int32Array<ArrayBuffer>
  private mask: number
  private shift: number
  private count = 0

  constructor(slab: Slab) {
    this.slab = slab
    this.cells = new Int32Array(2 * 64)
    this.mask = 63
    this.shift = 26
  }

  get bytes(): number {
    return this.cells.byteLength
  }

  get size(): number {
    return this.count
  }

  find(key: number): number {
    const { cells, mask, slab } = this
    const low = key | 0
    let cell = this.home(low)
    for (;;) {
      const held = cells[(cell << 1) + 1] as number
      if (held === 0) return NONE
      if ((cells[cell << 1] as number) === low && slab.key(held - 1) === key) return held - 1
      cell = (cell + 1) & mask
    }
  }

  /** The key must not be in the table, and the record must hold it already. */
  add(key: number, slot: number): void {
    if (++this.count * 5 > (this.mask + 1) * 3) this.grow()
    this.put(key | 0, slot + 1)
  }

  /** The key must be in the table, at this slot. */
  remove(key: number, slot: number): void {
    const { cells, mask } = this
    let hole = this.home(key | 0)
    while ((cells[(hole << 1) + 1] as number) !== slot + 1) hole = (hole + 1) & mask
    this.count--
    for (let cell = (hole + 1) & mask; ; cell = (cell + 1) & mask) {
      const held = cells[(cell << 1) + 1] as number
      if (held === 0) break
      const low = cells[cell << 1] as number
      // A cell may move back into the hole only if its home is not after the hole.
      if (((cell - this.home(low)) & mask) >= ((cell - hole) & mask)) {
        cells[hole << 1] = low
        cells[(hole << 1) + 1] = held
        hole = cell
      }
    }
    cells[(hole << 1) + 1] = 0
  }

  private home(low: number): number {
    return Math.imul(low, 0x9e3779b1) >>> this.shift
  }

  private put(low: number, held: number): void {
    const { cells, mask } = this
    let cell = this.home(low)
    while ((cells[(cell << 1) + 1] as number) !== 0) cell = (cell + 1) & mask
    cells[cell << 1] = low
    cells[(cell << 1) + 1] = held
  }

  private grow(): void {
    const old = this.cells
    this.mask = this.mask * 2 + 1
    this.shift -= 1
    this.cells = new Int32Array(old.length * 2)
    for (let at = 0; at < old.length; at += 2) {
      const held = old[at + 1] as number
      if (held !== 0) this.put(old[at] as number, held)
    }
  }
}
