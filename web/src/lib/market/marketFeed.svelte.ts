import type {
  BookLevel,
  Candle,
  Interval,
  MarketSummary,
  MarketView,
  Print,
  Ticker,
} from '$contract/markets.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'
import { marketStream } from '../stream/browser.ts'
import type { MarketBook } from '../stream/marketBook.ts'
import type { StreamState } from '../stream/topic.ts'
import { liveState, type PanelState, refusedState } from '../ui/panelState.ts'
import { CandleSeries } from './candleSeries.ts'

interface Book {
  bids: readonly BookLevel[]
  asks: readonly BookLevel[]
}

/** A market's minutes are read for longer than a chart shows: a trailing stop is followed through them. */
const MINUTES_READ = 720
const CANDLES_READ = 500

/** One market as its page shows it: the book-keeping is in `MarketBook`, here it meets the page, once a frame. */
export class MarketFeed {
  readonly market: MarketView
  readonly #api: Api
  #book: MarketBook | null = null
  #drawing: number | null = null
  #wasLive = false
  /** Kept up by the book's stream, which tells the open minute. */
  readonly #minutes = new CandleSeries('1m')
  #chosen: CandleSeries = this.#minutes
  #endChosen: (() => void) | null = null

  connection = $state<StreamState>('connecting')
  /** Null until the first snapshot. */
  book = $state.raw<Book | null>(null)
  prints = $state.raw<readonly Print[]>([])
  ticker = $state.raw<Ticker>() as Ticker
  /** Oldest first; null until read. */
  minutes = $state.raw<readonly Candle[] | null>(null)
  /** Length of the candles that are shown, and those of that length, oldest first; null until read. */
  interval = $state<Interval>('1m')
  candles = $state.raw<readonly Candle[] | null>(null)
  #candlesRefusal = $state.raw<Refused | null>(null)

  readonly state: PanelState = $derived.by(() =>
    liveState(this.book !== null, this.connection, this.ticker.stale, this.ticker.status),
  )
  readonly chartState: PanelState = $derived.by(() => {
    if (this.candles === null && this.#candlesRefusal !== null) return refusedState(this.#candlesRefusal)
    if (this.candles?.length === 0) return { kind: 'empty' }
    return liveState(this.candles !== null, this.connection, this.ticker.stale, this.ticker.status)
  })

  constructor(summary: MarketSummary, api: Api) {
    this.market = summary.market
    this.ticker = summary.ticker
    this.#api = api
  }

  /** Opens the stream; returns what ends it. */
  start(): () => void {
    const end = marketStream().book(this.market.id, {
      update: (book) => {
        this.#book = book
        if (book.candle !== null) this.#take(this.#minutes, book.candle)
        this.#draw()
      },
      state: (state) => this.#turn(state),
    })
    void this.#read(this.#minutes)
    return () => {
      end()
      this.#endChosen?.()
      this.#endChosen = null
      if (this.#drawing !== null) cancelAnimationFrame(this.#drawing)
      this.#drawing = null
    }
  }

  /** Shows candles of another length, and those there were until they have come. */
  show(interval: Interval): void {
    if (interval === this.interval) return
    this.#endChosen?.()
    this.#endChosen = null
    this.interval = interval
    this.#candlesRefusal = null
    if (interval === '1m') this.#chosen = this.#minutes
    else {
      const series = new CandleSeries(interval)
      this.#chosen = series
      this.#endChosen = marketStream().candles(this.market.id, interval, {
        update: (candle) => this.#take(series, candle),
      })
      void this.#read(series)
    }
    this.#draw()
  }

  /** Reads the candles again, as asked for by a person. */
  async retry(): Promise<void> {
    await this.#read(this.#chosen)
  }

  /** What happened while there was no connection is read. */
  #turn(state: StreamState): void {
    this.connection = state
    if (state !== 'live') return
    if (this.#wasLive) {
      void this.#read(this.#minutes)
      if (this.#chosen !== this.#minutes) void this.#read(this.#chosen)
    }
    this.#wasLive = true
  }

  async #read(series: CandleSeries): Promise<void> {
    const limit = series === this.#minutes ? MINUTES_READ : CANDLES_READ
    if (series === this.#chosen) this.#candlesRefusal = null
    series.reading()
    const answer = await this.#api.candles(this.market.id, { interval: series.interval, limit })
    if (answer.ok) series.read(answer.value.items)
    else if (series === this.#chosen) {
      this.#candlesRefusal = answer.refusal
      this.candles = series.candles
    }
    this.#draw()
  }

  #take(series: CandleSeries, candle: Candle): void {
    if (series.take(candle) === 'gap') void this.#read(series)
    else this.#draw()
  }

  #draw(): void {
    this.#drawing ??= requestAnimationFrame(() => {
      this.#drawing = null
      this.minutes = this.#minutes.candles
      if (this.#chosen.candles !== null) this.candles = this.#chosen.candles
      const book = this.#book
      if (book === null) return
      // A book that is not the venue's is not shown: the last one that was stays until it is whole again.
      if (book.current) this.book = { bids: [...book.bids], asks: [...book.asks] }
      this.prints = book.prints
      if (book.ticker !== null) this.ticker = book.ticker
    })
  }
}
