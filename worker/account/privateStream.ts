import type { AccountStreamMessage } from '../contract/stream.ts'
import type { AccountEvent, AccountState, Order } from './accountState.ts'
import { unreadOf } from './inbox.ts'
import { balanceViews, fillView, notificationView, orderView } from './views.ts'

/** A message before it has its place in a connection. */
export type StreamNews = AccountStreamMessage extends infer Message
  ? Message extends { sequence: number }
    ? Omit<Message, 'sequence'>
    : never
  : never

/** What the events of committed turns mean to whoever watches: an order that changed twice is told once, as it is now. */
export function newsOf(state: AccountState, events: readonly AccountEvent[]): StreamNews[] {
  const news: StreamNews[] = []
  const orders = new Map<string, Order>()
  const assets = new Set<string>()
  for (const event of events) {
    switch (event.type) {
      case 'orderChanged':
        orders.set(event.order.id, event.order)
        break
      case 'filled':
        news.push({ type: 'fill', fill: fillView(event.fill) })
        break
      case 'posted':
        for (const { purse, asset } of event.entry.postings)
          if (purse === 'available' || purse === 'held') assets.add(asset)
        break
      case 'followChanged':
        news.push({ type: 'follow', followId: event.follow.id, status: event.follow.status })
        break
      case 'notified':
        news.push({
          type: 'notification',
          notification: notificationView(event.notification),
          unread: unreadOf(state),
        })
        break
      default:
        // Of the rest nothing is told: what it changes is read by REST.
        break
    }
  }
  for (const order of orders.values()) news.unshift({ type: 'order', order: orderView(order) })
  if (assets.size > 0) news.push({ type: 'balances', balances: balanceViews(state, [...assets].sort()) })
  return news
}
