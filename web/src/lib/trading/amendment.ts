import type { AmendOrder, OrderView } from '$contract/orders.ts'
import type { MarketRules } from '../market/rules.ts'
import { quoteOf, toDecimal, toUnits, unitsOf } from '../money/decimal.ts'
import { reachedAlready } from './entryCheck.ts'
import { risesTo } from './orderWords.ts'
import { betweenSteps, notANumber } from './steps.ts'

export type AmendField = 'triggerPrice' | 'price' | 'quantity'
/** What is typed into the form of a change, as text. */
export type Amendment = Record<AmendField, string>

export interface AmendFault {
  field: AmendField
  message: string
  /** Nothing differs yet, or a field is empty: no reason for red. */
  quiet?: true
}

const waits = ({ type, triggered }: OrderView): boolean => !triggered && type !== 'limit' && type !== 'market'

/** What of an order can be changed, in the order of the form; nothing of one that takes what the market gives. */
export function amendable(order: OrderView): readonly AmendField[] {
  if (order.price === null && !waits(order)) return []
  const fields: AmendField[] = []
  if (order.triggerPrice !== null && waits(order)) fields.push('triggerPrice')
  if (order.price !== null) fields.push('price')
  if (order.quantity !== null) fields.push('quantity')
  return fields
}

export const amendmentOf = (order: OrderView): Amendment => ({
  triggerPrice: order.triggerPrice ?? '',
  price: order.price ?? '',
  quantity: order.quantity ?? '',
})

/** Only what differs from the order as it is; empty when nothing does. */
export function changeOf(order: OrderView, entered: Amendment): AmendOrder {
  const change: AmendOrder = {}
  for (const field of amendable(order)) {
    const units = toUnits(entered[field].trim())
    const before = order[field]
    if (units !== null && before !== null && units !== unitsOf(before)) change[field] = toDecimal(units)
  }
  return change
}

function numberFault(field: AmendField, text: string, rules: MarketRules): AmendFault | null {
  if (text === '') return { field, message: 'Enter a number.', quiet: true }
  const units = toUnits(text)
  if (units === null || units <= 0n) return { field, message: notANumber }
  const message =
    field === 'quantity'
      ? betweenSteps('Amounts', units, rules.lot, rules.base)
      : betweenSteps('Prices', units, rules.tick)
  return message === null ? null : { field, message }
}

function quantityFault(order: OrderView, entered: Amendment, rules: MarketRules): AmendFault | null {
  const field = 'quantity'
  const quantity = toUnits(entered.quantity.trim())
  if (order.quantity === null || quantity === null) return null
  const gone = unitsOf(order.filledQuantity) + unitsOf(order.preventedQuantity)
  if (quantity <= gone)
    return {
      field,
      message: `${toDecimal(gone)} ${rules.base} has filled already: give more than that, or cancel.`,
    }
  if (quantity > rules.maxQuantity)
    return { field, message: `The most is ${toDecimal(rules.maxQuantity)} ${rules.base}.` }
  const price = toUnits(entered.price.trim())
  const worth = price === null ? null : quoteOf(price, quantity)
  if (quantity < rules.minQuantity || (worth !== null && worth < rules.minNotional))
    return { field, message: `An order is worth at least ${toDecimal(rules.minNotional)} ${rules.quote}.` }
  return null
}

/** The first thing that stands in the way of a change, in the order of the fields; null when nothing does. */
export function amendFault(
  order: OrderView,
  entered: Amendment,
  rules: MarketRules,
  last: bigint | null,
): AmendFault | null {
  const fields = amendable(order)
  for (const field of fields) {
    const fault = numberFault(field, entered[field].trim(), rules)
    if (fault !== null) return fault
  }
  const change = changeOf(order, entered)
  if (change.triggerPrice !== undefined) {
    const message = reachedAlready(unitsOf(change.triggerPrice), last, risesTo(order))
    if (message !== null) return { field: 'triggerPrice', message }
  }
  const fault = quantityFault(order, entered, rules)
  if (fault !== null) return fault
  if (Object.keys(change).length > 0) return null
  return { field: fields[0] ?? 'quantity', message: 'Nothing differs yet.', quiet: true }
}

/** What a change does to the order's place, in one sentence; empty while nothing differs. */
export function amendWords(order: OrderView, change: AmendOrder): string {
  if (Object.keys(change).length === 0) return ''
  if (waits(order)) return 'It goes on waiting for its trigger.'
  const less = change.quantity !== undefined && unitsOf(change.quantity) < unitsOf(order.quantity ?? '0')
  if (change.price === undefined && less) return 'It keeps its place in the queue.'
  return order.postOnly
    ? 'It goes to the back of the queue at its price.'
    : 'It goes to the back of the queue at its price, and trades at once what it can.'
}
