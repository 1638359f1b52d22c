import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Print, ReferenceBook } from '../../worker/market/feed/feed.ts'
import { parseLine, RecordedBook } from '../../worker/market/feed/recordedBook.ts'
import { createSimulatedMarket } from '../../worker/market/feed/simulated.ts'
import type { Market } from '../../worker/market/settings.ts'

const LEVELS = 50
const SECOND = 1_000

/** What a market looks like: the figures in the table of `simulatedProfile.ts`, recorded and simulated alike. */
export interface Figures {
  readonly meanSpread: number
  readonly meanGap: number
  readonly medianTouchLots: number
  readonly meanTouchLots: number
  readonly meanLotsAt5: number
  readonly meanLotsAt20: number
  readonly meanLotsAt49: number
  readonly ordersASecond: number
  /** Of the count of a second. */
  readonly varianceOverMean: number
  readonly medianOrderLots: number
  readonly meanOrderLots: number
  readonly deviationOf1s: number
  readonly deviationOf10s: number
  /** The share of steps of 100 ms in which the best bid moves, and of levels that such a step leaves as they are. */
  readonly touchMoves: number
  readonly levelsKept: number
}

/** Collects books, one a second with the one 100 ms after it, and prints, of several stretches of a market's life. */
class Collector {
  readonly #spreads: number[] = []
  readonly #gaps: number[] = []
  readonly #lots = new Map([0, 5, 20, 49].map((rank) => [rank, [] as number[]]))
  readonly #orders: number[] = []
  readonly #counts: number[] = []
  readonly #changes = new Map([1, 10].map((seconds) => [seconds, [] as number[]]))
  readonly #moved: number[] = []
  readonly #kept: number[] = []

  stretch(books: readonly { now: ReferenceBook; next: ReferenceBook }[], prints: readonly Print[]): void {
    const middles = books.map(({ now, next }) => this.#book(now, next))
    for (const [seconds, changes] of this.#changes)
      middles.slice(seconds).forEach((middle, index) => {
        changes.push(Math.log(middle / (middles[index] ?? middle)) * 10_000)
      })
    this.#take(prints, books.length)
  }

  figures(): Figures {
    const lotsAt = (rank: number) => this.#lots.get(rank) ?? []
    const deviation = (seconds: number) => rootMeanSquare(this.#changes.get(seconds) ?? [])
    const rate = mean(this.#counts)
    return {
      meanSpread: mean(this.#spreads),
      meanGap: mean(this.#gaps),
      medianTouchLots: median(lotsAt(0)),
      meanTouchLots: mean(lotsAt(0)),
      meanLotsAt5: mean(lotsAt(5)),
      meanLotsAt20: mean(lotsAt(20)),
      meanLotsAt49: mean(lotsAt(49)),
      ordersASecond: rate,
      varianceOverMean: mean(this.#counts.map((count) => (count - rate) ** 2)) / rate,
      medianOrderLots: median(this.#orders),
      meanOrderLots: mean(this.#orders),
      deviationOf1s: deviation(1),
      deviationOf10s: deviation(10),
      touchMoves: mean(this.#moved),
      levelsKept: mean(this.#kept),
    }
  }

  #book(now: ReferenceBook, next: ReferenceBook): number {
    const bid = now.bids[0]?.[0] ?? 0
    const ask = now.asks[0]?.[0] ?? 0
    this.#spreads.push(ask - bid)
    for (const side of [now.bids, now.asks]) {
      for (const [rank, lots] of this.#lots) lots.push(side[rank]?.[1] ?? 0)
      side.slice(1).forEach(([ticks], index) => {
        this.#gaps.push(Math.abs(ticks - (side[index]?.[0] ?? ticks)))
      })
    }
    this.#moved.push(next.bids[0]?.[0] === bid ? 0 : 1)
    const after = new Map([...next.bids, ...next.asks])
    for (const [ticks, lots] of [...now.bids, ...now.asks]) this.#kept.push(after.get(ticks) === lots ? 1 : 0)
    return (bid + ask) / 2
  }

  /** Trades of equal time and side are one order. */
  #take(prints: readonly Print[], seconds: number): void {
    const orders = new Map<string, { at: number; lots: number }>()
    for (const { at, side, lots } of prints) {
      const known = orders.get(`${at}${side}`)
      orders.set(`${at}${side}`, { at, lots: lots + (known?.lots ?? 0) })
    }
    const begin = prints[0]?.at ?? 0
    const counts = new Array<number>(seconds).fill(0)
    for (const { at, lots } of orders.values()) {
      this.#orders.push(lots)
      const second = Math.floor((at - begin) / SECOND)
      if (second < seconds) counts[second] = (counts[second] ?? 0) + 1
    }
    this.#counts.push(...counts)
  }
}

export function recordedFigures(market: Market, file: string): Figures {
  const text = new TextDecoder().decode(gunzipSync(readFileSync(file)))
  const book = new RecordedBook(market)
  const books: { now: ReferenceBook; next: ReferenceBook }[] = []
  const prints: Print[] = []
  let now: ReferenceBook | null = null
  let at = 0
  for (const line of text.split('\n').slice(1)) {
    if (line === '') continue
    const parsed = parseLine(line)
    const print = book.apply(parsed)
    if (print !== null) prints.push(print)
    if (parsed.type !== 'delta') continue
    // Deltas come every 100 ms: the one after a reading is the next step.
    if (now !== null) {
      const next = book.best(LEVELS)
      if (next !== null) books.push({ now, next })
      now = null
    } else if (parsed.t - at >= SECOND - 100) {
      now = book.best(LEVELS)
      at = parsed.t
    }
  }
  const collector = new Collector()
  collector.stretch(books, prints)
  return collector.figures()
}

/** Of `stretches` of `seconds` each, two hours and some apart: bursts and calm of many days. */
export function simulatedFigures(market: Market, begin: number, stretches: number, seconds: number): Figures {
  const simulated = createSimulatedMarket(market, 1)
  const collector = new Collector()
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = begin + stretch * 7_919_113
    const books = Array.from({ length: seconds }, (_, second) => {
      const at = from + second * SECOND
      return { now: simulated.bookAt(at, LEVELS), next: simulated.bookAt(at + 100, LEVELS) }
    })
    collector.stretch(books, simulated.printsIn(from, from + seconds * SECOND))
  }
  return collector.figures()
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

export const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(mean(values.map((value) => value ** 2)))

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
