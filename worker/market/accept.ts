import { feeOf } from '../ledger/amount.ts'
import { accountAddress } from '../messaging/address.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import type { NewOrder, OrderBook } from './engine/index.ts'
import type { MarketState } from './marketState.ts'
import type { EndReason, Estimate, EstimateRequest, Side, SubmitOrder } from './messages.ts'
import type { OpenOrder } from './openOrders.ts'
import type { MarketEvent } from './rows.ts'
import { band, checkOrder } from './rules.ts'
import { type Taker, Turn } from './turn.ts'

/** Takes an account's order: matches it, rests what may rest, and reports to everybody it met. */
export function decideSubmit(
  state: MarketState,
  accountId: string,
  message: SubmitOrder,
  moment: Moment,
): Decision<MarketEvent> {
  const { orders, ended } = state
  if (orders.find(message.orderId) !== undefined || ended.has(message.orderId)) return nothing(undefined)
  const turn = new Turn(state, moment)
  const refusal = checkOrder(state.market, message, {
    referenceTicks: state.referenceTicks(moment.now),
    openOrders: orders.countOf(accountId),
  })
  const { orderId: id, side, orderType, ticks, lots, quoteBudget } = message
  const order = state.accept({ id, accountId, side, orderType, ticks, lots, quoteBudget }, moment.now)
  if (refusal === null) match(state, turn, order, message, moment.now)
  else reject(turn, order, refusal.code)
  return turn.decision()
}

function match(state: MarketState, turn: Turn, order: OpenOrder, message: SubmitOrder, now: number): void {
  turn.touch(order)
  const { placed, stoppedByHold } =
    message.orderType === 'limit'
      ? { placed: limitOf(order, message), stoppedByHold: false }
      : marketOf(state, order, message, now)
  if (placed === null) {
    turn.end(order, message.timeInForce === 'FOK' ? 'fok' : 'no_liquidity')
    return
  }
  const placement = state.book.place(placed)
  if (placement.status === 'rested') order.restingLots = placement.leftLots
  turn.absorb(takerOf(state, order))
  if (stoppedByHold && (order.status === 'filled' || order.reason === 'no_liquidity')) {
    order.status = 'cancelled'
    order.reason = 'band'
  }
}

/** What the account's own check should have kept out. Its hold is released by the report. */
function reject(turn: Turn, order: OpenOrder, code: string): void {
  turn.end(order, 'admin')
  order.status = 'rejected'
  order.reason = REASONS[code] ?? 'admin'
}

const REASONS: Readonly<Record<string, EndReason>> = {
  market_closed: 'market_closed',
  outside_band: 'outside_band',
  too_many_open_orders: 'too_many_open_orders',
}

export function takerOf(state: MarketState, order: OpenOrder): Taker {
  return {
    address: accountAddress(order.accountId),
    id: order.id,
    side: order.side,
    order,
    feeOn: (received) => feeOf(received, state.market.takerFeeBps),
  }
}

function limitOf(order: OpenOrder, message: SubmitOrder): NewOrder {
  if (message.ticks === null || message.lots === null)
    throw new Error('market: a limit order without its figures')
  const { number: id, owner, side } = order
  const { ticks, lots, timeInForce, postOnly } = message
  return { type: 'limit', id, owner, side, ticks, lots, timeInForce, postOnly }
}

/**
 * A market order has one bound that is wanted and perhaps one that is a hold; the engine takes one. The book tells which
 * is reached first. Null when nothing would trade.
 */
function marketOf(
  state: MarketState,
  order: OpenOrder,
  message: SubmitOrder,
  now: number,
): { placed: NewOrder | null; stoppedByHold: boolean } {
  const { market, book } = state
  const { number: id, owner, side } = order
  const worstTicks = worstPrice(state, side, now)
  const budget =
    message.quoteBudget === null ? Infinity : Number(message.quoteBudget / market.quotePerTickLot)
  const reached = walk(book, side, message.lots ?? Infinity, budget, worstTicks)
  const wantedIsLots = side === 'buy' ? message.lots !== null : message.quoteBudget === null
  const stoppedByHold = reached.stoppedBy === (wantedIsLots ? 'budget' : 'lots')
  const byBudget = reached.stoppedBy === 'budget' || message.lots === null
  const timeInForce = message.timeInForce === 'FOK' ? 'FOK' : 'IOC'
  if (stoppedByHold && timeInForce === 'FOK') return { placed: null, stoppedByHold }
  const terms = { type: 'market', id, owner, side, worstTicks, timeInForce } as const
  if (!byBudget && message.lots !== null) return { placed: { ...terms, lots: message.lots }, stoppedByHold }
  if (budget < 1) return { placed: null, stoppedByHold }
  return { placed: { ...terms, budget }, stoppedByHold }
}

/** Where a market order stops: the far end of the band. */
function worstPrice(state: MarketState, side: Side, now: number): number {
  const reference = state.referenceTicks(now)
  if (reference === null) return side === 'buy' ? state.market.maxTicks : 1
  const { lowest, highest } = band(state.market, reference)
  return side === 'buy' ? highest : lowest
}

/** What a market order would trade now, own orders in the way not looked at; null when nothing. */
export function estimate(state: MarketState, request: EstimateRequest, now: number): Estimate | null {
  const { market, book } = state
  const budget = request.quote === null ? Infinity : Number(request.quote / market.quotePerTickLot)
  const reached = walk(
    book,
    request.side,
    request.lots ?? Infinity,
    budget,
    worstPrice(state, request.side, now),
  )
  if (reached.lots === 0) return null
  return { lots: reached.lots, quote: reached.quote * market.quotePerTickLot }
}

interface Reached {
  readonly lots: number
  /** In units of a tick times a lot. */
  readonly quote: bigint
  readonly stoppedBy: 'lots' | 'budget' | 'price' | 'empty'
}

/** Follows the levels that a taker would meet until it has its lots, or the next lot is over its budget or its price. */
function walk(book: OrderBook, side: Side, lots: number, budget: number, worstTicks: number): Reached {
  let left = lots
  let budgetLeft = budget
  let taken = 0
  let quote = 0n
  let stoppedBy: Reached['stoppedBy'] | null = null
  book.forEachLevel(side === 'buy' ? 'sell' : 'buy', Number.MAX_SAFE_INTEGER, (ticks, resting) => {
    if (side === 'buy' ? ticks > worstTicks : ticks < worstTicks) {
      stoppedBy = 'price'
      return false
    }
    const affordable = Math.floor(budgetLeft / ticks)
    const here = Math.min(resting, left, affordable)
    taken += here
    left -= here
    budgetLeft -= here * ticks
    quote += BigInt(here) * BigInt(ticks)
    if (left === 0) stoppedBy = 'lots'
    else if (here === affordable) stoppedBy = 'budget'
    // The rest of the side, however deep, is none of this order's business.
    return stoppedBy === null
  })
  return { lots: taken, quote, stoppedBy: stoppedBy ?? 'empty' }
}
