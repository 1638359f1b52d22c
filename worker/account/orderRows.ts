import { Side } from '../contract/amounts.ts'
import type { Refusal } from '../contract/errors.ts'
import { EndReason, OrderStatus } from '../contract/orders.ts'
import { isOrderTerms, type OrderTerms } from '../market/messages.ts'
import { decode, encode } from '../messaging/codec.ts'
import type { SqlRow, Store } from '../messaging/store.ts'
import type { AccountFill, Amendment, Exits, Order } from './accountState.ts'
import { amountOf, text } from './columns.ts'

/** Fills kept in the object, the newest; an older one leaves when a newer comes. */
export const FILLS_KEPT = 20_000

/**
 * An order with what never decides a query as texts: its terms, the exits of a bracket, what is asked of the market. The
 * last statements carry over the orders of the table before.
 */
export const ORDER_TABLES = [
  `CREATE TABLE account_order (id TEXT PRIMARY KEY, client_order_id TEXT, market TEXT NOT NULL, terms TEXT NOT NULL,
     status TEXT NOT NULL, reason TEXT, triggered INTEGER NOT NULL, held INTEGER NOT NULL, filled_lots INTEGER NOT NULL,
     filled_quote INTEGER NOT NULL, prevented_lots INTEGER NOT NULL, paired_with TEXT, entry_id TEXT, exits TEXT,
     amendment TEXT, refusal TEXT, equity INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) WITHOUT ROWID`,
  `INSERT INTO account_order (id, client_order_id, market, terms, status, reason, triggered, held, filled_lots,
     filled_quote, prevented_lots, equity, created_at, updated_at)
   SELECT id, client_order_id, market, json_object('side', side, 'orderType', type, 'ticks', ticks, 'lots', lots,
       'quoteBudget', CASE WHEN quote_amount IS NULL THEN NULL ELSE json_object('$bigint', CAST(quote_amount AS TEXT)) END,
       'wants', CASE WHEN quote_amount IS NULL THEN 'lots' ELSE 'quote' END, 'trigger', NULL,
       'timeInForce', time_in_force, 'expiresAt', NULL, 'postOnly', json(iif(post_only = 1, 'true', 'false')),
       'displayLots', NULL, 'selfTrade', 'cancel_newest'),
     status, reason, 0, held, filled_lots, filled_quote, 0, equity, created_at, updated_at FROM placed_order`,
  'DROP TABLE placed_order',
  'ALTER TABLE account_order ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0',
  // 1 when it has left the memory and is kept for reading.
  'ALTER TABLE account_order ADD COLUMN past INTEGER NOT NULL DEFAULT 0',
]

export function writeOrder(store: Store, order: Order): void {
  store.run(
    `INSERT OR REPLACE INTO account_order (id, client_order_id, market, terms, status, reason, triggered, held,
       filled_lots, filled_quote, prevented_lots, paired_with, entry_id, exits, amendment, refusal, equity, created_at,
       updated_at, sequence)
     VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS INTEGER), ?, CAST(? AS INTEGER), ?, ?, ?, ?, ?, ?, CAST(? AS INTEGER), ?, ?, ?)`,
    order.id,
    order.clientOrderId,
    order.market,
    encode(order.terms),
    order.status,
    order.reason,
    order.triggered ? 1 : 0,
    text(order.held),
    order.filledLots,
    text(order.filledQuote),
    order.preventedLots,
    order.pairedWith,
    order.entryId,
    encoded(order.exits),
    encoded(order.amendment),
    encoded(order.refusal),
    text(order.equity),
    order.createdAt,
    order.updatedAt,
    order.sequence,
  )
}

const encoded = (value: object | null): string | null => (value === null ? null : encode(value))

interface OrderRow extends SqlRow {
  id: string
  client_order_id: string | null
  market: string
  terms: string
  status: string
  reason: string | null
  triggered: number
  held: string
  filled_lots: number
  filled_quote: string
  prevented_lots: number
  paired_with: string | null
  entry_id: string | null
  exits: string | null
  amendment: string | null
  refusal: string | null
  equity: string | null
  created_at: number
  updated_at: number
  sequence: number
}

