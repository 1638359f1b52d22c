import * as z from 'zod'
import { BalanceView } from './account.ts'
import { MarketId } from './amounts.ts'
import { ErrorCodeName } from './errors.ts'
import { CopyView } from './follows.ts'
import { BookLevel, Candle, Interval, Print, Ticker } from './markets.ts'
import { NotificationView } from './notifications.ts'
import { FillView, OrderView } from './orders.ts'

/** docs/stream.md is this protocol in words, with examples. */

/** What the stream takes at most, and its times. The sockets of one address on one market are configured. */
export const STREAM_LIMITS = {
  /** Of one connection to `/api/v1/stream`. */
  subscriptions: 50,
  /** Characters of what a client says at once. */
  textLength: 1_000,
  /** What is said on a connection, lastingly and at once. Past it the connection is closed with 1008. */
  controlsPerSecond: 10,
  controlsAtOnce: 60,
  /** One more closes the oldest. */
  socketsOfAccount: 20,
  /** The platform's own bound is about 32,000. */
  socketsOfMarket: 5_000,
  /** A client says "ping" at least so often, and the next only after the "pong". */
  pingEveryMs: 10_000,
  /** A client whose last "ping" is older is sent nothing until the next, and then a snapshot. */
  slowAfterMs: 25_000,
} as const

/**
 * The first message of the channel `book`. A client holds `sequence` and takes a frame whose book has `first` = sequence
 * + 1; on any other, or when the checksum is not that of its own book, it asks for a `resync`. A snapshot can come at any
 * time (after the market object woke) and replaces everything.
 */
export const MarketSnapshotMessage = z.object({
  type: z.literal('snapshot'),
  market: MarketId,
  sequence: z.number().int(),
  bids: z.array(BookLevel).describe('Best first.'),
  asks: z.array(BookLevel).describe('Best first.'),
  checksum: z.number().int().describe('`bookChecksum` of the book.'),
  ticker: Ticker,
  prints: z.array(Print).describe('The newest, newest first.'),
  candle: Candle.nullable().describe('The open minute.'),
  at: z.number().int().describe('Milliseconds.'),
})
export type MarketSnapshotMessage = z.infer<typeof MarketSnapshotMessage>

export const MarketFrame = z.object({
  type: z.literal('frame'),
  market: MarketId,
  book: z
    .object({
      first: z.number().int(),
      last: z.number().int(),
      bids: z.array(BookLevel),
      asks: z.array(BookLevel),
      checksum: z.number().int().describe('`bookChecksum` of the book after the frame.'),
    })
    .optional()
    .describe('Changed levels; a quantity of "0" removes one.'),
  prints: z.array(Print).optional().describe('Oldest first. After a resume some may have been told before.'),
  ticker: Ticker.optional(),
  candle: Candle.optional(),
  at: z.number().int().describe('Milliseconds.'),
})
export type MarketFrame = z.infer<typeof MarketFrame>

/** Of the channel `ticker`: now, and whenever it changes. */
export const TickerMessage = z.object({ type: z.literal('ticker'), ticker: Ticker })
export type TickerMessage = z.infer<typeof TickerMessage>

/** Of the channel `trades`: first the newest of the tape, then what is printed. */
export const TradesMessage = z.object({
  type: z.literal('trades'),
  market: MarketId,
  prints: z.array(Print).describe('Oldest first.'),
})
export type TradesMessage = z.infer<typeof TradesMessage>

/**
 * Of the channel `candles`: the open candle now and on every change; when the next has begun, the one before it comes
 * once more, final. A span in which nothing traded has none: it is the close before it, without volume.
 */
export const CandleMessage = z.object({
  type: z.literal('candle'),
  market: MarketId,
  interval: Interval,
  candle: Candle,
})
export type CandleMessage = z.infer<typeof CandleMessage>

export const MarketStreamMessage = z.discriminatedUnion('type', [
  MarketSnapshotMessage,
  MarketFrame,
  TickerMessage,
  TradesMessage,
  CandleMessage,
])
export type MarketStreamMessage = z.infer<typeof MarketStreamMessage>

export const Sequence = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** What a socket to one market (`GET /api/v1/stream/markets/{market}`) is for. */
export const StreamQuery = z.object({
  channel: z.enum(['book', 'ticker', 'trades', 'candles']).default('book'),
  interval: Interval.default('1m').describe('Of the channel `candles`.'),
  after: Sequence.optional().describe(
    'Of the channel `book`: the last sequence that the client has. What it missed is sent, if it is kept, else a snapshot.',
  ),
})
export type StreamQuery = z.infer<typeof StreamQuery>

/** What a client says on the channel `book` after a gap, with its last good sequence; without one after a wrong checksum. */
export const ResyncRequest = z.strictObject({
  type: z.literal('resync'),
  after: z.number().int().min(0).optional(),
})
export type ResyncRequest = z.infer<typeof ResyncRequest>

