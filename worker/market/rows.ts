import type { Address } from '../messaging/address.ts'
import { type Migrations, migrate, type SqlRow, type Store } from '../messaging/store.ts'
import { type Candle, DAY, MINUTE } from './candles.ts'
import { MarketState, type Reserved } from './marketState.ts'
import type { FollowedPrice } from './matchLog.ts'
import type { MarketStatus, PriceWatch, Side, TradeRecord } from './messages.ts'
import type { Span } from './missedSpans.ts'
import { ORDER_TABLES, restoreOrders, type WrittenOrder, writeFollowed, writeOrder } from './orderRows.ts'
import type { Market } from './settings.ts'
import { TAPE_KEPT } from './tape.ts'

/** What becomes rows. The state in memory has taken it in already: see `MarketState`. */
export type MarketEvent =
  | {
      readonly type: 'matched'
      readonly orders: readonly WrittenOrder[]
      readonly trades: readonly TradeRecord[]
      /** Null when the numbers of these orders are reserved already. */
      readonly reserved: Reserved | null
    }
  | { readonly type: 'followed'; readonly prices: readonly FollowedPrice[] }
  | { readonly type: 'watchesChanged'; readonly watches: ReadonlyMap<Address, PriceWatch | null> }
  | { readonly type: 'statusChanged'; readonly status: MarketStatus }
  | { readonly type: 'minutesClosed'; readonly candles: readonly Candle[] }
  | { readonly type: 'hoursClosed'; readonly candles: readonly Candle[] }
  | {
      readonly type: 'swept'
      readonly tradesTo: number
      readonly minutesBefore: number
      readonly hoursBefore: number
    }

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
  ...ORDER_TABLES,
  'CREATE TABLE status (one INTEGER PRIMARY KEY, status TEXT NOT NULL)',
  `CREATE TABLE hour_candle (at INTEGER PRIMARY KEY, open INTEGER NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL,
     close INTEGER NOT NULL, lots INTEGER NOT NULL)`,
  'CREATE TABLE reserved (one INTEGER PRIMARY KEY, orders INTEGER NOT NULL, changes INTEGER NOT NULL)',
  'INSERT INTO reserved (one, orders, changes) SELECT 1, orders, changes FROM counters',
  'DROP TABLE counters',
  'CREATE TABLE price_watch (pool TEXT PRIMARY KEY, below INTEGER, above INTEGER) WITHOUT ROWID',
]

export function persistMarket(store: Store, event: MarketEvent): void {
  switch (event.type) {
    case 'matched':
      for (const order of event.orders) writeOrder(store, order)
      for (const trade of event.trades) writeTrade(store, trade)
      if (event.reserved !== null) writeReserved(store, event.reserved)
      return
    case 'followed':
      for (const price of event.prices) writeFollowed(store, price)
      return
    case 'watchesChanged':
      for (const [of, watch] of event.watches) writeWatch(store, of, watch)
      return
    case 'statusChanged':
      store.run('INSERT OR REPLACE INTO status (one, status) VALUES (1, ?)', event.status)
      return
    case 'minutesClosed':
      for (const candle of event.candles) writeCandle(store, 'candle', candle)
      return
    case 'hoursClosed':
      for (const candle of event.candles) writeCandle(store, 'hour_candle', candle)
      return
    case 'swept':
      store.run('DELETE FROM trade WHERE sequence <= ?', event.tradesTo)
      store.run('DELETE FROM candle WHERE at < ?', event.minutesBefore)
      store.run('DELETE FROM hour_candle WHERE at < ?', event.hoursBefore)
      return
  }
}

/** Closed minutes, and closed hours made of them, which are kept for longer. */
type CandleTable = 'candle' | 'hour_candle'

