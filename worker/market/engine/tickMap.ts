import { NONE } from './slab.ts'

const WORDS_PER_PAGE = 32
const TICKS_PER_WORD = 32

/**
 * From ticks (1 to `maxTicks`) to a number other than 0 for each, in order of ticks.
 *
 * Which ticks are there is a tree of bitsets: each bit of a word says whether a word below has any bit, so the next one is found
 * in at most two looks per level, whatever the distance. With 1e8 ticks there are six levels.
 *
 * The lowest words lie in blocks, each with the numbers of its 32 ticks behind it, and a page names the blocks of 1,024 ticks.
 * Both exist only while they hold something, are all zeros otherwise, and are reused. The page and the block at 0 are never given
 * out and stay empty, so that looking up is three reads and no question. The memory is 0.8 MB of summaries and places of pages at
 * 1e8 ticks, and for what is in use 128 bytes a page and 132 a block: at most 14 MB and 132 bytes a tick that is there.
 */
export class TickMap {
  private readonly maxTicks: number
  /** The word of each page's 32 bits (one for each word of the page), then the levels above, each from `starts[level]`. */
  private readonly summary: Int32Array<ArrayBuffer>
  private readonly starts: Int32Array<ArrayBuffer>
  private readonly lengths: Int32Array<ArrayBuffer>
  private readonly pageOf: Int32Array<ArrayBuffer>
  /** Where the block of each word of a page lies. */
  private readonly pages = new Rows(WORDS_PER_PAGE)
  /** The 32 bits of a word, then the numbers of their ticks. */
  private readonly blocks = new Rows(1 + TICKS_PER_WORD)

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
    return this.blocks.cells[this.blockOf(tick) + 1 + (tick & 31)] as number
  }

  /** The tick must not be there. */
  add(tick: number, value: number): void {
    const { blocks } = this
    const block = this.blockOf(tick) || this.openBlock(tick)
    blocks.cells[block] = (blocks.cells[block] as number) | (1 << (tick & 31))
    blocks.cells[block + 1 + (tick & 31)] = value
  }

  /** The tick must be there. */
  remove(tick: number): void {
    const { cells } = this.blocks
    const block = this.blockOf(tick)
    const left = (cells[block] as number) & ~(1 << (tick & 31))
    cells[block] = left
    cells[block + 1 + (tick & 31)] = 0
    if (left === 0) this.closeBlock(tick, block)
  }

  /** The lowest tick above `tick` that is there, or NONE. */
  above(tick: number): number {
    if (tick >= this.maxTicks) return NONE
    let index = tick + 1
    let bits = this.bitsOf(index) & (-1 << (index & 31))
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

  /** Where the block of a tick lies; 0 when it has none. */
  private blockOf(tick: number): number {
    return this.pages.cells[(this.pageOf[tick >>> 10] as number) + ((tick >>> 5) & 31)] as number
  }

  private bitsOf(tick: number): number {
    return this.blocks.cells[this.blockOf(tick)] as number
  }

  private openBlock(tick: number): number {
    const { pages, pageOf } = this
    const page = tick >>> 10
    if (pageOf[page] === NONE) pageOf[page] = pages.take()
    const block = this.blocks.take()
    pages.cells[(pageOf[page] as number) + ((tick >>> 5) & 31)] = block
    this.mark(tick >>> 5)
    return block
  }

  private closeBlock(tick: number, block: number): void {
    this.pages.cells[(this.pageOf[tick >>> 10] as number) + ((tick >>> 5) & 31)] = NONE
    this.blocks.give(block)
    this.unmark(tick >>> 5)
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
    return (index << 5) + lowest(this.bitsOf(index << 5))
  }
}

/** Rows of zeros, named by where they begin, to be given back as zeros. In a free row the first cell names the next free one. */
class Rows {
  private readonly length: number
  cells: Int32Array<ArrayBuffer>
  private fresh: number
  private free: number = NONE

  constructor(length: number) {
    this.length = length
    this.cells = new Int32Array(length * 16)
    this.fresh = length
  }

  take(): number {
    const row = this.free
    if (row !== NONE) {
      this.free = this.cells[row] as number
      this.cells[row] = 0
      return row
    }
    if (this.fresh === this.cells.length) this.grow()
    const fresh = this.fresh
    this.fresh += this.length
    return fresh
  }

  give(row: number): void {
    this.cells[row] = this.free
    this.free = row
  }

  /** Stops below zero, so that a cycle is seen. */
  get inUse(): number {
    let inUse = this.fresh / this.length - 1
    for (let row = this.free; row !== NONE && inUse >= 0; inUse--) row = this.cells[row] as number
    return inUse
  }

  /** By a quarter: levels far apart need a row each, and a doubling would hold twice what they do. */
  private grow(): void {
    const old = this.cells
    const rows = old.length / this.length
    this.cells = new Int32Array((rows + (rows >> 2)) * this.length)
    this.cells.set(old)
  }
}

function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}
