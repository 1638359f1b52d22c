import { LARGEST_AMOUNT } from './amount.ts'

/**
 * Where money is, within one object's books. `available` and `held` are somebody's and never negative. The others are
 * what the books owe or are owed by the rest of the venue, and are matched across objects: everything issued is somewhere;
 * what one account pays into the clearing of a market, others have taken out of it.
 */
export type Purse =
  | 'available'
  | 'held'
  /** Funds created by the venue: demo grants, the house's inventory. */
  | 'issued'
  /** Between the two sides of a market's trades. */
  | `clearing/${string}`
  /** Between an account and a leader's pool. Zero when nothing is under way, over both ends. */
  | `pool/${string}`
  /** What a pool leaves to a market's house, over both ends. */
  | `residue/${string}`
  | 'fees'
  | 'rounding'

/** One line of an entry: `amount` moves into the purse of that owner (out of it when negative). */
export interface Posting {
  /** Whose: '' for the object itself (an account), a follow's id inside a pool. */
  readonly owner: string
  readonly purse: Purse
  readonly asset: string
  readonly amount: bigint
}

export type EntryKind =
  | 'grant'
  | 'hold'
  | 'release'
  | 'trade'
  | 'allocate'
  | 'return'
  | 'residue'
  | 'copy'
  /** Everything goes back to `issued`: a demo account begins anew. */
  | 'reset'

/** A balanced double entry: for each asset its postings sum to zero. */
export interface Entry {
  readonly id: string
  readonly kind: EntryKind
  /** What it is about: an order, a trade, a follow, a block. */
  readonly reference: string
  readonly at: number
  readonly postings: readonly Posting[]
}

export type BalanceKey = `${string}|${Purse}|${string}`
export const balanceKey = (owner: string, purse: Purse, asset: string): BalanceKey =>
  `${owner}|${purse}|${asset}`

/** Balances by owner, purse and asset. */
export type Balances = Map<BalanceKey, bigint>

export function balanceOf(balances: Balances, owner: string, purse: Purse, asset: string): bigint {
  return balances.get(balanceKey(owner, purse, asset)) ?? 0n
}

/** What keeps the postings from being a double entry, or null: for each asset they sum to zero, and none is of nothing. */
export function imbalanceOf(postings: readonly Posting[]): string | null {
  const sums = new Map<string, bigint>()
  for (const { asset, amount } of postings) {
    if (amount === 0n) return 'a posting of nothing'
    sums.set(asset, (sums.get(asset) ?? 0n) + amount)
  }
  for (const [asset, sum] of sums) if (sum !== 0n) return `${asset} does not balance, by ${sum}`
  return null
}

/** What an entry would break, or null. `postEntry` checks again: where a law is relied on, it is asserted. */
export function faultOf(balances: Balances, entry: Entry): string | null {
  const imbalance = imbalanceOf(entry.postings)
  if (imbalance !== null) return `${entry.kind} ${entry.reference}: ${imbalance}`
  const after = new Map<BalanceKey, bigint>()
  for (const { owner, purse, asset, amount } of entry.postings) {
    const key = balanceKey(owner, purse, asset)
    after.set(key, (after.get(key) ?? balances.get(key) ?? 0n) + amount)
  }
  for (const [key, balance] of after) {
    if (balance > LARGEST_AMOUNT || balance < -LARGEST_AMOUNT) return `${key} would pass the largest amount`
    if (balance < 0n && isOwned(key)) return `${entry.kind} ${entry.reference}: ${key} would be ${balance}`
  }
  return null
}

/** Whether a purse is somebody's, and so never below zero. */
export const isOwned = (key: BalanceKey): boolean => key.includes('|available|') || key.includes('|held|')

/** Applies an entry. Throws when it would break a law: no caller may ever build such an entry. */
export function postEntry(balances: Balances, entry: Entry): void {
  const fault = faultOf(balances, entry)
  if (fault !== null) throw new Error(`ledger: ${fault}`)
  for (const { owner, purse, asset, amount } of entry.postings) {
    const key = balanceKey(owner, purse, asset)
    const balance = (balances.get(key) ?? 0n) + amount
    if (balance === 0n) balances.delete(key)
    else balances.set(key, balance)
  }
}

/** From one purse to another of the same owner. */
export function move(owner: string, asset: string, from: Purse, to: Purse, amount: bigint): Posting[] {
  if (amount === 0n) return []
  return [
    { owner, purse: from, asset, amount: -amount },
    { owner, purse: to, asset, amount },
  ]
}
