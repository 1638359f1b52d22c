import { type Address, marketAddress, parseAddress } from '../messaging/address.ts'
import type { SqlRow, Store } from '../messaging/store.ts'
import {
  readPositions,
  readTotals,
  type StreamPosition,
  type StreamTotals,
} from '../messaging/streamPositions.ts'
import type { OrderStatus, Side, TradeRecord } from './messages.ts'
import { readTradesMade } from './rows.ts'
import { type Market, quoteOf } from './settings.ts'

/** An order of an account that the market has under way. */
export interface LiveOrder {
  readonly id: string
  readonly accountId: string
  readonly status: OrderStatus
  readonly filledLots: number
}

/** What a market says at one moment of the objects that were asked about. */
export interface MarketStatement {
  readonly market: string
  readonly address: Address
  /** Its streams with them. */
  readonly streams: readonly StreamPosition[]
  readonly orders: readonly LiveOrder[]
  /** Those of the trades kept that one of them is a side of. */
  readonly trades: readonly TradeRecord[]
  /** The oldest trade kept, of anybody; null before the first. */
  readonly oldest: { readonly sequence: number; readonly at: number } | null
  readonly tradesMade: number
  /** Of its streams with everybody. */
  readonly totals: StreamTotals
}

/** One pass over the trades kept (`TRADES_KEPT`), which have no index on their sides: ask about many at once. */
export function marketStatement(store: Store, market: Market, about: readonly Address[]): MarketStatement {
  const accounts = about.flatMap((address) => {
    const { kind, id } = parseAddress(address)
    return kind === 'account' ? [id] : []
  })
  const [oldest] = store.all<{ sequence: number; at: number }>(
    'SELECT sequence, at FROM trade ORDER BY sequence LIMIT 1',
  )
  return {
    market: market.id,
    address: marketAddress(market.id),
    streams: readPositions(store, about),
    orders: store
      .all<LiveRow>(
        `SELECT id, account, status, filled_lots FROM live_order
         WHERE account IN (SELECT value FROM json_each(?)) ORDER BY number`,
        JSON.stringify(accounts),
      )
      .map((row) => ({
        id: row.id,
        accountId: row.account,
        status: row.status as OrderStatus,
        filledLots: row.filled_lots,
      })),
    trades: readTradesOf(store, market, about),
    oldest: oldest ?? null,
    tradesMade: readTradesMade(store),
    totals: readTotals(store),
  }
}

/** Both sides of the trades kept, the newest `limit` of them: who has traded here of late, whether known elsewhere or not. */
export function readParties(store: Store, limit: number): string[] {
  const rows = store.all<{ maker: string; taker: string }>(
    'SELECT maker, taker FROM trade ORDER BY sequence DESC LIMIT ?',
    limit,
  )
  const orders = store.all<{ account: string }>('SELECT DISTINCT account FROM live_order LIMIT ?', limit)
  return [
    ...new Set([
      ...rows.flatMap(({ maker, taker }) => [maker, taker]),
      ...orders.map(({ account }) => `account/${account}`),
    ]),
  ]
}

function readTradesOf(store: Store, market: Market, about: readonly string[]): TradeRecord[] {
  return store
    .all<TradeRow>(
      `SELECT ${TRADE_COLUMNS} FROM trade
       WHERE maker IN (SELECT value FROM json_each(?1)) OR taker IN (SELECT value FROM json_each(?1)) ORDER BY sequence`,
      JSON.stringify(about),
    )
    .map((row) => toTradeRecord(market, row))
}

/** The next trades after a sequence, of those that are kept, oldest first. */
export function readTradesAfter(
  store: Store,
  market: Market,
  sequence: number,
  limit: number,
): TradeRecord[] {
  return store
    .all<TradeRow>(
      `SELECT ${TRADE_COLUMNS} FROM trade WHERE sequence > ? ORDER BY sequence LIMIT ?`,
      sequence,
      limit,
    )
    .map((row) => toTradeRecord(market, row))
}

const TRADE_COLUMNS = `sequence, id, ticks, lots, taker_side, maker, taker, maker_order, taker_order,
  CAST(maker_fee AS TEXT) AS maker_fee, CAST(taker_fee AS TEXT) AS taker_fee, at`

const toTradeRecord = (market: Market, row: TradeRow): TradeRecord => ({
  id: row.id,
  sequence: row.sequence,
  ticks: row.ticks,
  lots: row.lots,
  quote: quoteOf(market, row.ticks, row.lots),
  takerSide: row.taker_side as Side,
  maker: row.maker,
  taker: row.taker,
  makerOrderId: row.maker_order,
  takerOrderId: row.taker_order,
  makerFee: BigInt(row.maker_fee),
  takerFee: BigInt(row.taker_fee),
  at: row.at,
})

interface LiveRow extends SqlRow {
  id: string
  account: string
  status: string
  filled_lots: number
}

interface TradeRow extends SqlRow {
  sequence: number
  id: string
  ticks: number
  lots: number
  taker_side: string
  maker: string
  taker: string
  maker_order: string
  taker_order: string
  maker_fee: string
  taker_fee: string
  at: number
}
