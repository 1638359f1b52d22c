import { bookChecksum } from '$contract/checksum.ts'
import type { BookLevel, Candle, Print, Ticker } from '$contract/markets.ts'
import type { MarketFrame, MarketSnapshotMessage } from '$contract/stream.ts'
import { Ladder } from './ladder.ts'
import { Tape } from './tape.ts'

/**
 * What a message did. After `gap` a frame is missing: ask for what comes after `sequence`. After `mismatch` the book is
 * not the venue's although no frame seemed missing: ask for a snapshot.
 */
export type Applied = 'snapshot' | 'applied' | 'ignored' | 'gap' | 'mismatch'

/**
 * The book-keeping of one market, without socket or clock: a snapshot, then frames in sequence, each checked by the
 * venue's checksum. Only while `current` is the book the venue's, as of `sequence`; otherwise no price of it may be shown
 * as live. Ticker and candle stand on their own and are taken from any message but a late one.
 */
export class MarketBook {
  readonly #bids = new Ladder('bids')
  readonly #asks = new Ladder('asks')
  readonly #tape = new Tape()
  /** Up to where the book is known to be right; null when no snapshot has come, or it turned out wrong. */
  #sequence: number | null = null
  /** The last sequence that is known to exist: of frames that came too early. */
  #ahead = 0
  #attached = false
  #ticker: Ticker | null = null
  #candle: Candle | null = null
  #at = 0

  apply(message: MarketSnapshotMessage | MarketFrame): Applied {
    const wasCurrent = this.current
    this.#attached = true
    if (message.type === 'snapshot' || message.at >= this.#at) this.#takeRest(message)
    if (message.type === 'frame') return this.#takeFrame(message)
    const { sequence, bids, asks, prints, checksum } = message
    // Either it was sent long ago, or the venue counts anew from below. One that is asked for tells which.
    if (wasCurrent && this.#sequence !== null && sequence < this.#sequence) return this.#mismatch()
    this.#bids.replace(bids)
    this.#asks.replace(asks)
    this.#tape.merge(prints)
    this.#ahead = sequence
    return this.#verify(sequence, checksum) ? 'snapshot' : 'mismatch'
  }

  /** The connection was lost: until something comes again nobody knows whether the book is still the venue's. */
  detach(): void {
    this.#attached = false
  }

  get current(): boolean {
    return this.#attached && this.#sequence !== null && this.#sequence >= this.#ahead
  }
  /** Of the last update that is in the book; null when it cannot be continued and a snapshot is needed. */
  get sequence(): number | null {
    return this.#sequence
  }
  /** Best first. */
  get bids(): readonly BookLevel[] {
    return this.#bids.levels
  }
  /** Best first. */
  get asks(): readonly BookLevel[] {
    return this.#asks.levels
  }
  /** Newest first. */
  get prints(): readonly Print[] {
    return this.#tape.prints
  }
  get ticker(): Ticker | null {
    return this.#ticker
  }
  /** The open minute. */
  get candle(): Candle | null {
    return this.#candle
  }
  /** Milliseconds, by the venue's clock, of the last message. */
  get at(): number {
    return this.#at
  }

  /** The prints of a frame that is not taken come again, with the snapshot or the frames that are sent anew. */
  #takeFrame({ book, prints = [] }: MarketFrame): Applied {
    if (book === undefined) {
      if (this.#sequence !== null) this.#tape.add(prints)
      return this.#sequence === null ? 'ignored' : 'applied'
    }
    if (this.#sequence === null || book.last <= this.#sequence) return 'ignored'
    this.#ahead = Math.max(this.#ahead, book.last)
    if (book.first > this.#sequence + 1) return 'gap'
    // Levels are told as they are at `last`, so a frame that begins before the book's sequence is as good.
    for (const level of book.bids) this.#bids.set(level)
    for (const level of book.asks) this.#asks.set(level)
    if (!this.#verify(book.last, book.checksum)) return 'mismatch'
    this.#tape.add(prints)
    return 'applied'
  }

  #verify(sequence: number, checksum: number): boolean {
    const [bid, ask] = [this.#bids.best, this.#asks.best]
    const crossed = bid !== undefined && ask !== undefined && bid >= ask
    if (crossed || bookChecksum(this.bids, this.asks) !== checksum) {
      this.#mismatch()
      return false
    }
    this.#sequence = sequence
    return true
  }

  #mismatch(): 'mismatch' {
    this.#sequence = null
    return 'mismatch'
  }

  #takeRest({ at, ticker, candle }: MarketSnapshotMessage | MarketFrame): void {
    this.#at = at
    if (ticker !== undefined) this.#ticker = ticker
    if (candle !== undefined) this.#candle = candle
  }
}
