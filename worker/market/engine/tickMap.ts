import { NONE } from './slab.ts'

const WORDS_PER_PAGE = 32
const TICKS_PER_WORD = 32

/**
 * From ticks (1 to `maxTicks`) to a number other than 0 for each, in order of ticks.
 *
 * Which ticks are there is a tree of bitsets: each bit of a word says whether a word below has any bit, so the next one is found
 * in at most two looks per level, whatever the distance. With 1e8 ticks there are six levels.
 *
 * The bottom is kept in pages of 1,024 ticks, and the numbers of each word's 32 ticks in a block; both exist only while they hold
 * something, are all zeros otherwise, and are reused. Page 0 and block 0 are never given out and stay empty, so that looking up
 * is three reads and no question. The memory is 0.8 MB of summaries and page numbers at 1e8 ticks, 256 bytes a page in use and
 * 128 a word in use: at most 25 MB and 128 bytes a tick that is there, however far apart they are.
 */
export class TickMap {
  private readonly maxTicks: number
  /** The word of each page's 32 bits (one for each word of the page), then the levels above, each from `starts[level]`. */
  private readonly summary: Int32Array<ArrayBuffer>
  private readonly starts: Int32Array<ArrayBuffer>
  private readonly lengths: Int32Array<ArrayBuffer>
  private readonly pageOf: Int32Array<ArrayBuffer>
  /** For each word of a page: its 32 bits, then its block. */
  private readonly pages = new Rows(2 * WORDS_PER_PAGE)
  private readonly blocks = new Rows(TICKS_PER_WORD)

  constructor(maxTicks: number) {
    this.maxTicks = maxTicks
    const pages = (maxTicks >>> 10) + 1
    const lengths = [pages]
    for (let length = pages; length > 1; ) {
      length = (length + 31) >>> 5
      lengths.push(length)
    }
    this.lengths = Int32Array.from(lengths)
    this.starts = new Int32Array(lengths.length)
    let total = 0
    for (const [level, length] of lengths.entries()) {
      this.starts[level] = total
      total += length
    }
    this.summary = new Int32Array(total)
    this.pageOf = new Int32Array(pages)
  }

  get bytes(): number {
    const { summary, pageOf, pages, blocks } = this
    return summary.byteLength + pageOf.byteLength + pages.cells.byteLength + blocks.cells.byteLength
  }

  /** 0 when it is not there. */
  get(tick: number): number {
    const block = this.pages.cells[this.wordAt(tick) + 1] as number
    return this.blocks.cells[(block << 5) + (tick & 31)] as number
  }

  /** The tick must not be there. */
  add(tick: number, value: number): void {
    const { pages, blocks, pageOf } = this
    const page = tick >>> 10
    if (pageOf[page] === NONE) pageOf[page] = pages.take()
    const at = this.wordAt(tick)
    const before = pages.cells[at] as number
    if (before === 0) {
      pages.cells[at + 1] = blocks.take()
      this.mark(tick >>> 5)
    }
    pages.cells[at] = before | (1 << (tick & 31))
    blocks.cells[((pages.cells[at + 1] as number) << 5) + (tick & 31)] = value
  }

  /** The tick must be there. */
  remove(tick: number): void {
    const { pages, blocks } = this
    const at = this.wordAt(tick)
    const block = pages.cells[at + 1] as number
    const after = (pages.cells[at] as number) & ~(1 << (tick & 31))
    blocks.cells[(block << 5) + (tick & 31)] = 0
    pages.cells[at] = after
    if (after !== 0) return
    pages.cells[at + 1] = NONE
    blocks.give(block)
    this.unmark(tick >>> 5)
  }

  /** The lowest tick above `tick` that is there, or NONE. */
  above(tick: number): number {
    if (tick >= this.maxTicks) return NONE
    let index = tick + 1
    let bits = (this.pages.cells[this.wordAt(index)] as number) & (-1 << (index & 31))
    if (bits !== 0) return (index & ~31) + lowest(bits)
    for (let level = 0; level < this.starts.length; level++) {
      index = (index >>> 5) + 1
      const word = index >>> 5
      if (word >= (this.lengths[level] as number)) return NONE
      bits = (this.summary[(this.starts[level] as number) + word] as number) & (-1 << (index & 31))
      if (bits !== 0) return this.descend((index & ~31) + lowest(bits), level)
    }
    return NONE
  }

  /** Pages and blocks in use; for the self-check. */
  get rowsInUse(): { pages: number; blocks: number } {
    return { pages: this.pages.inUse, blocks: this.blocks.inUse }
  }

  /** Where a tick's word lies among the pages; in page 0 when it has none. */
  private wordAt(tick: number): number {
    return ((this.pageOf[tick >>> 10] as number) << 6) + ((tick >>> 4) & 62)
  }

  private mark(word: number): void {
    const { summary, starts } = this
    let index = word
    for (let level = 0; level < starts.length; level++) {
      const at = (starts[level] as number) + (index >>> 5)
      const before = summary[at] as number
      summary[at] = before | (1 << (index & 31))
      if (before !== 0) return
      index >>>= 5
    }
  }

  private unmark(word: number): void {
    const { summary, starts, pageOf } = this
    let index = word
    for (let level = 0; level < starts.length; level++) {
      const at = (starts[level] as number) + (index >>> 5)
      const after = (summary[at] as number) & ~(1 << (index & 31))
      summary[at] = after
      if (after !== 0) return
      index >>>= 5
      if (level === 0) {
        this.pages.give(pageOf[index] as number)
        pageOf[index] = NONE
      }
    }
  }

  private descend(from: number, fromLevel: number): number {
    let index = from
    for (let level = fromLevel - 1; level >= 0; level--) {
      index = (index << 5) + lowest(this.summary[(this.starts[level] as number) + index] as number)
    }
    return (index << 5) + lowest(this.pages.cells[this.wordAt(index << 5)] as number)
  }
}

/** Rows of zeros, to be given back as such. A free row is all zeros but for its first cell, the next free row. */
class Rows {
  readonly length: number
  cells: Int32Array<ArrayBuffer>
  private fresh = 1
  private free: number = NONE

  constructor(length: number) {
    this.length = length
    this.cells = new Int32Array(length * 4)
  }

  take(): number {
    const row = this.free
    if (row !== NONE) {
      this.free = this.cells[row * this.length] as number
      this.cells[row * this.length] = 0
      return row
    }
    if (this.fresh * this.length === this.cells.length) {
      const old = this.cells
      this.cells = new Int32Array(old.length * 2)
      this.cells.set(old)
    }
    return this.fresh++
  }

  give(row: number): void {
    this.cells[row * this.length] = this.free
    this.free = row
  }

  /** Stops below zero, so that a cycle is seen. */
  get inUse(): number {
    let inUse = this.fresh - 1
    for (let row = this.free; row !== NONE && inUse >= 0; inUse--)
      row = this.cells[row * this.length] as number
    return inUse
  }
}

function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}
