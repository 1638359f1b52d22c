import { heldFor, needOf, siblingOf } from '../../worker/account/holds.ts'
import { baseOf, isHouseAccount, marketById } from '../../worker/market/settings.ts'
import type { Venue } from './venue.ts'

/** What waits has not been reached, what has a date has not passed it, nothing is left over, and books are sound. */
export function waitingOrders(venue: Venue): string[] {
  const broken: string[] = []
  for (const { address, state, now } of venue.markets.values()) {
    const { engine } = state
    try {
      engine.assertConsistent()
    } catch (error) {
      broken.push(`law 5: the book of ${address}: ${String(error)}`)
    }
    if (engine.queued.length > 0) broken.push(`law 3: ${address} has fired orders that it does not place`)
    for (const { id, number, terms } of state.orders.all()) {
      if (terms.expiresAt !== null && terms.expiresAt <= now)
        broken.push(`law 3: ${id} is still in ${address} after its time`)
      const ticks = engine.triggerTicks(number)
      const kind = engine.waiting(number)?.trigger.kind
      if (ticks === null || kind === undefined || engine.lastTicks === null) continue
      const rises = kind === 'rises_to' || (kind === 'trails' && terms.side === 'buy')
      if (rises ? engine.lastTicks >= ticks : engine.lastTicks <= ticks)
        broken.push(`law 3: ${id} in ${address} waits for ${ticks}, and ${engine.lastTicks} was traded`)
    }
  }
  return broken
}

/** Of a pair one trades at most; the exits of a bracket never give more than its entry took; holds cover what they are for. */
export function groups(venue: Venue): string[] {
  const broken: string[] = []
  for (const { address, state } of venue.accounts.values()) {
    const armed = new Map<string, bigint>()
    for (const order of state.orders.values()) {
      const sibling = siblingOf(state, order)
      if (sibling !== undefined && order.filledLots > 0 && sibling.filledLots > 0)
        broken.push(`law 3: ${address} has traded both ${order.id} and ${sibling.id} of a pair`)
      if (order.amendment !== null)
        broken.push(`law 3: the change of ${order.id} of ${address} is not answered`)
      if (heldFor(order, sibling) < needOf(order))
        broken.push(`law 2: ${order.id} of ${address} may cost more than is held for it`)
      const isFirst = order.pairedWith === null || order.id < order.pairedWith
      if (order.entryId === null || !isFirst) continue
      const base = baseOf(marketById(order.market), order.terms.lots ?? 0)
      armed.set(order.entryId, (armed.get(order.entryId) ?? 0n) + base)
    }
    for (const [entryId, base] of armed) {
      const entry = state.orders.get(entryId)
      if (entry?.terms.side !== 'buy') continue
      if (base > baseOf(marketById(entry.market), entry.filledLots))
        broken.push(`law 2: ${address} has armed more than entry ${entryId} bought`)
    }
  }
  return broken
}

/** Law 5: makers trade at their price, takers not past theirs. That the book was never crossed and nobody was passed over was watched all along. */
export function prices(venue: Venue): string[] {
  const broken: string[] = []
  for (const [market, trades] of venue.trades) {
    for (const trade of trades.values()) {
      const asked = venue.limits.get(trade.makerOrderId)
      if (asked !== undefined && !asked.has(trade.ticks))
        broken.push(
          `law 5: trade ${trade.sequence} of ${market} at ${trade.ticks}, its maker asked ${[...asked]}`,
        )
      const limits = [...(venue.limits.get(trade.takerOrderId) ?? [null])]
      const past = limits.every((limit) =>
        trade.takerSide === 'buy' ? trade.ticks > (limit ?? Infinity) : trade.ticks < (limit ?? 0),
      )
      if (past)
        broken.push(
          `law 5: trade ${trade.sequence} of ${market} at ${trade.ticks}, past its taker's ${limits}`,
        )
      if (trade.maker === trade.taker && !isHouseAccount(trade.maker.slice('account/'.length)))
        broken.push(`law 5: ${trade.maker} traded with itself`)
    }
  }
  return broken
}
