import { accepted, type Outcome, type Refusal, refused } from '../contract/errors.ts'
import { toDecimal } from '../ledger/amount.ts'
import type { OrderType, Side, TimeInForce } from './messages.ts'
import { baseOf, type Market, quoteOf } from './settings.ts'

/** What a market's rules look at in an order. */
export interface OrderTerms {
  readonly side: Side
  readonly orderType: OrderType
  readonly ticks: number | null
  readonly lots: number | null
  readonly quoteBudget: bigint | null
  readonly timeInForce: TimeInForce
  readonly postOnly: boolean
}

/** How things stand for whoever places it. */
export interface OrderStanding {
  /** The market's price; null when none is known, and then the band is not checked. */
  readonly referenceTicks: number | null
  /** Orders that the account has on the book of this market already. */
  readonly openOrders: number
}

/** The ticks of a price in quote units for a whole base, or why it is not a price of this market. */
export function toTicks(market: Market, price: bigint): Outcome<number> {
  if (price > BigInt(market.maxTicks) * market.tickSize)
    return refused(
      'above_maximum',
      `Give a price of at most ${highestPrice(market)} ${market.quote}.`,
      'price',
    )
  if (price <= 0n || price % market.tickSize !== 0n)
    return refused(
      'off_tick',
      `Give a price in steps of ${toDecimal(market.tickSize)} ${market.quote}.`,
      'price',
    )
  return accepted(Number(price / market.tickSize))
}

/** The lots of a quantity in base units, or why it is not a quantity of this market. */
export function toLots(market: Market, quantity: bigint): Outcome<number> {
  if (quantity > baseOf(market, market.maxLots)) return aboveQuantity(market)
  if (quantity <= 0n || quantity % market.lotSize !== 0n)
    return refused(
      'off_lot',
      `Give a quantity in steps of ${toDecimal(market.lotSize)} ${market.base}.`,
      'quantity',
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
  if (market.status !== 'open')
    return refusal('market_closed', `${market.symbol} takes no new orders now. Try again later.`)
  if (terms.orderType === 'limit' && standing.openOrders >= market.maxOpenOrders)
    return refusal(
      'too_many_open_orders',
      `You have ${standing.openOrders} open orders in ${market.symbol}, and ${market.maxOpenOrders} is the most. Cancel one first.`,
    )
  return terms.orderType === 'limit'
    ? checkLimit(market, terms, standing)
    : checkMarket(market, terms, standing)
}

function checkLimit(market: Market, terms: OrderTerms, { referenceTicks }: OrderStanding): Refusal | null {
  const { ticks, lots } = terms
  if (ticks === null || lots === null || terms.quoteBudget !== null)
    return refusal('invalid_input', 'A limit order has a price and a quantity.')
  if (terms.postOnly && terms.timeInForce !== 'GTC')
    return refusal('invalid_input', 'A post-only order rests: use GTC.', 'postOnly')
  const fault = checkTicks(market, ticks) ?? checkLots(market, lots)
  if (fault !== null) return fault
  if (quoteOf(market, ticks, lots) < market.minNotional) return belowNotional(market, 'quantity')
  if (referenceTicks === null) return null
  const { lowest, highest } = band(market, referenceTicks)
  if (ticks >= lowest && ticks <= highest) return null
  const from = toDecimal(priceOf(market, lowest))
  const to = toDecimal(priceOf(market, highest))
  return refusal('outside_band', `Give a price between ${from} and ${to} ${market.quote}.`, 'price')
}

/** Of the two bounds of a market order (see `SubmitOrder`) the wanted one has to be worth an order; the other is a hold. */
function checkMarket(market: Market, terms: OrderTerms, { referenceTicks }: OrderStanding): Refusal | null {
  const { side, lots, quoteBudget } = terms
  if (terms.ticks !== null) return refusal('invalid_input', 'A market order has no price.', 'price')
  if (terms.postOnly)
    return refusal('invalid_input', 'A market order always takes: it cannot be post-only.', 'postOnly')
  if (lots === null && quoteBudget === null)
    return refusal('invalid_input', 'Give either a quantity or a quote amount.', 'quantity')
  if (quoteBudget !== null && quoteBudget > largestBudget(market)) return aboveBudget(market)
  const lotsFault = lots === null ? null : checkLots(market, lots)
  if (lotsFault !== null) return lotsFault
  const byQuantity = side === 'buy' ? lots !== null : quoteBudget === null
  if (!byQuantity)
    return quoteBudget !== null && quoteBudget < market.minNotional
      ? belowNotional(market, 'quoteAmount')
      : null
  if (lots === null || referenceTicks === null) return null
  return quoteOf(market, referenceTicks, lots) < market.minNotional ? belowNotional(market, 'quantity') : null
}

/** The lowest and highest price that a limit may have and that a market order reaches, around the market's price. */
export function band(market: Market, referenceTicks: number): { lowest: number; highest: number } {
  const down = (referenceTicks * (10_000 - market.bandDownBps)) / 10_000
  const up = (referenceTicks * (10_000 + market.bandUpBps)) / 10_000
  return { lowest: Math.max(1, Math.ceil(down)), highest: Math.min(market.maxTicks, Math.floor(up)) }
}

/** The most a market order by quote amount may spend: the largest order at the largest price, as the engine counts it. */
const largestBudget = (market: Market): bigint => BigInt(Number.MAX_SAFE_INTEGER) * market.quotePerTickLot

function checkTicks(market: Market, ticks: number): Refusal | null {
  if (Number.isSafeInteger(ticks) && ticks >= 1 && ticks <= market.maxTicks) return null
  return refusal('above_maximum', `Give a price of at most ${highestPrice(market)} ${market.quote}.`, 'price')
}

function checkLots(market: Market, lots: number): Refusal | null {
  if (!Number.isSafeInteger(lots) || lots < market.minLots)
    return refusal(
      'below_minimum',
      `Give a quantity of at least ${toDecimal(baseOf(market, market.minLots))} ${market.base}.`,
      'quantity',
    )
  return lots > market.maxLots ? aboveQuantity(market).refusal : null
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

function aboveQuantity(market: Market): { ok: false; refusal: Refusal } {
  const most = toDecimal(baseOf(market, market.maxLots))
  return refused('above_maximum', `Give a quantity of at most ${most} ${market.base}.`, 'quantity')
}

const highestPrice = (market: Market): string => toDecimal(BigInt(market.maxTicks) * market.tickSize)

const refusal = (...args: Parameters<typeof refused>): Refusal => refused(...args).refusal
