import type { BookEvents, EndReason } from './engine/index.ts'
import type { Side } from './messages.ts'
import type { PublicStream } from './publicStream.ts'

export interface LoggedTrade {
  /** The engine's number of the resting order. */
  readonly maker: number
  readonly ticks: number
  readonly lots: number
}

export interface LoggedEnd {
  readonly number: number
  readonly reason: EndReason
}

/** Where the engine tells what it does: the levels go to the public stream, the rest waits for the turn to read it. */
export class MatchLog implements BookEvents {
  readonly #stream: PublicStream
  #trades: LoggedTrade[] = []
  #ends: LoggedEnd[] = []

  constructor(stream: PublicStream) {
    this.#stream = stream
  }

  traded(maker: number, _owner: number, _side: Side, ticks: number, lots: number): void {
    this.#trades.push({ maker, ticks, lots })
  }

  rested(): void {}

  refreshed(): void {}

  reduced(): void {}

  ended(number: number, _owner: number, _side: Side, _left: number, reason: EndReason): void {
    this.#ends.push({ number, reason })
  }

  levelChanged(side: Side, ticks: number, lots: number): void {
    this.#stream.levelChanged(side, ticks, lots)
  }

  /** What was told since the last time, each in its order. */
  take(): { trades: readonly LoggedTrade[]; ends: readonly LoggedEnd[] } {
    const told = { trades: this.#trades, ends: this.#ends }
    this.#trades = []
    this.#ends = []
    return told
  }
}
