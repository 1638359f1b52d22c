import type { Candle } from './candles.ts'
import type { Side } from './messages.ts'
import { TAPE_KEPT, type TapePrint } from './tape.ts'

/** Changed levels of one side: ticks with the lots that rest there now, zero when the level is gone. */
export type LevelChanges = readonly (readonly [ticks: number, lots: number])[]

/** What has happened in public since the frame before. */
export interface Changes {
  /** Updates `first` to `last` in one; null when no level has changed. */
  readonly book: {
    readonly first: number
    readonly last: number
    readonly bids: LevelChanges
    readonly asks: LevelChanges
  } | null
  /** Oldest first. */
  readonly prints: readonly TapePrint[]
  /** Minutes that have closed, then the one under way; empty when nothing has traded. */
  readonly candles: readonly Candle[]
}

/**
 * Gathers what a market does in public into frames. Every change of a level has a sequence; a frame says which it
 * holds, so a client can tell that it missed one. Changes of one level within a frame are told as the last of them.
 *
 * The sequence is not kept: after a wake it starts anew from the clock (`begin`), higher than any before, and every
 * client gets a snapshot. A thousand changes a millisecond would be needed to catch up with the clock.
 */
export class PublicStream {
  #sequence = 0
  #told = 0
  readonly #bids = new Map<number, number>()
  readonly #asks = new Map<number, number>()
  #prints: TapePrint[] = []
  #candles: Candle[] = []
  #tickerChanged = false

  /** The sequence of the last change. */
  get sequence(): number {
    return this.#sequence
  }

  /** Whether a frame has anything to say. */
  get pending(): boolean {
    const changed = this.#sequence !== this.#told || this.#tickerChanged
    return changed || this.#prints.length > 0 || this.#candles.length > 0
  }

  /** Starts the sequence from the clock. What was gathered before is in the snapshots that follow. */
  begin(now: number): void {
    this.#sequence = Math.max(now * 1_000, this.#sequence + 1)
    this.#clear()
  }

  levelChanged(side: Side, ticks: number, lots: number): void {
    this.#sequence += 1
    const levels = side === 'buy' ? this.#bids : this.#asks
    levels.set(ticks, lots)
  }

  /** Something besides the book and the prints: whether the market is open. */
  tickerChanged(): void {
    this.#tickerChanged = true
  }

  /** A frame holds as many prints as the tape; of a storm the oldest are left out. */
  printed(print: TapePrint): void {
    this.#prints.push(print)
    if (this.#prints.length >= 2 * TAPE_KEPT) this.#prints = this.#prints.slice(-TAPE_KEPT)
  }

  /** The minute under way has changed, and `closed` is final. */
  candleChanged(open: Candle, closed: Candle | null): void {
    const last = this.#candles.at(-1)
    if (last !== undefined && (closed === null ? last.at === open.at : last.at === closed.at))
      this.#candles.pop()
    if (closed !== null) this.#candles.push(closed)
    this.#candles.push(open)
    if (this.#candles.length >= 2 * TAPE_KEPT) this.#candles = this.#candles.slice(-TAPE_KEPT)
  }

  /** Everything since the last time, and nothing pends. */
  take(): Changes {
    const changed = this.#sequence !== this.#told
    const book = changed
      ? { first: this.#told + 1, last: this.#sequence, bids: [...this.#bids], asks: [...this.#asks] }
      : null
    const changes = { book, prints: this.#prints.slice(-TAPE_KEPT), candles: this.#candles }
    this.#clear()
    return changes
  }

  #clear(): void {
    this.#told = this.#sequence
    this.#bids.clear()
    this.#asks.clear()
    this.#prints = []
    this.#candles = []
    this.#tickerChanged = false
  }
}
