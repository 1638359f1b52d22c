import { type Migrations, migrate, type SqlRow, type Store } from '../messaging/store.ts'
import { type Candle, DAY, MINUTE } from './candles.ts'
import { type Counters, MarketState } from './marketState.ts'
import type { OrderStatus, OrderType, Side, TradeRecord } from './messages.ts'
import type { OpenOrder } from './openOrders.ts'
import type { Market } from './settings.ts'
import { TAPE_KEPT } from './tape.ts'

/** What becomes rows. The state in memory has taken it in already: see `MarketState`. */
export type MarketEvent =
  | {
      readonly type: 'matched'
      readonly orders: readonly OpenOrder[]
      readonly trades: readonly TradeRecord[]
      readonly counters: Counters
    }
  | { readonly type: 'minutesClosed'; readonly candles: readonly Candle[] }
  | { readonly type: 'swept'; readonly tradesTo: number; readonly candlesBefore: number }

export const MARKET_TABLES: Migrations = [
  `CREATE TABLE resting_order (number INTEGER PRIMARY KEY, id TEXT NOT NULL, account TEXT NOT NULL, side TEXT NOT NULL,
     type TEXT NOT NULL, ticks INTEGER NOT NULL, lots INTEGER NOT NULL, resting_lots INTEGER NOT NULL,
     filled_quote INTEGER NOT NULL, status TEXT NOT NULL, sequence INTEGER NOT NULL, created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL)`,
  `CREATE TABLE trade (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, ticks INTEGER NOT NULL, lots INTEGER NOT NULL,
     taker_side TEXT NOT NULL, maker TEXT NOT NULL, taker TEXT NOT NULL, maker_order TEXT NOT NULL,
     taker_order TEXT NOT NULL, maker_fee INTEGER NOT NULL, taker_fee INTEGER NOT NULL, at INTEGER NOT NULL)`,
  `CREATE TABLE candle (at INTEGER PRIMARY KEY, open INTEGER NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL,
     close INTEGER NOT NULL, lots INTEGER NOT NULL)`,
  `CREATE TABLE counters (one INTEGER PRIMARY KEY, orders INTEGER NOT NULL, trades INTEGER NOT NULL,
     changes INTEGER NOT NULL)`,
]

export function persistMarket(store: Store, event: MarketEvent): void {
  switch (event.type) {
    case 'matched':
      for (const order of event.orders) writeOrder(store, order)
      for (const trade of event.trades) writeTrade(store, trade)
      writeCounters(store, event.counters)
      return
    case 'minutesClosed':
      for (const { at, open, high, low, close, lots } of event.candles)
        store.run(
          'INSERT OR REPLACE INTO candle (at, open, high, low, close, lots) VALUES (?, ?, ?, ?, ?, ?)',
          at,
          open,
          high,
          low,
          close,
          lots,
        )
      return
    case 'swept':
      store.run('DELETE FROM trade WHERE sequence <= ?', event.tradesTo)
      store.run('DELETE FROM candle WHERE at < ?', event.candlesBefore)
      return
  }
}

/** A row for as long as the order is on the book; one that never rested leaves none. */
function writeOrder(store: Store, order: OpenOrder): void {
  if (order.ticks === null || order.lots === null || order.restingLots === 0) {
    store.run('DELETE FROM resting_order WHERE number = ?', order.number)
    return
  }
  store.run(
    `INSERT OR REPLACE INTO resting_order (number, id, account, side, type, ticks, lots, resting_lots, filled_quote,
       status, sequence, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS INTEGER), ?, ?, ?, ?)`,
    order.number,
    order.id,
    order.accountId,
    order.side,
    order.orderType,
    order.ticks,
    order.lots,
    order.restingLots,
    String(order.filledQuote),
    order.status,
    order.sequence,
    order.createdAt,
    order.updatedAt,
  )
}

function writeTrade(store: Store, trade: TradeRecord): void {
  store.run(
    `INSERT INTO trade (sequence, id, ticks, lots, taker_side, maker, taker, maker_order, taker_order, maker_fee,
       taker_fee, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER), ?)`,
    trade.sequence,
    trade.id,
    trade.ticks,
    trade.lots,
    trade.takerSide,
    trade.maker,
    trade.taker,
    trade.makerOrderId,
    trade.takerOrderId,
    String(trade.makerFee),
    String(trade.takerFee),
    trade.at,
  )
}

function writeCounters(store: Store, counters: Counters): void {
  store.run(
    'INSERT OR REPLACE INTO counters (one, orders, trades, changes) VALUES (1, ?, ?, ?)',
    counters.orders,
    counters.trades,
    counters.changes,
  )
}

