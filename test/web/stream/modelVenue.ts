import type { MarketFrame, StreamRequest, Subscription } from '../../../worker/contract/stream.ts'
import { StreamRequest as StreamRequestShape } from '../../../worker/contract/stream.ts'
import type { Random } from '../../support/random.ts'
import { ModelMarket } from './modelMarket.ts'

/** A connection as the venue sees it. */
interface Line {
  readonly say: (text: string) => void
  /** By what was subscribed to; of a book that waits for its first message, after which sequence. */
  readonly subscriptions: Map<string, Subscription>
}

/** What the venue did for its clients, to tell a resume from a snapshot. */
interface Served {
  connections: number
  subscribes: number
  resyncs: number
  snapshots: number
  /** Times that missed frames were sent instead of a snapshot. */
  resumes: number
}

/** The other end of `GET /api/v1/stream` as the contract has it, over model markets and one account. It is never wrong: see `FaultyLine`. */
export class ModelVenue {
  readonly markets: ReadonlyMap<string, ModelMarket>
  readonly served: Served = { connections: 0, subscribes: 0, resyncs: 0, snapshots: 0, resumes: 0 }
  readonly #random: Random
  readonly #lines = new Set<Line>()
  #sequence = 0
  /** What is said of the account: so many things have happened on it. */
  #happened = 0
  #heard: number[] = []
  /** The most requests within a second. */
  mostAtOnce = 0
  readonly #now: () => number

  constructor(names: readonly string[], random: Random, now: () => number) {
    this.#random = random
    this.#now = now
    this.markets = new Map(names.map((name) => [name, new ModelMarket(name, random, now)]))
  }

  get happened(): number {
    return this.#happened
  }

  market(name: string): ModelMarket {
    const market = this.markets.get(name)
    if (market === undefined) throw new Error(`there is no market ${name}`)
    return market
  }

