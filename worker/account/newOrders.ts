import { type Entry, move } from '../ledger/ledger.ts'
import type { SubmitOrder, SubmitPair } from '../market/messages.ts'
import type { Market } from '../market/settings.ts'
import type { Moment } from '../messaging/domain.ts'
import { type AccountState, type Order, OWN } from './accountState.ts'
import { equityOf } from './equity.ts'
import type { Funded } from './funding.ts'

/** Two orders that name each other; the first carries the hold, which is the larger of what the two can cost. */
export function pairOf(
  state: AccountState,
  market: Market,
  takeProfit: Funded,
  stopLoss: Funded,
  ids: { readonly takeProfitId: string; readonly stopLossId: string },
  moment: Moment,
): readonly [Order, Order] {
  const held = takeProfit.amount > stopLoss.amount ? takeProfit.amount : stopLoss.amount
  const first = newOrder(state, market, takeProfit, ids.takeProfitId, moment)
  const second = newOrder(state, market, stopLoss, ids.stopLossId, moment)
  return [
    { ...first, held, pairedWith: second.id },
    { ...second, pairedWith: first.id },
  ]
}

/** The same asset is held for both orders of a pair. */
export const holdOfPair = ([first]: readonly [Order, Order], { asset }: Funded, moment: Moment): Entry =>
  holdEntry(first, { asset, amount: first.held }, moment)

export const holdEntry = (
  order: Pick<Order, 'id'>,
  { asset, amount }: Pick<Funded, 'asset' | 'amount'>,
  moment: Moment,
): Entry => ({
  id: moment.newId(),
  kind: 'hold',
  reference: order.id,
  at: moment.now,
  postings: move(OWN, asset, 'available', 'held', amount),
})

/** To their market: alone, or as a pair. Of a bracket's exits one whose trigger has been reached fires. */
export function submitOf(orders: readonly Order[], fireIfReached: boolean): SubmitOrder | SubmitPair {
  const [first, second] = orders.map(
    ({ id: orderId, terms }): SubmitOrder => ({ type: 'submitOrder', orderId, terms, fireIfReached }),
  )
  if (first === undefined) throw new Error('account: no order to submit')
  return second === undefined ? first : { type: 'submitPair', orders: [first, second] }
}

export function newOrder(
  state: AccountState,
  market: Market,
  { terms }: Funded,
  id: string,
  { now }: Moment,
): Order {
  return {
    id,
    clientOrderId: null,
    market: market.id,
    terms,
    status: 'pending',
    reason: null,
    sequence: 0,
    triggered: false,
    held: 0n,
    filledLots: 0,
    filledQuote: 0n,
    preventedLots: 0,
    pairedWith: null,
    entryId: null,
    exits: null,
    amendment: null,
    refusal: null,
    equity: equityOf(state, now),
    createdAt: now,
    updatedAt: now,
  }
}
