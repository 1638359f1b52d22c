import type { Market } from '../settings.ts'
import type { PastPrint, ReferenceCandle } from './feed.ts'
import { parseLine, RecordedBook } from './recordedBook.ts'

const MINUTE = 60_000

/** The trades of a whole recording, from which the minutes of any time before now can be made: it is played in rounds. */
export class RecordedPast {
  readonly #length: number
  /** Milliseconds from the beginning, ticks and lots of each trade, in order of time. */
  readonly #offsets: number[] = []
  readonly #ticks: number[] = []
  readonly #lots: number[] = []

  /** `text` are the lines of the whole recording, `from` its first time and `length` its length, in ms. */
  constructor(market: Market, text: string, from: number, length: number) {
    this.#length = length
    const book = new RecordedBook(market)
    for (const line of text.split('\n')) {
      // Most lines are deltas, and parsing them all would take most of a second.
      if (!line.includes('"trade"')) continue
      const print = book.apply(parseLine(line))
      if (print === null) continue
      this.#offsets.push(print.at - from)
      this.#ticks.push(print.ticks)
      this.#lots.push(print.lots)
    }
  }

  /** Minutes that open in [from, to), made of the trades played before `to`; a minute without trades is left out. */
  candles(from: number, to: number): ReferenceCandle[] {
    const candles: ReferenceCandle[] = []
    this.#play(Math.ceil(from / MINUTE) * MINUTE, to, ({ ticks, lots, at: time }) => {
      const at = Math.floor(time / MINUTE) * MINUTE
      const open = candles.at(-1)
      if (open?.at === at) candles[candles.length - 1] = joined(open, ticks, lots)
      else candles.push({ at, open: ticks, high: ticks, low: ticks, close: ticks, lots })
    })
    return candles
  }

  /** The trades played in [from, to). */
  prints(from: number, to: number): PastPrint[] {
    const prints: PastPrint[] = []
    this.#play(from, to, (print) => prints.push(print))
    return prints
  }

  #play(from: number, to: number, take: (print: PastPrint) => void): void {
    for (let round = Math.floor(from / this.#length) * this.#length; round < to; round += this.#length)
      for (let index = 0; index < this.#offsets.length; index++) {
        const at = round + (this.#offsets[index] ?? 0)
        if (at < from) continue
        if (at >= to) return
        take({ ticks: this.#ticks[index] ?? 0, lots: this.#lots[index] ?? 0, at })
      }
  }
}

const joined = (candle: ReferenceCandle, ticks: number, lots: number): ReferenceCandle => ({
  ...candle,
  high: Math.max(candle.high, ticks),
  low: Math.min(candle.low, ticks),
  close: ticks,
  lots: candle.lots + lots,
})
