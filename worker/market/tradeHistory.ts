import { toTime } from '../contract/amounts.ts'
import type { Trade } from '../contract/markets.ts'
import { toDecimal } from '../ledger/amount.ts'
import type { Store } from '../messaging/store.ts'
import type { Span } from './missedSpans.ts'
import { oldestTrade, readTradesOfSpan, type TradeLine } from './rows.ts'
import { priceOf } from './rules.ts'
import { baseOf, type Market, quoteOf } from './settings.ts'

/** The newest trades of a span with a sequence below `before`. */
export interface TradesAsked extends Span {
  readonly before: number
  readonly limit: number
}

/** What a market's own rows know of that, newest first; what came before the oldest of them is told by D1. */
export interface KeptTrades {
  readonly trades: Trade[]
  readonly oldest: { readonly sequence: number; readonly at: number } | null
}

export const keptTrades = (
  store: Store,
  market: Market,
  { before, limit, ...span }: TradesAsked,
): KeptTrades => ({
  trades: readTradesOfSpan(store, before, span, limit).map((trade) => tradeView(market, trade)),
  oldest: oldestTrade(store),
})

/**
 * A page of the trades made in a market, newest first, ordered by their sequence alone: those that the market keeps, then
 * those that have left it, which have long been in D1. The cursor is the sequence of the last one.
 */
export async function pageOfTrades(
  market: string,
  { before, limit, ...span }: TradesAsked,
  kept: (asked: TradesAsked) => Promise<KeptTrades>,
  db: D1Database,
): Promise<{ items: Trade[]; next: string | null }> {
  const wanted = limit + 1
  const { trades, oldest } = await kept({ ...span, before, limit: wanted })
  if (trades.length < wanted && oldest !== null && oldest.sequence > 1 && span.from <= oldest.at)
    trades.push(
      ...(await readOlder(db, market, {
        ...span,
        before: Math.min(before, oldest.sequence),
        limit: wanted - trades.length,
      })),
    )
  const items = trades.slice(0, limit)
  return { items, next: trades.length > limit ? String(items.at(-1)?.sequence) : null }
}

/** Times rise with sequences, so a span of time is one of sequences, which have an index within each market. */
async function readOlder(db: D1Database, market: string, asked: TradesAsked): Promise<Trade[]> {
  const { from, to, before, limit } = asked
  const [last, first] = await Promise.all([lastBefore(db, market, to), lastBefore(db, market, from)])
  const { results } = await db
    .prepare(
      `SELECT id, sequence, CAST(price AS TEXT) AS price, CAST(quantity AS TEXT) AS quantity,
         CAST(quote AS TEXT) AS quote, taker_side AS side, at
       FROM trades WHERE market = ? AND sequence < ? AND sequence > ? AND at >= ? AND at < ?
       ORDER BY sequence DESC LIMIT ?`,
    )
    .bind(market, Math.min(before, last + 1), first, from, to, limit)
    .all<OlderTrade>()
  return results.map(({ price, quantity, quote, at, ...row }) => ({
    ...row,
    price: toDecimal(BigInt(price)),
    quantity: toDecimal(BigInt(quantity)),
    total: toDecimal(BigInt(quote)),
    at: toTime(at),
  }))
}

/** The sequence of the last trade before a time; 0 when there is none. */
async function lastBefore(db: D1Database, market: string, time: number): Promise<number> {
  const row = await db
    .prepare(
      `SELECT sequence FROM trades INDEXED BY trades_by_time WHERE market = ? AND at < ?
       ORDER BY at DESC, sequence DESC LIMIT 1`,
    )
    .bind(market, time)
    .first<{ sequence: number }>()
  return row?.sequence ?? 0
}

interface OlderTrade {
  readonly id: string
  readonly sequence: number
  readonly price: string
  readonly quantity: string
  readonly quote: string
  readonly side: 'buy' | 'sell'
  readonly at: number
}

function tradeView(market: Market, { id, sequence, ticks, lots, takerSide, at }: TradeLine): Trade {
  return {
    id,
    sequence,
    price: toDecimal(priceOf(market, ticks)),
    quantity: toDecimal(baseOf(market, lots)),
    total: toDecimal(quoteOf(market, ticks, lots)),
    side: takerSide,
    at: toTime(at),
  }
}
