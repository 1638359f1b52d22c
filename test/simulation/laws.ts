import { pastBounds } from './bounds.ts'
import { copies, ownFollowers } from './copyLaws.ts'
import type { Crowd } from './crowd.ts'
import { durability, once } from './deliveryLaws.ts'
import { conservation, exactness, reconciled, worth } from './moneyLaws.ts'
import { groups, prices, waitingOrders } from './orderLaws.ts'
import { ownership } from './ownershipLaws.ts'
import { projections } from './projectionLaws.ts'
import { keptPromises, toldTruly } from './streamLaws.ts'
import type { Venue } from './venue.ts'

interface Law {
  readonly number: number
  /** As DESIGN.md has it, in short. */
  readonly says: string
  /** Everything that is wrong with a venue at rest; each line begins with the number of the law. */
  readonly check: (venue: Venue, crowd: Crowd) => string[] | Promise<string[]>
}

/**
 * The ten laws, each with its check, in the order in which they are looked at: the check of law 4 has every object wake
 * from its rows, which begins a market's last price anew. What can only be seen on the way (a crossed book, an order passed
 * over, a stream with a hole, a refusal that wrote rows) is noted there as a violation, and told first.
 */
export const LAWS: readonly Law[] = [
  { number: 1, says: 'money is exact', check: (venue) => [...exactness(venue), ...worth(venue)] },
  {
    number: 2,
    says: 'nothing is created or lost',
    check: (venue) => [...conservation(venue), ...groups(venue), ...reconciled(venue)],
  },
  {
    number: 3,
    says: 'everything happens exactly once in effect',
    check: (venue) => [...once(venue), ...waitingOrders(venue)],
  },
  { number: 5, says: 'the book is never crossed, and price and time decide', check: prices },
  {
    number: 6,
    says: 'the stream tells the truth, and what is told as done is durable',
    check: (venue, crowd) => [...toldTruly(venue), ...keptPromises(venue, crowd)],
  },
  {
    number: 7,
    says: 'a copy keeps its follower’s limits, and followers are treated alike',
    check: (venue) => [...copies(venue), ...ownFollowers(venue)],
  },
  { number: 8, says: 'projections can be deleted and come back the same', check: projections },
  { number: 9, says: 'nobody acts for another', check: ownership },
  { number: 10, says: 'nothing grows for ever', check: pastBounds },
  { number: 4, says: 'what is decided is durable: rows alone give back every state', check: durability },
]

/** Everything that is wrong with a venue at rest. Empty when nothing is. */
export async function brokenLaws(venue: Venue, crowd: Crowd): Promise<string[]> {
  const broken = [...venue.violations]
  for (const { check } of LAWS) broken.push(...(await check(venue, crowd)))
  return broken
}
