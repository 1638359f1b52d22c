import type { MarketBook } from '../../../web/src/lib/stream/marketBook.ts'
import type { StreamClient } from '../../../web/src/lib/stream/streamClient.ts'
import { TAPE_LENGTH } from '../../../web/src/lib/stream/tape.ts'
import type { StreamState } from '../../../web/src/lib/stream/topic.ts'
import type { Print, Ticker } from '../../../worker/contract/markets.ts'
import type { ModelVenue } from './modelVenue.ts'

/** What a tape has shown so far. */
class Shown {
  readonly #ever = new Set<string>()
  #last = new Set<string>()

  /** Whether one that had left the tape comes back as if it were new. */
  again(prints: readonly Print[]): boolean {
    const ids = prints.map(({ id }) => id)
    const before = this.#last
    const known = ids.findIndex((id) => before.has(id))
    const again = known !== -1 && ids.slice(0, known).some((id) => this.#ever.has(id))
    for (const id of ids) this.#ever.add(id)
    this.#last = new Set(ids)
    return again
  }
}

/** Whoever watches a market, and objects to all that is shown as the venue's and is not. */
export class Viewer {
  readonly #venue: ModelVenue
  readonly #market: string
  readonly states: StreamState[] = []
  readonly wrongs: string[] = []
  book: MarketBook | null = null
  prints: readonly Print[] = []
  readonly #trades = new Shown()
  readonly #tape = new Shown()
  ticker: Ticker | null = null
  readonly #ends: (() => void)[]

  constructor(client: StreamClient, venue: ModelVenue, market: string) {
    this.#venue = venue
    this.#market = market
    this.#ends = [
      client.book(market, {
        update: (book) => this.#look(book),
        state: (state) => {
          this.states.push(state)
          if (state === 'live' && this.book?.current !== true)
            this.#object('is called live and is not current')
        },
      }),
      client.ticker(market, {
        update: (ticker) => {
          this.ticker = ticker
        },
      }),
      client.trades(market, {
        update: (prints) => {
          this.prints = prints
          this.#lookAtTape(this.#trades, prints)
        },
      }),
    ]
  }

  get state(): StreamState | undefined {
    return this.states.at(-1)
  }

  end(): void {
    for (const end of this.#ends) end()
  }

  /** Only what the venue's book is now counts. */
  get isRight(): boolean {
    const { book } = this
    const market = this.#venue.market(this.#market)
    return book?.current === true && book.sequence === market.sequence && market.was(market.sequence, book)
  }

  #look(book: MarketBook): void {
    this.book = book
    this.#lookAtTape(this.#tape, book.prints)
    if (!book.current) return
    const market = this.#venue.market(this.#market)
    if (book.sequence === null || !market.was(book.sequence, book))
      this.#object(`has another book at ${book.sequence}`)
    const [bid, ask] = [book.bids[0], book.asks[0]]
    if (bid !== undefined && ask !== undefined && Number(bid[0]) >= Number(ask[0]))
      this.#object('shows a crossed book')
  }

  #lookAtTape(shown: Shown, prints: readonly Print[]): void {
    if (shown.again(prints)) this.#object('shows a print again')
    if (new Set(prints.map(({ id }) => id)).size !== prints.length) this.#object('shows a print twice')
    if (prints.length > TAPE_LENGTH) this.#object('keeps too many prints')
  }

  #object(what: string): void {
    this.wrongs.push(`${this.#market} ${what}`)
  }
}

/** Every book is the venue's of now, and every subscription says so. */
export const isWhole = (viewers: readonly Viewer[]): boolean =>
  viewers.every((viewer) => viewer.state === 'live' && viewer.isRight)
