import type { BookLevel, Candle, Print, Ticker } from '$contract/markets.ts'
import type { MarketStreamMessage } from '$contract/stream.ts'
import { unitsOf } from '../money/decimal.ts'

/** One side of the book, best first. Keys are price units as numbers: the venue's prices stay below 2^53 of them. */
class Ladder {
  readonly #better: (a: number, b: number) => boolean
  #keys: number[] = []
  #levels: BookLevel[] = []

  constructor(side: 'bids' | 'asks') {
    this.#better = side === 'bids' ? (a, b) => a > b : (a, b) => a < b
  }

  replace(levels: readonly BookLevel[]): void {
    this.#keys = []
    this.#levels = []
    for (const level of levels) this.set(level)
  }

  /** A level's new quantity; zero removes it. */
  set(level: BookLevel): void {
    const [price, quantity] = level
    const key = Number(unitsOf(price))
    const at = this.#place(key)
    const found = this.#keys[at] === key
    if (unitsOf(quantity) === 0n) {
      if (!found) return
      this.#keys.splice(at, 1)
      this.#levels.splice(at, 1)
    } else if (found) {
      this.#levels[at] = level
    } else {
      this.#keys.splice(at, 0, key)
      this.#levels.splice(at, 0, level)
    }
  }

  levels(): readonly BookLevel[] {
    return this.#levels
  }

  /** Index of the first key that is not better than `key`. */
  #place(key: number): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = this.#keys[middle]
      if (there !== undefined && this.#better(there, key)) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** What a message did. After `gap` the book is not the venue's: ask for a snapshot, and show no price from it as live. */
export type Applied = 'snapshot' | 'applied' | 'ignored' | 'gap'

const TAPE_LENGTH = 100

/**
 * The book-keeping of one market stream, without socket or clock: a snapshot, then frames in sequence. A frame that does
 * not follow is refused until the next snapshot; prints, ticker and candle stand on their own and are taken from any.
 */
export class MarketBook {
  readonly #bids = new Ladder('bids')
  readonly #asks = new Ladder('asks')
  #sequence: number | null = null
  #prints: Print[] = []
  #seen = new Set<string>()
  #ticker: Ticker | null = null
  #candle: Candle | null = null
  #at = 0

  apply(message: MarketStreamMessage): Applied {
    if (message.type === 'ticker') {
      this.#ticker = message.ticker
      return 'applied'
    }
    if (message.type === 'trades' || message.type === 'candle') return 'ignored'
    this.#at = message.at
    if (message.type === 'snapshot') {
      this.#bids.replace(message.bids)
      this.#asks.replace(message.asks)
      this.#sequence = message.sequence
      this.#prints = []
      this.#seen = new Set()
      this.#record([...message.prints].reverse())
      this.#ticker = message.ticker
      this.#candle = message.candle
      return 'snapshot'
    }
    if (message.prints !== undefined) this.#record(message.prints)
    if (message.ticker !== undefined) this.#ticker = message.ticker
    if (message.candle !== undefined) this.#candle = message.candle
    return message.book === undefined ? 'applied' : this.#update(message.book)
  }

  /** The connection was lost: what comes next may not follow. */
  detach(): void {
    this.#sequence = null
  }

  /** Whether the book equals the venue's as of the last message. */
  get current(): boolean {
    return this.#sequence !== null
  }
  get sequence(): number | null {
    return this.#sequence
  }
  get bids(): readonly BookLevel[] {
    return this.#bids.levels()
  }
  get asks(): readonly BookLevel[] {
    return this.#asks.levels()
  }
  /** Newest first. */
  get prints(): readonly Print[] {
    return this.#prints
  }
  get ticker(): Ticker | null {
    return this.#ticker
  }
  get candle(): Candle | null {
    return this.#candle
  }
  get at(): number {
    return this.#at
  }

  #update(change: { first: number; last: number; bids: BookLevel[]; asks: BookLevel[] }): Applied {
    if (this.#sequence === null) return 'ignored'
    if (change.last <= this.#sequence) return 'ignored'
    if (change.first !== this.#sequence + 1) {
      this.#sequence = null
      return 'gap'
    }
    for (const level of change.bids) this.#bids.set(level)
    for (const level of change.asks) this.#asks.set(level)
    this.#sequence = change.last
    return 'applied'
  }

  /** Prints oldest first; one that is there already is not shown twice. */
  #record(prints: readonly Print[]): void {
    for (const print of prints) {
      if (this.#seen.has(print.id)) continue
      this.#seen.add(print.id)
      this.#prints.unshift(print)
    }
    for (const dropped of this.#prints.splice(TAPE_LENGTH)) this.#seen.delete(dropped.id)
  }
}
