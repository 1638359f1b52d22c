import type { Address } from './address.ts'
import type { Migrations, Store } from './store.ts'

export const STREAM_TABLES: Migrations = [
  `CREATE TABLE stream (peer TEXT PRIMARY KEY, sent INTEGER NOT NULL, applied INTEGER NOT NULL) WITHOUT ROWID`,
]

/** Positions kept in memory before those of idle peers are forgotten; their rows stay. */
const KNOWN_LIMIT = 20_000

/** How far the two streams between this object and one peer have come. */
export interface Position {
  /** Last sequence given out to the peer. */
  sent: number
  /** Last sequence of the peer's that is applied. */
  applied: number
  /** Messages to the peer that it has not acknowledged. */
  waiting: number
}

/**
 * The positions of all streams of one object: one row a peer, written at most once a turn whatever the turn did. While
 * messages wait, `sent` is told by the last of them, so sending alone writes no row here.
 * The rows are as many as the peers this object ever had, and stay: a forgotten position would apply a message twice.
 */
export class Positions {
  readonly #store: Store
  readonly #known = new Map<Address, Position>()
  readonly #changed = new Set<Address>()

  constructor(store: Store) {
    this.#store = store
  }

  of(peer: Address): Position {
    const known = this.#known.get(peer)
    if (known !== undefined) return known
    const [row] = this.#store.all<{ sent: number; applied: number }>(
      'SELECT sent, applied FROM stream WHERE peer = ?',
      peer,
    )
    const position = { sent: row?.sent ?? 0, applied: row?.applied ?? 0, waiting: 0 }
    this.#known.set(peer, position)
    return position
  }

  /** Has the peer's row written at the end of the turn. */
  touch(peer: Address): void {
    this.#changed.add(peer)
  }

  /** Runs last in the transaction of a turn. */
  flush(): void {
    for (const peer of this.#changed) {
      const { sent, applied } = this.of(peer)
      this.#store.run(
        'INSERT OR REPLACE INTO stream (peer, sent, applied) VALUES (?, ?, ?)',
        peer,
        sent,
        applied,
      )
    }
    this.#changed.clear()
    if (this.#known.size > KNOWN_LIMIT)
      for (const [peer, { waiting }] of this.#known) if (waiting === 0) this.#known.delete(peer)
  }
}
