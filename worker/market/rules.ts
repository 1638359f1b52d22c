import { accepted, type Outcome, type Refusal, refused } from '../contract/errors.ts'
import { toDecimal } from '../ledger/amount.ts'
import type { MarketStatus, OrderTerms, OrderType } from './messages.ts'
import { baseOf, type Market, quoteOf } from './settings.ts'

/** How things stand for whoever places it. */
export interface OrderStanding {
  readonly status: MarketStatus
  /** The market's price; null when none is known, and then the band is not checked. */
  readonly referenceTicks: number | null
  /** Orders that the account has under way in this market already. */
  readonly openOrders: number
}

/** The ticks of a price in quote units for a whole base, or why it is not a price of this market. */
export function toTicks(market: Market, price: bigint, field = 'price'): Outcome<number> {
  if (price > BigInt(market.maxTicks) * market.tickSize)
    return refused('above_maximum', `Give a price of at most ${highestPrice(market)} ${market.quote}.`, field)
  if (price <= 0n || price % market.tickSize !== 0n)
    return refused(
      'off_tick',
      `Give a price in steps of ${toDecimal(market.tickSize)} ${market.quote}.`,
      field,
    )
  return accepted(Number(price / market.tickSize))
}

/** The lots of a quantity in base units, or why it is not a quantity of this market. */
export function toLots(market: Market, quantity: bigint, field = 'quantity'): Outcome<number> {
  if (quantity > baseOf(market, market.maxLots)) return aboveQuantity(market, field)
  if (quantity <= 0n || quantity % market.lotSize !== 0n)
    return refused(
      'off_lot',
      `Give a quantity in steps of ${toDecimal(market.lotSize)} ${market.base}.`,
      field,
    )
  return accepted(Number(quantity / market.lotSize))
}

/** Quote units of a price in ticks, for a whole base. */
export const priceOf = (market: Market, ticks: number): bigint => BigInt(ticks) * market.tickSize

/**
 * Why a market does not take an order, or null. Everything that needs no book is here and only here: the Account asks
 * before it holds funds, and the Market asks again of what arrives.
 */
export function checkOrder(market: Market, terms: OrderTerms, standing: OrderStanding): Refusal | null {
  if (standing.status !== 'open')
    return refusal('market_closed', `${market.symbol} takes no new orders now. Try again later.`)
  if (terms.orderType !== 'market' && standing.openOrders >= market.maxOpenOrders)
    return refusal(
      'too_many_open_orders',
      `You have ${standing.openOrders} open orders in ${market.symbol}, and ${market.maxOpenOrders} is the most. Cancel one first.`,
    )
  return checkTerms(market, terms, standing.referenceTicks)
}

/** What of `checkOrder` an amendment has to meet as well. */
export function checkTerms(market: Market, terms: OrderTerms, referenceTicks: number | null): Refusal | null {
  return (
    checkShape(terms) ??
    checkTrigger(market, terms) ??
    (terms.ticks === null
      ? checkUnlimited(market, terms, anchorOf(terms, referenceTicks))
      : checkLimited(market, terms, terms.ticks, anchorOf(terms, referenceTicks)))
  )
}

/**
 * The price that an order is measured against: an order with a fixed trigger will meet the market there, and any other
 * meets it where it stands now.
 */
const anchorOf = ({ trigger }: OrderTerms, referenceTicks: number | null): number | null =>
  trigger?.kind === 'price' ? trigger.ticks : referenceTicks

const TRIGGERED = new Set<OrderType>([
  'stop',
  'stop_limit',
  'take_profit',
  'take_profit_limit',
  'trailing_stop',
])
const ALWAYS_LIMITED = new Set<OrderType>(['limit', 'stop_limit', 'take_profit_limit'])
const NEVER_LIMITED = new Set<OrderType>(['market', 'stop', 'take_profit'])

