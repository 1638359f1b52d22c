import { disputes, holdDifferences, journalDifferences } from './books.ts'
import { type Difference, keyOf } from './difference.ts'
import { agree, positionsOf } from './inFlight.ts'
import { orderDifferences } from './orders.ts'
import { copyProjections, followProjections, orderProjections, tradeProjections } from './projection.ts'
import { tradeDifferences } from './trades.ts'
import { residueDifferences, transferDifferences } from './transfers.ts'
import type { View } from './view.ts'

export interface Comparison {
  readonly differences: readonly Difference[]
  /** Pairs that messages were under way between, by how far they had come: not compared, or in part. */
  readonly underWay: readonly string[]
}

/** Compares everything in view with everything it ought to agree with. Conservation is over all objects: see `conservation.ts`. */
export function compare(view: View): Comparison {
  const { accounts, pools, followed, houses, markets, projection } = view
  const differences: Difference[] = []
  const underWay: string[] = []
  for (const account of accounts) {
    differences.push(
      ...journalDifferences(account),
      ...holdDifferences(account),
      ...disputes(account),
      ...orderProjections(account, projection),
    )
    for (const market of markets) {
      differences.push(...orderDifferences(account, market), ...tradeDifferences(account, market, projection))
      if (!agree(account, market)) underWay.push(positionsOf(account, market))
    }
    for (const pool of followed) {
      if (!account.follows.some(({ leaderId }) => leaderId === pool.leaderId)) continue
      differences.push(...transferDifferences(account, pool))
      if (!agree(account, pool)) underWay.push(positionsOf(account, pool))
    }
  }
  for (const pool of pools) {
    differences.push(...journalDifferences(pool), ...copyProjections(pool, projection))
    for (const market of markets) {
      differences.push(...tradeDifferences(pool, market, projection))
      if (!agree(pool, market)) underWay.push(positionsOf(pool, market))
    }
  }
  for (const pool of followed) differences.push(...followProjections(pool, projection))
  for (const market of markets) differences.push(...tradeProjections(market, projection))
  for (const house of houses)
    for (const giver of [...accounts, ...pools])
      if (giver.address !== house.address) differences.push(...residueDifferences(giver, house))
  return { differences, underWay }
}

/** Those of the later look that were there in the earlier one too, unchanged: what is only on its way changes. */
export function persisting(earlier: readonly Difference[], later: readonly Difference[]): Difference[] {
  const before = new Set(earlier.map(keyOf))
  return later.filter((difference) => before.has(keyOf(difference)))
}