const ORDER_COLUMNS = `id, client_order_id, market, terms, status, reason, triggered, CAST(held AS TEXT) AS held,
  filled_lots, CAST(filled_quote AS TEXT) AS filled_quote, prevented_lots, paired_with, entry_id, exits, amendment,
  refusal, CAST(equity AS TEXT) AS equity, created_at, updated_at, sequence`

/** Those that the account has in memory, oldest first. */
export const readOrders = (store: Store): Order[] =>
  store
    .all<OrderRow>(`SELECT ${ORDER_COLUMNS} FROM account_order WHERE past = 0 ORDER BY created_at, id`)
    .map(orderOf)

/** Past orders: they have ended, and newer ones have taken their place in memory. Kept for reading, the newest of them. */
export const PAST_ORDERS_KEPT = 5_000

/** They leave so many at a time: finding the oldest means looking at all of them. */
export const PAST_ORDERS_SWEPT = 250

export const makePast = (store: Store, orderId: string): void =>
  store.run('UPDATE account_order SET past = 1 WHERE id = ?', orderId)

export const sweepPastOrders = (store: Store): void =>
  store.run(
    `DELETE FROM account_order WHERE past = 1 AND (created_at, id) <=
       (SELECT created_at, id FROM account_order WHERE past = 1 ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET ?)`,
    PAST_ORDERS_KEPT,
  )

export const countPastOrders = (store: Store): number =>
  store.all<{ count: number }>('SELECT count(*) AS count FROM account_order WHERE past = 1')[0]?.count ?? 0

export function readPastOrder(store: Store, orderId: string): Order | null {
  const [row] = store.all<OrderRow>(
    `SELECT ${ORDER_COLUMNS} FROM account_order WHERE id = ? AND past = 1`,
    orderId,
  )
  return row === undefined ? null : orderOf(row)
}

/** Where an item stands in a list by time: the newest first, of one time the one with the greater id. */
export interface Place {
  readonly at: number
  readonly id: string
}

/** Milliseconds: [from, to). */
export interface Between {
  readonly from: number
  readonly to: number
}

/** What a list is narrowed to. */
interface Filter extends Between {
  readonly market: string | undefined
  readonly side: Side | undefined
}

/** The newest past orders before a place. No index has their time: it would cost a row with every order. */
export function readPastOrders(
  store: Store,
  { market, side, from, to, before, limit }: Filter & { before: Place | null; limit: number },
): Order[] {
  return store
    .all<OrderRow>(
      `SELECT ${ORDER_COLUMNS} FROM account_order
       WHERE past = 1 AND (?1 IS NULL OR market = ?1) AND (?2 IS NULL OR json_extract(terms, '$.side') = ?2)
         AND created_at >= ?3 AND created_at < ?4 AND (created_at, id) < (?5, ?6)
       ORDER BY created_at DESC, id DESC LIMIT ?7`,
      market ?? null,
      side ?? null,
      from,
      to,
      before?.at ?? Number.MAX_SAFE_INTEGER,
      before?.id ?? '',
      limit,
    )
    .map(orderOf)
}