function writeCandle(store: Store, table: CandleTable, { at, open, high, low, close, lots }: Candle): void {
  store.run(
    `INSERT OR REPLACE INTO ${table} (at, open, high, low, close, lots) VALUES (?, ?, ?, ?, ?, ?)`,
    at,
    open,
    high,
    low,
    close,
    lots,
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

function writeWatch(store: Store, of: Address, watch: PriceWatch | null): void {
  if (watch === null) store.run('DELETE FROM price_watch WHERE pool = ?', of)
  else
    store.run(
      'INSERT OR REPLACE INTO price_watch (pool, below, above) VALUES (?, ?, ?)',
      of,
      watch.below,
      watch.above,
    )
}

function restoreWatches(store: Store, state: MarketState): void {
  const rows = store.all<{ pool: Address; below: number | null; above: number | null }>(
    'SELECT pool, below, above FROM price_watch',
  )
  for (const { pool, below, above } of rows) state.watches.set(pool, { below, above })
}

function writeReserved(store: Store, { orders, changes }: Reserved): void {
  store.run('INSERT OR REPLACE INTO reserved (one, orders, changes) VALUES (1, ?, ?)', orders, changes)
}

/** How many trades were made in all: of the newest row, which no sweep takes. */
export const readTradesMade = (store: Store): number =>
  store.all<{ trades: number | null }>('SELECT max(sequence) AS trades FROM trade')[0]?.trades ?? 0

/** The market as its rows say: the book in priority order, without house quotes, which come with the next step of the feed. */
export function loadMarket(store: Store, market: Market): MarketState {
  migrate(store, 'market', MARKET_TABLES)
  const state = new MarketState(market)
  const [reserved] = store.all<ReservedRow>('SELECT orders, changes FROM reserved')
  if (reserved !== undefined) {
    state.reserved = { orders: reserved.orders, changes: reserved.changes }
    state.counters.orders = reserved.orders
    state.counters.changes = reserved.changes
  }
  state.counters.trades = readTradesMade(store)
  state.tradesReadBack = state.counters.trades
  const [status] = store.all<{ status: string }>('SELECT status FROM status')
  if (status !== undefined) state.status = toStatus(status.status)
  const [hour] = store.all<{ at: number | null }>('SELECT max(at) AS at FROM hour_candle')
  state.hoursTo = hour?.at ?? null
  restoreOrders(store, state)
  restoreWatches(store, state)
  restorePrints(store, state)
  return state
}

/**
 * Closed minutes of the last day, then the trades made since the newest of them: they are the open minute, and the tape.
 * What triggers compare with begins anew: the reference may have printed since the last trade here, and no row tells.
 */
function restorePrints(store: Store, state: MarketState): void {
  const candles = readCandles(store, 'candle', 0, Number.MAX_SAFE_INTEGER, DAY / MINUTE)
  state.candles.restore(candles)
  const openFrom = (candles.at(-1)?.at ?? -MINUTE) + MINUTE
  for (const trade of readTrades(store, Number.MAX_SAFE_INTEGER, TAPE_KEPT).reverse()) {
    const { id, ticks, lots, takerSide: side, at } = trade
    state.restorePrint({ id, ticks, lots, side, source: 'venue', at }, at >= openFrom)
  }
}

/** Candles that open in [from, to), oldest first; at most `limit`, the newest of them. */
export function readCandles(
  store: Store,
  table: CandleTable,
  from: number,
  to: number,
  limit = Number.MAX_SAFE_INTEGER,
): Candle[] {
  return store
    .all<CandleRow>(
      `SELECT at, open, high, low, close, lots FROM ${table} WHERE at >= ? AND at < ? ORDER BY at DESC LIMIT ?`,
      from,
      to,
      limit,
    )
    .reverse()
}

/** When the newest candle before `before` opens; null when there is none. */
export function newestCandleBefore(store: Store, table: CandleTable, before: number): number | null {
  const [row] = store.all<{ at: number | null }>(`SELECT max(at) AS at FROM ${table} WHERE at < ?`, before)
  return row?.at ?? null
}

/** A trade of this market as its own rows tell it. */
export type TradeLine = Pick<TradeRecord, 'id' | 'sequence' | 'ticks' | 'lots' | 'takerSide' | 'at'>

/** Rows have no index on their time, which follows their sequence. */
const TRADES_AT_ONCE = 500

/** The newest trades made here with a sequence below `before`, newest first. */
export function readTrades(store: Store, before: number, limit: number): TradeLine[] {
  return store
    .all<TradeRow>(
      'SELECT sequence, id, ticks, lots, taker_side, at FROM trade WHERE sequence < ? ORDER BY sequence DESC LIMIT ?',
      before,
      limit,
    )
    .map(tradeLine)
}

/** Trades made here in [from, to) up to a sequence, oldest first. */
export function readTradesWithin(store: Store, { from, to }: Span, upTo: number): TradeLine[] {
  const trades: TradeLine[] = []
  let before = upTo + 1
  for (;;) {
    const page = readTrades(store, before, TRADES_AT_ONCE)
    trades.push(...page.filter(({ at }) => at >= from && at < to))
    const last = page.at(-1)
    if (last === undefined || last.at < from) return trades.reverse()
    before = last.sequence
  }
}

/** The newest trades made here within a span and with a sequence below `before`, newest first. */
export const readTradesOfSpan = (
  store: Store,
  before: number,
  { from, to }: Span,
  limit: number,
): TradeLine[] =>
  store
    .all<TradeRow>(
      `SELECT sequence, id, ticks, lots, taker_side, at FROM trade WHERE sequence < ? AND at >= ? AND at < ?
       ORDER BY sequence DESC LIMIT ?`,
      before,
      from,
      to,
      limit,
    )
    .map(tradeLine)

/** The oldest trade that is a row still; null before the first. */
export function oldestTrade(store: Store): { sequence: number; at: number } | null {
  const [row] = store.all<{ sequence: number; at: number }>(
    'SELECT sequence, at FROM trade ORDER BY sequence LIMIT 1',
  )
  return row ?? null
}

const tradeLine = ({ taker_side, ...row }: TradeRow): TradeLine => ({ ...row, takerSide: toSide(taker_side) })

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

interface ReservedRow extends SqlRow {
  orders: number
  changes: number
}

function toSide(text: string): Side {
  if (text === 'buy' || text === 'sell') return text
  throw new Error(`market: no side ${text}`)
}

function toStatus(text: string): MarketStatus {
  if (text === 'open' || text === 'cancel_only' || text === 'halted') return text
  throw new Error(`market: no status ${text}`)
}
