import { INTERVAL_SECONDS } from '$contract/intervals.ts'
import type { Candle, Interval } from '$contract/markets.ts'

export const intervals = [
  { value: '1s', label: '1s', name: '1 second' },
  { value: '1m', label: '1m', name: '1 minute' },
  { value: '5m', label: '5m', name: '5 minutes' },
  { value: '15m', label: '15m', name: '15 minutes' },
  { value: '1h', label: '1h', name: '1 hour' },
  { value: '4h', label: '4h', name: '4 hours' },
  { value: '1d', label: '1d', name: '1 day' },
] as const satisfies readonly { value: Interval; label: string; name: string }[]

/** Candles that are kept, and to how many they are cut when there are more: seldom, since a chart draws anew then. */
const MOST = 2_000
const CUT_TO = 1_500

const TOLD_KEPT = 100

/** Candles in a row in which nothing traded that are believed; past them it is likelier that something was missed. */
const LONGEST_QUIET = 600

/**
 * Candles of one length, oldest first: those that were read, and from there on those that the stream tells. It tells none
 * of a span in which nothing traded; those are put in, as the venue has them too, at the close before.
 */
export class CandleSeries {
  readonly interval: Interval
  #candles: readonly Candle[] | null = null
  /** Told since the reading under way was asked for, which may know less. */
  #told: readonly Candle[] = []

  constructor(interval: Interval) {
    this.interval = interval
  }

  /** Null until read. A new array with each change. */
  get candles(): readonly Candle[] | null {
    return this.#candles
  }

  /** A reading is asked for. */
  reading(): void {
    this.#told = []
  }

  /** It has come, in place of all that was there. */
  read(candles: readonly Candle[]): void {
    this.#candles = candles
    for (const candle of this.#told) this.#put(candle)
  }

  /** The open candle as it is now, or one that has closed as it ended. Whether candles before it have to be read. */
  take(candle: Candle): 'taken' | 'gap' {
    this.#told = [...this.#told.filter(({ time }) => time !== candle.time), candle].slice(-TOLD_KEPT)
    return this.#put(candle)
  }

  #put(candle: Candle): 'taken' | 'gap' {
    const candles = this.#candles
    if (candles === null) return 'taken'
    const last = candles.at(-1)
    if (last === undefined) this.#candles = [candle]
    else if (candle.time <= last.time)
      this.#candles = candles.map((known) => (known.time === candle.time ? candle : known))
    else {
      const quiet = this.#between(last, candle.time)
      if (quiet.length > LONGEST_QUIET) return 'gap'
      const grown = [...candles, ...quiet, candle]
      this.#candles = grown.length > MOST ? grown.slice(-CUT_TO) : grown
    }
    return 'taken'
  }

  /** More than are believed are not made. */
  #between({ time, close }: Candle, end: number): Candle[] {
    const step = INTERVAL_SECONDS[this.interval]
    const count = Math.min(Math.ceil((end - time) / step) - 1, LONGEST_QUIET + 1)
    return Array.from({ length: count }, (_, n) => ({
      time: time + (n + 1) * step,
      open: close,
      high: close,
      low: close,
      close,
      volume: '0',
    }))
  }
}
