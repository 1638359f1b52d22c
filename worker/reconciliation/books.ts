import { faultOfJournal } from '../ledger/replay.ts'
import type { LedgerStatement } from '../ledger/statement.ts'
import { type Difference, linesOf } from './difference.ts'
import type { AccountBooks, Entries } from './view.ts'

/** That the entries of an object explain its balances: see `faultOfJournal`. */
export function journalDifferences(
  books: { readonly address: string; readonly ledger: LedgerStatement | null } & Entries,
): Difference[] {
  const { address, ledger, entries, complete } = books
  if (ledger === null) return []
  const fault = faultOfJournal(ledger.balances, entries, complete ? ledger.opening : null)
  if (fault === null) return []
  return [
    {
      kind: 'journal',
      where: address,
      about: fault.entry?.id ?? 'balances',
      expected: 'entries that explain the balances',
      found: fault.text,
      entries: fault.entry === null ? [] : linesOf(address, [fault.entry]),
    },
  ]
}

/** That what is held is what the open orders hold, for each asset. Both are of the one statement, so nothing is under way. */
export function holdDifferences({ address, ledger, open, ended, entries }: AccountBooks): Difference[] {
  const held = new Map<string, bigint>()
  const add = (asset: string, amount: bigint) => held.set(asset, (held.get(asset) ?? 0n) + amount)
  for (const [key, amount] of ledger.balances) {
    const [, purse, asset] = key.split('|')
    if (purse === 'held' && asset !== undefined) add(asset, -amount)
  }
  for (const order of [...open, ...ended]) add(order.heldAsset, order.held)
  return [...held]
    .filter(([, difference]) => difference !== 0n)
    .map(([asset, difference]) => {
      const inLedger = ledger.balances.get(`|held|${asset}`) ?? 0n
      const behind = entries.filter(({ postings }) =>
        postings.some((posting) => posting.purse === 'held' && posting.asset === asset),
      )
      return {
        kind: 'hold',
        where: address,
        about: asset,
        expected: `${inLedger + difference} held by orders`,
        found: `${inLedger} in the ledger`,
        entries: linesOf(address, behind),
      }
    })
}

export const disputes = ({ address, disputes: reports }: AccountBooks): Difference[] =>
  reports.map(({ market, orderId, status, fills }) => ({
    kind: 'disputed',
    where: address,
    about: orderId,
    expected: 'an order that takes what its market reports',
    found: `${market} reported ${status} with fills ${fills.map(({ tradeId }) => tradeId).join(', ')}`,
    entries: [],
  }))
