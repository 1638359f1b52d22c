import { accepted, type Outcome, refused } from '../contract/errors.ts'
import type { PlaceOrder } from '../contract/orders.ts'
import { BASIS, toDecimal, toUnits } from '../ledger/amount.ts'
import { move } from '../ledger/ledger.ts'
import type { Estimate, EstimateRequest, Mark, SubmitOrder } from '../market/messages.ts'
import { checkOrder, type OrderTerms, toLots, toTicks } from '../market/rules.ts'
import { baseOf, findMarket, type Market, quoteOf } from '../market/settings.ts'
import { marketAddress } from '../messaging/address.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import {
  type AccountEvent,
  type AccountState,
  availableOf,
  type Order,
  OWN,
  openOrders,
} from './accountState.ts'
import { equityOf, MARK_MAX_AGE_MS } from './equity.ts'

/** An order as it comes in, with the id that the shell has made for it. */
export interface PlaceOrderCommand extends PlaceOrder {
  readonly orderId: string
}

/** What the shell has asked the Markets before the decision. */
export interface MarketsNow {
  /** The answer to `estimateFor`; null when nothing would trade, or nothing was asked. */
  readonly estimate: Estimate | null
  readonly marks: readonly Mark[]
}

/** What is held above the estimate of a market order that names no price, in basis points. */
export const HOLD_MARGIN_BPS = 500n

/** What was asked for, on the grid of its market. */
interface Wanted extends Omit<OrderTerms, 'quoteBudget'> {
  readonly market: Market
  readonly quoteAmount: bigint | null
}

/** An order and what has to be held for it: `terms` carry the hold as a bound where the order has no price. */
interface Funded {
  readonly terms: OrderTerms
  readonly asset: string
  readonly amount: bigint
}

/** What to ask the Market before placing: only a market order whose cost is not known from its own figures needs it. */
export function estimateFor(command: PlaceOrder): EstimateRequest | null {
  const parsed = wantedOf(command)
  if (!parsed.ok || parsed.value.orderType !== 'market') return null
  const { side, lots, quoteAmount } = parsed.value
  if (side === 'buy') return lots === null ? null : { side, lots, quote: null }
  return quoteAmount === null ? null : { side, lots: null, quote: quoteAmount }
}

/**
 * Holds what the order can cost and sends it to its market; it is `pending` until the market reports. The same client
 * order id with the same content answers the order as it is now, and nothing is placed a second time.
 */
export function placeOrder(
  before: AccountState,
  command: PlaceOrderCommand,
  known: MarketsNow,
  moment: Moment,
): Decision<AccountEvent, Outcome<Order>> {
  const { now } = moment
  const parsed = wantedOf(command)
  if (!parsed.ok) return nothing(parsed)
  const wanted = parsed.value
  const earlier = earlierOrder(before, command)
  if (earlier !== undefined) return nothing(answerAgain(earlier, wanted))

  const state = withMarks(before, known.marks)
  const funded = fund(wanted, known.estimate, state)
  if (!funded.ok) return nothing(funded)
  const { terms, asset, amount } = funded.value
  const fault = checkOrder(wanted.market, terms, {
    referenceTicks: referenceOf(state, wanted.market.id, now),
    openOrders: openOrders(state, wanted.market.id).length,
  })
  if (fault !== null) return nothing({ ok: false, refusal: fault })
  const available = availableOf(state, asset)
  if (amount > available) return nothing(tooLittle(available, amount, asset))

  const order: Order = {
    id: command.orderId,
    clientOrderId: command.clientOrderId ?? null,
    market: wanted.market.id,
    side: wanted.side,
    orderType: wanted.orderType,
    ticks: wanted.ticks,
    lots: wanted.lots,
    quoteAmount: wanted.quoteAmount,
    timeInForce: wanted.timeInForce,
    postOnly: wanted.postOnly,
    status: 'pending',
    reason: null,
    held: amount,
    filledLots: 0,
    filledQuote: 0n,
    equity: equityOf(state, now),
    createdAt: now,
    updatedAt: now,
  }
  const entry = {
    id: moment.newId(),
    kind: 'hold',
    reference: order.id,
    at: now,
    postings: move(OWN, asset, 'available', 'held', amount),
  } as const
  const submit: SubmitOrder = { type: 'submitOrder', orderId: order.id, ...terms }
  return {
    reply: accepted(order),
    events: [
      ...known.marks.map((mark) => ({ type: 'marked', mark }) as const),
      { type: 'posted', entry },
      { type: 'orderChanged', order },
    ],
    messages: [{ to: marketAddress(order.market), body: submit }],
    timers: [],
  }
}

function earlierOrder(state: AccountState, command: PlaceOrderCommand): Order | undefined {
  const byClient =
    command.clientOrderId === undefined ? undefined : state.orderByClientId.get(command.clientOrderId)
  return state.orders.get(byClient ?? command.orderId)
}

