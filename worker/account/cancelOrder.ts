import { accepted, type Outcome, refused } from '../contract/errors.ts'
import type { CancelOrder } from '../market/messages.ts'
import { marketAddress } from '../messaging/address.ts'
import { type Decision, nothing, type Outgoing } from '../messaging/domain.ts'
import { type AccountEvent, type AccountState, type Order, openOrders } from './accountState.ts'
import { hasEnded } from './orderStates.ts'

/**
 * Asks the market to take an order off its book. The order changes only by the market's report: until then it can still
 * fill, and what was held for it stays held.
 */
export function cancelOrder(state: AccountState, orderId: string): Decision<AccountEvent, Outcome<Order>> {
  const found = openOrder(state, orderId, 'cancel')
  if (!found.ok) return nothing(found)
  const order = found.value
  // What was refused before says nothing of this request.
  const events: AccountEvent[] =
    order.refusal === null ? [] : [{ type: 'orderChanged', order: { ...order, refusal: null } }]
  return { reply: accepted(order), events, messages: [cancelOf(order)], timers: [] }
}

/** An order that can still change, for somebody who means to change or to cancel it. */
export function openOrder(state: AccountState, orderId: string, to: 'change' | 'cancel'): Outcome<Order> {
  const order = state.orders.get(orderId)
  if (order === undefined)
    return refused('unknown_order', 'You have no order with this id. Look it up among your orders.', 'id')
  return hasEnded(order.status)
    ? refused('order_already_closed', `This order is ${order.status} already; nothing is left to ${to}.`)
    : accepted(order)
}

/** Asks for every open order of one market, or of all. Replies which. At most `maxOpenOrders` a market. */
export function cancelAllOrders(
  state: AccountState,
  market: string | undefined,
): Decision<AccountEvent, readonly Order[]> {
  const orders = openOrders(state, market)
  return { reply: orders, events: [], messages: orders.map(cancelOf), timers: [] }
}

function cancelOf(order: Order): Outgoing {
  const body: CancelOrder = { type: 'cancelOrder', orderId: order.id }
  return { to: marketAddress(order.market), body }
}
