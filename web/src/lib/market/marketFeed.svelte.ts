import type { BookLevel, Candle, MarketSummary, MarketView, Print, Ticker } from '$contract/markets.ts'
import type { MarketStreamMessage } from '$contract/stream.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'
import { openStream } from '../stream/browser.ts'
import type { ConnectionState } from '../stream/connection.ts'
import { MarketBook } from '../stream/marketBook.ts'
import { liveState, type PanelState, refusedState } from '../ui/panelState.ts'
import { candlesOf, intervals, type Minutes, withOpenMinute } from './candleSeries.ts'

interface Book {
  bids: readonly BookLevel[]
  asks: readonly BookLevel[]
}

/** One market as its page shows it: the pure book-keeping is in `MarketBook`, here it meets the page, once a frame. */
export class MarketFeed {
  readonly market: MarketView
  readonly #api: Api
  #book = new MarketBook()
  #drawing: number | null = null

  connection = $state<ConnectionState>('connecting')
  /** Null until the first snapshot. */
  book = $state.raw<Book | null>(null)
  prints = $state.raw<readonly Print[]>([])
  ticker = $state.raw<Ticker>() as Ticker
  /** Minutes, oldest first; null until fetched. */
  minutes = $state.raw<readonly Candle[] | null>(null)
  minutesRefusal = $state.raw<Refused | null>(null)
  /** Length of the candles that are shown, and those of that length that were fetched. */
  interval = $state<Minutes>(1)
  #past = $state.raw<readonly Candle[]>([])
  readonly candles: readonly Candle[] = $derived.by(() =>
    candlesOf(this.#past, this.minutes ?? [], this.interval),
  )

  readonly state: PanelState = $derived.by(() =>
    liveState(this.book !== null, this.connection, this.ticker.stale, this.ticker.status),
  )
  readonly chartState: PanelState = $derived.by(() => {
    if (this.minutes === null && this.minutesRefusal !== null) return refusedState(this.minutesRefusal)
    if (this.minutes?.length === 0) return { kind: 'empty' }
    return liveState(this.minutes !== null, this.connection, this.ticker.stale, this.ticker.status)
  })

  constructor(summary: MarketSummary, api: Api) {
    this.market = summary.market
    this.ticker = summary.ticker
    this.#api = api
  }

  /** Opens the stream; returns what ends it. */
  start(): () => void {
    const stream = openStream(`/api/v1/stream/markets/${this.market.id}`, {
      message: (message) => {
        const said = message as MarketStreamMessage
        if (said.type !== 'snapshot' && said.type !== 'frame') return
        const applied = this.#book.apply(said)
        if (applied === 'gap' || applied === 'mismatch') stream.connection.send('{"type":"resync"}')
        this.#draw()
      },
      state: (state) => {
        this.connection = state
        if (state !== 'live') this.#book.detach()
      },
    })
    void this.loadMinutes()
    return () => {
      stream.end()
      if (this.#drawing !== null) cancelAnimationFrame(this.#drawing)
      this.#drawing = null
    }
  }

  async loadMinutes(): Promise<void> {
    this.minutesRefusal = null
    const answer = await this.#api.candles(this.market.id)
    if (!answer.ok) {
      this.minutesRefusal = answer.refusal
      return
    }
    this.minutes = answer.value.items
    this.#draw()
    await this.#loadPast()
  }

  /** Shows candles of another length: at once what the minutes make of it, and what was before them when it has come. */
  async show(interval: Minutes): Promise<void> {
    this.interval = interval
    this.#past = []
    await this.#loadPast()
  }

  /** What cannot be fetched is not shown; the minutes are. */
  async #loadPast(): Promise<void> {
    const { interval } = this
    const label = intervals.find(({ minutes }) => minutes === interval)?.label
    if (interval === 1 || label === undefined) return
    const answer = await this.#api.candles(this.market.id, { interval: label, limit: 500 })
    if (answer.ok && interval === this.interval) this.#past = answer.value.items
  }

  #draw(): void {
    this.#drawing ??= requestAnimationFrame(() => {
      this.#drawing = null
      const book = this.#book
      // A book with a hole in it is not shown: the last whole one stays until the snapshot comes.
      if (book.current) this.book = { bids: [...book.bids], asks: [...book.asks] }
      if (book.prints !== this.prints) this.prints = [...book.prints]
      if (book.ticker !== null) this.ticker = book.ticker
      this.#joinMinute(book.candle)
    })
  }

  #joinMinute(open: Candle | null): void {
    if (open === null || this.minutes === null) return
    const { minutes, gap } = withOpenMinute(this.minutes, open)
    this.minutes = minutes
    if (gap && minutes.length > 1) void this.loadMinutes()
  }
}
