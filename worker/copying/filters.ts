import type { Day, Follow } from './follow.ts'
import type { CopyReason, LeaderTraded } from './messages.ts'

/** Why a follow takes no part in a leader's buy, whatever it would want, or null. */
export function barsBuy(
  { status, settings, today }: Follow,
  trade: LeaderTraded,
  now: number,
): CopyReason | null {
  const { limits } = settings
  if (status === 'paused') return 'paused'
  if (!limits.sides.includes('buy')) return 'side_excluded'
  if (limits.markets?.includes(trade.market) === false || limits.exceptMarkets.includes(trade.market))
    return 'market_excluded'
  if (limits.orderTypes?.includes(trade.orderType) === false) return 'order_type_excluded'
  if (now - trade.at > limits.maxDelayMs) return 'stale'
  if (limits.minLeaderOrder !== null && orderQuote(trade) < limits.minLeaderOrder) return 'small_order'
  return isDayFull(limits.maxOrdersPerDay, today, trade.orderId, now) ? 'max_orders' : null
}

/** Quote units of the leader's whole order, at the price of this part of it. */
const orderQuote = ({ orderLots, lots, quote }: LeaderTraded): bigint =>
  orderLots === null ? quote : (quote * BigInt(orderLots)) / BigInt(lots)

/** An order that has been bought after today may go on: its parts are one order. */
function isDayFull(most: number | null, today: Day | null, orderId: string, now: number): boolean {
  if (most === null || today === null || today.day !== dayOf(now)) return false
  return today.orders.length >= most && !today.orders.includes(orderId)
}

/** The day with one more order bought after. */
export function withOrder(today: Day | null, orderId: string, now: number): Day {
  const day = dayOf(now)
  const orders = today?.day === day ? today.orders : []
  return { day, orders: orders.includes(orderId) ? orders : [...orders, orderId] }
}

const dayOf = (now: number): number => Math.floor(now / 86_400_000)