function orderOf(row: OrderRow): Order {
  return {
    id: row.id,
    clientOrderId: row.client_order_id,
    market: row.market,
    terms: termsOf(row.terms),
    status: OrderStatus.parse(row.status),
    reason: EndReason.nullable().parse(row.reason),
    sequence: row.sequence,
    triggered: row.triggered === 1,
    held: BigInt(row.held),
    filledLots: row.filled_lots,
    filledQuote: BigInt(row.filled_quote),
    preventedLots: row.prevented_lots,
    pairedWith: row.paired_with,
    entryId: row.entry_id,
    exits: decoded(row.exits, isExits),
    amendment: decoded(row.amendment, isAmendment),
    refusal: decoded(row.refusal, isRefusal),
    equity: amountOf(row.equity),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function termsOf(row: string): OrderTerms {
  const terms = decoded(row, isOrderTerms)
  if (terms === null) throw new Error('account: an order without terms')
  return terms
}

/** What our own code wrote is known by its parts. */
function decoded<Value>(row: string | null, isIt: (value: unknown) => value is Value): Value | null {
  const value = row === null ? null : decode(row)
  if (value === null || isIt(value)) return value
  throw new Error(`account: a part of an order that nobody wrote: ${row}`)
}

const has = <Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> =>
  typeof value === 'object' && value !== null && name in value
const isExits = (value: unknown): value is Exits => has(value, 'unarmed') && typeof value.unarmed === 'bigint'
const isAmendment = (value: unknown): value is Amendment => has(value, 'terms') && isOrderTerms(value.terms)
const isRefusal = (value: unknown): value is Refusal => has(value, 'code') && has(value, 'message')

// Fills

export function writeFill(store: Store, fill: AccountFill): void {
  store.run(
    `INSERT INTO fill (order_id, trade_id, market, side, sequence, ticks, lots, quote, liquidity, fee, rounding, realised,
       realised_bps, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS INTEGER), ?, CAST(? AS INTEGER), CAST(? AS INTEGER), CAST(? AS INTEGER), ?, ?)`,
    fill.orderId,
    fill.tradeId,
    fill.market,
    fill.side,
    fill.sequence,
    fill.ticks,
    fill.lots,
    text(fill.quote),
    fill.liquidity,
    text(fill.fee),
    text(fill.rounding),
    text(fill.realised),
    fill.realisedBps,
    fill.at,
  )
  store.run('DELETE FROM fill WHERE number <= (SELECT max(number) FROM fill) - ?', FILLS_KEPT)
}

interface FillRow extends SqlRow {
  number: number
  order_id: string
  trade_id: string
  market: string
  side: string
  sequence: number
  ticks: number
  lots: number
  quote: string
  liquidity: string
  fee: string
  rounding: string
  realised: string | null
  realised_bps: number | null
  at: number
}

const FILL_COLUMNS = `number, order_id, trade_id, market, side, sequence, ticks, lots, CAST(quote AS TEXT) AS quote,
  liquidity, CAST(fee AS TEXT) AS fee, CAST(rounding AS TEXT) AS rounding, CAST(realised AS TEXT) AS realised,
  realised_bps, at`

/** A fill with the number of its row, which is its place in a list. */
export type NumberedFill = AccountFill & { readonly number: number }

const fillOf = (row: FillRow): NumberedFill => ({
  number: row.number,
  orderId: row.order_id,
  tradeId: row.trade_id,
  market: row.market,
  side: Side.parse(row.side),
  sequence: row.sequence,
  ticks: row.ticks,
  lots: row.lots,
  quote: BigInt(row.quote),
  liquidity: row.liquidity === 'maker' ? 'maker' : 'taker',
  fee: BigInt(row.fee),
  rounding: BigInt(row.rounding),
  realised: amountOf(row.realised),
  realisedBps: row.realised_bps,
  at: row.at,
})

/** The fills of one order, oldest first. */
export function readFillsOfOrder(store: Store, orderId: string): NumberedFill[] {
  return store
    .all<FillRow>(`SELECT ${FILL_COLUMNS} FROM fill WHERE order_id = ? ORDER BY number`, orderId)
    .map(fillOf)
}

/** The newest fills before the row `before`. */
export function readFills(
  store: Store,
  before: number,
  limit: number,
  { market, side, from, to }: Filter,
): NumberedFill[] {
  return store
    .all<FillRow>(
      `SELECT ${FILL_COLUMNS} FROM fill
       WHERE number < ?1 AND (?3 IS NULL OR market = ?3) AND (?4 IS NULL OR side = ?4) AND at >= ?5 AND at < ?6
       ORDER BY number DESC LIMIT ?2`,
      before,
      limit,
      market ?? null,
      side ?? null,
      from,
      to,
    )
    .map(fillOf)
}
