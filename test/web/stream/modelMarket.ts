import { bookChecksum, CHECKSUM_LEVELS } from '../../../worker/contract/checksum.ts'
import type { BookLevel, Candle, Print, Ticker } from '../../../worker/contract/markets.ts'
import type { MarketFrame, MarketSnapshotMessage } from '../../../worker/contract/stream.ts'
import type { Random } from '../../support/random.ts'

export interface Book {
  bids: BookLevel[]
  asks: BookLevel[]
}

const SPAN = 12
const FRAMES_KEPT = 10
const TAPE = 50

/** A market that is nothing but a book at random: what it was at each sequence is known, so whatever a client shows can be judged. */
export class ModelMarket {
  readonly id: string
  readonly #random: Random
  readonly #now: () => number
  readonly #levels = { bids: new Map<number, number>(), asks: new Map<number, number>() }
  readonly #past = new Map<number, string>()
  #middle = 1_000
  #book: Book | null = null
  #sequence: number
  #frames: MarketFrame[] = []
  #tape: Print[] = []
  #printed = 0
  #candle: Candle | null = null

  constructor(id: string, random: Random, now: () => number, sequence = 1_000) {
    this.id = id
    this.#random = random
    this.#now = now
    this.#sequence = sequence
    for (let n = 0; n < 20; n++) this.#change([], [])
    this.#remember()
  }

  get sequence(): number {
    return this.#sequence
  }

  get book(): Book {
    this.#book ??= this.#sorted()
    return this.#book
  }

