import type { OrderStatus } from '../market/messages.ts'

/**
 * Every change of status that an order may make, by the status before. A report that says anything else is not applied.
 * A status to itself: one more fill, or the same order with other terms. An order that has ended never changes again.
 */
export const ORDER_TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['pending', 'open', 'partially_filled', 'filled', 'cancelled', 'rejected', 'expired'],
  open: ['open', 'partially_filled', 'filled', 'cancelled', 'expired'],
  partially_filled: ['partially_filled', 'filled', 'cancelled', 'expired'],
  filled: [],
  cancelled: [],
  rejected: [],
  expired: [],
}

export const mayBecome = (before: OrderStatus, after: OrderStatus): boolean =>
  ORDER_TRANSITIONS[before].includes(after)

export const hasEnded = (status: OrderStatus): boolean => ORDER_TRANSITIONS[status].length === 0
