import type { Address } from './address.ts'
import { toAddress } from './address.ts'
import { decode, encode } from './codec.ts'
import type { Migrations, Store } from './store.ts'
import type { Batch } from './stream.ts'

export const OUTBOX_TABLES: Migrations = [
  `CREATE TABLE outbox (receiver TEXT NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (receiver, sequence)) WITHOUT ROWID`,
  `CREATE TABLE outbox_stream (receiver TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID`,
]

/** At most so many messages leave in one batch: the receiver applies a batch in one turn. */
export const BATCH_LIMIT = 100

/**
 * The sending end of every stream of one object. `append` runs inside the transaction of the decision that sends;
 * a message stays until its receiver says that it has it.
 */
export class Outbox {
  readonly #store: Store
  readonly #self: Address
  /** Last sequence given out, by receiver. Filled on first use; dropped when a transaction is undone. */
  readonly #last = new Map<Address, number>()
  /** Messages not yet acknowledged, by receiver. */
  readonly #waiting = new Map<Address, number>()

  constructor(store: Store, self: Address) {
    this.#store = store
    this.#self = self
    for (const row of store.all<{ receiver: string; count: number }>(
      'SELECT receiver, count(*) AS count FROM outbox GROUP BY receiver',
    ))
      this.#waiting.set(toAddress(row.receiver), row.count)
  }

  append(to: Address, body: unknown): void {
    const sequence = this.lastSequence(to) + 1
    this.#store.run(
      'INSERT INTO outbox (receiver, sequence, body) VALUES (?, ?, ?)',
      to,
      sequence,
      encode(body),
    )
    this.#store.run('INSERT OR REPLACE INTO outbox_stream (receiver, last) VALUES (?, ?)', to, sequence)
    this.#last.set(to, sequence)
    this.#waiting.set(to, this.waiting(to) + 1)
  }

  lastSequence(to: Address): number {
    const known = this.#last.get(to)
    if (known !== undefined) return known
    const [row] = this.#store.all<{ last: number }>('SELECT last FROM outbox_stream WHERE receiver = ?', to)
    const last = row?.last ?? 0
    this.#last.set(to, last)
    return last
  }

  /** How many messages to `to` are not acknowledged yet. */
  waiting(to: Address): number {
    return this.#waiting.get(to) ?? 0
  }

  /** Who has messages waiting. */
  receivers(): Address[] {
    return [...this.#waiting].filter(([, count]) => count > 0).map(([receiver]) => receiver)
  }

  /** The oldest waiting messages to `to`, or null when none waits. */
  next(to: Address, acknowledged: number): Batch | null {
    if (this.waiting(to) === 0) return null
    const rows = this.#store.all<{ sequence: number; body: string }>(
      'SELECT sequence, body FROM outbox WHERE receiver = ? ORDER BY sequence LIMIT ?',
      to,
      BATCH_LIMIT,
    )
    const [oldest] = rows
    if (oldest === undefined) return null
    const messages = rows.map((row) => decode(row.body))
    return { from: this.#self, to, first: oldest.sequence, messages, acknowledged }
  }

  /** Forgets what `to` has. A receipt that comes late or twice says nothing new and deletes nothing more. */
  acknowledge(to: Address, applied: number): void {
    const before = this.waiting(to)
    if (before === 0 || applied <= this.lastSequence(to) - before) return
    this.#store.run('DELETE FROM outbox WHERE receiver = ? AND sequence <= ?', to, applied)
    const left = this.lastSequence(to) - Math.min(applied, this.lastSequence(to))
    if (left === 0) this.#waiting.delete(to)
    else this.#waiting.set(to, left)
  }
}
