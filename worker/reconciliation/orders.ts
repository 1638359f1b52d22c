import type { MarketStatement } from '../market/statement.ts'
import type { Difference } from './difference.ts'
import { linesOf } from './difference.ts'
import { agree } from './inFlight.ts'
import type { AccountBooks } from './view.ts'

/** That the open orders of an account are those that its market has under way, filled alike. Nothing is said of a pair with messages under way. */
export function orderDifferences(account: AccountBooks, market: MarketStatement): Difference[] {
  if (!agree(account, market)) return []
  const { address, open, entries } = account
  const there = new Map(
    market.orders
      .filter(({ accountId }) => address === `account/${accountId}`)
      .map((order) => [order.id, order]),
  )
  const differences: Difference[] = []
  const differ = (about: string, expected: string, found: string) =>
    differences.push({
      kind: 'order',
      where: address,
      about,
      expected: `${market.market}: ${expected}`,
      found,
      entries: linesOf(
        address,
        entries.filter(({ reference }) => reference === about),
      ),
    })
  for (const order of open.filter((line) => line.market === market.market)) {
    const live = there.get(order.id)
    there.delete(order.id)
    const [here, told] = [wordsOf(order), live === undefined ? 'no such order' : wordsOf(live)]
    if (here !== told) differ(order.id, told, here)
  }
  for (const live of there.values()) differ(live.id, wordsOf(live), 'no such open order')
  return differences
}

const wordsOf = ({ status, filledLots }: { status: string; filledLots: number }): string =>
  `${status}, ${filledLots} lots filled`
