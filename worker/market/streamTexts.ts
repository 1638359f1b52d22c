import { Interval, type Ticker } from '../contract/markets.ts'
import type { CandleMessage, MarketFrame, TickerMessage, TradesMessage } from '../contract/stream.ts'
import type { Candle } from './candles.ts'
import { KeptFrames } from './keptFrames.ts'
import type { MarketState } from './marketState.ts'
import { lengthOf } from './pastCandles.ts'
import type { Changes } from './publicStream.ts'
import { candleView, frames, printView, printViews, snapshotMessage, tickerView } from './views.ts'

/** What a socket listens to: candles of each interval are a channel of their own. */
export type Channel = 'book' | 'ticker' | 'trades' | `candles ${Interval}`

/** Something to say to all of a channel. */
export type News = readonly [channel: Channel, text: string]

/** Frames are made for so long after the last listener to the book has gone: it may come back for those it missed. */
const KEPT_FOR_MS = 30_000

/** Prints with which a channel begins. */
const FIRST_PRINTS = 50

/** What a market says in public, as texts: each is made once for all who hear it, and the frames are kept for a while. */
export class StreamTexts {
  readonly #kept = new KeptFrames()
  #keptUntil = 0
  #saidTicker = ''
  /** When the candle opened that was told last, of each interval that somebody hears. */
  readonly #saidCandles = new Map<Interval, number>()

  /** Nothing can be gone on from: the memory was lost, or what happens is told to nobody. */
  begin({ stream }: MarketState): void {
    stream.take()
    this.#kept.clear(stream.sequence)
    this.#saidCandles.clear()
  }

  /** Whether what happens is worth a frame even when nobody listens. */
  keeps(now: number): boolean {
    return now < this.#keptUntil
  }

  /** What has happened since the last time. `hears`: whether anybody hears a channel. */
  news(state: MarketState, hears: (channel: Channel) => boolean, now: number): News[] {
    const changes = state.stream.take()
    const ticker = this.#changedTicker(state, now)
    const news: News[] = []
    if (hears('book')) this.#keptUntil = now + KEPT_FOR_MS
    if (this.keeps(now)) news.push(...this.#frames(state, changes, ticker, now))
    else this.#kept.clear(state.stream.sequence)
    if (ticker !== null && hears('ticker')) news.push(['ticker', tickerText(ticker)])
    if (changes.prints.length > 0 && hears('trades'))
      news.push([
        'trades',
        tradesText(
          state,
          changes.prints.map((print) => printView(state.market, print)),
        ),
      ])
    for (const interval of Interval.options)
      if (!hears(`candles ${interval}`)) this.#saidCandles.delete(interval)
      else if (changes.candles.length > 0) news.push(...this.#candles(state, interval))
    return news
  }

  /** Where a channel stands, for whoever begins to listen. Of the book: what came `after` a sequence, if that is kept. */
  standing(state: MarketState, channel: Channel, after: number | null, now: number): readonly string[] {
    switch (channel) {
      case 'book':
        return this.#book(state, after, now)
      case 'ticker':
        return [tickerText(tickerView(state, now))]
      case 'trades':
        return [tradesText(state, printViews(state, FIRST_PRINTS).reverse())]
      default: {
        const interval = Interval.parse(channel.slice('candles '.length))
        const open = state.candles.openOf(lengthOf(interval))
        return open === null ? [] : [candleText(state, interval, open)]
      }
    }
  }

  #changedTicker(state: MarketState, now: number): Ticker | null {
    const ticker = tickerView(state, now)
    const said = JSON.stringify({ ...ticker, at: '' })
    if (said === this.#saidTicker) return null
    this.#saidTicker = said
    return ticker
  }

  #frames(state: MarketState, changes: Changes, ticker: Ticker | null, now: number): News[] {
    return frames(state, changes, ticker, now).map((frame) => {
      const text = JSON.stringify(frame)
      this.#kept.add(frame.book?.last ?? null, text)
      return ['book', text]
    })
  }

  #book(state: MarketState, after: number | null, now: number): readonly string[] {
    const missed = after === null ? null : this.#kept.after(after)
    if (missed === null) return [JSON.stringify(snapshotMessage(state, now))]
    if (missed.length > 0) return missed
    const nothing = {
      type: 'frame',
      market: state.market.id,
      ticker: tickerView(state, now),
      at: now,
    } as const
    return [JSON.stringify(nothing satisfies MarketFrame)]
  }

  /** The candle under way, and before it those that have closed since it was told last. */
  #candles(state: MarketState, interval: Interval): News[] {
    const length = lengthOf(interval)
    const open = state.candles.openOf(length)
    if (open === null) return []
    const since = this.#saidCandles.get(interval) ?? open.at
    this.#saidCandles.set(interval, open.at)
    return state.candles
      .since(length, since)
      .map((candle) => [`candles ${interval}`, candleText(state, interval, candle)])
  }
}

const tickerText = (ticker: Ticker): string =>
  JSON.stringify({ type: 'ticker', ticker } satisfies TickerMessage)

const tradesText = ({ market }: MarketState, prints: TradesMessage['prints']): string =>
  JSON.stringify({ type: 'trades', market: market.id, prints } satisfies TradesMessage)

const candleText = ({ market }: MarketState, interval: Interval, candle: Candle): string =>
  JSON.stringify({
    type: 'candle',
    market: market.id,
    interval,
    candle: candleView(market, candle),
  } satisfies CandleMessage)
