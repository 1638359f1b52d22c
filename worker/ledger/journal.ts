import { type Migrations, migrate, type Store } from '../messaging/store.ts'
import {
  type Balances,
  balanceKey,
  balanceOf,
  type Entry,
  type EntryKind,
  type Posting,
  type Purse,
} from './ledger.ts'

/**
 * The rows of a ledger: each entry with its postings, each posting with the balance after it, and the balances as they
 * stand, from which an object wakes without reading its history. Amounts are INTEGER, bound and read as text.
 */
export const JOURNAL_TABLES: Migrations = [
  `CREATE TABLE entry (number INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, reference TEXT NOT NULL,
     at INTEGER NOT NULL)`,
  `CREATE TABLE posting (entry INTEGER NOT NULL, line INTEGER NOT NULL, owner TEXT NOT NULL, purse TEXT NOT NULL,
     asset TEXT NOT NULL, amount INTEGER NOT NULL, balance_after INTEGER NOT NULL,
     PRIMARY KEY (entry, line)) WITHOUT ROWID`,
  `CREATE TABLE balance (owner TEXT NOT NULL, purse TEXT NOT NULL, asset TEXT NOT NULL, amount INTEGER NOT NULL,
     PRIMARY KEY (owner, purse, asset)) WITHOUT ROWID`,
]

export function loadBalances(store: Store): Balances {
  migrate(store, 'journal', JOURNAL_TABLES)
  const balances: Balances = new Map()
  for (const row of store.all<BalanceRow>(
    'SELECT owner, purse, asset, CAST(amount AS TEXT) AS amount FROM balance',
  ))
    balances.set(balanceKey(row.owner, toPurse(row.purse), row.asset), BigInt(row.amount))
  return balances
}

/** Writes an entry. `balances` are those before it; the caller posts it to them in the same turn. */
export function persistEntry(store: Store, balances: Balances, entry: Entry): void {
  store.run(
    'INSERT INTO entry (id, kind, reference, at) VALUES (?, ?, ?, ?)',
    entry.id,
    entry.kind,
    entry.reference,
    entry.at,
  )
  const running: Balances = new Map()
  entry.postings.forEach(({ owner, purse, asset, amount }, line) => {
    const key = balanceKey(owner, purse, asset)
    const after = (running.get(key) ?? balanceOf(balances, owner, purse, asset)) + amount
    running.set(key, after)
    store.run(
      `INSERT INTO posting (entry, line, owner, purse, asset, amount, balance_after)
       VALUES ((SELECT max(number) FROM entry), ?, ?, ?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER))`,
      line,
      owner,
      purse,
      asset,
      String(amount),
      String(after),
    )
    store.run(
      'INSERT OR REPLACE INTO balance (owner, purse, asset, amount) VALUES (?, ?, ?, CAST(? AS INTEGER))',
      owner,
      purse,
      asset,
      String(after),
    )
  })
}

/** The newest entries before `before` (an entry's number), with their postings. */
export function readEntries(store: Store, before: number, limit: number): (Entry & { number: number })[] {
  const rows = store.all<EntryRow>(
    'SELECT number, id, kind, reference, at FROM entry WHERE number < ? ORDER BY number DESC LIMIT ?',
    before,
    limit,
  )
  return rows.map((row) => ({
    number: row.number,
    id: row.id,
    kind: toKind(row.kind),
    reference: row.reference,
    at: row.at,
    postings: readPostings(store, row.number),
  }))
}

function readPostings(store: Store, entry: number): Posting[] {
  return store
    .all<BalanceRow>(
      'SELECT owner, purse, asset, CAST(amount AS TEXT) AS amount FROM posting WHERE entry = ? ORDER BY line',
      entry,
    )
    .map((row) => ({
      owner: row.owner,
      purse: toPurse(row.purse),
      asset: row.asset,
      amount: BigInt(row.amount),
    }))
}

interface EntryRow extends Record<string, string | number> {
  number: number
  id: string
  kind: string
  reference: string
  at: number
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