  #sorted(): Book {
    const side = (levels: Map<number, number>, sign: number) =>
      [...levels].sort(([a], [b]) => sign * (a - b)).map(([at, lots]) => levelOf(at, lots))
    return { bids: side(this.#levels.bids, -1), asks: side(this.#levels.asks, 1) }
  }

  /** All prints ever, by id, to tell invented ones. */
  get printed(): number {
    return this.#printed
  }

  /** Whether the book was this at that sequence. */
  was(sequence: number, book: { bids: readonly BookLevel[]; asks: readonly BookLevel[] }): boolean {
    return this.#past.get(sequence) === textOf(book)
  }

  /** Something happens: some levels change, some trades are printed, or only trades are. */
  move(): MarketFrame {
    const [bids, asks]: [BookLevel[], BookLevel[]] = [[], []]
    const first = this.#sequence + 1
    const changes = this.#random.chance(0.8) ? this.#random.between(1, 5) : 0
    for (let n = 0; n < changes; n++) this.#change(bids, asks)
    const prints = Array.from({ length: this.#random.below(3) }, () => this.#print())
    this.#tape = [...this.#tape, ...prints].slice(-TAPE)
    const last = this.#sequence
    const book = { first, last, bids: newest(bids), asks: newest(asks), checksum: this.#checksum() }
    const frame: MarketFrame = {
      type: 'frame',
      market: this.id,
      ...(last < first ? {} : { book }),
      ...(prints.length === 0 ? {} : { prints }),
      ...(this.#random.chance(0.3) ? { ticker: this.ticker } : {}),
      ...(this.#candle === null ? {} : { candle: this.#candle }),
      at: this.#now(),
    }
    this.#frames = [...this.#frames, frame].slice(-FRAMES_KEPT)
    this.#remember()
    return frame
  }

  snapshot(): MarketSnapshotMessage {
    return {
      type: 'snapshot',
      market: this.id,
      sequence: this.#sequence,
      ...this.book,
      checksum: this.#checksum(),
      ticker: this.ticker,
      prints: [...this.#tape].reverse(),
      candle: this.#candle,
      at: this.#now(),
    }
  }

  /** The frames after a sequence; null when not all of them are kept. With nothing to send again, word that nothing was missed. */
  since(after: number): MarketFrame[] | null {
    if (after === this.#sequence) return [{ type: 'frame', market: this.id, at: this.#now() }]
    const from = this.#frames.findIndex(({ book }) => book !== undefined && book.first <= after + 1)
    const missed = this.#frames.slice(from).filter(({ book }) => book === undefined || book.last > after)
    return from === -1 || after > this.#sequence ? null : missed
  }

  /** The object has lost its memory: it counts from elsewhere and has no frames to send again. */
  restart(sequence: number): void {
    this.#sequence = sequence
    this.#frames = []
    this.#remember()
  }

  get tape(): readonly Print[] {
    return this.#tape
  }

  get candle(): Candle | null {
    return this.#candle
  }

  get ticker(): Ticker {
    const { bids, asks } = this.book
    return {
      market: this.id,
      last: this.#tape.at(-1)?.price ?? null,
      bid: bids[0]?.[0] ?? null,
      ask: asks[0]?.[0] ?? null,
      open24h: null,
      high24h: null,
      low24h: null,
      volume24h: `${this.#printed}`,
      changeBps: null,
      status: 'open',
      stale: false,
      at: timeOf(this.#now()),
    }
  }

  /** One level changes, and what it would cross is gone. */
  #change(bids: BookLevel[], asks: BookLevel[]): void {
    this.#book = null
    this.#middle = Math.max(100, this.#middle + this.#random.between(-1, 1))
    const set = (side: 'bids' | 'asks', at: number, lots: number): void => {
      if (lots === 0) this.#levels[side].delete(at)
      else this.#levels[side].set(at, lots)
      const told = side === 'bids' ? bids : asks
      told.push(levelOf(at, lots))
    }
    for (const at of this.#levels.bids.keys()) if (at >= this.#middle) set('bids', at, 0)
    for (const at of this.#levels.asks.keys()) if (at <= this.#middle) set('asks', at, 0)
    // No deeper than the checksum, which could not tell of what is wrong below.
    if (this.#levels.bids.size === CHECKSUM_LEVELS) set('bids', Math.min(...this.#levels.bids.keys()), 0)
    if (this.#levels.asks.size === CHECKSUM_LEVELS) set('asks', Math.max(...this.#levels.asks.keys()), 0)
    const distance = this.#random.between(1, SPAN)
    const lots = this.#random.below(5)
    if (this.#random.chance(0.5)) set('bids', this.#middle - distance, lots)
    else set('asks', this.#middle + distance, lots)
    this.#sequence += 1
  }

  /** With letters of more than one byte, so that a cut can fall inside one. */
  #print(): Print {
    this.#printed += 1
    const price = `${this.#middle}`
    const time = Math.floor(this.#now() / 60_000) * 60
    const open = this.#candle?.time === time ? this.#candle : null
    this.#candle = {
      time,
      open: open?.open ?? price,
      high: open === null || this.#middle > Number(open.high) ? price : open.high,
      low: open === null || this.#middle < Number(open.low) ? price : open.low,
      close: price,
      volume: `${Number(open?.volume ?? 0) + 1}`,
    }
    return {
      id: `${this.id} ${'№'.repeat(8)}${this.#printed}`,
      price,
      quantity: '1',
      side: this.#random.pick(['buy', 'sell']),
      source: this.#random.pick(['venue', 'reference']),
      at: timeOf(this.#now()),
    }
  }

  #checksum(): number {
    const { bids, asks } = this.book
    return bookChecksum(bids, asks)
  }

  #remember(): void {
    this.#past.set(this.#sequence, textOf(this.book))
  }
}

const levelOf = (at: number, lots: number): BookLevel => [`${at}`, `${lots}`]
const timeOf = (at: number): string => new Date(at).toISOString()
const textOf = ({ bids, asks }: { bids: readonly BookLevel[]; asks: readonly BookLevel[] }): string =>
  JSON.stringify([bids, asks])

/** Of several changes of a level the last. */
const newest = (told: BookLevel[]): BookLevel[] => [...new Map(told)]
