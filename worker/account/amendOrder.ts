import { accepted, type Outcome, refused } from '../contract/errors.ts'
import type { AmendOrder } from '../contract/orders.ts'
import { toUnits } from '../ledger/amount.ts'
import type { AmendOrder as AmendMessage, OrderTerms } from '../market/messages.ts'
import { checkTerms, priceOf, toLots, toTicks } from '../market/rules.ts'
import { type Market, marketById } from '../market/settings.ts'
import { marketAddress } from '../messaging/address.ts'
import { encode } from '../messaging/codec.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import { type AccountEvent, type AccountState, availableOf, type Order } from './accountState.ts'
import { faultOfLegs, opposite } from './bracket.ts'
import { openOrder } from './cancelOrder.ts'
import { fund, tooLittle } from './funding.ts'
import { heldAsset, heldFor, holdAfter, siblingOf } from './holds.ts'
import { holdEntry } from './newOrders.ts'
import { askedTerms } from './orderTerms.ts'
import { referenceOf } from './placeOrder.ts'

/**
 * Asks the market to give an order other terms, with what they can cost more held before. The order changes only by the
 * market's report: until then it can still fill as it is.
 */
export function amendOrder(
  state: AccountState,
  orderId: string,
  change: AmendOrder,
  moment: Moment,
): Decision<AccountEvent, Outcome<Order>> {
  const found = openOrder(state, orderId, 'change')
  if (!found.ok) return nothing(found)
  const order = found.value
  if (order.amendment !== null)
    return nothing(
      refused('amendment_under_way', 'The change before is not done yet. Try again in a moment.'),
    )
  const terms = amendedTerms(state, order, change, moment)
  if (!terms.ok) return nothing(terms)
  if (encode(terms.value) === encode(order.terms)) return nothing(accepted(order))
  return hold(state, order, terms.value, moment)
}

function hold(
  state: AccountState,
  order: Order,
  terms: OrderTerms,
  moment: Moment,
): Decision<AccountEvent, Outcome<Order>> {
  const market = marketById(order.market)
  const sibling = siblingOf(state, order)
  const amendment = { id: moment.newId(), terms }
  const { need } = holdAfter({ ...order, amendment }, sibling)
  const held = heldFor(order, sibling)
  const more = need > held ? need - held : 0n
  const asset = heldAsset(market, terms)
  const available = availableOf(state, asset)
  if (more > available) return nothing(tooLittle(available, more, asset))
  // The hold may be on the sibling; what is added is on this order, and is summed with it.
  const after: Order = { ...order, amendment, refusal: null, held: order.held + more }
  const posted: AccountEvent[] =
    more === 0n ? [] : [{ type: 'posted', entry: holdEntry(order, { asset, amount: more }, moment) }]
  const body: AmendMessage = { type: 'amendOrder', orderId: order.id, amendmentId: amendment.id, terms }
  return {
    reply: accepted(after),
    events: [...posted, { type: 'orderChanged', order: after }],
    messages: [{ to: marketAddress(order.market), body }],
    timers: [],
  }
}

/** The order's terms with the change, as the rules of its market allow them. */
function amendedTerms(
  state: AccountState,
  order: Order,
  change: AmendOrder,
  { now }: Moment,
): Outcome<OrderTerms> {
  const market = marketById(order.market)
  const changed = applied(market, order.terms, change)
  if (!changed.ok) return changed
  if ((changed.value.lots ?? Number.POSITIVE_INFINITY) <= order.filledLots + order.preventedLots)
    return refused(
      'cannot_amend',
      'More than this has filled already. Give a larger quantity, or cancel the order.',
      'quantity',
    )
  const referenceTicks = referenceOf(state, order.market, now)
  const bounded = changed.value.ticks === null ? bounds(state, order, changed.value, referenceTicks) : changed
  if (!bounded.ok) return bounded
  const crossed = faultBetweenExits(market, order, bounded.value)
  if (crossed !== null) return crossed
  const fault = checkTerms(market, bounded.value, referenceTicks)
  return fault === null ? bounded : { ok: false, refusal: fault }
}

/** An entry's price stays between its exits, as when it was placed: past one, that would be done the moment it fills. */
function faultBetweenExits(market: Market, { exits }: Order, { side, ticks, trigger }: OrderTerms) {
  const from = ticks ?? (trigger?.kind === 'price' ? trigger.ticks : null)
  if (exits === null || from === null) return null
  const { takeProfit, stopLoss } = exits
  const price = priceOf(market, from)
  const fault = faultOfLegs(opposite(side), takeProfit ?? undefined, stopLoss ?? undefined, price)
  const field = ticks === null ? 'triggerPrice' : 'price'
  return fault && refused('cannot_amend', `The exits of this order: ${fault.message}`, field)
}

/** An order without a limit waits and has not traded: its hold is a bound of it, and is found anew. */
function bounds(
  state: AccountState,
  order: Order,
  terms: OrderTerms,
  referenceTicks: number | null,
): Outcome<OrderTerms> {
  const asked = { market: marketById(order.market), terms: askedTerms(terms) }
  const available = (asset: string) => availableOf(state, asset) + heldFor(order, siblingOf(state, order))
  const funded = fund(asked, { estimate: null, referenceTicks, available })
  return funded.ok ? accepted(funded.value.terms) : funded
}

function applied(market: Market, terms: OrderTerms, change: AmendOrder): Outcome<OrderTerms> {
  let after = terms
  if (change.price !== undefined) {
    if (terms.ticks === null) return refused('cannot_amend', 'This order has no price to change.', 'price')
    const ticks = toTicks(market, toUnits(change.price))
    if (!ticks.ok) return ticks
    after = { ...after, ticks: ticks.value }
  }
  if (change.triggerPrice !== undefined) {
    if (terms.trigger?.kind !== 'price')
      return refused('cannot_amend', 'This order has no trigger price to change.', 'triggerPrice')
    const ticks = toTicks(market, toUnits(change.triggerPrice), 'triggerPrice')
    if (!ticks.ok) return ticks
    after = { ...after, trigger: { kind: 'price', ticks: ticks.value } }
  }
  if (change.quantity !== undefined) {
    if (terms.wants !== 'lots')
      return refused(
        'cannot_amend',
        'This order goes by quote amount: cancel it and place another.',
        'quantity',
      )
    const lots = toLots(market, toUnits(change.quantity))
    if (!lots.ok) return lots
    after = { ...after, lots: lots.value }
  }
  return accepted(after)
}
