import { retellOrders } from '../../worker/account/retelling.ts'
import type { MarketTurn, OrderRecord, TradeRecord } from '../../worker/market/messages.ts'
import { retellTrades } from '../../worker/market/retelling.ts'
import { readTradesAfter } from '../../worker/market/statement.ts'
import { TRADES_KEPT } from '../../worker/market/sweep.ts'
import { encode } from '../../worker/messaging/codec.ts'
import type { Decision } from '../../worker/messaging/domain.ts'
import type { Venue } from './venue.ts'

/**
 * Law 8: told again from nothing, the projection knows of every trade and order that is kept what it knew before, but for
 * the time at which an order was created: its account tells its own, which is earlier than the market's by the way there.
 */
export function retold(venue: Venue): string[] {
  const broken: string[] = []
  for (const [id, market] of venue.markets) {
    const known = [...(venue.trades.get(id)?.values() ?? [])].sort((a, b) => a.sequence - b.sequence)
    const kept = readTradesAfter(market.store, market.state.market, 0, known.length + 1)
    const again = tradesIn(retellTrades(id, kept)).sort((a, b) => a.sequence - b.sequence)
    if (encode(again) !== encode(known.slice(-TRADES_KEPT)) && known.length <= TRADES_KEPT)
      broken.push(
        `law 8: ${market.address} tells ${again.length} trades again, other than the ${known.length} known`,
      )
  }
  for (const { address, state } of venue.accounts.values())
    for (const order of ordersIn(retellOrders(state))) {
      const known = venue.orders.get(order.id)
      if (known === undefined || encode({ ...known, createdAt: 0 }) !== encode({ ...order, createdAt: 0 }))
        broken.push(`law 8: ${address} tells ${encode(order)} again, and ${encode(known ?? null)} is known`)
    }
  return broken
}

const turnsOf = ({ messages }: Decision<unknown, unknown>): MarketTurn[] =>
  // Both retellings send turns of a market, and nothing else.
  messages.map(({ body }) => body as MarketTurn)

const tradesIn = (decision: Decision<unknown, unknown>): TradeRecord[] =>
  turnsOf(decision).flatMap(({ trades }) => trades)

const ordersIn = (decision: Decision<unknown, unknown>): OrderRecord[] =>
  turnsOf(decision).flatMap(({ orders }) => orders)
