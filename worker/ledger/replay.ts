import type { Store } from '../messaging/store.ts'
import { loadBalances, type PostedEntry, readEntries } from './journal.ts'
import { type BalanceKey, balanceKey, imbalanceOf, isOwned } from './ledger.ts'

/** Entries read at a time. */
const PAGE = 500

/**
 * What is wrong with the journal of a store, or null. From the newest entry back to the oldest that is kept: each entry
 * balances, nobody's own purse goes below zero, each line leaves what the line after it begins with, and the last lines
 * leave the balances as they stand. When nothing has been forgotten, the first lines begin with nothing.
 */
export function journalFault(store: Store): string | null {
  const balances = loadBalances(store)
  // By purse, what the line that was read last began with: what the line before it must have left.
  const begins = new Map<BalanceKey, bigint>(balances)
  let oldest = Number.MAX_SAFE_INTEGER
  for (;;) {
    const entries = readEntries(store, oldest, PAGE)
    for (const entry of entries) {
      const fault = faultOfEntry(entry, begins)
      if (fault !== null) return `entry ${entry.number}: ${fault}`
    }
    const last = entries.at(-1)
    if (last === undefined) break
    oldest = last.number
  }
  const complete = oldest === 1 || oldest === Number.MAX_SAFE_INTEGER
  for (const [key, begin] of begins)
    if (complete && begin !== 0n) return `${key}: begins with ${begin}, which no entry explains`
  return null
}

function faultOfEntry({ postings }: PostedEntry, begins: Map<BalanceKey, bigint>): string | null {
  const imbalance = imbalanceOf(postings)
  if (imbalance !== null) return imbalance
  for (const { owner, purse, asset, amount, after } of postings.toReversed()) {
    const key = balanceKey(owner, purse, asset)
    const expected = begins.get(key) ?? 0n
    if (after !== expected) return `leaves ${after} in ${key}, and what follows begins with ${expected}`
    if (isOwned(key) && after < 0n) return `leaves ${after} in ${key}`
    begins.set(key, after - amount)
  }
  return null
}
