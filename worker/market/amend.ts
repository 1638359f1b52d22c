import { type Refusal, refused } from '../contract/errors.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import type { MarketState } from './marketState.ts'
import type { AmendOrder, OrderTerms } from './messages.ts'
import { leftLots, type OpenOrder } from './openOrders.ts'
import type { MarketEvent } from './rows.ts'
import { checkTerms } from './rules.ts'
import { limitOf, placementOf, triggerOf } from './terms.ts'
import { Turn, takerOf } from './turn.ts'

/**
 * Gives an order other terms: less of it keeps its place, more of it or another price loses it and may trade at once. What
 * cannot be done leaves the order as it was. The account is answered either way, unless the order has ended: then the
 * report of its end is the answer.
 */
export function decideAmend(
  state: MarketState,
  accountId: string,
  { orderId, amendmentId, terms }: AmendOrder,
  moment: Moment,
): Decision<MarketEvent> {
  const order = state.orders.find(orderId)
  if (order === undefined || order.accountId !== accountId) return nothing(undefined)
  const turn = new Turn(state, moment)
  const refusal = faultOf(state, order, terms) ?? amend(state, order, terms)
  turn.absorb(takerOf(state, order))
  turn.answer(order, { amendmentId, refusal })
  return turn.decision()
}

function faultOf(state: MarketState, order: OpenOrder, terms: OrderTerms): Refusal | null {
  const { market, status } = state
  const before = order.terms
  if (terms.side !== before.side || terms.orderType !== before.orderType || terms.wants !== before.wants)
    return refused('cannot_amend', 'Only price, trigger and quantity of an order can be changed.').refusal
  if (status === 'halted' || (status === 'cancel_only' && !isLess(before, terms)))
    return refused('market_closed', `${market.symbol} changes no orders now. Try again later.`).refusal
  return checkTerms(market, terms, state.referenceTicks(state.now))
}

const isLess = (before: OrderTerms, { ticks, lots, trigger }: OrderTerms): boolean =>
  ticks === before.ticks &&
  (lots ?? 0) < (before.lots ?? 0) &&
  JSON.stringify(trigger) === JSON.stringify(before.trigger)

function amend(state: MarketState, order: OpenOrder, terms: OrderTerms): Refusal | null {
  if (state.engine.isWaiting(order.number)) return amendWaiting(state, order, terms)
  if (order.restingLots === 0)
    return refused('cannot_amend', 'The order has fired and is on its way to the book.').refusal
  return amendResting(state, order, terms)
}

function amendWaiting(state: MarketState, order: OpenOrder, terms: OrderTerms): Refusal | null {
  const before = order.terms
  order.terms = terms
  const trigger = terms.trigger === null ? null : triggerOf(terms, terms.trigger)
  if (
    trigger !== null &&
    state.engine.amendWaiting({ order: placementOf(state.market, order), trigger }) === 'waiting'
  )
    return null
  order.terms = before
  return refused('would_trigger', 'The price has reached this trigger already.', 'triggerPrice').refusal
}

function amendResting(state: MarketState, order: OpenOrder, terms: OrderTerms): Refusal | null {
  const before = order.terms
  order.terms = terms
  const left = leftLots(order)
  const refusal =
    left < 1 ? tooLittle() : terms.ticks === null ? null : change(state, order, before, terms.ticks, left)
  if (refusal !== null) order.terms = before
  return refusal
}

function change(
  { engine }: MarketState,
  order: OpenOrder,
  before: OrderTerms,
  ticks: number,
  left: number,
): Refusal | null {
  if (ticks === before.ticks && left <= order.restingLots) {
    if (left < order.restingLots) engine.reduce(order.number, left)
    return null
  }
  const { status, reason } = engine.replace(limitOf(order, ticks))
  if (status !== 'rejected') return null
  return reason === 'post_only'
    ? refused('post_only_would_take', 'At this price the order would trade at once.', 'price').refusal
    : refused('book_full', 'The market takes no more orders now.').refusal
}

const tooLittle = (): Refusal =>
  refused(
    'cannot_amend',
    'More than this has filled already. Give a larger quantity, or cancel the order.',
    'quantity',
  ).refusal
