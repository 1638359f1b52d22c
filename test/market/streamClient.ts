import { bookChecksum } from '../../worker/contract/checksum.ts'
import type { BookLevel } from '../../worker/contract/markets.ts'
import { MarketFrame, MarketSnapshotMessage } from '../../worker/contract/stream.ts'

/** What a client keeps of a market: the rules of docs/stream.md and nothing else. */
export class StreamClient {
  sequence = 0
  /** A frame was missed: what is here is not the book. */
  gap = false
  readonly bids = new Map<string, string>()
  readonly asks = new Map<string, string>()

  /** Takes a message of the channel `book` as it comes. Throws on a checksum that is not that of this book. */
  take(text: string): void {
    const { type } = JSON.parse(text) as { type: string }
    if (type === 'snapshot') this.snapshot(text)
    else this.frame(text)
  }

  snapshot(text: string): void {
    const { sequence, bids, asks, checksum } = MarketSnapshotMessage.parse(JSON.parse(text))
    this.sequence = sequence
    this.gap = false
    this.bids.clear()
    this.asks.clear()
    this.#apply(bids, asks, checksum)
  }

  frame(text: string): void {
    const { book } = MarketFrame.parse(JSON.parse(text))
    if (book === undefined) return
    if (book.first === this.sequence + 1) this.gap = false
    else this.gap ||= book.last > this.sequence
    if (this.gap || book.last <= this.sequence) return
    this.sequence = book.last
    this.#apply(book.bids, book.asks, book.checksum)
  }

  #apply(bids: BookLevel[], asks: BookLevel[], checksum: number): void {
    for (const [levels, changes] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const)
      for (const [price, quantity] of changes)
        if (quantity === '0') levels.delete(price)
        else levels.set(price, quantity)
    const own = bookChecksum(bestFirst(this.bids, -1), bestFirst(this.asks, 1))
    if (own !== checksum)
      throw new Error(`the checksum at ${this.sequence} is ${checksum}, and of this book ${own}`)
  }
}

const bestFirst = (levels: ReadonlyMap<string, string>, sign: 1 | -1): BookLevel[] =>
  [...levels].sort(([a], [b]) => sign * (Number(a) - Number(b)))
