import type {
  PlaceOco,
  PlaceOrder,
  SelfTradePrevention,
  StopLossLeg,
  TakeProfitLeg,
} from '$contract/orders.ts'
import type { MarketRules } from '../market/rules.ts'
import { baseFor, floorTo, toDecimal, toUnits, UNIT } from '../money/decimal.ts'
import type { Draft, Side, TimeInForce } from './estimate.ts'

export type TicketType = 'limit' | 'market' | 'stop' | 'take_profit' | 'trailing_stop' | 'oco'

/** What is typed into a ticket, as text; which of it counts depends on the type. */
export interface Entry {
  side: Side
  type: TicketType
  price: string
  amount: string
  unit: 'base' | 'quote'
  triggerPrice: string
  /** A limit order once the trigger has fired, where it would be a market order. */
  limited: boolean
  /** Percent of the price followed, or an amount in quote. */
  trailing: string
  trailBy: 'percent' | 'amount'
  activationPrice: string
  timeInForce: TimeInForce
  /** As a date-time field has it, in UTC: `2026-11-25T10:00`. */
  expiresAt: string
  postOnly: boolean
  displayQuantity: string
  selfTradePrevention: SelfTradePrevention
  /** Exits of a bracket, or the halves of a pair. */
  takeProfit: string
  stopLoss: string
  stopBy: 'price' | 'percent'
}

export const emptyEntry = (): Entry => ({
  side: 'buy',
  type: 'limit',
  price: '',
  amount: '',
  unit: 'base',
  triggerPrice: '',
  limited: false,
  trailing: '',
  trailBy: 'percent',
  activationPrice: '',
  timeInForce: 'GTC',
  expiresAt: '',
  postOnly: false,
  displayQuantity: '',
  selfTradePrevention: 'cancel_newest',
  takeProfit: '',
  stopLoss: '',
  stopBy: 'price',
})

/** Another type or side means other exits: what was typed for the one is never sent with the other. */
export function changed(entry: Entry, change: Partial<Entry>): Entry {
  const next = { ...entry, ...change }
  if (next.type === 'oco') next.unit = 'base'
  if (next.type === entry.type && next.side === entry.side) return next
  return { ...next, takeProfit: '', stopLoss: '', ...change }
}

export const triggered = ({ type }: Entry): boolean =>
  type === 'stop' || type === 'take_profit' || type === 'trailing_stop'
export const hasPrice = (entry: Entry): boolean =>
  entry.type === 'limit' || (triggered(entry) && entry.limited)
export const canBracket = ({ type }: Entry): boolean =>
  type === 'limit' || type === 'market' || type === 'stop'

/** The ways an order of this type may stand, the first by default. */
export function timesInForce(entry: Entry): readonly TimeInForce[] {
  if (entry.type === 'market') return ['IOC', 'FOK']
  return hasPrice(entry) ? ['GTC', 'IOC', 'FOK', 'GTD'] : ['GTC', 'GTD']
}
export function timeInForceOf(entry: Entry): TimeInForce {
  const may = timesInForce(entry)
  return may.includes(entry.timeInForce) ? entry.timeInForce : (may[0] ?? 'GTC')
}
export const rests = (entry: Entry): boolean => {
  const time = timeInForceOf(entry)
  return hasPrice(entry) && (time === 'GTC' || time === 'GTD')
}

/** Basis points of a percentage; null where it is none or finer than a basis point. */
export function bpsOfPercent(percent: string): number | null {
  const units = toUnits(percent)
  if (units === null || (units * 100n) % UNIT !== 0n) return null
  return Number((units * 100n) / UNIT)
}

const unitsIn = (text: string): bigint => toUnits(text.trim()) ?? 0n
/** A number as the wire has it; nothing for an empty field. */
const written = (text: string): string | undefined =>
  text.trim() === '' ? undefined : toDecimal(unitsIn(text))

