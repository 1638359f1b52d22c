import * as z from 'zod'
import { BalanceView } from './account.ts'
import { MarketId } from './amounts.ts'
import { CopyView } from './follows.ts'
import { BookLevel, Candle, Print, Ticker } from './markets.ts'
import { NotificationView } from './notifications.ts'
import { FillView, OrderView } from './orders.ts'

/**
 * `GET /api/v1/stream/markets/{market}` (WebSocket). The first message is a snapshot; frames follow. A client holds
 * `sequence` and takes a frame whose book has `first` = sequence + 1; on any other it sends `{"type":"resync"}` and
 * waits for a snapshot. A snapshot can come at any time (after the market object woke) and replaces everything.
 * The text "ping" is answered "pong" without waking the object.
 */
export const MarketSnapshotMessage = z.object({
  type: z.literal('snapshot'),
  market: MarketId,
  sequence: z.number().int(),
  bids: z.array(BookLevel),
  asks: z.array(BookLevel),
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
    })
    .optional()
    .describe('Changed levels; a quantity of "0" removes one.'),
  prints: z.array(Print).optional().describe('Oldest first.'),
  ticker: Ticker.optional(),
  candle: Candle.optional(),
  at: z.number().int().describe('Milliseconds.'),
})
export type MarketFrame = z.infer<typeof MarketFrame>

/** With `?channel=ticker` only tickers come: for lists of markets. */
export const TickerMessage = z.object({ type: z.literal('ticker'), ticker: Ticker })

export const MarketStreamMessage = z.discriminatedUnion('type', [
  MarketSnapshotMessage,
  MarketFrame,
  TickerMessage,
])
export type MarketStreamMessage = z.infer<typeof MarketStreamMessage>

export const StreamQuery = z.object({ channel: z.enum(['book', 'ticker']).default('book') })

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
