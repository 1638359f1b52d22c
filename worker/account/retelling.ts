import { MARKET_EVENTS, marketTurns, type OrderRecord } from '../market/messages.ts'
import type { Decision } from '../messaging/domain.ts'
import type { AccountEvent, AccountState, Order } from './accountState.ts'

/**
 * Tells the projection all orders that the account keeps once more, as their markets have reported them: what a database
 * has lost comes back, and what it has is left alone by its sequence. Replies how many.
 */
export function retellOrders(state: AccountState): Decision<AccountEvent, number> {
  const byMarket = new Map<string, OrderRecord[]>()
  let told = 0
  for (const order of state.orders.values()) {
    // Its market has not reported it yet, and will tell of it by itself.
    if (order.sequence === 0) continue
    const records = byMarket.get(order.market) ?? []
    records.push(recordOf(state.accountId, order))
    byMarket.set(order.market, records)
    told += 1
  }
  const messages = [...byMarket].flatMap(([market, orders]) =>
    marketTurns(market, [], orders).map((turn) => ({ to: MARKET_EVENTS, body: { ...turn, again: true } })),
  )
  return { reply: told, events: [], messages, timers: [] }
}

function recordOf(accountId: string, order: Order): OrderRecord {
  const { id, sequence, terms, filledLots, filledQuote, status, reason, createdAt, updatedAt } = order
  return { id, accountId, sequence, terms, filledLots, filledQuote, status, reason, createdAt, updatedAt }
}
