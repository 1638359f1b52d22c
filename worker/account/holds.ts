import type { OrderTerms } from '../market/messages.ts'
import { baseOf, type Market, marketById, quoteOf } from '../market/settings.ts'
import type { AccountState, Order } from './accountState.ts'
import { hasEnded } from './orderStates.ts'

/** The asset that a hold for an order is in: quote of a buy, base of a sell. */
export const heldAsset = (market: Market, { side }: Pick<OrderTerms, 'side'>): string =>
  side === 'buy' ? market.quote : market.base

export const siblingOf = (state: AccountState, order: Order): Order | undefined =>
  order.pairedWith === null ? undefined : state.orders.get(order.pairedWith)

/** What is held for an order, and for the one it is paired with: a pair holds once, on either of the two. */
export const heldFor = (order: Order, sibling: Order | undefined): bigint =>
  order.held + (sibling?.held ?? 0n)

/**
 * The most that an order can still cost, with the change that is under way or without: both may come to be, and before the
 * market makes it, all of the order may fill at the old limit.
 */
export function needOf(order: Order): bigint {
  if (hasEnded(order.status)) return 0n
  const before = needUnder(order.terms, order)
  if (order.amendment === null) return before
  const { terms } = order.amendment
  const amended = needUnder(terms, order)
  const allFilled = { ...order, filledLots: (order.terms.lots ?? 0) - order.preventedLots }
  const need = order.terms.ticks === null ? before : before + needUnder(terms, allFilled)
  return amended > need ? amended : need
}

/** As `needOf`, under other terms. */
export function needUnder(terms: OrderTerms, order: Order): bigint {
  const market = marketById(order.market)
  const { side, ticks, lots, quoteBudget } = terms
  const { filledLots, filledQuote, preventedLots } = order
  if (ticks === null && side === 'buy') return floorZero((quoteBudget ?? 0n) - filledQuote)
  const left = Math.max(0, (lots ?? 0) - filledLots - preventedLots)
  return side === 'buy' && ticks !== null ? quoteOf(market, ticks, left) : baseOf(market, left)
}

const floorZero = (amount: bigint): bigint => (amount < 0n ? 0n : amount)

/**
 * What has to stay held for an order as it is now together with its sibling, and which of the two carries it. As soon as
 * one of a pair has traded the market has cancelled the other, whatever its last report says.
 */
export function holdAfter(order: Order, sibling: Order | undefined): { need: bigint; carrier: Order } {
  if (sibling === undefined) return { need: needOf(order), carrier: order }
  const winner = order.filledLots > 0 ? order : sibling.filledLots > 0 ? sibling : null
  if (winner !== null) return { need: needOf(winner), carrier: winner }
  const own = needOf(order)
  const other = needOf(sibling)
  return { need: own > other ? own : other, carrier: hasEnded(order.status) ? sibling : order }
}
