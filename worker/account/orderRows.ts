import * as z from 'zod'
import { Side } from '../contract/amounts.ts'
import { EndReason, OrderStatus } from '../contract/orders.ts'
import type { SqlRow, Store } from '../messaging/store.ts'
import type { AccountFill, Order } from './accountState.ts'
import { amountOf, text } from './columns.ts'

const OrderTypeColumn = z.enum(['limit', 'market'])
const TimeInForceColumn = z.enum(['GTC', 'IOC', 'FOK'])

/** Fills kept in the object, the newest; an older one leaves when a newer comes. */
export const FILLS_KEPT = 5_000

export function writeOrder(store: Store, order: Order): void {
  store.run(
    `INSERT OR REPLACE INTO placed_order (id, client_order_id, market, side, type, ticks, lots, quote_amount,
       time_in_force, post_only, status, reason, held, filled_lots, filled_quote, equity, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS INTEGER), ?, ?, ?, ?, CAST(? AS INTEGER), ?, CAST(? AS INTEGER),
       CAST(? AS INTEGER), ?, ?)`,
    order.id,
    order.clientOrderId,
    order.market,
    order.side,
    order.orderType,
    order.ticks,
    order.lots,
    text(order.quoteAmount),
    order.timeInForce,
    order.postOnly ? 1 : 0,
    order.status,
    order.reason,
    text(order.held),
    order.filledLots,
    text(order.filledQuote),
    text(order.equity),
    order.createdAt,
    order.updatedAt,
  )
}

interface OrderRow extends SqlRow {
  id: string
  client_order_id: string | null
  market: string
  side: string
  type: string
  ticks: number | null
  lots: number | null
  quote_amount: string | null
  time_in_force: string
  post_only: number
  status: string
  reason: string | null
  held: string
  filled_lots: number
  filled_quote: string
  equity: string | null
  created_at: number
  updated_at: number
}

export function readOrders(store: Store): Order[] {
  const rows = store.all<OrderRow>(
    `SELECT id, client_order_id, market, side, type, ticks, lots, CAST(quote_amount AS TEXT) AS quote_amount,
       time_in_force, post_only, status, reason, CAST(held AS TEXT) AS held, filled_lots,
       CAST(filled_quote AS TEXT) AS filled_quote, CAST(equity AS TEXT) AS equity, created_at, updated_at
     FROM placed_order ORDER BY created_at, id`,
  )
  return rows.map((row) => ({
    id: row.id,
    clientOrderId: row.client_order_id,
    market: row.market,
    side: Side.parse(row.side),
    orderType: OrderTypeColumn.parse(row.type),
    ticks: row.ticks,
    lots: row.lots,
    quoteAmount: amountOf(row.quote_amount),
    timeInForce: TimeInForceColumn.parse(row.time_in_force),
    postOnly: row.post_only === 1,
    status: OrderStatus.parse(row.status),
    reason: EndReason.nullable().parse(row.reason),
    held: BigInt(row.held),
    filledLots: row.filled_lots,
    filledQuote: BigInt(row.filled_quote),
    equity: amountOf(row.equity),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }))
}

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

/** The newest fills before the row `before`, of one market or of all. */
export function readFills(
  store: Store,
  before: number,
  limit: number,
  market: string | null,
): NumberedFill[] {
  return store
    .all<FillRow>(
      `SELECT ${FILL_COLUMNS} FROM fill WHERE number < ?1 AND (?3 IS NULL OR market = ?3) ORDER BY number DESC LIMIT ?2`,
      before,
      limit,
      market,
    )
    .map(fillOf)
}
