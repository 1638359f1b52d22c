import { toTime } from '../contract/amounts.ts'
import { bookChecksum, CHECKSUM_LEVELS } from '../contract/checksum.ts'
import type {
  BookLevel,
  BookSnapshot,
  Candle as CandleView,
  MarketSummary,
  MarketView,
  Print as PrintView,
  Ticker,
} from '../contract/markets.ts'
import type { MarketFrame, MarketSnapshotMessage } from '../contract/stream.ts'
import { toDecimal } from '../ledger/amount.ts'
import { type Candle, MINUTE } from './candles.ts'
import type { MarketState } from './marketState.ts'
import type { Side } from './messages.ts'
import type { Changes, LevelChanges } from './publicStream.ts'
import { priceOf } from './rules.ts'
import { baseOf, type Market } from './settings.ts'
import type { TapePrint } from './tape.ts'

/** Levels a side of a stream's snapshot. Past them a client learns of a level when it changes. */
const SNAPSHOT_LEVELS = 5_000

/** Prints of a stream's snapshot. */
const SNAPSHOT_PRINTS = 50

const HOUR = 60 * MINUTE

const price = (market: Market, ticks: number): string => toDecimal(priceOf(market, ticks))
const quantity = (market: Market, lots: number): string => toDecimal(baseOf(market, lots))

export function marketView({ market, status }: MarketState, feed: MarketView['feed']): MarketView {
  const { id, symbol, base, quote, makerFeeBps, takerFeeBps, bandDownBps, bandUpBps } = market
  const { maxOpenOrders, maxIcebergParts } = market
  return {
    id,
    symbol,
    base,
    quote,
    tickSize: toDecimal(market.tickSize),
    lotSize: toDecimal(market.lotSize),
    minQuantity: quantity(market, market.minLots),
    maxQuantity: quantity(market, market.maxLots),
    minNotional: toDecimal(market.minNotional),
    makerFeeBps,
    takerFeeBps,
    bandDownBps,
    bandUpBps,
    maxOpenOrders,
    maxIcebergParts,
    status,
    feed,
  }
}

export function summaryView(state: MarketState, feed: MarketView['feed'], now: number): MarketSummary {
  const { market, candles } = state
  const hourly = candles.closed.filter(({ at }) => at >= now - 24 * HOUR && (at + MINUTE) % HOUR === 0)
  const line = [...hourly, ...(candles.open === null ? [] : [candles.open])].map(({ close }) =>
    price(market, close),
  )
  return { market: marketView(state, feed), ticker: tickerView(state, now), line }
}

export function tickerView(state: MarketState, now: number): Ticker {
  const { market, book, last, stale, status } = state
  const day = state.candles.day(now)
  const orNull = (ticks: number | undefined): string | null =>
    ticks === undefined ? null : price(market, ticks)
  const lastTicks = last?.ticks ?? state.candles.open?.close ?? state.reference?.ticks
  return {
    market: market.id,
    last: orNull(lastTicks),
    bid: orNull(book.bestBid),
    ask: orNull(book.bestAsk),
    open24h: orNull(day?.open),
    high24h: orNull(day?.high),
    low24h: orNull(day?.low),
    volume24h: quantity(market, day?.lots ?? 0),
    changeBps:
      day === null || lastTicks === undefined
        ? null
        : Math.round(((lastTicks - day.open) * 10_000) / day.open),
    status,
    stale,
    at: toTime(now),
  }
}

export function bookView(state: MarketState, depth: number, now: number): BookSnapshot {
  return {
    market: state.market.id,
    sequence: state.stream.sequence,
    bids: levels(state, 'buy', depth),
    asks: levels(state, 'sell', depth),
    at: toTime(now),
  }
}

export function snapshotMessage(state: MarketState, now: number): MarketSnapshotMessage {
  const { market, candles, stream } = state
  const bids = levels(state, 'buy', SNAPSHOT_LEVELS)
  const asks = levels(state, 'sell', SNAPSHOT_LEVELS)
  return {
    type: 'snapshot',
    market: market.id,
    sequence: stream.sequence,
    bids,
    asks,
    checksum: bookChecksum(bids, asks),
    ticker: tickerView(state, now),
    prints: printViews(state, SNAPSHOT_PRINTS),
    candle: candles.open === null ? null : candleView(market, candles.open),
    at: now,
  }
}

/** What has changed, as frames: one, and before it one for each minute that has closed since. `ticker` when it changed. */
export function frames(
  state: MarketState,
  changes: Changes,
  ticker: Ticker | null,
  now: number,
): MarketFrame[] {
  const { market } = state
  const { book, prints } = changes
  const candles = changes.candles.map((candle) => candleView(market, candle))
  const open = candles.pop()
  const closed = candles.map((candle): MarketFrame => ({ type: 'frame', market: market.id, candle, at: now }))
  if (book === null && prints.length === 0 && ticker === null && open === undefined) return closed
  const frame: MarketFrame = {
    type: 'frame',
    market: market.id,
    ...(book === null ? {} : { book: bookChanges(state, book) }),
    ...(prints.length === 0 ? {} : { prints: prints.map((print) => printView(market, print)) }),
    ...(ticker === null ? {} : { ticker }),
    ...(open === undefined ? {} : { candle: open }),
    at: now,
  }
  return [...closed, frame]
}

function bookChanges(
  state: MarketState,
  { first, last, bids, asks }: NonNullable<Changes['book']>,
): NonNullable<MarketFrame['book']> {
  const told = (changed: LevelChanges) => changed.map(([ticks, lots]) => levelView(state.market, ticks, lots))
  return { first, last, bids: told(bids), asks: told(asks), checksum: checksumOf(state) }
}

const checksumOf = (state: MarketState): number =>
  bookChecksum(levels(state, 'buy', CHECKSUM_LEVELS), levels(state, 'sell', CHECKSUM_LEVELS))

export const printViews = (state: MarketState, limit: number): PrintView[] =>
  state.tape.newestFirst(limit).map((print) => printView(state.market, print))

export function candleView(market: Market, { at, open, high, low, close, lots }: Candle): CandleView {
  return {
    time: at / 1_000,
    open: price(market, open),
    high: price(market, high),
    low: price(market, low),
    close: price(market, close),
    volume: quantity(market, lots),
  }
}

export function printView(market: Market, { id, ticks, lots, side, source, at }: TapePrint): PrintView {
  const time = toTime(at)
  return { id, price: price(market, ticks), quantity: quantity(market, lots), side, source, at: time }
}

function levels(state: MarketState, side: Side, depth: number): BookLevel[] {
  const views: BookLevel[] = []
  state.book.forEachLevel(side, depth, (ticks, lots) => views.push(levelView(state.market, ticks, lots)))
  return views
}

const levelView = (market: Market, ticks: number, lots: number): BookLevel => [
  price(market, ticks),
  quantity(market, lots),
]
