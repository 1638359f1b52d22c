import type { Candle, Interval, Print, Ticker } from '$contract/markets.ts'
import type { Subscription } from '$contract/stream.ts'
import {
  AccountChannel,
  type AccountNews,
  BookChannel,
  CandlesChannel,
  type Channel,
  TickerChannel,
  TradesChannel,
} from './channels.ts'
import { Connection, type Surroundings } from './connection.ts'
import type { MarketBook } from './marketBook.ts'
import { readMessage, readRequest, type StreamMessage } from './messages.ts'
import { Pacer } from './pacer.ts'
import { type Line, type StreamListener, Topic } from './topic.ts'

/** A connection that nobody needs is kept for so long: the next page may want it. */
const LINGER = 5_000

/** Ends a subscription. */
export type End = () => void

/** What has gone wrong so far, and was mended. */
export interface StreamCounts {
  /** Sockets that were opened. */
  connections: number
  /** Messages that could not be read; each cost its connection. */
  unreadable: number
  /** Frames that did not follow, each time it was noticed. */
  behind: number
  /** Books that were not what the venue's checksum said. */
  wrong: number
}

/**
 * The stream of the venue: one connection to `GET /api/v1/stream` with as many subscriptions as there are listeners, made
 * with the first and closed after the last. `docs/stream.md` is the protocol.
 *
 *     const stream = new StreamClient('wss://venue.example/api/v1/stream', surroundings)
 *     const end = stream.book('BTC-USDT', {
 *       update: (book) => book.current && quote(book.bids[0], book.asks[0]),
 *       state: (state) => state !== 'live' && withdraw(),
 *     })
 *
 * It uses nothing of a page: `Surroundings` bring the sockets, the time and the chance. A lost connection is made anew
 * and every subscription asked for again, a book with the sequence it has, so that only what was missed is sent.
 *
 * The pages have no sockets of one market each, though the venue offers them. A refusal of an upgrade looks like a dead
 * network to a browser, while one on a connection is a message with a code; another market or length of candles needs no
 * new handshake; and there is one way to be lost and found, which is tested once.
 */
