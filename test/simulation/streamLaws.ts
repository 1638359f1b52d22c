import type { Crowd } from './crowd.ts'
import type { Venue } from './venue.ts'

/** Law 6: whoever watched a market all along, over a bad connection, sees its book as it is. */
export function toldTruly(venue: Venue): string[] {
  return [...venue.watchers.values()].flatMap((watcher) => watcher.look())
}

/** Law 6: an order that was answered as accepted is there, whatever died since. */
export function keptPromises(venue: Venue, crowd: Crowd): string[] {
  return crowd.promised
    .filter(
      ({ account, order }) => !venue.account(account).state.orders.has(order) && !venue.orders.has(order),
    )
    .map(({ account, order }) => `law 6: ${account} was promised order ${order}, which nobody has`)
}