export function draftOf(entry: Entry, rules: MarketRules): Draft {
  const price = hasPrice(entry) ? unitsIn(entry.price) : null
  const amount = unitsIn(entry.amount)
  const sized = { side: entry.side, price, timeInForce: timeInForceOf(entry) }
  if (entry.unit === 'base' || entry.type === 'oco') return { ...sized, quantity: amount, quoteAmount: null }
  if (price === null) return { ...sized, quantity: null, quoteAmount: amount }
  return { ...sized, quantity: floorTo(baseFor(amount, price), rules.lot), quoteAmount: null }
}

function stopLeg({ stopLoss, stopBy }: Entry): StopLossLeg {
  return stopBy === 'price'
    ? { triggerPrice: written(stopLoss) }
    : { trailingBps: bpsOfPercent(stopLoss) ?? 0 }
}

function expiry(entry: Entry): { timeInForce: TimeInForce; expiresAt?: string } {
  const timeInForce = timeInForceOf(entry)
  if (timeInForce !== 'GTD') return { timeInForce }
  return { timeInForce, expiresAt: new Date(`${entry.expiresAt}Z`).toISOString() }
}

/** The pair an entry stands for; it has passed its checks. */
export function ocoOf(entry: Entry, rules: MarketRules): PlaceOco {
  const { timeInForce, ...until } = expiry(entry)
  return {
    market: rules.id,
    side: entry.side,
    quantity: toDecimal(unitsIn(entry.amount)),
    takeProfit: { price: written(entry.takeProfit) },
    stopLoss: stopLeg(entry),
    timeInForce: timeInForce === 'GTD' ? 'GTD' : 'GTC',
    ...until,
    selfTradePrevention: entry.selfTradePrevention,
  }
}

function typeOf(entry: Entry): PlaceOrder['type'] {
  if (entry.type === 'oco') throw new Error('a pair is no single order')
  if (!entry.limited) return entry.type
  if (entry.type === 'stop') return 'stop_limit'
  return entry.type === 'take_profit' ? 'take_profit_limit' : entry.type
}

function triggerOf(entry: Entry): Partial<PlaceOrder> {
  if (entry.type === 'stop' || entry.type === 'take_profit')
    return { triggerPrice: written(entry.triggerPrice) }
  if (entry.type !== 'trailing_stop') return {}
  const activation = written(entry.activationPrice)
  return {
    ...(entry.trailBy === 'percent'
      ? { trailingBps: bpsOfPercent(entry.trailing) ?? 0 }
      : { trailingAmount: written(entry.trailing) }),
    ...(activation === undefined ? {} : { activationPrice: activation }),
  }
}

function exitsOf(entry: Entry): { takeProfit?: TakeProfitLeg; stopLoss?: StopLossLeg } {
  if (!canBracket(entry)) return {}
  return {
    ...(entry.takeProfit.trim() === '' ? {} : { takeProfit: { price: written(entry.takeProfit) } }),
    ...(entry.stopLoss.trim() === '' ? {} : { stopLoss: stopLeg(entry) }),
  }
}

/** The order an entry stands for; it has passed its checks. */
export function orderOf(entry: Entry, rules: MarketRules): PlaceOrder {
  const { price, quantity, quoteAmount } = draftOf(entry, rules)
  const display = rests(entry) ? written(entry.displayQuantity) : undefined
  return {
    market: rules.id,
    side: entry.side,
    type: typeOf(entry),
    ...(price === null ? {} : { price: toDecimal(price) }),
    ...triggerOf(entry),
    ...(quantity === null
      ? { quoteAmount: toDecimal(quoteAmount ?? 0n) }
      : { quantity: toDecimal(quantity) }),
    ...(display === undefined ? {} : { displayQuantity: display }),
    ...expiry(entry),
    postOnly: entry.postOnly && rests(entry),
    selfTradePrevention: entry.selfTradePrevention,
    ...exitsOf(entry),
  }
}
