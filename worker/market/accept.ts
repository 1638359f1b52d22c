import type { Refusal } from '../contract/errors.ts'
import { refused } from '../contract/errors.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import type { MarketState } from './marketState.ts'
import type { EndReason, OrderTerms, SubmitOrder, SubmitPair } from './messages.ts'
import type { OpenOrder } from './openOrders.ts'
import type { MarketEvent } from './rows.ts'
import { checkOrder } from './rules.ts'
import { placementOf, triggerOf } from './terms.ts'
import { Turn, takerOf } from './turn.ts'

/** Orders of accounts that one market has under way at most; each is some hundred bytes of an isolate's 128 MB. */
export const MAX_ORDERS = 50_000

/** Takes an account's order: matches it, rests what may rest or waits for its trigger, and reports to everybody it met. */
export function decideSubmit(
  state: MarketState,
  accountId: string,
  message: SubmitOrder,
  moment: Moment,
): Decision<MarketEvent> {
  if (isKnown(state, message)) return nothing(undefined)
  const turn = new Turn(state, moment)
  const refusal = faultOf(state, accountId, message.terms, 0)
  const order = state.accept(message.orderId, accountId, message.terms)
  if (refusal === null) enter(state, turn, order, message.fireIfReached)
  else reject(turn, order, refusal)
  return turn.decision()
}

/**
 * Takes two orders of which one cancels the other, both or none. The second has a trigger and comes first: when that has
 * been reached already, the first is never on the book.
 */
export function decidePair(
  state: MarketState,
  accountId: string,
  { orders }: SubmitPair,
  moment: Moment,
): Decision<MarketEvent> {
  if (orders.some((message) => isKnown(state, message))) return nothing(undefined)
  const turn = new Turn(state, moment)
  const refusals = orders.map(({ terms }, index) => faultOf(state, accountId, terms, index))
  const [first, second] = orders.map(({ orderId, terms }) => state.accept(orderId, accountId, terms))
  if (first === undefined || second === undefined) throw new Error('market: a pair without its two orders')
  const refusal = refusals.find((fault) => fault !== null)
  if (refusal !== undefined && refusal !== null) {
    reject(turn, first, refusal)
    reject(turn, second, refusal)
    return turn.decision()
  }
  first.sibling = second.number
  second.sibling = first.number
  enter(state, turn, second, orders[1].fireIfReached)
  if (!state.engine.isWaiting(second.number)) {
    turn.end(first, 'oco')
    return turn.decision()
  }
  state.engine.pair(first.number, second.number)
  enter(state, turn, first, orders[0].fireIfReached)
  if (first.status === 'rejected') {
    state.engine.cancel(second.number, 'oco')
    turn.absorb(null)
  }
  return turn.decision()
}

const isKnown = ({ orders, ended }: MarketState, { orderId }: SubmitOrder): boolean =>
  orders.find(orderId) !== undefined || ended.has(orderId)

/** `before` counts the orders of the same message that come before this one. */
function faultOf(state: MarketState, accountId: string, terms: OrderTerms, before: number): Refusal | null {
  const { market, orders, status } = state
  if (orders.waiting + before >= MAX_ORDERS)
    return refused('book_full', `${market.symbol} takes no more orders now. Try again later.`).refusal
  return checkOrder(market, terms, {
    status,
    referenceTicks: state.referenceTicks(state.now),
    openOrders: orders.countOf(accountId) + before,
  })
}

function enter(state: MarketState, turn: Turn, order: OpenOrder, fireIfReached: boolean): void {
  const { engine, market } = state
  const { trigger, expiresAt } = order.terms
  turn.touch(order)
  if (expiresAt !== null && expiresAt <= state.now) {
    turn.end(order, 'expired')
    return
  }
  const placement = placementOf(market, order)
  if (trigger === null)
    engine.place(
      placement.type === 'market'
        ? { ...placement, worstTicks: state.worstTicks(placement.side) }
        : placement,
    )
  else if (
    engine.wait({ order: placement, trigger: triggerOf(order.terms, trigger) }, fireIfReached) === 'refused'
  )
    turn.end(order, 'would_trigger')
  turn.absorb(takerOf(state, order))
}

/** What the account's own check should have kept out. Its hold is released by the report. */
function reject(turn: Turn, order: OpenOrder, { code }: Refusal): void {
  turn.end(order, 'admin')
  order.status = 'rejected'
  order.reason = REASONS[code] ?? 'admin'
}

const REASONS: Readonly<Record<string, EndReason>> = {
  market_closed: 'market_closed',
  outside_band: 'outside_band',
  too_many_open_orders: 'too_many_open_orders',
  book_full: 'book_full',
}
