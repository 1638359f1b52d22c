import type { Decision } from '../messaging/domain.ts'
import { MARKET_EVENTS, marketTurns, type TradeRecord } from './messages.ts'
import type { MarketEvent } from './rows.ts'

/** Trades that are told again at a time: some messages to the queue, and a turn of some milliseconds. */
export const TRADES_RETOLD = 1_000

/** Tells the projection trades once more; those that it has, it leaves alone. Replies the last of them, null at the end. */
export function retellTrades(
  market: string,
  trades: readonly TradeRecord[],
): Decision<MarketEvent, number | null> {
  const messages = marketTurns(market, trades, []).map((turn) => ({
    to: MARKET_EVENTS,
    body: { ...turn, again: true },
  }))
  const reply = trades.length < TRADES_RETOLD ? null : (trades.at(-1)?.sequence ?? null)
  return { reply, events: [], messages, timers: [] }
}
