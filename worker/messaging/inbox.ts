import type { Address } from './address.ts'
import type { Migrations, Store } from './store.ts'

export const INBOX_TABLES: Migrations = [
  `CREATE TABLE inbox (sender TEXT PRIMARY KEY, applied INTEGER NOT NULL) WITHOUT ROWID`,
]

/** The receiving end of every stream of one object: the last sequence applied, by sender. */
export class Inbox {
  readonly #store: Store
  readonly #applied = new Map<Address, number>()

  constructor(store: Store) {
    this.#store = store
  }

  applied(from: Address): number {
    const known = this.#applied.get(from)
    if (known !== undefined) return known
    const [row] = this.#store.all<{ applied: number }>('SELECT applied FROM inbox WHERE sender = ?', from)
    const applied = row?.applied ?? 0
    this.#applied.set(from, applied)
    return applied
  }

  /** Runs in the transaction that applies the messages up to `sequence`. */
  advance(from: Address, sequence: number): void {
    this.#store.run('INSERT OR REPLACE INTO inbox (sender, applied) VALUES (?, ?)', from, sequence)
    this.#applied.set(from, sequence)
  }
}
