import type { BookLevel, Candle, MarketSummary, MarketView, Print, Ticker } from '$contract/markets.ts'
import type { MarketStreamMessage } from '$contract/stream.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'
import { openStream } from '../stream/browser.ts'
import type { ConnectionState } from '../stream/connection.ts'
import { MarketBook } from '../stream/marketBook.ts'
import { liveState, type PanelState, refusedState } from '../ui/panelState.ts'
import { withOpenMinute } from './candleSeries.ts'

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
        if (this.#book.apply(message as MarketStreamMessage) === 'gap')
          stream.connection.send({ type: 'resync' })
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