const market = { market: MarketId }
const ofBook = { channel: z.literal('book'), ...market }
const ofTicker = { channel: z.literal('ticker'), ...market }
const ofTrades = { channel: z.literal('trades'), ...market }
const ofCandles = { channel: z.literal('candles'), ...market, interval: Interval }
const ofAccount = { channel: z.literal('account') }

/** One of the things that a connection to `GET /api/v1/stream` can be subscribed to. */
export const Subscription = z.discriminatedUnion('channel', [
  z.strictObject(ofBook),
  z.strictObject(ofTicker),
  z.strictObject(ofTrades),
  z.strictObject(ofCandles),
  z.strictObject(ofAccount),
])
export type Subscription = z.infer<typeof Subscription>

const after = z.number().int().min(0).optional()
const subscribe = { type: z.literal('subscribe') }

/** As a `Subscription`; of the book with the last sequence that the client has, as in `StreamQuery`. */
export const SubscribeRequest = z.discriminatedUnion('channel', [
  z.strictObject({ ...subscribe, ...ofBook, after }),
  z.strictObject({ ...subscribe, ...ofTicker }),
  z.strictObject({ ...subscribe, ...ofTrades }),
  z.strictObject({ ...subscribe, ...ofCandles }),
  z.strictObject({ ...subscribe, ...ofAccount }),
])
export type SubscribeRequest = z.infer<typeof SubscribeRequest>

const unsubscribe = { type: z.literal('unsubscribe') }
export const UnsubscribeRequest = z.discriminatedUnion('channel', [
  z.strictObject({ ...unsubscribe, ...ofBook }),
  z.strictObject({ ...unsubscribe, ...ofTicker }),
  z.strictObject({ ...unsubscribe, ...ofTrades }),
  z.strictObject({ ...unsubscribe, ...ofCandles }),
  z.strictObject({ ...unsubscribe, ...ofAccount }),
])
export type UnsubscribeRequest = z.infer<typeof UnsubscribeRequest>

/** `resync` of the book of one of many markets. */
export const MarketResyncRequest = ResyncRequest.extend(market)
export type MarketResyncRequest = z.infer<typeof MarketResyncRequest>

/** Whatever a client says on `GET /api/v1/stream`, the text "ping" aside. */
export const StreamRequest = z.discriminatedUnion('type', [
  SubscribeRequest,
  UnsubscribeRequest,
  MarketResyncRequest,
])
export type StreamRequest = z.infer<typeof StreamRequest>

const about = { channel: z.enum(['book', 'ticker', 'trades', 'candles', 'account']) }
const details = { market: MarketId.optional(), interval: Interval.optional() }

/** What the connection itself says, between the messages of its channels. */
export const ControlMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subscribed'), ...about, ...details }),
  z
    .object({
      type: z.literal('unsubscribed'),
      ...about,
      ...details,
      code: ErrorCodeName.optional(),
      message: z.string().optional(),
    })
    .describe('With a code when the venue ended it; subscribe again after a moment.'),
  z.object({
    type: z.literal('refused'),
    code: ErrorCodeName,
    message: z.string(),
    field: z.string().optional(),
    request: z.unknown().describe('What was asked, when it could be read.'),
  }),
])
export type ControlMessage = z.infer<typeof ControlMessage>

/** What the account stream says of a copy: enough for a row and a toast; the whole story is at `/copies/{id}`. */
export const CopyNotice = CopyView.pick({
  id: true,
  followId: true,
  leaderId: true,
  market: true,
  side: true,
  outcome: true,
  reason: true,
  quantity: true,
  total: true,
  slippageBps: true,
  delayMs: true,
  at: true,
})
export type CopyNotice = z.infer<typeof CopyNotice>

/**
 * `GET /api/v1/stream/account` (WebSocket, with a session). `sequence` rises by one with each message of a connection;
 * after `hello`, or after a gap, fetch by REST and go on from there. What a message says is durable.
 */
export const AccountStreamMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), sequence: z.number().int(), unread: z.number().int() }),
  z.object({ type: z.literal('order'), sequence: z.number().int(), order: OrderView }),
  z.object({ type: z.literal('fill'), sequence: z.number().int(), fill: FillView }),
  z.object({ type: z.literal('balances'), sequence: z.number().int(), balances: z.array(BalanceView) }),
  z.object({
    type: z.literal('follow'),
    sequence: z.number().int(),
    followId: z.string(),
    status: z.string(),
  }),
  z.object({ type: z.literal('copies'), sequence: z.number().int(), copies: z.array(CopyNotice) }),
  z.object({
    type: z.literal('notification'),
    sequence: z.number().int(),
    notification: NotificationView,
    unread: z.number().int(),
  }),
])
export type AccountStreamMessage = z.infer<typeof AccountStreamMessage>