function answerAgain(earlier: Order, wanted: Wanted): Outcome<Order> {
  const same =
    earlier.market === wanted.market.id &&
    earlier.side === wanted.side &&
    earlier.orderType === wanted.orderType &&
    earlier.ticks === wanted.ticks &&
    earlier.lots === wanted.lots &&
    earlier.quoteAmount === wanted.quoteAmount &&
    earlier.timeInForce === wanted.timeInForce &&
    earlier.postOnly === wanted.postOnly
  if (same) return accepted(earlier)
  return refused(
    'duplicate_id',
    'This id belongs to another order of yours. Give a new order a new id.',
    'clientOrderId',
  )
}

function wantedOf(command: PlaceOrder): Outcome<Wanted> {
  const market = findMarket(command.market)
  if (market === undefined)
    return refused(
      'unknown_market',
      `There is no market ${command.market}. Choose one from the list of markets.`,
      'market',
    )
  const ticks = command.price === undefined ? accepted(null) : toTicks(market, toUnits(command.price))
  if (!ticks.ok) return ticks
  const lots = command.quantity === undefined ? accepted(null) : toLots(market, toUnits(command.quantity))
  if (!lots.ok) return lots
  return accepted({
    market,
    side: command.side,
    orderType: command.type,
    ticks: ticks.value,
    lots: lots.value,
    quoteAmount: command.quoteAmount === undefined ? null : toUnits(command.quoteAmount),
    // A market order never rests, so the default of the wire means IOC for it.
    timeInForce: command.type === 'market' && command.timeInForce === 'GTC' ? 'IOC' : command.timeInForce,
    postOnly: command.postOnly,
  })
}

function fund(wanted: Wanted, estimate: Estimate | null, state: AccountState): Outcome<Funded> {
  const { market, side, lots, ticks, quoteAmount } = wanted
  const terms: OrderTerms = {
    side,
    orderType: wanted.orderType,
    ticks,
    lots,
    quoteBudget: quoteAmount,
    timeInForce: wanted.timeInForce,
    postOnly: wanted.postOnly,
  }
  if (side === 'sell' && lots !== null)
    return accepted({ terms, asset: market.base, amount: baseOf(market, lots) })
  if (side === 'buy' && ticks !== null && lots !== null)
    return accepted({ terms, asset: market.quote, amount: quoteOf(market, ticks, lots) })
  if (side === 'buy' && quoteAmount !== null)
    return accepted({ terms, asset: market.quote, amount: quoteAmount })
  if (estimate === null)
    return refused(
      'no_liquidity',
      `Nobody ${side === 'buy' ? 'sells' : 'buys'} ${market.base} now. Place a limit order, or try again later.`,
    )
  return side === 'buy' ? holdQuote(market, terms, estimate, state) : holdBase(market, terms, estimate, state)
}

/** For a market buy by quantity: the estimate and a margin, or all that is available when that lies between. */
function holdQuote(
  market: Market,
  terms: OrderTerms,
  { quote }: Estimate,
  state: AccountState,
): Outcome<Funded> {
  const available = availableOf(state, market.quote)
  if (quote > available) return tooLittle(available, quote, market.quote)
  const generous = quote + (quote * HOLD_MARGIN_BPS) / BASIS
  const amount = generous < available ? generous : available
  return accepted({ terms: { ...terms, quoteBudget: amount }, asset: market.quote, amount })
}

/** For a market sell by quote amount, the same in whole lots of the base. */
function holdBase(
  market: Market,
  terms: OrderTerms,
  { lots }: Estimate,
  state: AccountState,
): Outcome<Funded> {
  const available = availableOf(state, market.base)
  const sellable = available / market.lotSize
  if (BigInt(lots) > sellable) return tooLittle(available, baseOf(market, lots), market.base)
  const generous = BigInt(lots) + (BigInt(lots) * HOLD_MARGIN_BPS + BASIS - 1n) / BASIS
  const most = Number(generous < sellable ? generous : sellable)
  const held = Math.min(most, market.maxLots)
  return accepted({ terms: { ...terms, lots: held }, asset: market.base, amount: baseOf(market, held) })
}

function tooLittle(available: bigint, needed: bigint, asset: string): { ok: false } & Outcome<never> {
  return refused(
    'insufficient_funds',
    `This order needs ${toDecimal(needed)} ${asset} and ${toDecimal(available)} is available. Make it smaller, or cancel an open order.`,
  )
}

/** The state with newer marks: the decision is made with what the shell has just learned. */
function withMarks(state: AccountState, marks: readonly Mark[]): AccountState {
  return { ...state, marks: new Map([...state.marks, ...marks.map((mark) => [mark.market, mark] as const)]) }
}

function referenceOf(state: AccountState, market: string, now: number): number | null {
  const mark = state.marks.get(market)
  return mark === undefined || now - mark.at > MARK_MAX_AGE_MS ? null : mark.ticks
}
