import type { LimitOrder, MarketOrder, Trigger } from './engine/index.ts'
import type { OrderTerms, Side, TimeInForce, TriggerTerms } from './messages.ts'
import { leftLots, type OpenOrder } from './openOrders.ts'
import type { Market } from './settings.ts'

/** A limit order with nothing special about it: a quote of the house, a tier of a block. */
export const plainLimit = (
  side: Side,
  ticks: number,
  lots: number,
  timeInForce: TimeInForce,
): OrderTerms => ({
  side,
  orderType: 'limit',
  ticks,
  lots,
  quoteBudget: null,
  wants: 'lots',
  trigger: null,
  timeInForce,
  expiresAt: null,
  postOnly: false,
  displayLots: null,
  selfTrade: 'cancel_newest',
})

/** What is left of an order, in the engine's words. */
export function placementOf(market: Market, order: OpenOrder): LimitOrder | MarketOrder {
  return order.terms.ticks === null ? marketOf(market, order) : limitOf(order, order.terms.ticks)
}

/** What is left of an order with a limit. Good till a date is good till cancelled to the engine: the market ends it. */
export function limitOf(order: OpenOrder, ticks: number): LimitOrder {
  const { number: id, owner, terms } = order
  const { side, timeInForce, postOnly, displayLots, selfTrade } = terms
  const lots = leftLots(order)
  return {
    type: 'limit',
    id,
    owner,
    side,
    ticks,
    lots,
    timeInForce: timeInForce === 'GTD' ? 'GTC' : timeInForce,
    postOnly,
    // What shows all of itself is no iceberg.
    ...(displayLots !== null && displayLots < lots ? { displayLots } : {}),
    selfTrade,
  }
}

function marketOf(market: Market, order: OpenOrder): MarketOrder {
  const { number: id, owner, terms } = order
  const { side, lots, quoteBudget, wants, timeInForce, selfTrade } = terms
  return {
    type: 'market',
    id,
    owner,
    side,
    ...(lots === null ? {} : { lots }),
    ...(quoteBudget === null ? {} : { budget: Math.max(1, Number(quoteBudget / market.quotePerTickLot)) }),
    wants: wants === 'lots' ? 'lots' : 'budget',
    timeInForce: timeInForce === 'FOK' ? 'FOK' : 'IOC',
    selfTrade,
  }
}

/** Stops fire where a position loses, take-profits where it gains. */
export function triggerOf({ side, orderType }: OrderTerms, trigger: TriggerTerms): Trigger {
  if (trigger.kind === 'price') {
    const stops = orderType === 'stop' || orderType === 'stop_limit'
    return { kind: stops === (side === 'sell') ? 'falls_to' : 'rises_to', ticks: trigger.ticks }
  }
  const { offsetTicks, offsetBps, activationTicks } = trigger
  const offset = offsetTicks === null ? { bps: offsetBps ?? 0 } : { ticks: offsetTicks }
  return { kind: 'trails', offset, activationTicks }
}
