import type { ClosedRecord } from '../account/accountState.ts'
import { DEMO_GRANT } from '../account/opening.ts'
import { toTime } from '../contract/amounts.ts'
import type { ClosedRecordView } from '../contract/traders.ts'
import type { Env } from '../env.ts'
import { toDecimal } from '../ledger/amount.ts'
import { QUOTE_ASSET } from '../market/settings.ts'
import { metricsOf, type Snapshot } from './metrics.ts'

/** Snapshots that a closed record's figures are computed from, evenly spread: a year has twenty times as many. */
const SNAPSHOTS_READ = 5_000

/** Closed records on a profile, the newest; D1 keeps all. */
const SHOWN = 50

/** What a new record begins with, in quote units. */
const GRANTED = DEMO_GRANT.reduce((sum, { asset, amount }) => sum + (asset === QUOTE_ASSET ? amount : 0n), 0n)

/**
 * Brings what an account knows of its closed records into D1, and the start of the one under way, with its first
 * snapshot. Harmless to repeat: called after a reset, and by the cron wherever D1 has not heard of one.
 */
export async function projectClosedRecords(env: Env, accountId: string): Promise<void> {
  const records = await env.ACCOUNT.getByName(accountId).closedRecords()
  const last = records.at(-1)
  if (last === undefined) return
  const { results } = await env.DB.prepare('SELECT id FROM closed_records WHERE account_id = ?')
    .bind(accountId)
    .all<{ id: string }>()
  const known = new Set(results.map(({ id }) => id))
  const missing = records.filter(({ id }) => !known.has(id))
  const rows = await Promise.all(
    missing.map(async (record) => insert(env.DB, accountId, record, await figuresOf(env, accountId, record))),
  )
  await env.DB.batch([
    ...rows,
    env.DB.prepare('UPDATE traders SET record_start = ?1 WHERE id = ?2 AND record_start < ?1').bind(
      last.endedAt,
      accountId,
    ),
    env.DB.prepare(
      `INSERT OR IGNORE INTO equity_snapshots (account_id, at, equity, net_deposits, realised, source)
       VALUES (?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER), 0, 'venue')`,
    ).bind(accountId, last.endedAt, String(GRANTED), String(depositsAfter(last))),
  ])
}

/** What had come in when the next record began: the quote went back to the venue, and new was granted. */
const depositsAfter = ({ netDeposits, quoteReturned }: ClosedRecord): bigint =>
  netDeposits - quoteReturned + GRANTED

interface Figures {
  readonly returnBps: number | null
  readonly maxDrawdownBps: number | null
}

/** Return and drawdown over the snapshots of the record's time and what it was worth at its end. */
async function figuresOf(env: Env, accountId: string, record: ClosedRecord): Promise<Figures> {
  const { startedAt, endedAt, equity, netDeposits, realised } = record
  const step = Math.max(1, Math.ceil((endedAt - startedAt) / SNAPSHOTS_READ))
  // max(at) takes the other columns from the row that has it.
  const { results } = await env.DB.prepare(
    `SELECT max(at) AS at, CAST(equity AS TEXT) AS equity, CAST(net_deposits AS TEXT) AS deposits,
            CAST(realised AS TEXT) AS realised, source
     FROM equity_snapshots WHERE account_id = ?1 AND at >= ?2 AND at < ?3 GROUP BY at / CAST(?4 AS INTEGER) ORDER BY 1`,
  )
    .bind(accountId, startedAt, endedAt, step)
    .all<{ at: number; equity: string; deposits: string; realised: string; source: Snapshot['source'] }>()
  const snapshots = results.map(
    (row): Snapshot => ({
      at: row.at,
      equity: BigInt(row.equity),
      netDeposits: BigInt(row.deposits),
      realised: BigInt(row.realised),
      source: row.source,
    }),
  )
  if (equity !== null) snapshots.push({ at: endedAt, equity, netDeposits, realised, source: 'venue' })
  const metrics = metricsOf(snapshots)
  return { returnBps: metrics?.returnBps ?? null, maxDrawdownBps: metrics?.maxDrawdownBps ?? null }
}

function insert(
  db: D1Database,
  accountId: string,
  record: ClosedRecord,
  figures: Figures,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT OR IGNORE INTO closed_records
         (id, account_id, started_at, ended_at, reason, return_bps, max_drawdown_bps, realised, equity)
       VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER))`,
    )
    .bind(
      record.id,
      accountId,
      record.startedAt,
      record.endedAt,
      record.reason,
      figures.returnBps,
      figures.maxDrawdownBps,
      String(record.realised),
      record.equity === null ? null : String(record.equity),
    )
}

/** Newest first. */
export async function readClosedRecords(env: Env, accountId: string): Promise<ClosedRecordView[]> {
  const { results } = await env.DB.prepare(
    `SELECT id, started_at AS startedAt, ended_at AS endedAt, reason, return_bps AS returnBps,
            max_drawdown_bps AS maxDrawdownBps, CAST(realised AS TEXT) AS realised, CAST(equity AS TEXT) AS equity
     FROM closed_records WHERE account_id = ?1 ORDER BY ended_at DESC LIMIT ?2`,
  )
    .bind(accountId, SHOWN)
    .all<ClosedRecordRow>()
  return results.map((row) => ({
    ...row,
    startedAt: toTime(row.startedAt),
    endedAt: toTime(row.endedAt),
    realised: toDecimal(BigInt(row.realised)),
    equity: row.equity === null ? null : toDecimal(BigInt(row.equity)),
  }))
}

interface ClosedRecordRow {
  id: string
  startedAt: number
  endedAt: number
  reason: 'reset'
  returnBps: number | null
  maxDrawdownBps: number | null
  realised: string
  equity: string | null
}
