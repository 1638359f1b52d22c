import { type Migrations, migrate, type Store } from '../messaging/store.ts'
import {
  type BalanceKey,
  type Balances,
  balanceKey,
  type Entry,
  type EntryKind,
  type Posting,
  type Purse,
} from './ledger.ts'

/**
 * The rows of a ledger: each entry with its postings, each posting with the balance after it, and the balances as some
 * entry of late has left them (`balance_point`), from which an object wakes by reading the entries since and not its
 * history. A balance is an INTEGER, bound and read as text; the postings of an entry are one text (`PostingRow`), since
 * they are only ever read with it and each row of their own would be paid for with every trade, as would each balance.
 */
export const JOURNAL_TABLES: Migrations = [
  `CREATE TABLE entry (number INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, reference TEXT NOT NULL,
     at INTEGER NOT NULL, postings TEXT NOT NULL)`,
  `CREATE TABLE balance (owner TEXT NOT NULL, purse TEXT NOT NULL, asset TEXT NOT NULL, amount INTEGER NOT NULL,
     PRIMARY KEY (owner, purse, asset)) WITHOUT ROWID`,
  `CREATE TABLE opening (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL)`,
  `CREATE TABLE opening_balance (owner TEXT NOT NULL, purse TEXT NOT NULL, asset TEXT NOT NULL, amount INTEGER NOT NULL,
     PRIMARY KEY (owner, purse, asset)) WITHOUT ROWID`,
  `CREATE TABLE balance_point (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL)`,
  `INSERT INTO balance_point (one, number) SELECT 1, coalesce(max(number), 0) FROM entry`,
]

/** Owner, purse, asset, amount and the balance after it; both as decimal strings. */
type PostingRow = readonly [owner: string, purse: string, asset: string, amount: string, after: string]

/** A posting as it was written, with the balance that it left. */
export interface PostedPosting extends Posting {
  readonly after: bigint
}

/** An entry as it was written. Numbers rise by one from 1. */
export interface PostedEntry extends Entry {
  readonly number: number
  readonly postings: readonly PostedPosting[]
}

/** The balances that are not zero: in memory a balance of nothing is no balance. */
export function loadBalances(store: Store): Balances {
  migrate(store, 'journal', JOURNAL_TABLES)
  const balances = readBalances(store, 'balance')
  for (const { postings } of entriesAfter(store, readPoint(store)))
    for (const { owner, purse, asset, amount } of postings) {
      const key = balanceKey(owner, purse, asset)
      const balance = (balances.get(key) ?? 0n) + amount
      if (balance === 0n) balances.delete(key)
      else balances.set(key, balance)
    }
  return balances
}

/** The entry that the rows of `balance` stand at. */
const readPoint = (store: Store): number =>
  store.all<{ number: number }>('SELECT number FROM balance_point')[0]?.number ?? 0

/** Oldest first. */
const entriesAfter = (store: Store, number: number): PostedEntry[] =>
  store
    .all<EntryRow>(
      'SELECT number, id, kind, reference, at, postings FROM entry WHERE number > ? ORDER BY number',
      number,
    )
    .map(toEntry)

/** Has the rows of `balance` stand at the newest entry. */
function writePoint(store: Store, number: number): void {
  const left = new Map<BalanceKey, PostedPosting>()
  for (const { postings } of entriesAfter(store, readPoint(store)))
    for (const posting of postings) left.set(balanceKey(posting.owner, posting.purse, posting.asset), posting)
  for (const { owner, purse, asset, after } of left.values())
    store.run(
      'INSERT OR REPLACE INTO balance (owner, purse, asset, amount) VALUES (?, ?, ?, CAST(? AS INTEGER))',
      owner,
      purse,
      asset,
      String(after),
    )
  store.run('INSERT OR REPLACE INTO balance_point (one, number) VALUES (1, ?)', number)
}

/** What a journal begins with: the balances that its forgotten entries left, up to the last of them by number. */
export interface Opening {
  /** Of the last entry forgotten; 0 when none is. */
  readonly number: number
  readonly balances: Balances
}

/** With the entries that are kept it explains every balance. */
export function readOpening(store: Store): Opening {
  const [row] = store.all<{ number: number }>('SELECT number FROM opening')
  return { number: row?.number ?? 0, balances: readBalances(store, 'opening_balance') }
}

function readBalances(store: Store, table: 'balance' | 'opening_balance'): Balances {
  const balances: Balances = new Map()
  for (const row of store.all<BalanceRow>(
    `SELECT owner, purse, asset, CAST(amount AS TEXT) AS amount FROM ${table} WHERE amount <> 0`,
  ))
    balances.set(balanceKey(row.owner, toPurse(row.purse), row.asset), BigInt(row.amount))
  return balances
}

/** Entries that are kept for reading, in each journal; what is older leaves when something newer comes. */
export const ENTRIES_KEPT = 20_000

/** Old entries leave so many at a time: one in so many turns pays for it. */
const SWEEP_EVERY = 256

/** Entries between two writings of the balances, and postings of one entry past which that is done at once. */
const POINT_EVERY = 64
const POSTINGS_AT_ONCE = 64

/**
 * Writes an entry; `before` are the balances that it changes. The caller posts it to those in memory in the same turn,
 * which refuses what must not be and undoes this too.
 */
