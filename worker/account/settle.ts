import type { LeaderTraded } from '../copying/messages.ts'
import { type Entry, move } from '../ledger/ledger.ts'
import type { Fill, OrderReport, Side } from '../market/messages.ts'
import { baseOf, type Market, marketById, quoteOf } from '../market/settings.ts'
import { poolAddress } from '../messaging/address.ts'
import type { Decision, Moment } from '../messaging/domain.ts'
import {
  type AccountEvent,
  type AccountFill,
  type AccountState,
  type Order,
  OWN,
  positionOf,
  totalOf,
} from './accountState.ts'
import { settleHouse } from './house.ts'
import { hasEnded, mayBecome } from './orderStates.ts'
import { increase, type Position, reduce } from './position.ts'
import { tradeEntry } from './tradeEntry.ts'

/** Orders that have ended and are kept in the object with their fills; D1 keeps all. */
export const ENDED_ORDERS_KEPT = 500

/**
 * Takes what a market says of one order: posts its fills, releases what is held beyond need, and tells the pool of this
 * account's followers. A report comes once (the inbox sees to it), but at any time: before the reply to the submit, or
 * for an order that this account no longer knows.
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
  const fills = accountFills(order, report, market, positionOf(state, market.base))
  const after = orderAfter(order, report)
  const left = order.held - consumed(order.side, market, report.fills)
  const need = stillNeeded(after, market, left)
  const events: AccountEvent[] = [marked]
  for (const fill of report.fills)
    events.push({ type: 'posted', entry: tradeEntry(market, order.side, fill, 'held', moment) })
  const release = releaseEntry(order, market, left - need, moment)
  if (release !== null) events.push({ type: 'posted', entry: release })
  for (const fill of fills.filled) events.push({ type: 'filled', fill })
  if (report.fills.length > 0)
    events.push({ type: 'positionChanged', asset: market.base, position: fills.position })
  events.push({ type: 'orderChanged', order: { ...after, held: need } })
  if (hasEnded(after.status)) events.push(...forgetOldest(state))
  const told =
    state.fillsWanted && report.fills.length > 0
      ? [{ to: poolAddress(state.accountId), body: leaderTraded(state, order, report) }]
      : []
  return { reply: undefined, events, messages: told, timers: [] }
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

/** What has to stay held: what is left at the limit; all of it while an order without one goes on; nothing at the end. */
function stillNeeded(after: Order, market: Market, held: bigint): bigint {
  if (hasEnded(after.status)) return 0n
  const { ticks, lots, side } = after
  if (ticks === null || lots === null) return held
  const left = lots - after.filledLots
  return side === 'buy' ? quoteOf(market, ticks, left) : baseOf(market, left)
}

function releaseEntry(order: Order, market: Market, amount: bigint, moment: Moment): Entry | null {
  if (amount === 0n) return null
  if (amount < 0n) throw new Error(`order ${order.id} has traded ${-amount} beyond what is held for it`)
  const asset = order.side === 'buy' ? market.quote : market.base
  return {
    id: moment.newId(),
    kind: 'release',
    reference: order.id,
    at: moment.now,
    postings: move(OWN, asset, 'held', 'available', amount),
  }
}

function orderAfter(order: Order, report: OrderReport): Order {
  const lots = report.fills.reduce((sum, fill) => sum + fill.lots, 0)
  const quote = report.fills.reduce((sum, fill) => sum + fill.quote, 0n)
  return {
    ...order,
    status: report.status,
    reason: report.reason,
    filledLots: order.filledLots + lots,
    filledQuote: order.filledQuote + quote,
    updatedAt: report.at,
  }
}

/** The fills with what each realised, and the position after the last. */
function accountFills(
  order: Order,
  report: OrderReport,
  market: Market,
  before: Position,
): { filled: AccountFill[]; position: Position } {
  let position = before
  const filled = report.fills.map((fill): AccountFill => {
    const base = baseOf(market, fill.lots)
    const paid = fill.fee + fill.rounding
    const own = { ...fill, orderId: order.id, market: market.id, side: order.side }
    if (order.side === 'buy') {
      position = increase(position, base - paid, fill.quote)
      return { ...own, realised: null, realisedBps: null }
    }
    const reduction = reduce(position, base, fill.quote - paid)
    position = reduction.position
    return { ...own, realised: reduction.realised, realisedBps: reduction.realisedBps }
  })
  return { filled, position }
}

/** The order that just ended makes one more of them: the oldest beyond the bound go. */
function forgetOldest(state: AccountState): AccountEvent[] {
  const ended = [...state.orders.values()].filter((order) => hasEnded(order.status))
  return ended
    .slice(0, Math.max(0, ended.length + 1 - ENDED_ORDERS_KEPT))
    .map((order) => ({ type: 'orderForgotten', orderId: order.id }))
}

function leaderTraded(state: AccountState, order: Order, report: OrderReport): LeaderTraded {
  const market = marketById(order.market)
  const heldBefore = totalOf(state, market.base)
  let heldAfter = heldBefore
  for (const fill of report.fills) {
    const base = baseOf(market, fill.lots)
    heldAfter += order.side === 'buy' ? base - fill.fee - fill.rounding : -base
  }
  // Fees leave less than a lot behind, which nobody can sell: whoever has sold down to that has left.
  const exited = order.side === 'sell' && heldAfter < market.lotSize
  return {
    type: 'leaderTraded',
    orderId: order.id,
    market: market.id,
    side: order.side,
    orderType: order.orderType,
    lots: report.fills.reduce((sum, fill) => sum + fill.lots, 0),
    filledBefore: order.filledLots,
    orderLots: order.lots,
    quote: report.fills.reduce((sum, fill) => sum + fill.quote, 0n),
    equity: order.equity,
    heldBefore,
    heldAfter: exited ? 0n : heldAfter,
    mark: report.mark,
    at: report.at,
  }
}
