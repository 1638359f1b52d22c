import type { LeaderTraded } from '../copying/messages.ts'
import { type Entry, move } from '../ledger/ledger.ts'
import type { Fill, OrderReport, Side } from '../market/messages.ts'
import { baseOf, type Market, marketById } from '../market/settings.ts'
import { poolAddress } from '../messaging/address.ts'
import type { Decision, Moment, Outgoing } from '../messaging/domain.ts'
import {
  type AccountEvent,
  type AccountFill,
  type AccountState,
  availableOf,
  type Order,
  OWN,
  positionOf,
  totalOf,
} from './accountState.ts'
import { armExits, receivedAsset } from './bracket.ts'
import { heldAsset, heldFor, holdAfter, siblingOf } from './holds.ts'
import { settleHouse } from './house.ts'
import { PAST_ORDERS_KEPT, PAST_ORDERS_SWEPT } from './orderRows.ts'
import { hasEnded, mayBecome } from './orderStates.ts'
import { increase, type Position, reduce } from './position.ts'
import { tradeEntry } from './tradeEntry.ts'

/** Orders that have ended and are kept in memory; more of them are rows (see `PAST_ORDERS_KEPT`), and D1 keeps all. */
export const ENDED_ORDERS_KEPT = 500

/**
 * Takes what a market says of one order: posts its fills, releases what is held beyond need, places the exits of a bracket
 * for what has come in, and tells the pool of this account's followers. A report comes once (the inbox sees to it), but at
 * any time: before the reply to the submit, or for an order that this account no longer knows.
 */
export function settleReport(
  state: AccountState,
  report: OrderReport,
  moment: Moment,
): Decision<AccountEvent> {
  const marked: AccountEvent = { type: 'marked', mark: report.mark }
  if (state.isHouse) return only([marked, ...settleHouse(state, report, moment)])
  const order = state.orders.get(report.orderId)
  if (order === undefined || !mayBecome(order.status, report.status))
    return only(report.fills.length === 0 ? [marked] : [marked, { type: 'disputed', report }])

  const market = marketById(order.market)
  const { side } = order.terms
  const after = orderAfter(order, report)
  const fills = accountFills(order, report, market, positionOf(state, market.base))
  const held = settleHold(state, order, after, consumed(side, market, report.fills), market, moment)
  const armed = arm(state, held.order, report, market, moment)
  const events: AccountEvent[] = [marked]
  for (const fill of report.fills)
    events.push({ type: 'posted', entry: tradeEntry(market, side, fill, 'held', moment) })
  for (const fill of fills.filled) events.push({ type: 'filled', fill })
  if (report.fills.length > 0)
    events.push({ type: 'positionChanged', asset: market.base, position: fills.position })
  events.push(...held.events, { type: 'orderChanged', order: armed.order }, ...armed.events)
  if (hasEnded(after.status)) events.push(...forgetOldest(state))
  const told =
    state.fillsWanted && report.fills.length > 0
      ? [{ to: poolAddress(state.accountId), body: leaderTraded(state, order, report) }]
      : []
  return { reply: undefined, events, messages: [...armed.messages, ...told], timers: [] }
}

const only = (events: readonly AccountEvent[]): Decision<AccountEvent> => ({
  reply: undefined,
  events,
  messages: [],
  timers: [],
})

/** What fills take out of a hold: quote units of a buy, base units of a sell. */
function consumed(side: Side, market: Market, fills: readonly Fill[]): bigint {
  let sum = 0n
  for (const fill of fills) sum += side === 'buy' ? fill.quote : baseOf(market, fill.lots)
  return sum
}

/** Releases what is held beyond need, and puts the rest on the order of a pair that can still trade. */
function settleHold(
  state: AccountState,
  order: Order,
  after: Order,
  spent: bigint,
  market: Market,
  moment: Moment,
): { readonly order: Order; readonly events: readonly AccountEvent[] } {
  const sibling = siblingOf(state, order)
  const left = heldFor(order, sibling) - spent
  const { need, carrier } = holdAfter(after, sibling)
  const release = releaseEntry(order, market, left - need, moment)
  const events: AccountEvent[] = release === null ? [] : [{ type: 'posted', entry: release }]
  const heldBy = (each: Order): bigint => (each.id === carrier.id ? need : 0n)
  if (sibling !== undefined && sibling.held !== heldBy(sibling))
    events.push({ type: 'orderChanged', order: { ...sibling, held: heldBy(sibling) } })
  return { order: { ...after, held: heldBy(after) }, events }
}

function releaseEntry(order: Order, market: Market, amount: bigint, moment: Moment): Entry | null {
  if (amount === 0n) return null
  if (amount < 0n) throw new Error(`order ${order.id} has traded ${-amount} beyond what is held for it`)
  return {
    id: moment.newId(),
    kind: 'release',
    reference: order.id,
    at: moment.now,
    postings: move(OWN, heldAsset(market, order.terms), 'held', 'available', amount),
  }
}

