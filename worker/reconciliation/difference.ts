import type { PostedEntry } from '../ledger/journal.ts'

/**
 * - journal: an object's entries do not explain its balances.
 * - hold: what is held is not what the open orders hold.
 * - order: an account and a market know different orders.
 * - trade: a side of a trade is not settled exactly once, with its amounts and its fee.
 * - transfer: two books that share a purse (an account and a pool, a house and whoever left it a residue) disagree.
 * - conservation: over all objects something was made or lost.
 * - projection: the database shows something else.
 * - disputed: an account was told of fills that no order of its own explains.
 */
export type DifferenceKind =
  | 'journal'
  | 'hold'
  | 'order'
  | 'trade'
  | 'transfer'
  | 'conservation'
  | 'projection'
  | 'disputed'

/** An entry behind a difference, as it is shown. */
export interface EntryLine {
  readonly object: string
  readonly number: number
  readonly id: string
  readonly kind: string
  readonly reference: string
  readonly at: number
  readonly postings: readonly string[]
}

/** Two things that ought to be the same and are not. */
export interface Difference {
  readonly kind: DifferenceKind
  /** The object that it was found at, or `venue`. */
  readonly where: string
  /** What it is about: a trade, an order, a follow, a purse. */
  readonly about: string
  readonly expected: string
  readonly found: string
  readonly entries: readonly EntryLine[]
}

/** Entries shown with one difference, the newest. */
const ENTRIES_SHOWN = 10
const POSTINGS_SHOWN = 12

export const linesOf = (object: string, entries: readonly PostedEntry[]): EntryLine[] =>
  entries.slice(0, ENTRIES_SHOWN).map(({ number, id, kind, reference, at, postings }) => ({
    object,
    number,
    id,
    kind,
    reference,
    at,
    postings: postings
      .slice(0, POSTINGS_SHOWN)
      .map(
        ({ owner, purse, asset, amount }) => `${owner === '' ? '' : `${owner} `}${purse} ${asset} ${amount}`,
      ),
  }))

/** Equal for the same difference found again: what has changed meanwhile is another, and may be only on its way. */
export const keyOf = ({ kind, where, about, expected, found }: Difference): string =>
  JSON.stringify([kind, where, about, expected, found])
