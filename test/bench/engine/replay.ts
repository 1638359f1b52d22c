import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { createBook, type OrderBook, type Side } from '../../../worker/market/engine/index.ts'
import { lotsOf, ticksOf } from '../../../worker/market/feed/grid.ts'
import { parseLine, type RecordedLine } from '../../../worker/market/feed/recordedBook.ts'
import type { Market } from '../../../worker/market/settings.ts'
import { Counting, type Tally } from './stream.ts'

const MAKER = 1
const TAKER = 2
const NO_LOTS = 0

/** A call to the book, as the replay made it. */
export type Call = {
  kind: 'place' | 'take' | 'grow' | 'reduce' | 'cancel'
  id: number
  side: Side
  ticks: number
  lots: number
}

export type Replay = { steps: number; calls: Call[]; tally: Tally; recordedMs: number }

/** The lines of a recording, without its header. */
export function readRecording(file: string): RecordedLine[] {
  const bytes = readFileSync(file)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map(parseLine)
}

/**
 * Plays a recording through a book: every level is one maker's order, every trade an immediate-or-cancel order at the price it
 * had. After each line the book is compared with the recording's, in which a trade takes what stands best first, until the next
 * delta says what is there. Throws an Error that names the first step where they differ.
 */
export function replay(market: Market, lines: readonly RecordedLine[]): Replay {
  const events = new Counting()
  const book = createBook({ events, maxTicks: market.maxTicks })
  const replayed = new Replayed(book)
  const recorded = new Recorded(market)
  for (const [at, line] of lines.entries()) {
    recorded.apply(line)
    if (line.type === 'trade') {
      const print = recorded.print(line)
      if (print !== null) replayed.take(print.side, print.ticks, print.lots)
    } else {
      replayed.quote(recorded)
    }
    const difference = compare(book, recorded)
    if (difference !== null) throw new Error(`step ${at + 1}, a ${line.type} at ${line.t}: ${difference}`)
  }
  const recordedMs = (lines.at(-1)?.t ?? 0) - (lines[0]?.t ?? 0)
  return { steps: lines.length, calls: replayed.calls, tally: events.tally, recordedMs }
}

/** Makes the calls of a replay again, on another book, so that nothing but the book is timed. */
export function makeCall(book: OrderBook, call: Call): void {
  const { kind, id, side, ticks, lots } = call
  if (kind === 'place') book.place({ type: 'limit', id, owner: MAKER, side, ticks, lots })
  else if (kind === 'take')
    book.place({ type: 'limit', id, owner: TAKER, side, ticks, lots, timeInForce: 'IOC' })
  else if (kind === 'grow') book.replace({ type: 'limit', id, owner: MAKER, side, ticks, lots })
  else if (kind === 'reduce') book.reduce(id, lots)
  else book.cancel(id)
}

/** The book of orders that is kept at the recording's levels. */
class Replayed {
  readonly calls: Call[] = []
  private readonly book: OrderBook
  private readonly ids = { buy: new Map<number, number>(), sell: new Map<number, number>() }
  private nextId = 1

  constructor(book: OrderBook) {
    this.book = book
  }

  take(side: Side, ticks: number, lots: number): void {
    this.call({ kind: 'take', id: this.nextId++, side, ticks, lots })
  }

  /** What is to become smaller comes first, so that what is placed after it never crosses. */
  quote(recorded: Recorded): void {
    const changes: { side: Side; ticks: number; lots: number; is: number }[] = []
    for (const side of ['buy', 'sell'] as const) {
      for (const ticks of recorded.touched[side]) {
        const lots = recorded.levels[side].get(ticks) ?? NO_LOTS
        changes.push({ side, ticks, lots, is: this.book.lotsAt(side, ticks) })
      }
      recorded.touched[side].clear()
    }
    for (const change of changes) if (change.lots < change.is) this.shrink(change)
    for (const change of changes) if (change.lots > change.is) this.grow(change)
  }

  private shrink({ side, ticks, lots }: { side: Side; ticks: number; lots: number }): void {
    const id = this.ids[side].get(ticks)
    if (id === undefined) throw new Error(`no order is known at ${side} ${ticks}`)
    this.call({ kind: lots === NO_LOTS ? 'cancel' : 'reduce', id, side, ticks, lots })
  }