function orderAfter(order: Order, report: OrderReport): Order {
  const lots = report.fills.reduce((sum, fill) => sum + fill.lots, 0)
  const quote = report.fills.reduce((sum, fill) => sum + fill.quote, 0n)
  return {
    ...order,
    ...answered(order, report),
    status: report.status,
    reason: report.reason,
    sequence: report.sequence,
    triggered: report.triggered,
    filledLots: order.filledLots + lots,
    filledQuote: order.filledQuote + quote,
    preventedLots: report.preventedLots,
    updatedAt: report.at,
  }
}

/** What an answer to a request changes. An order that has ended has no change under way. */
function answered(order: Order, report: OrderReport): Pick<Order, 'terms' | 'amendment' | 'refusal'> {
  const { terms, amendment, refusal } = order
  const { answer } = report
  if (answer === null) return { terms, refusal, amendment: hasEnded(report.status) ? null : amendment }
  if (answer.amendmentId === null || amendment === null || answer.amendmentId !== amendment.id)
    return { terms, amendment, refusal: answer.refusal ?? refusal }
  return {
    terms: answer.refusal === null ? amendment.terms : terms,
    amendment: null,
    refusal: answer.refusal,
  }
}

/** The exits of a bracket for what these fills have brought in. */
function arm(
  state: AccountState,
  order: Order,
  { fills, mark }: OrderReport,
  market: Market,
  moment: Moment,
): { order: Order; events: readonly AccountEvent[]; messages: readonly Outgoing[] } {
  const received = receivedBy(order.terms.side, market, fills)
  const available = availableOf(state, receivedAsset(market, order.terms.side)) + received
  const armed = received === 0n ? null : armExits(state, order, received, available, mark.ticks, moment)
  if (armed === null) return { order, events: [], messages: [] }
  return { order: { ...order, exits: armed.exits }, events: armed.events, messages: armed.messages }
}

/** What fills bring in, fees aside: base units of a buy, quote units of a sell. */
function receivedBy(side: Side, market: Market, fills: readonly Fill[]): bigint {
  let sum = 0n
  for (const fill of fills)
    sum += (side === 'buy' ? baseOf(market, fill.lots) : fill.quote) - fill.fee - fill.rounding
  return sum
}

/** The fills with what each realised, and the position after the last. */
function accountFills(
  order: Order,
  report: OrderReport,
  market: Market,
  before: Position,
): { filled: AccountFill[]; position: Position } {
  const { side } = order.terms
  let position = before
  const filled = report.fills.map((fill): AccountFill => {
    const base = baseOf(market, fill.lots)
    const paid = fill.fee + fill.rounding
    const own = { ...fill, orderId: order.id, market: market.id, side }
    if (side === 'buy') {
      position = increase(position, base - paid, fill.quote)
      return { ...own, realised: null, realisedBps: null }
    }
    const reduction = reduce(position, base, fill.quote - paid)
    position = reduction.position
    return { ...own, realised: reduction.realised, realisedBps: reduction.realisedBps }
  })
  return { filled, position }
}

/** The order that just ended makes one more of them: the oldest beyond the bound leave the memory. */
function forgetOldest(state: AccountState): AccountEvent[] {
  let surplus = state.orders.size - state.openIds.size + 1 - ENDED_ORDERS_KEPT
  const forgotten: AccountEvent[] = []
  for (const [orderId, { status }] of state.orders) {
    if (surplus <= 0) break
    if (!hasEnded(status)) continue
    forgotten.push({ type: 'orderForgotten', orderId })
    surplus -= 1
  }
  if (state.pastOrders + forgotten.length >= PAST_ORDERS_KEPT + PAST_ORDERS_SWEPT)
    forgotten.push({ type: 'pastOrdersSwept', left: PAST_ORDERS_KEPT })
  return forgotten
}

function leaderTraded(state: AccountState, order: Order, report: OrderReport): LeaderTraded {
  const market = marketById(order.market)
  const { side, orderType, wants, lots: orderLots } = order.terms
  const heldBefore = totalOf(state, market.base)
  let heldAfter = heldBefore
  for (const fill of report.fills) {
    const base = baseOf(market, fill.lots)
    heldAfter += side === 'buy' ? base - fill.fee - fill.rounding : -base
  }
  // Fees leave less than a lot behind, which nobody can sell: whoever has sold down to that has left.
  const exited = side === 'sell' && heldAfter < market.lotSize
  return {
    type: 'leaderTraded',
    orderId: order.id,
    market: market.id,
    side,
    orderType,
    lots: report.fills.reduce((sum, fill) => sum + fill.lots, 0),
    filledBefore: order.filledLots,
    orderLots: wants === 'lots' ? orderLots : null,
    quote: report.fills.reduce((sum, fill) => sum + fill.quote, 0n),
    equity: order.equity,
    heldBefore,
    heldAfter: exited ? 0n : heldAfter,
    mark: report.mark,
    at: report.at,
  }
}
