import type { Env } from '../env.ts'

const DAY = 24 * 60 * 60 * 1000

/** Trades and orders, public and own, can be looked up for so long; so can equity curves and copies. */
const HISTORY_DAYS = 400

/** What only grows in D1, how its rows are found, and how long each is kept past the time in its column. */
const KEPT: readonly { table: string; key: string; column: string; days: number; and?: string }[] = [
  { table: 'orders', key: 'rowid', column: 'updated_at', days: HISTORY_DAYS },
  { table: 'trades', key: 'rowid', column: 'at', days: HISTORY_DAYS },
  { table: 'copied_trades', key: 'rowid', column: 'at', days: HISTORY_DAYS },
  { table: 'equity_snapshots', key: 'account_id, at', column: 'at', days: HISTORY_DAYS },
  {
    table: 'follows',
    key: 'rowid',
    column: 'updated_at',
    days: HISTORY_DAYS,
    and: "status IN ('closed', 'refused')",
  },
  { table: 'session', key: 'rowid', column: 'expires_at', days: 0 },
  { table: 'verification', key: 'rowid', column: 'expires_at', days: 0 },
  { table: 'rate_limit', key: 'rowid', column: 'last_request', days: 1 },
]

/** Rows go in portions, so that no statement holds the database for long; what is left over goes the next day. */
const PORTION = 5_000
const PORTIONS = 20

export async function sweepProjection(env: Env, now: number): Promise<void> {
  for (const { table, key, column, days, and = 'true' } of KEPT)
    for (let portion = 0; portion < PORTIONS; portion += 1) {
      const { meta } = await env.DB.prepare(
        `DELETE FROM ${table} WHERE (${key}) IN
           (SELECT ${key} FROM ${table} WHERE ${column} < ? AND ${and} LIMIT ${PORTION})`,
      )
        .bind(now - days * DAY)
        .run()
      if (meta.changes < PORTION) break
    }
}