/** The market as its rows say: the book in priority order, without house quotes, which come with the next step of the feed. */
export function loadMarket(store: Store, market: Market): MarketState {
  migrate(store, 'market', MARKET_TABLES)
  const state = new MarketState(market)
  const [counters] = store.all<CountersRow>('SELECT orders, trades, changes FROM counters')
  if (counters !== undefined) {
    state.counters.orders = counters.orders
    state.counters.trades = counters.trades
    state.counters.changes = counters.changes
  }
  restoreOrders(store, state)
  restorePrints(store, state)
  return state
}

function restoreOrders(store: Store, state: MarketState): void {
  const rows = store.all<OrderRow>(
    `SELECT number, id, account, side, type, ticks, lots, resting_lots, CAST(filled_quote AS TEXT) AS filled_quote,
       status, sequence, created_at, updated_at FROM resting_order ORDER BY number`,
  )
  for (const row of rows) {
    const order: OpenOrder = {
      number: row.number,
      id: row.id,
      accountId: row.account,
      owner: state.orders.intern(row.account),
      side: toSide(row.side),
      orderType: toOrderType(row.type),
      ticks: row.ticks,
      lots: row.lots,
      quoteBudget: null,
      createdAt: row.created_at,
      filledLots: row.lots - row.resting_lots,
      filledQuote: BigInt(row.filled_quote),
      restingLots: row.resting_lots,
      status: toOrderStatus(row.status),
      reason: null,
      sequence: row.sequence,
      updatedAt: row.updated_at,
    }
    state.orders.add(order)
    const { number: id, owner, side } = order
    const lots = row.resting_lots
    state.book.restore({ id, owner, side, ticks: row.ticks, lots, shownLots: lots, displayLots: null })
  }
}

/** Closed minutes of the last day, then the trades made since the newest of them: they are the open minute, and the tape. */
function restorePrints(store: Store, state: MarketState): void {
  const candles = readCandles(store, 0, Number.MAX_SAFE_INTEGER, DAY / MINUTE)
  state.candles.restore(candles)
  const openFrom = (candles.at(-1)?.at ?? -MINUTE) + MINUTE
  for (const trade of readTrades(store, Number.MAX_SAFE_INTEGER, TAPE_KEPT).reverse()) {
    const { id, ticks, lots, takerSide: side, at } = trade
    state.restorePrint({ id, ticks, lots, side, source: 'venue', at }, at >= openFrom)
  }
}

/** At most `limit` closed minutes that open in [from, to), the newest of them, oldest first. */
export function readCandles(store: Store, from: number, to: number, limit: number): Candle[] {
  return store
    .all<CandleRow>(
      'SELECT at, open, high, low, close, lots FROM candle WHERE at >= ? AND at < ? ORDER BY at DESC LIMIT ?',
      from,
      to,
      limit,
    )
    .reverse()
}

/** A trade of this market as its own rows tell it. */
export type TradeLine = Pick<TradeRecord, 'id' | 'sequence' | 'ticks' | 'lots' | 'takerSide' | 'at'>

/** The newest trades made here with a sequence below `before`, newest first. */
export function readTrades(store: Store, before: number, limit: number): TradeLine[] {
  return store
    .all<TradeRow>(
      'SELECT sequence, id, ticks, lots, taker_side, at FROM trade WHERE sequence < ? ORDER BY sequence DESC LIMIT ?',
      before,
      limit,
    )
    .map(({ taker_side, ...row }) => ({ ...row, takerSide: toSide(taker_side) }))
}

interface OrderRow extends SqlRow {
  number: number
  id: string
  account: string
  side: string
  type: string
  ticks: number
  lots: number
  resting_lots: number
  filled_quote: string
  status: string
  sequence: number
  created_at: number
  updated_at: number
}

interface TradeRow extends SqlRow {
  sequence: number
  id: string
  ticks: number
  lots: number
  taker_side: string
  at: number
}

interface CandleRow extends SqlRow {
  at: number
  open: number
  high: number
  low: number
  close: number
  lots: number
}

interface CountersRow extends SqlRow {
  orders: number
  trades: number
  changes: number
}

function toSide(text: string): Side {
  if (text === 'buy' || text === 'sell') return text
  throw new Error(`market: no side ${text}`)
}

function toOrderType(text: string): OrderType {
  if (text === 'limit' || text === 'market') return text
  throw new Error(`market: no type of order ${text}`)
}

function toOrderStatus(text: string): OrderStatus {
  if (text === 'open' || text === 'partially_filled') return text
  throw new Error(`market: no status of a resting order ${text}`)
}
