import type { SqlRow, Store } from './store.ts'

/** How far the two streams between an object and one peer have come, as the object's own rows say. */
export interface StreamPosition {
  readonly peer: string
  /** Last sequence given out to the peer. */
  readonly sent: number
  /** Last sequence of the peer's that is applied. */
  readonly applied: number
}

/** Of all peers but queues: every message sent and every message applied. Both only rise. */
export interface StreamTotals {
  readonly sent: number
  readonly applied: number
}

interface PositionRow extends SqlRow {
  peer: string
  sent: number
  applied: number
}

// While messages wait, `sent` is told by the last of them (see `Positions`).
const POSITIONS = `
  SELECT s.peer AS peer, max(s.acknowledged, coalesce(o.last, 0)) AS sent, s.applied AS applied
  FROM stream s LEFT JOIN (SELECT receiver, max(sequence) AS last FROM outbox GROUP BY receiver) o ON o.receiver = s.peer
  UNION ALL
  SELECT o.receiver, max(o.sequence), 0 FROM outbox o
  WHERE o.receiver NOT IN (SELECT peer FROM stream) GROUP BY o.receiver`

/** The positions with those peers, or with all. Read in one turn with the rest of a statement, so that both are of one moment. */
export const readPositions = (store: Store, peers: readonly string[] | null = null): StreamPosition[] =>
  peers === null
    ? store.all<PositionRow>(POSITIONS)
    : store.all<PositionRow>(
        `SELECT * FROM (${POSITIONS}) WHERE peer IN (SELECT value FROM json_each(?))`,
        JSON.stringify(peers),
      )

export function readTotals(store: Store): StreamTotals {
  const [row] = store.all<{ sent: number | null; applied: number | null }>(
    `SELECT sum(sent) AS sent, sum(applied) AS applied FROM (${POSITIONS}) WHERE peer NOT LIKE 'queue/%'`,
  )
  return { sent: row?.sent ?? 0, applied: row?.applied ?? 0 }
}
