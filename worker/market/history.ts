import type { CandlePage, CandlesQuery } from '../contract/markets.ts'
import type { Store } from '../messaging/store.ts'
import { type Candle, HOUR, MINUTE, SECOND, SECONDS_KEPT } from './candles.ts'
import type { Feed } from './feed/feed.ts'
import type { MarketState } from './marketState.ts'
import { candlesOf, lengthOf, secondsOf } from './pastCandles.ts'
import { newestCandleBefore, readCandles, readTradesWithin } from './rows.ts'
import { candleView } from './views.ts'

const SECONDS_KEPT_MS = SECONDS_KEPT * SECOND

/** Candles by their query, whatever the form of the answer. */
export type CandlesAsked = Omit<CandlesQuery, 'format'>

/** What a market has seen, put together of what its memory, its rows and the past of its feed know. */
export class MarketHistory {
  readonly #rows: Store
  readonly #feed: Feed

  constructor(rows: Store, feed: Feed) {
    this.#rows = rows
    this.#feed = feed
  }

  /** Nobody watched since `since`: the seconds of that time are told by the feed and the trades when somebody asks. */
  missed(state: MarketState, since: number, now: number): void {
    const keptFrom = now - SECONDS_KEPT_MS
    state.missed.add({ from: Math.max(since, keptFrom), to: now }, keptFrom)
  }

  /** Candles of a span, the newest of it, oldest first. */
  candles(state: MarketState, { interval, from, to, limit }: CandlesAsked, now: number): CandlePage {
    const length = lengthOf(interval)
    const bound = length < MINUTE ? now - SECONDS_KEPT_MS : 0
    const least = Math.ceil(Math.max((from ?? 0) * 1_000, bound) / length) * length
    const end = Math.min((to ?? Number.MAX_SAFE_INTEGER) * 1_000, now)
    const start = Math.max(least, (Math.ceil(end / length) - limit) * length)
    const found =
      length < MINUTE ? this.#seconds(state, start, end) : this.#candles(state, length, start, end, now)
    const earliest = found[0]?.at ?? this.#beforeNothing(length, start)
    return {
      items: found.map((candle) => candleView(state.market, candle)),
      earlier: earliest === null || earliest <= least ? null : earliest / 1_000,
    }
  }

  #seconds({ candles, missed, tradesReadBack }: MarketState, from: number, to: number): Candle[] {
    // The close before a second in which nothing traded may lie before the page.
    const lead = from - MINUTE
    for (const span of missed.take({ from: lead, to })) {
      const trades = readTradesWithin(this.#rows, span, tradesReadBack)
      const prints = this.#feed.pastPrints?.(span.from, span.to) ?? []
      candles.learnSeconds(
        span.from,
        [...trades, ...prints].sort((a, b) => a.at - b.at),
      )
    }
    return secondsOf(candles, lead, to).filter(({ at }) => at >= from)
  }

  #candles({ candles }: MarketState, length: number, start: number, end: number, now: number): Candle[] {
    const sources = {
      now,
      inMemory: candles.since(MINUTE, 0),
      minutes: (from: number, to: number) => readCandles(this.#rows, 'candle', from, to),
      hours: (from: number, to: number) => readCandles(this.#rows, 'hour_candle', from, to),
      feed: (from: number, to: number, each: number) => this.#feed.history?.(from, to, each) ?? [],
    }
    return candlesOf(sources, length, start, end)
  }

  /** Where the candles before an empty page end: nothing may have traded for longer than a page. */
  #beforeNothing(length: number, start: number): number | null {
    if (length < MINUTE) return start
    const at = newestCandleBefore(this.#rows, length < HOUR ? 'candle' : 'hour_candle', start)
    return at === null ? null : (Math.floor(at / length) + 1) * length
  }
}
