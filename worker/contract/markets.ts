import * as z from 'zod'
import {
  DecimalString,
  FormatQuery,
  Id,
  MarketId,
  NumberedPageQuery,
  Side,
  SpanQuery,
  Time,
} from './amounts.ts'
import { INTERVAL_SECONDS } from './intervals.ts'

export const MarketStatus = z
  .enum(['open', 'cancel_only', 'halted'])
  .describe(
    '`cancel_only`: orders are cancelled or made smaller and nothing trades; `halted`: not even that.',
  )
export type MarketStatus = z.infer<typeof MarketStatus>

/** A market as anybody sees it: its rules and how it stands. */
export const MarketView = z.object({
  id: MarketId,
  symbol: z.string(),
  base: z.string(),
  quote: z.string(),
  tickSize: DecimalString.describe('Prices are multiples of it.'),
  lotSize: DecimalString.describe('Quantities are multiples of it.'),
  minQuantity: DecimalString,
  maxQuantity: DecimalString,
  minNotional: DecimalString.describe('The least that quantity times price may be, in quote.'),
  makerFeeBps: z.number().int(),
  takerFeeBps: z.number().int(),
  bandDownBps: z.number().int(),
  bandUpBps: z.number().int(),
  maxOpenOrders: z.number().int().describe('Of one account, on the book or waiting.'),
  maxIcebergParts: z.number().int().describe('Parts that an iceberg has at most.'),
  status: MarketStatus,
  feed: z.enum(['simulated', 'recorded', 'exchange']).describe('Where its reference price comes from.'),
})
export type MarketView = z.infer<typeof MarketView>

export const Ticker = z.object({
  market: MarketId,
  last: DecimalString.nullable(),
  bid: DecimalString.nullable(),
  ask: DecimalString.nullable(),
  open24h: DecimalString.nullable().describe('The price 24 hours ago, or the oldest known since.'),
  high24h: DecimalString.nullable(),
  low24h: DecimalString.nullable(),
  volume24h: DecimalString.describe('In base; prints of the reference feed included.'),
  changeBps: z.number().int().nullable().describe('Of the last price against 24 hours ago.'),
  status: MarketStatus,
  stale: z.boolean().describe('The reference feed does not answer and the house has withdrawn its quotes.'),
  at: Time,
})
export type Ticker = z.infer<typeof Ticker>

/** A market with its ticker and a price an hour or so apart for a small line, oldest first. */
export const MarketSummary = z.object({ market: MarketView, ticker: Ticker, line: z.array(DecimalString) })
export type MarketSummary = z.infer<typeof MarketSummary>

/** `[price, quantity]`. In an update a quantity of "0" removes the level. */
export const BookLevel = z.tuple([DecimalString, DecimalString])
export type BookLevel = z.infer<typeof BookLevel>

export const BookSnapshot = z.object({
  market: MarketId,
  sequence: z.number().int().describe('The last update that is in it.'),
  bids: z.array(BookLevel).describe('Best first.'),
  asks: z.array(BookLevel).describe('Best first.'),
  at: Time,
})
export type BookSnapshot = z.infer<typeof BookSnapshot>

/** One line of the tape. `reference`: a print of the reference feed; `venue`: a trade made here. */
export const Print = z.object({
  id: z.string(),
  price: DecimalString,
  quantity: DecimalString,
  side: Side.describe("The taker's."),
  source: z.enum(['reference', 'venue']),
  at: Time,
})
export type Print = z.infer<typeof Print>

export const Candle = z.object({
  time: z.number().int().describe('When it opens, seconds since the epoch.'),
  open: DecimalString,
  high: DecimalString,
  low: DecimalString,
  close: DecimalString,
  volume: DecimalString.describe('In base.'),
})
export type Candle = z.infer<typeof Candle>

export const BookQuery = z.object({ depth: z.coerce.number().int().min(1).max(1000).default(100) })
export const Interval = z
  .enum(Object.keys(INTERVAL_SECONDS) as [Interval, ...Interval[]])
  .describe('Seconds (`1s`) go back one hour.')
export type Interval = keyof typeof INTERVAL_SECONDS

const Seconds = z.coerce.number().int().min(0).max(100_000_000_000)

export const CandlesQuery = z.object({
  interval: Interval.default('1m'),
  from: Seconds.optional().describe('Seconds since the epoch: no candle opens before.'),
  to: Seconds.optional().describe('Seconds since the epoch: all candles open before. Now, if absent.'),
  limit: z.coerce.number().int().min(1).max(1_440).default(720),
  ...FormatQuery.shape,
})
export type CandlesQuery = z.infer<typeof CandlesQuery>

export const CandlePage = z.object({
  items: z
    .array(Candle)
    .describe('Oldest first, without gaps: where nothing traded the close before it, without volume.'),
  earlier: z
    .number()
    .int()
    .nullable()
    .describe('Send it as `to` for the candles before these; null when there may be none.'),
})
export type CandlePage = z.infer<typeof CandlePage>

/** A trade made here, between two accounts of the venue. */
export const Trade = z.object({
  id: Id,
  sequence: z
    .number()
    .int()
    .describe('Rises by one with each trade of the market. As `cursor`: the trades before it.'),
  price: DecimalString,
  quantity: DecimalString,
  total: DecimalString.describe('Price times quantity, in quote.'),
  side: Side.describe("The taker's."),
  at: Time,
})
export type Trade = z.infer<typeof Trade>

export const TradesQuery = NumberedPageQuery.extend({ ...SpanQuery.shape, ...FormatQuery.shape })
export type TradesQuery = z.infer<typeof TradesQuery>

export const PrintsQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) })
