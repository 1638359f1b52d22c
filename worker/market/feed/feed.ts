import type { Side } from '../messages.ts'

/** A price in ticks with the lots that rest there. */
export type Level = readonly [ticks: number, lots: number]

/** Best price first on both sides; never crossed or locked, never a level of zero lots. */
export interface ReferenceBook {
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** A trade of the reference market. Shown on the tape and in candles, never stored as a trade of ours. */
export interface Print {
  readonly ticks: number
  readonly lots: number
  /** The taker's. */
  readonly side: Side
  /** Milliseconds. */
  readonly at: number
}

/** A trade of which nobody recalls who took. */
export type PastPrint = Omit<Print, 'side'>

export interface FeedStep {
  /** Milliseconds: the time the book is of. */
  readonly at: number
  readonly book: ReferenceBook
  /** Since the step before, oldest first; none in the first step. At most `MAX_PRINTS`, the newest kept. */
  readonly prints: readonly Print[]
}

/** A minute of the reference market, or a longer span. Prices in ticks, volume in lots. */
export interface ReferenceCandle {
  /** Milliseconds: when it opens. */
  readonly at: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly lots: number
}

/** A step after a long pause would otherwise carry everything that was printed meanwhile. */
export const MAX_PRINTS = 500

/** Where a market's reference prices come from. One instance belongs to one market object. */
export interface Feed {
  readonly kind: 'simulated' | 'recorded' | 'exchange'
  /** Fetches what the coming steps need. A feed without I/O returns at once. Never throws: a fault makes `step` answer null. */
  prepare(now: number): Promise<void>
  /** The reference market at `now` (ms, not earlier than in the step before), or null when the feed is stale. */
  step(now: number): FeedStep | null
  /**
   * The minutes that open in [from, to), oldest first; the last is cut off at `to` when it is still under way, so
   * that the prints of steps after `to` complete it. With a `length` in milliseconds, candles of that length, which may be
   * coarser than their minutes. Feeds that know no past have none.
   */
  history?(from: number, to: number, length?: number): readonly ReferenceCandle[]
  /** The trades in [from, to), oldest first, as the steps of that time had them. Feeds that know no past have none. */
  pastPrints?(from: number, to: number): readonly PastPrint[]
}
