import type { MarketRules } from '../market/rules.ts'
import { quoteOf, toDecimal, toUnits } from '../money/decimal.ts'
import {
  bpsOfPercent,
  canBracket,
  draftOf,
  type Entry,
  hasPrice,
  rests,
  timeInForceOf,
  triggered,
} from './entry.ts'
import { betweenSteps, notANumber } from './steps.ts'
import type { TicketFault, TicketField } from './ticketCheck.ts'

/** The field of the form that shows what the venue says of a field of the order. */
export function fieldOf(wire: string | undefined): TicketField | undefined {
  const name = wire?.split('.')[0]
  if (name === 'quantity' || name === 'quoteAmount') return 'amount'
  if (name === 'trailingBps' || name === 'trailingAmount') return 'trailing'
  const fields = [
    'price',
    'triggerPrice',
    'activationPrice',
    'expiresAt',
    'displayQuantity',
    'takeProfit',
    'stopLoss',
  ] as const
  return fields.find((field) => field === name)
}

/** Which fields a type shows, and so which text has to be a number. */
function numbersOf(entry: Entry): TicketField[] {
  const fields: TicketField[] = []
  if (entry.type === 'stop' || entry.type === 'take_profit') fields.push('triggerPrice')
  if (entry.type === 'trailing_stop') fields.push('trailing', 'activationPrice')
  if (hasPrice(entry)) fields.push('price')
  if (canBracket(entry) || entry.type === 'oco') fields.push('takeProfit', 'stopLoss')
  if (rests(entry)) fields.push('displayQuantity')
  fields.push('amount')
  return fields
}

const textOf = (entry: Entry, field: TicketField): string => entry[field].trim()

function readFault(entry: Entry): TicketFault | null {
  for (const field of numbersOf(entry)) {
    const text = textOf(entry, field)
    if (text !== '' && toUnits(text) === null) return { field, message: notANumber }
  }
  return null
}

function tickFault(entry: Entry, field: TicketField, rules: MarketRules): TicketFault | null {
  const message = betweenSteps('Prices', toUnits(textOf(entry, field)) ?? 0n, rules.tick)
  return message === null ? null : { field, message }
}

function percentFault(field: TicketField, text: string): TicketFault | null {
  const bps = bpsOfPercent(text)
  if (bps !== null && bps >= 1 && bps <= 9_000) return null
  return { field, message: 'Between 0.01 and 90 percent, in steps of 0.01.' }
}

const asks = (field: TicketField, what: string): TicketFault => ({
  field,
  message: `Enter ${what}.`,
  quiet: true,
})

/** A trigger the price has reached already would fire at once. `rises`: it waits for the price to come up to it. */
export function reachedAlready(trigger: bigint, last: bigint | null, rises: boolean): string | null {
  if (last === null || (rises ? trigger > last : trigger < last)) return null
  return `This would happen at once: set a price ${rises ? 'above' : 'below'} ${toDecimal(last)}.`
}

function triggerFault(entry: Entry, rules: MarketRules, last: bigint | null): TicketFault | null {
  const { type, side } = entry
  if (type === 'stop' || type === 'take_profit') {
    const price = toUnits(textOf(entry, 'triggerPrice')) ?? 0n
    if (price === 0n) return asks('triggerPrice', 'a trigger price')
    const rises = (type === 'stop') === (side === 'buy')
    const message = reachedAlready(price, last, rises)
    return (
      tickFault(entry, 'triggerPrice', rules) ??
      (message === null ? null : { field: 'triggerPrice', message })
    )
  }
  if (type !== 'trailing_stop') return null
  if (textOf(entry, 'trailing') === '') return asks('trailing', 'how far the price comes back')
  const offset =
    entry.trailBy === 'percent'
      ? percentFault('trailing', textOf(entry, 'trailing'))
      : (toUnits(textOf(entry, 'trailing')) ?? 0n) === 0n
        ? asks('trailing', 'how far the price comes back')
        : tickFault(entry, 'trailing', rules)
  return offset ?? tickFault(entry, 'activationPrice', rules)
}