/** That the parts of an order fit together, as the contract sees to it for what comes by the wire. */
function checkShape(terms: OrderTerms): Refusal | null {
  const { orderType, ticks, trigger, timeInForce, expiresAt, postOnly, displayLots } = terms
  const rests = timeInForce === 'GTC' || timeInForce === 'GTD'
  const fault = (message: string, field: string) => refusal('invalid_input', message, field)
  if (ticks === null && ALWAYS_LIMITED.has(orderType)) return fault('This order needs a price.', 'price')
  if (ticks !== null && NEVER_LIMITED.has(orderType)) return fault('This order has no price.', 'price')
  if ((trigger !== null) !== TRIGGERED.has(orderType))
    return fault('Give a trigger to orders that wait for one, and to no other.', 'triggerPrice')
  if (trigger !== null && (trigger.kind === 'trailing') !== (orderType === 'trailing_stop'))
    return fault('Only a trailing stop follows the price.', 'triggerPrice')
  if ((timeInForce === 'GTD') !== (expiresAt !== null))
    return fault('Give a time for GTD, and only for GTD.', 'expiresAt')
  if (postOnly && (ticks === null || !rests))
    return fault('A post-only order rests: it needs a price and GTC or GTD.', 'postOnly')
  if (displayLots !== null && (ticks === null || !rests))
    return fault('An iceberg rests: it needs a price and GTC or GTD.', 'displayQuantity')
  return null
}

function checkTrigger(market: Market, { side, trigger }: OrderTerms): Refusal | null {
  if (trigger === null) return null
  if (trigger.kind === 'price') return checkTicks(market, trigger.ticks, 'triggerPrice')
  const { offsetTicks, offsetBps, activationTicks } = trigger
  if ((offsetTicks === null) === (offsetBps === null))
    return refusal('invalid_input', 'Give either trailingBps or trailingAmount.', 'trailingBps')
  if (
    offsetBps !== null &&
    !(Number.isSafeInteger(offsetBps) && offsetBps >= 1 && offsetBps <= MAX_TRAILING_BPS)
  )
    return refusal('invalid_input', `Trail by 1 to ${MAX_TRAILING_BPS} basis points.`, 'trailingBps')
  const offsetFault = offsetTicks === null ? null : checkTicks(market, offsetTicks, 'trailingAmount')
  if (offsetFault !== null) return offsetFault
  const fault = activationTicks === null ? null : checkTicks(market, activationTicks, 'activationPrice')
  if (fault !== null || side === 'buy' || activationTicks === null || offsetTicks === null) return fault
  return offsetTicks < activationTicks
    ? null
    : refusal('invalid_input', 'Trail by less than the activation price.', 'trailingAmount')
}

/** Of the price that a trailing order follows. */
export const MAX_TRAILING_BPS = 9_000

function checkLimited(
  market: Market,
  terms: OrderTerms,
  ticks: number,
  anchorTicks: number | null,
): Refusal | null {
  const { lots, displayLots } = terms
  if (lots === null || terms.quoteBudget !== null)
    return refusal('invalid_input', 'An order with a price has a quantity.', 'quantity')
  const fault = checkTicks(market, ticks, 'price') ?? checkLots(market, lots)
  if (fault !== null) return fault
  if (quoteOf(market, ticks, lots) < market.minNotional) return belowNotional(market, 'quantity')
  return checkDisplay(market, lots, displayLots) ?? checkBand(market, ticks, anchorTicks)
}

function checkDisplay(market: Market, lots: number, displayLots: number | null): Refusal | null {
  if (displayLots === null) return null
  const { minLots, maxIcebergParts } = market
  if (displayLots >= lots)
    return refusal('invalid_input', 'Show less than the whole quantity.', 'displayQuantity')
  const least = Math.max(minLots, Math.ceil(lots / maxIcebergParts))
  if (Number.isSafeInteger(displayLots) && displayLots >= least) return null
  return refusal(
    'below_minimum',
    `Show at least ${toDecimal(baseOf(market, least))} ${market.base}: an iceberg has at most ${maxIcebergParts} parts.`,
    'displayQuantity',
  )
}

