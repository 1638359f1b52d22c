import type { Market } from '../../settings.ts'
import { type Feed, type FeedStep, MAX_PRINTS, type Print, type ReferenceBook } from '../feed.ts'
import { type Connection, connect, type ExchangeSource } from './connect.ts'
import { parseBook, parseTrades } from './parse.ts'

/** Milliseconds throughout. */
export interface PollingPolicy {
  /** Between the beginnings of two polls; bounds what is asked of the exchange to two requests in this time. */
  readonly interval: number
  readonly timeout: number
  /** First wait after an error, doubled with each further one up to the longest; between a half and all of it is waited. */
  readonly retryFirst: number
  readonly retryLongest: number
  /** Consecutive errors after which the feed is stale and only probed. */
  readonly errorsToStale: number
  readonly probe: number
  /** A book older than this is stale whatever came after it. */
  readonly longestAge: number
}

export const POLLING_POLICY: PollingPolicy = {
  interval: 1_000,
  timeout: 4_000,
  retryFirst: 500,
  retryLongest: 8_000,
  errorsToStale: 5,
  probe: 30_000,
  longestAge: 10_000,
}

/** Keys of trades remembered, to know which of an answer are new: several answers' worth. */
const KEYS_KEPT = 1_000

export function createExchangeFeed(
  market: Market,
  connection: Omit<Connection, 'timeoutMs'>,
  policy: PollingPolicy = POLLING_POLICY,
): ExchangeFeed {
  const open = () => connect(market, { ...connection, timeoutMs: policy.timeout })
  return new ExchangeFeed(market, open, policy, Math.random)
}

/**
 * Follows a real exchange by asking for its book and trades again and again. It polls only while `prepare` is called, so an
 * idle market asks nothing. Errors wait longer and longer; after some in a row the feed is stale and tries now and then.
 */
export class ExchangeFeed implements Feed {
  readonly kind = 'exchange'
  readonly #market: Market
  readonly #open: () => Promise<ExchangeSource>
  readonly #policy: PollingPolicy
  readonly #random: () => number
  #source: ExchangeSource | null = null
  #latest: { book: ReferenceBook; at: number } | null = null
  #prints: Print[] = []
  /** In order of arrival. Null before the first answer, whose trades are all old. */
  #keys: Set<string> | null = null
  #errors = 0
  #nextAt = 0
  #polling: Promise<void> | null = null

  constructor(
    market: Market,
    open: () => Promise<ExchangeSource>,
    policy: PollingPolicy,
    random: () => number,
  ) {
    this.#market = market
    this.#open = open
    this.#policy = policy
    this.#random = random
  }

  /** When the next poll is due, in ms. */
  get nextAt(): number {
    return this.#nextAt
  }

  /** Resolves when no poll is under way. */
  get polled(): Promise<void> {
    return this.#polling ?? Promise.resolve()
  }

  /**
   * Polls when it is time. Waits for the answers only while there is no book to go on with: a slow exchange must not hold
   * up the market, whose orders wait for this.
   */
  prepare(now: number): Promise<void> {
    if (this.#polling === null && now >= this.#nextAt) {
      this.#nextAt = now + this.#policy.interval
      this.#polling = this.#poll(now).finally(() => {
        this.#polling = null
      })
    }
    return this.#isStale(now) && this.#errors === 0 ? this.polled : Promise.resolve()
  }

  step(now: number): FeedStep | null {
    const latest = this.#latest
    if (latest === null || this.#isStale(now)) return null
    const prints = this.#prints
    this.#prints = []
    return { at: latest.at, book: latest.book, prints }
  }

  #isStale(now: number): boolean {
    const { errorsToStale, longestAge } = this.#policy
    const latest = this.#latest
    return latest === null || this.#errors >= errorsToStale || now - latest.at > longestAge
  }

  async #poll(now: number): Promise<void> {
    try {
      this.#source ??= await this.#open()
      const [answer, trades] = await Promise.all([this.#source.orderBook(), this.#source.trades()])
      const book = parseBook(this.#market, answer)
      if (book === null) throw new Error('the book of the exchange is empty or crossed')
      // The time of asking: the exchange's clock is not ours, and the book is not newer than that.
      this.#latest = { book, at: now }
      this.#take(parseTrades(this.#market, trades), now)
      this.#errors = 0
    } catch (error) {
      this.#fail(now, error)
    }
  }

  #take(trades: ReturnType<typeof parseTrades>, now: number): void {
    const known = this.#keys
    const keys = known ?? new Set<string>()
    for (const { key, print } of trades) {
      if (keys.has(key)) continue
      keys.add(key)
      if (known !== null) this.#prints.push({ ...print, at: Math.min(print.at, now) })
    }
    this.#keys = keys.size > KEYS_KEPT ? new Set([...keys].slice(-KEYS_KEPT)) : keys
    this.#prints = this.#prints.slice(-MAX_PRINTS)
  }

  #fail(now: number, error: unknown): void {
    const { errorsToStale, retryFirst, retryLongest, probe } = this.#policy
    this.#errors += 1
    const stale = this.#errors >= errorsToStale
    const longest = stale ? probe : Math.min(retryLongest, retryFirst * 2 ** (this.#errors - 1))
    // Jitter: markets that failed together must not come back together.
    this.#nextAt = now + longest * (0.5 + this.#random() / 2)
    if (this.#errors === 1 || this.#errors === errorsToStale) {
      const event = stale ? 'exchangeFeedStale' : 'exchangeFeedError'
      console.warn({ event, market: this.#market.id, errors: this.#errors, error: String(error) })
    }
  }
}
