import type { Store } from '../messaging/store.ts'
import { loadBalances, type Opening, type PostedEntry, readEntries, readOpening } from './journal.ts'
import { type BalanceKey, type Balances, balanceKey, imbalanceOf, isOwned } from './ledger.ts'

/** Entries read at a time. */
const PAGE = 500

/** What is wrong with a journal, and at which entry; at none when a balance is explained by no entry. */
export interface JournalFault {
  readonly text: string
  readonly entry: PostedEntry | null
}

/** What is wrong with the journal of a store, or null: see `faultOfJournal`. */
export function journalFault(store: Store): string | null {
  const fault = faultOfJournal(loadBalances(store), entriesOf(store), readOpening(store))
  return fault === null ? null : fault.text
}

/**
 * Computes the balances again, from the newest entry back to the oldest that is kept, and says the first thing that is
 * wrong, or null: each entry balances and is there once, nobody's own purse goes below zero, each line leaves what the
 * line after it begins with, the last lines leave the balances as they stand, and the first begin with the opening. A null
 * opening says that only the newest entries are given.
 */
export function faultOfJournal(
  balances: Balances,
  entries: Iterable<PostedEntry>,
  opening: Opening | null,
): JournalFault | null {
  // By purse, what the line that was read last began with: what the line before it must have left.
  const begins = new Map<BalanceKey, bigint>(balances)
  for (const [key, balance] of balances)
    if (isOwned(key) && balance < 0n) return { text: `${key} is ${balance}`, entry: null }
  let later: PostedEntry | null = null
  for (const entry of entries) {
    const text = gapBetween(entry, later) ?? faultOfEntry(entry, begins)
    if (text !== null) return { text: `entry ${entry.number}: ${text}`, entry }
    later = entry
  }
  if (opening === null) return null
  const first = later?.number ?? opening.number + 1
  if (first !== opening.number + 1)
    return { text: `begins with entry ${first}, and the opening is of ${opening.number}`, entry: later }
  for (const key of new Set([...begins.keys(), ...opening.balances.keys()])) {
    const [begin, opened] = [begins.get(key) ?? 0n, opening.balances.get(key) ?? 0n]
    if (begin === opened) continue
    return { text: `${key}: begins with ${begin}, and what came before left ${opened}`, entry: null }
  }
  return null
}

const gapBetween = ({ number }: PostedEntry, later: PostedEntry | null): string | null =>
  later === null || number === later.number - 1 ? null : `the next is ${later.number}`

function faultOfEntry({ postings }: PostedEntry, begins: Map<BalanceKey, bigint>): string | null {
  const imbalance = imbalanceOf(postings)
  if (imbalance !== null) return imbalance
  const left = new Set<BalanceKey>()
  for (const { owner, purse, asset, amount, after } of postings.toReversed()) {
    const key = balanceKey(owner, purse, asset)
    const expected = begins.get(key) ?? 0n
    if (after !== expected) return `leaves ${after} in ${key}, and what follows begins with ${expected}`
    // Between two lines of one entry a purse may be below zero; the entry as a whole may not leave it there.
    if (isOwned(key) && after < 0n && !left.has(key)) return `leaves ${after} in ${key}`
    left.add(key)
    begins.set(key, after - amount)
  }
  return null
}

/** Newest first, read as they are asked for. */
function* entriesOf(store: Store): Generator<PostedEntry> {
  let before = Number.MAX_SAFE_INTEGER
  for (;;) {
    const entries = readEntries(store, before, PAGE)
    yield* entries
    const last = entries.at(-1)
    if (last === undefined) return
    before = last.number
  }
}
