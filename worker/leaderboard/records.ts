import type { Env } from '../env.ts'
import type { Snapshot } from './metrics.ts'
import { type TraderRecord, WINDOW_MS } from './ranking.ts'

/**
 * Everything the ranking of the longest window needs, of all traders or of one. Amounts come as text: a double would
 * round them.
 */
export async function readRecords(
  env: Env,
  now: number,
  only: string | null = null,
): Promise<TraderRecord[]> {
  const from = now - WINDOW_MS['30d'] - 60 * 60 * 1000
  const [traders, snapshots] = await env.DB.batch([
    env.DB.prepare(
      `SELECT t.id, t.name, t.style, t.kind, t.open_to_followers AS open, t.record_note AS note, t.record_start AS start,
              count(f.id) AS followers, CAST(coalesce(sum(f.allocated), 0) AS TEXT) AS copying
       FROM traders t
       LEFT JOIN follows f ON f.leader_id = t.id AND f.status IN ('active', 'paused', 'closing')
       WHERE ?1 IS NULL OR t.id = ?1
       GROUP BY t.id`,
    ).bind(only),
    env.DB.prepare(
      // Those of a record that was closed are no part of the one under way.
      `SELECT s.account_id AS id, s.at, CAST(s.equity AS TEXT) AS equity, CAST(s.net_deposits AS TEXT) AS deposits,
                CAST(s.realised AS TEXT) AS realised, s.source
       FROM equity_snapshots s JOIN traders t ON t.id = s.account_id
       WHERE s.at >= max(?1, t.record_start) AND (?2 IS NULL OR s.account_id = ?2) ORDER BY s.account_id, s.at`,
    ).bind(from, only),
  ])
  const snapshotsOf = groupById(rowsOf<SnapshotRow>(snapshots))
  return rowsOf<TraderRow>(traders).map((row) => ({
    id: row.id,
    name: row.name,
    style: row.style,
    kind: row.kind,
    openToFollowers: row.open === 1,
    recordNote: row.note,
    recordStart: row.start,
    followers: row.followers,
    copying: BigInt(row.copying),
    snapshots: (snapshotsOf.get(row.id) ?? []).map(toSnapshot),
  }))
}

interface TraderRow {
  id: string
  name: string
  style: string
  kind: 'person' | 'bot'
  open: number
  note: string
  start: number
  followers: number
  copying: string
}

interface SnapshotRow {
  id: string
  at: number
  equity: string
  deposits: string
  realised: string
  source: 'venue' | 'simulated'
}

const toSnapshot = ({ at, equity, deposits, realised, source }: SnapshotRow): Snapshot => ({
  at,
  equity: BigInt(equity),
  netDeposits: BigInt(deposits),
  realised: BigInt(realised),
  source,
})

function groupById<Row extends { id: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.id)
    if (group === undefined) groups.set(row.id, [row])
    else group.push(row)
  }
  return groups
}

/** D1 gives what the statement selects; the row's type is stated beside the statement. */
function rowsOf<Row>(result: D1Result | undefined): Row[] {
  return (result?.results ?? []) as Row[]
}
