import type { Market } from '../settings.ts'
import type { Level, Print, ReferenceBook } from './feed.ts'
import { isUncrossed, lotsOf, ticksOf } from './grid.ts'

/** Price and amount as decimal strings. */
type RecordedLevel = readonly [price: string, amount: string]

/** A line of a recording. `t` is the exchange's clock in ms; of lines of equal `t` the trade comes first. */
export type RecordedLine =
  | {
      readonly t: number
      readonly type: 'snapshot' | 'delta'
      readonly bids: readonly RecordedLevel[]
      readonly asks: readonly RecordedLevel[]
    }
  | {
      readonly t: number
      readonly type: 'trade'
      readonly price: string
      readonly amount: string
      readonly side: 'buy' | 'sell'
    }

/** Throws on a text that is no line of a recording. */
export function parseLine(text: string): RecordedLine {
  const line: unknown = JSON.parse(text)
  if (!isLine(line)) throw new Error(`no line of a recording: ${text.slice(0, 80)}`)
  return line
}

function isLine(value: unknown): value is RecordedLine {
  if (typeof value !== 'object' || value === null || !('t' in value) || !('type' in value)) return false
  if (typeof value.t !== 'number') return false
  if (value.type === 'trade')
    return (
      'price' in value &&
      typeof value.price === 'string' &&
      'amount' in value &&
      typeof value.amount === 'string' &&
      'side' in value &&
      (value.side === 'buy' || value.side === 'sell')
    )
  return (
    (value.type === 'snapshot' || value.type === 'delta') &&
    'bids' in value &&
    isLevels(value.bids) &&
    'asks' in value &&
    isLevels(value.asks)
  )
}

const isLevels = (value: unknown): value is RecordedLevel[] =>
  Array.isArray(value) &&
  value.every((level) => Array.isArray(level) && typeof level[0] === 'string' && typeof level[1] === 'string')

/** Levels kept on a side; the furthest go first. Deltas name levels far out, and would fill the memory in time. */
const MOST_LEVELS = 5_000

/** A book as a recording tells it, on our grid. */
export class RecordedBook {
  readonly #market: Market
  #bids: Ladder
  #asks: Ladder

  constructor(market: Market) {
    this.#market = market
    this.#bids = new Ladder(-1)
    this.#asks = new Ladder(1)
  }

  /** Applies a line. Answers the print of a trade that is at least a lot, on our grid. */
  apply(line: RecordedLine): Print | null {
    if (line.type === 'trade') return this.#print(line)
    if (line.type === 'snapshot') {
      this.#bids = new Ladder(-1)
      this.#asks = new Ladder(1)
    }
    this.#set(this.#bids, line.bids)
    this.#set(this.#asks, line.asks)
    return null
  }

  /** The best levels of both sides, or null when the book is empty on one or crossed: it is not one to trade by. */
  best(levels: number): ReferenceBook | null {
    const bids = this.#bids.best(levels)
    const asks = this.#asks.best(levels)
    return isUncrossed(bids, asks) ? { bids, asks } : null
  }

  #set(ladder: Ladder, levels: readonly RecordedLevel[]): void {
    for (const [price, amount] of levels) {
      const ticks = ticksOf(this.#market, price)
      const lots = lotsOf(this.#market, amount)
      if (ticks !== null && lots !== null) ladder.set(ticks, lots)
    }
  }

  #print(line: RecordedLine & { type: 'trade' }): Print | null {
    const ticks = ticksOf(this.#market, line.price)
    const lots = lotsOf(this.#market, line.amount)
    if (ticks === null || lots === null || lots === 0) return null
    return { ticks, lots, side: line.side, at: line.t }
  }
}

/** One side: prices in order, best last, so that the changes, which are mostly near the best, move little. */
class Ladder {
  /** 1 when lower is better (asks), -1 when higher is. */
  readonly #direction: 1 | -1
  /** `ticks * direction`, falling: the best is the last. */
  readonly #order: number[] = []
  readonly #lots = new Map<number, number>()

  constructor(direction: 1 | -1) {
    this.#direction = direction
  }

  /** Zero lots remove the level; one that is not there stays so. */
  set(ticks: number, lots: number): void {
    const known = this.#lots.has(ticks)
    if (lots > 0) {
      this.#lots.set(ticks, lots)
      if (!known) this.#order.splice(this.#placeOf(ticks), 0, ticks * this.#direction)
      if (this.#order.length > MOST_LEVELS) this.#dropFurthest()
    } else if (known) {
      this.#lots.delete(ticks)
      this.#order.splice(this.#placeOf(ticks), 1)
    }
  }

  best(count: number): Level[] {
    const levels: Level[] = []
    for (let index = this.#order.length - 1; index >= 0 && levels.length < count; index--) {
      const ticks = (this.#order[index] ?? 0) * this.#direction
      levels.push([ticks, this.#lots.get(ticks) ?? 0])
    }
    return levels
  }

  /** The index of a price, or where it belongs. */
  #placeOf(ticks: number): number {
    const wanted = ticks * this.#direction
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#order[middle] ?? 0) > wanted) low = middle + 1
      else high = middle
    }
    return low
  }

  #dropFurthest(): void {
    const furthest = this.#order.shift()
    if (furthest !== undefined) this.#lots.delete(furthest * this.#direction)
  }
}
