import { MarketFrame, MarketSnapshotMessage } from '../../worker/contract/stream.ts'

/** What a client keeps of a market: the rule of contract/stream.ts and nothing else. */
export class StreamClient {
  sequence = 0
  gap = false
  readonly bids = new Map<string, string>()
  readonly asks = new Map<string, string>()

  snapshot(text: string): void {
    const { sequence, bids, asks } = MarketSnapshotMessage.parse(JSON.parse(text))
    this.sequence = sequence
    this.gap = false
    this.bids.clear()
    this.asks.clear()
    this.#apply(bids, asks)
  }

  frame(text: string): void {
    const { book } = MarketFrame.parse(JSON.parse(text))
    if (book === undefined || this.gap) return
    if (book.first !== this.sequence + 1) {
      this.gap = true
      return
    }
    this.sequence = book.last
    this.#apply(book.bids, book.asks)
  }

  #apply(bids: [string, string][], asks: [string, string][]): void {
    for (const [levels, changes] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const)
      for (const [price, quantity] of changes)
        if (quantity === '0') levels.delete(price)
        else levels.set(price, quantity)
  }
}
