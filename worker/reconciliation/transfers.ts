import type { ResidueStatement } from '../account/statement.ts'
import type { PoolStatement } from '../copying/statement.ts'
import type { PostedEntry } from '../ledger/journal.ts'
import { type Difference, linesOf } from './difference.ts'
import { agree, hasAll } from './inFlight.ts'
import type { AccountBooks, Entries, Streams } from './view.ts'

/** That what an account has sent to a pool for each follow, less what came back, is what the pool says it has had. */
export function transferDifferences(account: AccountBooks, pool: PoolStatement): Difference[] {
  if (!agree(account, pool)) return []
  const followerId = account.address.slice('account/'.length)
  const purse = `pool/${pool.leaderId}`
  const sent = new Map<string, { net: bigint; entries: PostedEntry[] }>()
  for (const entry of account.entries)
    for (const posting of entry.postings) {
      if (posting.purse !== purse) continue
      const before = sent.get(entry.reference) ?? { net: 0n, entries: [] }
      sent.set(entry.reference, { net: before.net + posting.amount, entries: [...before.entries, entry] })
    }
  const there = new Map(
    pool.follows.filter((follow) => follow.followerId === followerId).map((follow) => [follow.id, follow]),
  )
  const differences: Difference[] = []
  for (const id of new Set([...sent.keys(), ...there.keys()])) {
    const follow = there.get(id)
    const { net, entries } = sent.get(id) ?? { net: 0n, entries: [] }
    // Its first entry has left the journal, or the pool has forgotten it with its end: nothing can be said any more.
    if (!entries.some(({ kind }) => kind === 'allocate')) {
      if (!account.complete || (account.ledger.opening.number > 0 && entries.length < 2)) continue
    }
    const known = account.follows.find((line) => line.id === id)
    if (follow === undefined && (known === undefined || known.status === 'closed')) continue
    const had = follow === undefined ? 0n : follow.allocated - follow.returned
    if (net === had) continue
    differences.push({
      kind: 'transfer',
      where: account.address,
      about: `follow ${id}`,
      expected: `${had}, as ${pool.address} says`,
      found: `${net} sent and not come back`,
      entries: linesOf(account.address, entries),
    })
  }
  return differences
}

/** That the house of a market has taken over what somebody left it, for each block or conversion, to the unit. */
export function residueDifferences(giver: Streams & Entries, house: ResidueStatement): Difference[] {
  if (!hasAll(house, giver)) return []
  const purse = `residue/${house.market}`
  const [given, taken] = [sumsOf(giver.entries, purse), sumsOf(house.entries, purse)]
  const differences: Difference[] = []
  for (const [reference, gift] of given) {
    const take = taken.get(reference)
    if (take === undefined && gift.at <= house.keepsSince) continue
    const expected = wordsOf(gift.sums, -1n)
    const found = take === undefined ? 'nothing' : wordsOf(take.sums, 1n)
    if (expected === found) continue
    differences.push({
      kind: 'transfer',
      where: house.address,
      about: `residue ${reference}`,
      expected: `${expected}, as ${giver.address} left it`,
      found,
      entries: [...linesOf(giver.address, gift.entries), ...linesOf(house.address, take?.entries ?? [])],
    })
  }
  return differences
}

interface Sums {
  readonly sums: Map<string, bigint>
  readonly entries: PostedEntry[]
  readonly at: number
}

function sumsOf(entries: readonly PostedEntry[], purse: string): Map<string, Sums> {
  const found = new Map<string, Sums>()
  for (const entry of entries) {
    const postings = entry.postings.filter((posting) => posting.purse === purse)
    if (postings.length === 0) continue
    const before: Sums = found.get(entry.reference) ?? { sums: new Map(), entries: [], at: entry.at }
    for (const { asset, amount } of postings) before.sums.set(asset, (before.sums.get(asset) ?? 0n) + amount)
    before.entries.push(entry)
    found.set(entry.reference, before)
  }
  return found
}

const wordsOf = (sums: ReadonlyMap<string, bigint>, sign: bigint): string =>
  [...sums]
    .map(([asset, amount]) => `${asset} ${amount * sign}`)
    .sort()
    .join(', ')