export function persistEntry(store: Store, entry: Entry, before: Balances): void {
  const running = new Map<BalanceKey, bigint>()
  const postings = entry.postings.map(({ owner, purse, asset, amount }): PostingRow => {
    const key = balanceKey(owner, purse, asset)
    const after = (running.get(key) ?? before.get(key) ?? 0n) + amount
    running.set(key, after)
    return [owner, purse, asset, String(amount), String(after)]
  })
  store.run(
    'INSERT INTO entry (id, kind, reference, at, postings) VALUES (?, ?, ?, ?, ?)',
    entry.id,
    entry.kind,
    entry.reference,
    entry.at,
    JSON.stringify(postings),
  )
  const number = lastNumber(store)
  if (number % POINT_EVERY === 0 || postings.length > POSTINGS_AT_ONCE) writePoint(store, number)
  if (number % SWEEP_EVERY === 0) forgetEntries(store, number - ENTRIES_KEPT)
}

/** The number of the newest entry; 0 before the first. */
export const lastNumber = (store: Store): number =>
  store.all<{ number: number | null }>('SELECT max(number) AS number FROM entry')[0]?.number ?? 0

/** The newest entries before `before` (an entry's number), newest first. */
export function readEntries(
  store: Store,
  before: number,
  limit: number,
  { from, to } = { from: 0, to: Number.MAX_SAFE_INTEGER },
): PostedEntry[] {
  return store
    .all<EntryRow>(
      `SELECT number, id, kind, reference, at, postings FROM entry WHERE number < ? AND at >= ? AND at < ?
       ORDER BY number DESC LIMIT ?`,
      before,
      from,
      to,
      limit,
    )
    .map(toEntry)
}

/** All entries of one kind that are kept, newest first: for kinds that are rare. */
export const readEntriesOf = (store: Store, kind: EntryKind): PostedEntry[] =>
  store
    .all<EntryRow>(
      'SELECT number, id, kind, reference, at, postings FROM entry WHERE kind = ? ORDER BY number DESC',
      kind,
    )
    .map(toEntry)

/**
 * Forgets the entries up to that number, and keeps what they left of each balance that they moved: from that and the
 * entries that stay every balance can be computed again.
 */
export function forgetEntries(store: Store, upTo: number): void {
  if (upTo > readPoint(store)) writePoint(store, lastNumber(store))
  const left = new Map<BalanceKey, PostedPosting>()
  const rows = store.all<EntryRow>(
    'SELECT number, id, kind, reference, at, postings FROM entry WHERE number <= ? ORDER BY number',
    upTo,
  )
  if (rows.length === 0) return
  for (const row of rows)
    for (const posting of readPostings(row.postings))
      left.set(balanceKey(posting.owner, posting.purse, posting.asset), posting)
  for (const { owner, purse, asset, after } of left.values()) {
    if (after === 0n)
      store.run(
        'DELETE FROM opening_balance WHERE owner = ? AND purse = ? AND asset = ?',
        owner,
        purse,
        asset,
      )
    else
      store.run(
        'INSERT OR REPLACE INTO opening_balance (owner, purse, asset, amount) VALUES (?, ?, ?, CAST(? AS INTEGER))',
        owner,
        purse,
        asset,
        String(after),
      )
  }
  store.run('INSERT OR REPLACE INTO opening (one, number) VALUES (1, ?)', upTo)
  store.run('DELETE FROM entry WHERE number <= ?', upTo)
}

function toEntry({ number, id, kind, reference, at, postings }: EntryRow): PostedEntry {
  return { number, id, kind: toKind(kind), reference, at, postings: readPostings(postings) }
}

function readPostings(text: string): PostedPosting[] {
  const rows: unknown = JSON.parse(text)
  if (!Array.isArray(rows)) throw new Error('journal: the postings of an entry are no list')
  return rows.map((row: unknown) => {
    if (!isPostingRow(row)) throw new Error(`journal: no posting ${JSON.stringify(row)}`)
    const [owner, purse, asset, amount, after] = row
    return { owner, purse: toPurse(purse), asset, amount: BigInt(amount), after: BigInt(after) }
  })
}

const isPostingRow = (row: unknown): row is PostingRow =>
  Array.isArray(row) && row.length === 5 && row.every((field) => typeof field === 'string')

interface EntryRow extends Record<string, string | number> {
  number: number
  id: string
  kind: string
  reference: string
  at: number
  postings: string
}

interface BalanceRow extends Record<string, string> {
  owner: string
  purse: string
  asset: string
  amount: string
}

const KINDS = new Set<string>([
  'grant',
  'hold',
  'release',
  'trade',
  'allocate',
  'return',
  'residue',
  'copy',
  'reset',
] satisfies EntryKind[])

const isKind = (text: string): text is EntryKind => KINDS.has(text)

function toKind(text: string): EntryKind {
  if (!isKind(text)) throw new Error(`journal: no kind of entry ${text}`)
  return text
}

const isPurse = (text: string): text is Purse =>
  ['available', 'held', 'issued', 'fees', 'rounding'].includes(text) ||
  /^(?:clearing|pool|residue)\/./.test(text)

function toPurse(text: string): Purse {
  if (!isPurse(text)) throw new Error(`journal: no purse ${text}`)
  return text
}
