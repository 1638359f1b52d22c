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
 * The positions of all streams of one object: one row a peer, written at most once a turn whatever the turn did. A row says
 * what the peer has acknowledged, and `sent` is told by the last message that waits, so sending alone writes no row here.
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
    const [row] = this.#store.all<{ acknowledged: number; applied: number }>(
      'SELECT acknowledged, applied FROM stream WHERE peer = ?',
      peer,
    )
    const position = { sent: row?.acknowledged ?? 0, applied: row?.applied ?? 0, waiting: 0 }
    this.#known.set(peer, position)
    return position
  }

  /** Has the peer's row written at the end of the turn. */
  touch(peer: Address): void {
    this.#changed.add(peer)
  }

  /** Runs last in the transaction of a turn. Whose rows it has written. */
  flush(): readonly Address[] {
    if (this.#changed.size === 0) return []
    const written = [...this.#changed]
    for (const peer of written) {
      const { sent, waiting, applied } = this.of(peer)
      this.#store.run(
        'INSERT OR REPLACE INTO stream (peer, acknowledged, applied) VALUES (?, ?, ?)',
        peer,
        sent - waiting,
        applied,
      )
    }
    this.#changed.clear()
    return written
  }

  /** Forgets peers of whom the rows say all, when there are too many. `kept` are those of whom they do not. */
  forgetIdle(kept: ReadonlySet<Address>): void {
    if (this.#known.size <= KNOWN_LIMIT) return
    for (const [peer, { waiting }] of this.#known)
      if (waiting === 0 && !kept.has(peer)) this.#known.delete(peer)
  }
}