/** Exits lie on both sides of where the position begins; the halves of a pair on both sides of the market. */
function exitsFault(entry: Entry, rules: MarketRules, last: bigint | null): TicketFault | null {
  const pair = entry.type === 'oco'
  if (!pair && !canBracket(entry)) return null
  const profit = toUnits(textOf(entry, 'takeProfit')) ?? 0n
  const stop = textOf(entry, 'stopLoss')
  if (pair && profit === 0n) return asks('takeProfit', 'a price to take profit at')
  if (pair && stop === '') return asks('stopLoss', 'a price to stop at')
  const named = toUnits(entry.type === 'stop' ? entry.triggerPrice.trim() : entry.price.trim())
  const from = pair || entry.type === 'market' ? last : named
  // A pair's orders are of the side of the ticket; exits are of the other.
  const selling = (entry.side === 'sell') === pair
  if (profit > 0n) {
    const fault = tickFault(entry, 'takeProfit', rules) ?? exitSide('takeProfit', profit, from, selling)
    if (fault !== null) return fault
  }
  if (stop === '') return null
  if (entry.stopBy === 'percent') return percentFault('stopLoss', stop)
  const units = toUnits(stop) ?? 0n
  if (units === 0n) return asks('stopLoss', 'a price to stop at')
  return tickFault(entry, 'stopLoss', rules) ?? exitSide('stopLoss', units, from, !selling)
}

function exitSide(
  field: TicketField,
  price: bigint,
  from: bigint | null,
  above: boolean,
): TicketFault | null {
  if (from === null || (above ? price > from : price < from)) return null
  const name = field === 'takeProfit' ? 'Take profit' : 'Stop'
  return { field, message: `${name} ${above ? 'above' : 'below'} ${toDecimal(from)}.` }
}

function restFault(entry: Entry, rules: MarketRules, now: number): TicketFault | null {
  if (timeInForceOf(entry) === 'GTD') {
    const at = Date.parse(`${entry.expiresAt}Z`)
    if (Number.isNaN(at)) return asks('expiresAt', 'when it ends')
    if (at <= now) return { field: 'expiresAt', message: 'Choose a time to come (UTC).' }
  }
  const shown = toUnits(textOf(entry, 'displayQuantity')) ?? 0n
  if (!rests(entry) || shown === 0n) return null
  const whole = draftOf(entry, rules).quantity ?? 0n
  const message = betweenSteps('Amounts', shown, rules.lot, rules.base)
  if (message !== null) return { field: 'displayQuantity', message }
  if (whole > 0n && shown > whole)
    return { field: 'displayQuantity', message: 'Show no more than the whole amount.' }
  if (shown * rules.maxIcebergParts < whole)
    return { field: 'displayQuantity', message: `Show at least one part in ${rules.maxIcebergParts}.` }
  return null
}

/** What is wrong with the fields that depend on the type; null when price, amount and funds remain to be looked at. */
export function entryFault(
  entry: Entry,
  rules: MarketRules,
  last: bigint | null,
  now: number,
): TicketFault | null {
  return (
    readFault(entry) ??
    triggerFault(entry, rules, last) ??
    exitsFault(entry, rules, last) ??
    restFault(entry, rules, now)
  )
}

/** What an order that waits holds until it ends, in units of the asset it spends; null where the market decides. */
export function heldBy(entry: Entry, rules: MarketRules): bigint | null {
  const { quantity, quoteAmount, price } = draftOf(entry, rules)
  if (entry.side === 'sell') return quantity
  if (quoteAmount !== null) return quoteAmount
  if (quantity === null) return null
  const prices =
    entry.type === 'oco'
      ? [entry.takeProfit, entry.stopBy === 'price' ? entry.stopLoss : '']
      : [entry.triggerPrice]
  const worst =
    price ?? prices.map((text) => toUnits(text.trim()) ?? 0n).reduce((a, b) => (a > b ? a : b), 0n)
  return worst === 0n ||
    (price === null && !triggered(entry) && entry.type !== 'oco') ||
    (entry.type === 'trailing_stop' && price === null)
    ? null
    : quoteOf(worst, quantity)
}
