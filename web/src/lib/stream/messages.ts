import type { BalanceView } from '$contract/account.ts'
import type { BookLevel, Candle, Interval, Print, Ticker } from '$contract/markets.ts'
import type { AccountStreamMessage, ControlMessage, MarketStreamMessage } from '$contract/stream.ts'
import {
  decimal,
  flag,
  integer,
  isRecord,
  listOf,
  oneOf,
  optional,
  orNull,
  pairOf,
  record,
  type Shape,
  text,
} from './shape.ts'

/** A code that a newer venue adds is none that this knows, and still a refusal. */
type Coded<M> = M extends { code?: unknown } ? Omit<M, 'code'> & { [K in keyof Pick<M, 'code'>]: string } : M

export type StreamMessage = MarketStreamMessage | AccountStreamMessage | Coded<ControlMessage>
type Type = StreamMessage['type']
type Named<Name extends Type> = Extract<StreamMessage, { type: Name }>

const level: Shape<BookLevel> = pairOf(decimal, decimal)
const levels = listOf(level)
const side = oneOf('buy', 'sell')
const channel = oneOf('book', 'ticker', 'trades', 'candles', 'account')
const intervals: Record<Interval, true> = {
  '1s': true,
  '1m': true,
  '5m': true,
  '15m': true,
  '1h': true,
  '4h': true,
  '1d': true,
}
const interval: Shape<Interval> = (value): value is Interval => text(value) && Object.hasOwn(intervals, value)

const ticker = record<Ticker>({
  market: text,
  last: orNull(decimal),
  bid: orNull(decimal),
  ask: orNull(decimal),
  open24h: orNull(decimal),
  high24h: orNull(decimal),
  low24h: orNull(decimal),
  volume24h: decimal,
  changeBps: orNull(integer),
  status: oneOf('open', 'cancel_only', 'halted'),
  stale: flag,
  at: text,
})
const print = record<Print>({
  id: text,
  price: decimal,
  quantity: decimal,
  side,
  source: oneOf('reference', 'venue'),
  at: text,
})
const candle = record<Candle>({
  time: integer,
  open: decimal,
  high: decimal,
  low: decimal,
  close: decimal,
  volume: decimal,
})
const balance = record<BalanceView>({
  asset: text,
  available: decimal,
  held: decimal,
  total: decimal,
  averageCost: orNull(decimal),
  value: orNull(decimal),
})

/**
 * Of what is shown as it comes, by its fields' names and not counted with, only that it is there and has its id: answers
 * by REST, which say the same of it, are not looked at closer.
 */
const identified =
  <T extends { id: string }>(): Shape<T> =>
  (value): value is T =>
    isRecord(value) && text(value.id)

const shapes: { [Name in Type]: Shape<Named<Name>> } = {
  snapshot: record<Named<'snapshot'>>({
    type: oneOf('snapshot'),
    market: text,
    sequence: integer,
    bids: levels,
    asks: levels,
    checksum: integer,
    ticker,
    prints: listOf(print),
    candle: orNull(candle),
    at: integer,
  }),
  frame: record<Named<'frame'>>({
    type: oneOf('frame'),
    market: text,
    book: optional(
      record<NonNullable<Named<'frame'>['book']>>({
        first: integer,
        last: integer,
        bids: levels,
        asks: levels,
        checksum: integer,
      }),
    ),
    prints: optional(listOf(print)),
    ticker: optional(ticker),
    candle: optional(candle),
    at: integer,
  }),
  ticker: record<Named<'ticker'>>({ type: oneOf('ticker'), ticker }),
  trades: record<Named<'trades'>>({ type: oneOf('trades'), market: text, prints: listOf(print) }),
  candle: record<Named<'candle'>>({ type: oneOf('candle'), market: text, interval, candle }),
  hello: record<Named<'hello'>>({ type: oneOf('hello'), sequence: integer, unread: integer }),
  order: record<Named<'order'>>({ type: oneOf('order'), sequence: integer, order: identified() }),
  fill: record<Named<'fill'>>({ type: oneOf('fill'), sequence: integer, fill: identified() }),
  balances: record<Named<'balances'>>({
    type: oneOf('balances'),
    sequence: integer,
    balances: listOf(balance),
  }),
  follow: record<Named<'follow'>>({
    type: oneOf('follow'),
    sequence: integer,
    followId: text,
    status: text,
  }),
  copies: record<Named<'copies'>>({ type: oneOf('copies'), sequence: integer, copies: listOf(identified()) }),
  notification: record<Named<'notification'>>({
    type: oneOf('notification'),
    sequence: integer,
    notification: identified(),
    unread: integer,
  }),
  subscribed: record<Named<'subscribed'>>({
    type: oneOf('subscribed'),
    channel,
    market: optional(text),
    interval: optional(interval),
  }),
  unsubscribed: record<Named<'unsubscribed'>>({
    type: oneOf('unsubscribed'),
    channel,
    market: optional(text),
    interval: optional(interval),
    code: optional(text),
    message: optional(text),
  }),
  refused: record<Named<'refused'>>({
    type: oneOf('refused'),
    code: text,
    message: text,
    field: optional(text),
    request: (value): value is unknown => true,
  }),
}

const isType = (name: unknown): name is Type => text(name) && Object.hasOwn(shapes, name)

/**
 * What the venue said. `unknown`: something whole that this version has no name for, which a newer venue may send and
 * an older client leaves alone. `unreadable`: not what the contract promises, so a message is lost.
 */
export function readMessage(said: string): StreamMessage | 'unknown' | 'unreadable' {
  let parsed: unknown
  try {
    parsed = JSON.parse(said)
  } catch {
    return 'unreadable'
  }
  if (!isRecord(parsed) || !text(parsed.type)) return 'unreadable'
  if (!isType(parsed.type)) return 'unknown'
  const shape: Shape<StreamMessage> = shapes[parsed.type]
  return shape(parsed) ? parsed : 'unreadable'
}

/** What was asked, as far as it names a subscription. */
interface Request {
  type: string
  channel?: string | undefined
  market?: string | undefined
  interval?: string | undefined
}
const request: Shape<Request> = record<Request>({
  type: text,
  channel: optional(text),
  market: optional(text),
  interval: optional(text),
})

/** What the venue says it was asked; null when it could not read that either. Only a `resync` names no channel. */
export function readRequest(asked: unknown): (Request & { channel: string }) | null {
  return request(asked) ? { ...asked, channel: asked.channel ?? 'book' } : null
}