export class StreamClient {
  readonly counts: StreamCounts = { connections: 0, unreadable: 0, behind: 0, wrong: 0 }
  readonly #outside: Surroundings
  readonly #connection: Connection
  readonly #pacer: Pacer
  readonly #line: Line
  readonly #books = new Map<string, Topic<MarketBook>>()
  readonly #tickers = new Map<string, Topic<Ticker>>()
  readonly #trades = new Map<string, Topic<readonly Print[]>>()
  readonly #candles = new Map<string, Topic<Candle>>()
  readonly #accounts = new Map<string, Topic<AccountNews>>()
  readonly #shelves: readonly ReadonlyMap<string, AnyTopic>[] = [
    this.#books,
    this.#tickers,
    this.#trades,
    this.#candles,
    this.#accounts,
  ]
  #paused = false
  #opened = false
  #cancelLinger: (() => void) | null = null

  constructor(url: string, outside: Surroundings) {
    this.#outside = outside
    const connection = new Connection(
      url,
      {
        opened: () => this.#open(),
        lost: () => this.#lost(),
        message: (text) => this.#hear(text),
        state: () => {
          for (const topic of this.#topics()) topic.tell()
        },
      },
      outside,
    )
    this.#connection = connection
    this.#pacer = new Pacer(
      (text) => connection.send(text),
      () => connection.distrust(),
      outside,
    )
    this.#line = {
      get state() {
        return connection.state
      },
      say: (request) => {
        if (this.#opened) this.#pacer.say(JSON.stringify(request))
      },
      count: (what) => {
        this.counts[what] += 1
      },
    }
  }

  /** The book with its tape, ticker and open minute. Look at `current` before a price of it is used. */
  book(market: string, listener: StreamListener<MarketBook>): End {
    return this.#join(this.#books, { channel: 'book', market }, () => new BookChannel(), listener)
  }

  ticker(market: string, listener: StreamListener<Ticker>): End {
    return this.#join(this.#tickers, { channel: 'ticker', market }, () => new TickerChannel(), listener)
  }

  /** The newest prints, newest first. */
  trades(market: string, listener: StreamListener<readonly Print[]>): End {
    return this.#join(this.#trades, { channel: 'trades', market }, () => new TradesChannel(), listener)
  }

  /** The open candle on each change, and each that has closed once more. A span in which nothing traded has none. */
  candles(market: string, interval: Interval, listener: StreamListener<Candle>): End {
    const subscription = { channel: 'candles', market, interval } as const
    return this.#join(this.#candles, subscription, () => new CandlesChannel(), listener)
  }

  /** Of whoever is signed in as the connection is made. After news of which `continuity` is `fetch`, read by REST. */
  account(listener: StreamListener<AccountNews>): End {
    return this.#join(this.#accounts, { channel: 'account' }, () => new AccountChannel(), listener)
  }

  /** The network is said to have come or gone. */
  check(): void {
    this.#connection.check()
  }

  /** Lets go of the connection until `resume`; the subscriptions stay. */
  pause(): void {
    this.#paused = true
    this.#connection.close()
  }

  /** Also asks again for what was refused. */
  resume(): void {
    this.#paused = false
    if (!this.#isWanted) return
    this.#connection.open()
    if (this.#opened) for (const topic of this.#topics()) topic.retry()
  }

  get #isWanted(): boolean {
    return !this.#topics().next().done
  }

  #join<T>(
    topics: Map<string, Topic<T>>,
    subscription: Subscription,
    channel: () => Channel<T>,
    listener: StreamListener<T>,
  ): End {
    const key = keyOf(subscription)
    const found = topics.get(key)
    const topic = found ?? new Topic(subscription, channel(), this.#line, this.#outside)
    topics.set(key, topic)
    if (found === undefined && this.#opened) topic.open()
    const { state } = this.#connection
    if (!this.#paused && (state === 'closed' || state === 'refused')) this.#connection.open()
    topic.listen(listener)
    return () => {
      topic.leave(listener)
      if (topic.isWanted || topics.get(key) !== topic) return
      topics.delete(key)
      topic.end()
      this.#linger()
    }
  }

  #linger(): void {
    if (this.#isWanted) return
    this.#cancelLinger?.()
    this.#cancelLinger = this.#outside.after(LINGER, () => {
      if (!this.#isWanted) this.#connection.close()
    })
  }

  #open(): void {
    this.#opened = true
    this.counts.connections += 1
    for (const topic of this.#topics()) topic.open()
  }

  #lost(): void {
    this.#opened = false
    this.#pacer.clear()
    for (const topic of this.#topics()) topic.lost()
  }

  #hear(text: string): void {
    const message = readMessage(text)
    if (message === 'unknown') return
    if (message === 'unreadable') {
      this.counts.unreadable += 1
      this.#connection.distrust()
      return
    }
    if (message.type === 'subscribed') this.#topicOf(keyOf(message))?.subscribed()
    else if (message.type === 'unsubscribed') {
      // Without a code it is the answer to what was asked here.
      const { code, message: why = '' } = message
      if (code !== undefined) this.#topicOf(keyOf(message))?.ended({ code, message: why }, 'ended')
    } else if (message.type === 'refused') {
      const asked = readRequest(message.request)
      // What was to be ended has ended, then; the same may have been asked for again.
      if (asked !== null && asked.type !== 'unsubscribe')
        this.#topicOf(keyOf(asked))?.ended(message, 'refused')
    } else this.#topicOf(keyOfMessage(message))?.take(message)
  }

  #topicOf(key: string): AnyTopic | undefined {
    return this.#shelves.map((topics) => topics.get(key)).find((topic) => topic !== undefined)
  }

  *#topics(): Generator<AnyTopic> {
    for (const topics of this.#shelves) yield* topics.values()
  }
}

/** All of a topic that does not depend on what its listeners are given. */
type AnyTopic = Pick<Topic<never>, 'open' | 'retry' | 'lost' | 'take' | 'subscribed' | 'ended' | 'tell'>

interface Named {
  channel: string
  market?: string | undefined
  interval?: string | undefined
}
const keyOf = ({ channel, market = '', interval = '' }: Named): string => `${channel} ${market} ${interval}`

function keyOfMessage(
  message: Exclude<StreamMessage, { type: 'subscribed' | 'unsubscribed' | 'refused' }>,
): string {
  switch (message.type) {
    case 'snapshot':
    case 'frame':
      return keyOf({ channel: 'book', market: message.market })
    case 'ticker':
      return keyOf({ channel: 'ticker', market: message.ticker.market })
    case 'trades':
      return keyOf({ channel: 'trades', market: message.market })
    case 'candle':
      return keyOf({ channel: 'candles', market: message.market, interval: message.interval })
    default:
      return keyOf({ channel: 'account' })
  }
}
