import { NONE } from './slab.ts'

const WORDS_PER_PAGE = 32

/**
 * The set of occupied prices of one side, as a tree of bitsets: each bit of a word says whether a word below has any bit, so the
 * next occupied price is found in at most two looks per level, whatever the distance. With 1e8 ticks there are six levels.
 *
 * The bottom is kept in pages of 1,024 ticks that exist only while they hold a price and are reused when empty. So the memory is
 * 0.8 MB of summaries and page numbers at 1e8 ticks, plus 128 bytes a page in use, and at most 18 MB, whatever the prices.
 */
export class TickSet {
  private readonly maxTicks: number
  /** The word of each page's 32 bits (one for each word of the page), then the levels above, each from `starts[level]`. */
  private readonly summary: Int32Array<ArrayBuffer>
  private readonly starts: Int32Array<ArrayBuffer>
  private readonly lengths: Int32Array<ArrayBuffer>
  private readonly pageOf: Int32Array<ArrayBuffer>
  private words: Int32Array<ArrayBuffer>
  private freshPages = 0
  private freePage: number = NONE

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
    this.words = new Int32Array(WORDS_PER_PAGE * 4)
  }

  get bytes(): number {
    return this.summary.byteLength + this.pageOf.byteLength + this.words.byteLength
  }

  has(tick: number): boolean {
    return (this.bottom(tick >>> 5) & (1 << (tick & 31))) !== 0
  }

  add(tick: number): void {
    const word = tick >>> 5
    const page = word >>> 5
    const { summary } = this
    if (summary[page] === 0) this.pageOf[page] = this.takePage()
    const at = (this.pageOf[page] as number) * WORDS_PER_PAGE + (word & 31)
    const before = this.words[at] as number
    this.words[at] = before | (1 << (tick & 31))
    if (before !== 0) return
    let index = word
    for (let level = 0; level < this.starts.length; level++) {
      const above = (this.starts[level] as number) + (index >>> 5)
      const old = summary[above] as number
      summary[above] = old | (1 << (index & 31))
      if (old !== 0) return
      index >>>= 5
    }
  }

  remove(tick: number): void {
    const word = tick >>> 5
    const page = word >>> 5
    const at = (this.pageOf[page] as number) * WORDS_PER_PAGE + (word & 31)
    const after = (this.words[at] as number) & ~(1 << (tick & 31))
    this.words[at] = after
    if (after !== 0) return
    const { summary } = this
    let index = word
    for (let level = 0; level < this.starts.length; level++) {
      const above = (this.starts[level] as number) + (index >>> 5)
      const left = (summary[above] as number) & ~(1 << (index & 31))
      summary[above] = left
      if (left !== 0) return
      if (level === 0) this.givePage(page)
      index >>>= 5
    }
  }

  /** The lowest member above `tick`, or NONE. */
  above(tick: number): number {
    if (tick >= this.maxTicks) return NONE
    let index = tick + 1
    let bits = this.bottom(index >>> 5) & (-1 << (index & 31))
    if (bits !== 0) return (index & ~31) + lowest(bits)
    for (let level = 0; level < this.starts.length; level++) {
      index = (index >>> 5) + 1
      const word = index >>> 5
      if (word >= (this.lengths[level] as number)) return NONE
      bits = (this.summary[(this.starts[level] as number) + word] as number) & (-1 << (index & 31))
      if (bits !== 0) return this.descendLow((index & ~31) + lowest(bits), level)
    }
    return NONE
  }

  /** The highest member below `tick`, or NONE. */
  below(tick: number): number {
    if (tick <= 0) return NONE
    let index = tick - 1
    let bits = this.bottom(index >>> 5) & (-1 >>> (31 - (index & 31)))
    if (bits !== 0) return (index & ~31) + highest(bits)
    for (let level = 0; level < this.starts.length; level++) {
      index = (index >>> 5) - 1
      if (index < 0) return NONE
      bits =
        (this.summary[(this.starts[level] as number) + (index >>> 5)] as number) &
        (-1 >>> (31 - (index & 31)))
      if (bits !== 0) return this.descendHigh((index & ~31) + highest(bits), level)
    }
    return NONE
  }

  /** Pages that are not on the free stack; for the self-check. Stops below zero, so that a cycle is seen. */
  get pagesInUse(): number {
    let inUse = this.freshPages
    for (let page = this.freePage; page !== NONE && inUse >= 0; inUse--) {
      page = this.words[page * WORDS_PER_PAGE] as number
    }
    return inUse
  }

  private bottom(word: number): number {
    const page = word >>> 5
    if (this.summary[page] === 0) return 0
    return this.words[(this.pageOf[page] as number) * WORDS_PER_PAGE + (word & 31)] as number
  }

  private descendLow(from: number, fromLevel: number): number {
    let index = from
    for (let level = fromLevel - 1; level >= 0; level--) {
      index = (index << 5) + lowest(this.summary[(this.starts[level] as number) + index] as number)
    }
    return (index << 5) + lowest(this.bottom(index))
  }

  private descendHigh(from: number, fromLevel: number): number {
    let index = from
    for (let level = fromLevel - 1; level >= 0; level--) {
      index = (index << 5) + highest(this.summary[(this.starts[level] as number) + index] as number)
    }
    return (index << 5) + highest(this.bottom(index))
  }

  /** A page of zeros. A free page is all zeros but for its first word, the next free page. */
  private takePage(): number {
    const page = this.freePage
    if (page !== NONE) {
      this.freePage = this.words[page * WORDS_PER_PAGE] as number
      this.words[page * WORDS_PER_PAGE] = 0
      return page
    }
    if (this.freshPages * WORDS_PER_PAGE === this.words.length) {
      const old = this.words
      this.words = new Int32Array(old.length * 2)
      this.words.set(old)
    }
    return this.freshPages++
  }

  private givePage(page: number): void {
    const own = this.pageOf[page] as number
    this.words[own * WORDS_PER_PAGE] = this.freePage
    this.freePage = own
  }
}

function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

function highest(bits: number): number {
  return 31 - Math.clz32(bits)
}
