import type { OrderView, SelfTradePrevention } from '$contract/orders.ts'
import type { MarketRules } from '../market/rules.ts'
import { bpsOf, toDecimal, unitsOf } from '../money/decimal.ts'
import { formatDecimal } from '../money/format.ts'
import { shortTime } from '../money/time.ts'
import { waitsFor } from './orderWords.ts'
import { type Seen, trailingLevel } from './trailing.ts'

type Rules = Pick<MarketRules, 'base' | 'tick' | 'priceDecimals'>

const priceText = (price: string, { priceDecimals }: Rules): string =>
  formatDecimal(price, { min: priceDecimals })

/** "1.3% away": how far the price has to go. */
function distance(level: bigint, last: bigint | null): string {
  if (last === null || last === 0n) return ''
  const bps = Number(bpsOf(level > last ? level - last : last - level, last))
  return `${(bps / 100).toFixed(1)}% away`
}

function waitNotes(order: OrderView, rules: Rules, seen: Seen): string[] {
  const waits = waitsFor(order)
  if (waits === null) return order.status === 'pending' ? ['on its way to the book'] : []
  if (order.triggerPrice !== null) {
    const away = distance(unitsOf(order.triggerPrice), seen.last)
    return [`when the price ${waits}${away === '' ? '' : ` (${away})`}`]
  }
  const level = trailingLevel(order, seen, rules.tick)
  if (level !== null) {
    const now = `about ${priceText(toDecimal(level), rules)}`
    return [`when the price ${waits}, now at ${now} (${distance(level, seen.last)})`]
  }
  if (order.activationPrice === null) return [`when the price ${waits}`]
  const from = unitsOf(order.activationPrice)
  return [
    `follows from ${priceText(order.activationPrice, rules)} (${distance(from, seen.last)})`,
    `then when the price ${waits}`,
  ]
}

/** The exits that an entry will place for what it fills. */
function exitNotes({ takeProfit, stopLoss, side }: OrderView, rules: Rules): string[] {
  const notes: string[] = []
  const profit = takeProfit?.price ?? takeProfit?.triggerPrice
  if (profit !== undefined) notes.push(`takes profit at ${priceText(profit, rules)}`)
  if (stopLoss === null) return notes
  const { triggerPrice, trailingBps, trailingAmount } = stopLoss
  if (triggerPrice !== undefined) notes.push(`stops at ${priceText(triggerPrice, rules)}`)
  else {
    const back = trailingBps === undefined ? formatDecimal(trailingAmount) : `${trailingBps / 100}%`
    notes.push(side === 'buy' ? `stops ${back} below the highest` : `stops ${back} above the lowest`)
  }
  return notes
}

const takesProfit = ({ type }: OrderView): boolean =>
  type !== 'stop' && type !== 'stop_limit' && type !== 'trailing_stop'

const preventionWords: Readonly<Record<SelfTradePrevention, string | null>> = {
  cancel_newest: null,
  cancel_oldest: 'cancels an older order of yours that it meets',
  cancel_both: 'is cancelled with an order of yours that it meets',
  decrement: 'is reduced by an order of yours that it meets',
}

/** What an order has beside its side, type, price and amount, each in a few words. */
export function orderNotes(order: OrderView, rules: Rules, open: Seen | null): string[] {
  const notes = open === null ? [] : waitNotes(order, rules, open)
  if (order.entryId !== null) notes.push(takesProfit(order) ? 'takes the profit' : 'limits the loss')
  if (order.pairedWith !== null) notes.push('one cancels the other')
  notes.push(...exitNotes(order, rules))
  if (order.displayQuantity !== null)
    notes.push(`iceberg, shows ${formatDecimal(order.displayQuantity)} ${rules.base} at a time`)
  if (order.postOnly) notes.push('post-only')
  if (order.timeInForce === 'IOC' && order.type !== 'market') notes.push('immediate or cancel')
  if (order.timeInForce === 'FOK') notes.push('fill or kill')
  if (order.expiresAt !== null) notes.push(`until ${shortTime(order.expiresAt)} UTC`)
  if (unitsOf(order.preventedQuantity) > 0n)
    notes.push(
      `${formatDecimal(order.preventedQuantity)} ${rules.base} taken off where it met your own order`,
    )
  const prevention = preventionWords[order.selfTradePrevention]
  if (open !== null && prevention !== null) notes.push(prevention)
  return notes
}
