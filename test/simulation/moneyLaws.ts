import { openOrders } from '../../worker/account/accountState.ts'
import { balanceKey, isOwned } from '../../worker/ledger/ledger.ts'
import { journalFault } from '../../worker/ledger/replay.ts'
import { marketById, quoteOf } from '../../worker/market/settings.ts'
import { reconcileVenue } from '../reconciliation/venueView.ts'
import type { Venue } from './venue.ts'

/** Law 1: amounts in rows are integers, whatever their size. */
export function exactness(venue: Venue): string[] {
  return [...venue.accounts.values(), ...venue.pools.values()].flatMap(({ address, disk }) =>
    disk
      .query(`SELECT DISTINCT typeof(amount) AS kind FROM balance`)
      .filter(({ kind }) => kind !== 'integer')
      .map(({ kind }) => `law 1: ${address} keeps an amount as ${kind}`),
  )
}

/** Law 1: a trade is worth exactly its price, for all of its lots. */
export function worth(venue: Venue): string[] {
  return [...venue.trades].flatMap(([market, trades]) =>
    [...trades.values()]
      .filter(({ ticks, lots, quote }) => quote !== quoteOf(marketById(market), ticks, lots))
      .map(({ sequence }) => `law 1: trade ${sequence} of ${market} is not worth its price`),
  )
}

/** Law 2: by asset, what all hold and what is between them is what was issued; nothing between them when all is at rest. */
export function conservation(venue: Venue): string[] {
  const broken: string[] = []
  const sums = new Map<string, bigint>()
  for (const object of [...venue.accounts.values(), ...venue.pools.values()]) {
    for (const [key, amount] of object.state.balances) {
      if (isOwned(key) && amount < 0n) broken.push(`law 2: ${object.address} has ${amount} in ${key}`)
      const [, purse, asset] = key.split('|')
      for (const sum of [`${purse} of ${asset}`, `all of ${asset}`])
        sums.set(sum, (sums.get(sum) ?? 0n) + amount)
    }
    const fault = journalFault(object.store)
    if (fault !== null) broken.push(`law 2: the journal of ${object.address}: ${fault}`)
  }
  // `issued` is negative by as much as was issued, so that all sums to nothing.
  const atRest = /^(?:all|clearing\/|pool\/|residue\/)/
  for (const [name, sum] of sums) if (atRest.test(name) && sum !== 0n) broken.push(`law 2: ${name} is ${sum}`)
  for (const account of venue.accounts.values()) {
    const holds = new Map<string, bigint>()
    for (const order of openOrders(account.state)) {
      const { base, quote } = marketById(order.market)
      const key = balanceKey('', 'held', order.terms.side === 'buy' ? quote : base)
      holds.set(key, (holds.get(key) ?? 0n) + order.held)
    }
    for (const [key, amount] of account.state.balances)
      if (key.includes('|held|') && amount !== (holds.get(key) ?? 0n))
        broken.push(
          `law 2: ${account.address} has ${amount} in ${key}, and its orders hold ${holds.get(key)}`,
        )
  }
  return broken
}

/** After everybody left: no pool holds anything, and no account has funds with one. */
export function nothingLeftInPools(venue: Venue): string[] {
  const broken: string[] = []
  for (const pool of venue.pools.values())
    for (const [key, amount] of pool.state.balances)
      if (isOwned(key) && amount !== 0n) broken.push(`law 2: ${pool.address} still has ${amount} in ${key}`)
  for (const account of venue.accounts.values())
    for (const follow of account.state.follows.values())
      if (follow.status !== 'closed' && follow.status !== 'refused')
        broken.push(`law 3: ${account.address} is still ${follow.status} with ${follow.leaderId}`)
  return broken
}

/** Law 2 once more, by the venue's own reconciliation: at rest it finds no difference, and nothing under way. */
export function reconciled(venue: Venue): string[] {
  const { differences, underWay } = reconcileVenue(venue)
  return [
    ...differences.map((difference) => ({ ...difference, entries: difference.entries.length })),
    ...underWay,
  ].map((found) => `law 2: reconciliation finds ${JSON.stringify(found)}`)
}