function checkBand(market: Market, ticks: number, anchorTicks: number | null): Refusal | null {
  if (anchorTicks === null) return null
  const { lowest, highest } = band(market, anchorTicks)
  if (ticks >= lowest && ticks <= highest) return null
  const from = toDecimal(priceOf(market, lowest))
  const to = toDecimal(priceOf(market, highest))
  return refusal('outside_band', `Give a price between ${from} and ${to} ${market.quote}.`, 'price')
}

/** Of the two bounds of an order without a limit the wanted one has to be worth an order; the other is a hold. */
function checkUnlimited(market: Market, terms: OrderTerms, anchorTicks: number | null): Refusal | null {
  const { lots, quoteBudget, wants } = terms
  if ((wants === 'lots' ? lots : quoteBudget) === null)
    return refusal('invalid_input', 'Give either a quantity or a quote amount.', 'quantity')
  if (quoteBudget !== null && quoteBudget > largestBudget(market)) return aboveBudget(market)
  const lotsFault = lots === null ? null : checkLots(market, lots)
  if (lotsFault !== null) return lotsFault
  if (wants === 'quote')
    return quoteBudget !== null && quoteBudget < market.minNotional
      ? belowNotional(market, 'quoteAmount')
      : null
  if (lots === null || anchorTicks === null) return null
  return quoteOf(market, anchorTicks, lots) < market.minNotional ? belowNotional(market, 'quantity') : null
}

/** The lowest and highest price that a limit may have and that a market order reaches, around the market's price. */
export function band(market: Market, referenceTicks: number): { lowest: number; highest: number } {
  const down = (referenceTicks * (10_000 - market.bandDownBps)) / 10_000
  const up = (referenceTicks * (10_000 + market.bandUpBps)) / 10_000
  return { lowest: Math.max(1, Math.ceil(down)), highest: Math.min(market.maxTicks, Math.floor(up)) }
}

/** The most a market order by quote amount may spend: the largest order at the largest price, as the engine counts it. */
const largestBudget = (market: Market): bigint => BigInt(Number.MAX_SAFE_INTEGER) * market.quotePerTickLot

function checkTicks(market: Market, ticks: number, field: string): Refusal | null {
  if (Number.isSafeInteger(ticks) && ticks >= 1 && ticks <= market.maxTicks) return null
  return refusal('above_maximum', `Give a price of at most ${highestPrice(market)} ${market.quote}.`, field)
}

function checkLots(market: Market, lots: number): Refusal | null {
  if (!Number.isSafeInteger(lots) || lots < market.minLots)
    return refusal(
      'below_minimum',
      `Give a quantity of at least ${toDecimal(baseOf(market, market.minLots))} ${market.base}.`,
      'quantity',
    )
  return lots > market.maxLots ? aboveQuantity(market, 'quantity').refusal : null
}

function belowNotional(market: Market, field: string): Refusal {
  return refusal(
    'below_minimum',
    `The order has to be worth at least ${toDecimal(market.minNotional)} ${market.quote}.`,
    field,
  )
}

function aboveBudget(market: Market): Refusal {
  const most = toDecimal(largestBudget(market))
  return refusal('above_maximum', `Give at most ${most} ${market.quote}.`, 'quoteAmount')
}

function aboveQuantity(market: Market, field: string): { ok: false; refusal: Refusal } {
  const most = toDecimal(baseOf(market, market.maxLots))
  return refused('above_maximum', `Give a quantity of at most ${most} ${market.base}.`, field)
}

const highestPrice = (market: Market): string => toDecimal(BigInt(market.maxTicks) * market.tickSize)

const refusal = (...args: Parameters<typeof refused>): Refusal => refused(...args).refusal
