import type { Crowd } from './crowd.ts'
import type { Venue } from './venue.ts'

/** Law 9: an order was cancelled and a follow closed only for whoever asked for it, though others tried. */
export function ownership(venue: Venue, crowd: Crowd): string[] {
  const broken: string[] = []
  for (const account of venue.accounts.values()) {
    for (const order of account.state.orders.values())
      if (order.reason === 'user' && !crowd.asked.has(order.id))
        broken.push(`law 9: ${account.address} never cancelled ${order.id}`)
    for (const follow of account.state.follows.values())
      if (['closing', 'closed'].includes(follow.status) && !crowd.asked.has(follow.id))
        broken.push(`law 9: ${account.address} never closed ${follow.id}`)
  }
  return broken
}
