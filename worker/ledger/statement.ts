import type { Store } from '../messaging/store.ts'
import {
  lastNumber,
  loadBalances,
  type Opening,
  type PostedEntry,
  readEntries,
  readOpening,
} from './journal.ts'
import type { Balances } from './ledger.ts'

/** The books of one object at one moment, without their entries: those up to `last` never change and can be read later. */
export interface LedgerStatement {
  readonly balances: Balances
  readonly opening: Opening
  /** Number of the newest entry; 0 before the first. */
  readonly last: number
}

export const readLedger = (store: Store): LedgerStatement => ({
  balances: loadBalances(store),
  opening: readOpening(store),
  last: lastNumber(store),
})

/** An entry of a pool has two lines a follow: pages are bounded by their length too, as what one call can carry is. */
const PAGE_ENTRIES = 500
const PAGE_CHARACTERS = 2_000_000

/** Entries before that number, newest first: as many as one call carries, at least one while there are any. */
export function readEntryPage(store: Store, before: number): PostedEntry[] {
  const lengths = store.all<{ length: number }>(
    'SELECT length(postings) AS length FROM entry WHERE number < ? ORDER BY number DESC LIMIT ?',
    before,
    PAGE_ENTRIES,
  )
  let characters = 0
  const fits = lengths.findIndex(({ length }, index) => {
    characters += length
    return characters > PAGE_CHARACTERS && index > 0
  })
  return readEntries(store, before, fits === -1 ? PAGE_ENTRIES : fits)
}