  /** A client connects and is told by `say`. */
  connect(say: (text: string) => void): { hear: (text: string) => void; gone: () => void } {
    const line: Line = { say, subscriptions: new Map() }
    this.#lines.add(line)
    this.served.connections += 1
    return { hear: (text) => this.#hear(line, text), gone: () => this.#lines.delete(line) }
  }

  /** One interval: every market may move, and something may happen on the account. */
  move(): void {
    for (const market of this.markets.values()) {
      const before = market.candle
      const frame = market.move()
      this.#tell({ channel: 'book', market: market.id }, frame)
      this.#tell({ channel: 'ticker', market: market.id }, { type: 'ticker', ticker: market.ticker })
      const { prints, candle } = frame
      if (prints !== undefined)
        this.#tell({ channel: 'trades', market: market.id }, { type: 'trades', market: market.id, prints })
      for (const told of before?.time === candle?.time ? [candle] : [before, candle])
        if (told !== null && told !== undefined) this.#tell(candlesOf(market.id), candleOf(market.id, told))
    }
    if (this.#random.chance(0.3)) this.happen()
  }

  happen(): void {
    this.#happened += 1
    this.#sequence += 1
    const notification = { id: '0', title: 'Füllung: 日本', body: `${this.#happened}` }
    this.#tell(
      { channel: 'account' },
      { type: 'notification', sequence: this.#sequence, notification, unread: this.#happened },
    )
  }

  /** Something is said to everybody. */
  announce(text: string): void {
    for (const { say } of this.#lines) say(text)
  }

  /** The object of a market has lost its memory: everybody gets a snapshot. */
  wake(name: string, sequence: number): void {
    const market = this.market(name)
    market.restart(sequence)
    this.#tell({ channel: 'book', market: name }, market.snapshot())
  }

  get listeners(): number {
    return this.#lines.size
  }

  /** The venue ends what it has told of a market: its object has gone. */
  endMarket(name: string): void {
    this.#end('stream_ended', (subscription) => 'market' in subscription && subscription.market === name)
  }

  /** Its owner has opened too many others. */
  endAccount(): void {
    this.#end('too_many_streams', ({ channel }) => channel === 'account')
  }

  #end(code: string, which: (subscription: Subscription) => boolean): void {
    for (const { say, subscriptions } of this.#lines)
      for (const [key, subscription] of subscriptions)
        if (which(subscription)) {
          subscriptions.delete(key)
          say(JSON.stringify({ type: 'unsubscribed', ...subscription, code, message: 'It ended.' }))
        }
  }

  #tell(subscription: Subscription, message: object): void {
    const key = keyOf(subscription)
    const text = JSON.stringify(message)
    for (const line of this.#lines) if (line.subscriptions.has(key)) line.say(text)
  }

  #hear(line: Line, text: string): void {
    if (text === 'ping') {
      line.say('pong')
      return
    }
    this.#heard = [...this.#heard.filter((at) => at > this.#now() - 1_000), this.#now()]
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#heard.length)
    const asked = readJson(text)
    const parsed = StreamRequestShape.safeParse(asked)
    if (parsed.success) this.#answer(line, parsed.data)
    else refuse(line, 'invalid_input', asked)
  }

  #answer(line: Line, request: StreamRequest): void {
    const { type, ...asked } = request
    if (type === 'resync') {
      this.served.resyncs += 1
      const subscription = { channel: 'book', market: request.market } as const
      if (line.subscriptions.has(keyOf(subscription))) this.#begin(line, subscription, request.after)
      else refuse(line, 'not_subscribed', request)
      return
    }
    const subscription = subscriptionOf(request)
    const key = keyOf(subscription)
    if (type === 'unsubscribe') {
      if (line.subscriptions.delete(key)) line.say(JSON.stringify({ type: 'unsubscribed', ...asked }))
      else refuse(line, 'not_subscribed', request)
      return
    }
    this.served.subscribes += 1
    if ('market' in subscription && !this.markets.has(subscription.market))
      refuse(line, 'unknown_market', request)
    else if (line.subscriptions.has(key)) refuse(line, 'already_subscribed', request)
    else {
      line.subscriptions.set(key, subscription)
      line.say(JSON.stringify({ type: 'subscribed', ...subscription }))
      this.#begin(line, subscription, 'after' in request ? request.after : undefined)
    }
  }

  /** The first message of a channel. */
  #begin(line: Line, subscription: Subscription, after: number | undefined): void {
    const say = (message: object) => line.say(JSON.stringify(message))
    if (subscription.channel === 'account') {
      say({ type: 'hello', sequence: this.#sequence, unread: this.#happened })
      return
    }
    const market = this.market(subscription.market)
    // Only minutes are made here.
    if (subscription.channel === 'candles' && subscription.interval !== '1m') return
    if (subscription.channel === 'book') this.#beginBook(market, say, after)
    else if (subscription.channel === 'ticker') say({ type: 'ticker', ticker: market.ticker })
    else if (subscription.channel === 'trades')
      say({ type: 'trades', market: market.id, prints: market.tape })
    else if (market.candle !== null) say(candleOf(market.id, market.candle))
  }

  #beginBook(market: ModelMarket, say: (message: object) => void, after: number | undefined): void {
    const missed: MarketFrame[] | null = after === undefined ? null : market.since(after)
    if (missed === null) {
      this.served.snapshots += 1
      say(market.snapshot())
      return
    }
    this.served.resumes += 1
    for (const frame of missed) say(frame)
  }
}

const keyOf = (subscription: Subscription): string =>
  JSON.stringify(subscription, Object.keys(subscription).sort())

function subscriptionOf(request: Exclude<StreamRequest, { type: 'resync' }>): Subscription {
  switch (request.channel) {
    case 'account':
      return { channel: 'account' }
    case 'candles':
      return { channel: 'candles', market: request.market, interval: request.interval }
    default:
      return { channel: request.channel, market: request.market }
  }
}

const candlesOf = (market: string) => ({ channel: 'candles', market, interval: '1m' }) as const
const candleOf = (market: string, candle: object) => ({ type: 'candle', market, interval: '1m', candle })

function refuse(line: Line, code: string, request: unknown): void {
  line.say(JSON.stringify({ type: 'refused', code, message: 'Not like this.', request }))
}

/** What came over a bad line may be cut off. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