  private grow({ side, ticks, lots, is }: { side: Side; ticks: number; lots: number; is: number }): void {
    const known = this.ids[side].get(ticks)
    if (is !== NO_LOTS && known !== undefined) {
      this.call({ kind: 'grow', id: known, side, ticks, lots })
      return
    }
    const id = this.nextId++
    this.ids[side].set(ticks, id)
    this.call({ kind: 'place', id, side, ticks, lots })
  }

  private call(call: Call): void {
    this.calls.push(call)
    makeCall(this.book, call)
  }
}

/** The recording's book, in the plainest form. */
class Recorded {
  readonly levels = { buy: new Map<number, number>(), sell: new Map<number, number>() }
  /** Prices where something may have changed since the last delta. */
  readonly touched = { buy: new Set<number>(), sell: new Set<number>() }
  /** What trades took, to be put back by the next delta: the recording tells of it where it was not replenished. */
  private readonly taken = { buy: new Map<number, number>(), sell: new Map<number, number>() }
  private readonly market: Market

  constructor(market: Market) {
    this.market = market
  }

  apply(line: RecordedLine): void {
    if (line.type === 'trade') {
      const print = this.print(line)
      if (print !== null) this.trade(print.side === 'buy' ? 'sell' : 'buy', print.ticks, print.lots)
      return
    }
    for (const side of ['buy', 'sell'] as const) {
      if (line.type === 'snapshot') this.clear(side)
      for (const [ticks, lots] of this.taken[side]) this.levels[side].set(ticks, lots)
      this.taken[side].clear()
      for (const [price, amount] of side === 'buy' ? line.bids : line.asks) this.set(side, price, amount)
    }
  }

  print(line: RecordedLine & { type: 'trade' }): { side: Side; ticks: number; lots: number } | null {
    const ticks = ticksOf(this.market, line.price)
    const lots = lotsOf(this.market, line.amount)
    return ticks === null || lots === null || lots === 0 ? null : { side: line.side, ticks, lots }
  }

  private clear(side: Side): void {
    for (const ticks of this.levels[side].keys()) this.touched[side].add(ticks)
    this.levels[side].clear()
    this.taken[side].clear()
  }

  private set(side: Side, price: string, amount: string): void {
    const ticks = ticksOf(this.market, price)
    const lots = lotsOf(this.market, amount)
    if (ticks === null || lots === null) return
    this.touched[side].add(ticks)
    if (lots === NO_LOTS) this.levels[side].delete(ticks)
    else this.levels[side].set(ticks, lots)
  }

  private trade(side: Side, limitTicks: number, lots: number): void {
    const levels = this.levels[side]
    for (let left = lots; left > 0; ) {
      const ticks = bestOf(levels, side)
      if (ticks === null || (side === 'sell' ? ticks > limitTicks : ticks < limitTicks)) return
      const here = levels.get(ticks) ?? NO_LOTS
      const off = Math.min(left, here)
      if (!this.taken[side].has(ticks)) this.taken[side].set(ticks, here)
      this.touched[side].add(ticks)
      if (off === here) levels.delete(ticks)
      else levels.set(ticks, here - off)
      left -= off
    }
  }
}

function bestOf(levels: ReadonlyMap<number, number>, side: Side): number | null {
  let best: number | null = null
  for (const ticks of levels.keys())
    if (best === null || (side === 'sell' ? ticks < best : ticks > best)) best = ticks
  return best
}

/** The first difference between any levels of the two; null when there is none. */
function compare(book: OrderBook, recorded: Recorded): string | null {
  for (const side of ['buy', 'sell'] as const) {
    const { size } = recorded.levels[side]
    if (book.totals(side).levels !== size) return `${book.totals(side).levels} levels to ${side}, not ${size}`
    let difference: string | null = null
    let before = side === 'sell' ? 0 : Number.POSITIVE_INFINITY
    book.forEachLevel(side, Number.POSITIVE_INFINITY, (ticks, lots) => {
      const expected = recorded.levels[side].get(ticks) ?? NO_LOTS
      const inOrder = side === 'sell' ? ticks > before : ticks < before
      before = ticks
      if (lots === expected && inOrder) return true
      difference = `${lots} lots to ${side} at ${ticks}, not ${expected}`
      return false
    })
    if (difference !== null) return difference
  }
  return null
}
