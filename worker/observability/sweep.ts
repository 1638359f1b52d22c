import type { Env } from '../env.ts'

const DAY = 24 * 60 * 60 * 1000

/** How long D1 keeps what only grows. Rows go in portions, so that no statement holds the database for long. */
const KEPT: readonly { table: string; column: string; days: number }[] = [
  { table: 'orders', column: 'updated_at', days: 400 },
  { table: 'trades', column: 'at', days: 400 },
  { table: 'copied_trades', column: 'at', days: 400 },
]
const PORTION = 5_000
const PORTIONS = 20

export async function sweepProjection(env: Env, now: number): Promise<void> {
  for (const { table, column, days } of KEPT) {
    for (let portion = 0; portion < PORTIONS; portion += 1) {
      const { meta } = await env.DB.prepare(
        `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ? LIMIT ${PORTION})`,
      )
        .bind(now - days * DAY)
        .run()
      if (meta.changes < PORTION) break
    }
  }
  await env.DB.prepare('DELETE FROM equity_snapshots WHERE at < ?')
    .bind(now - 400 * DAY)
    .run()
  await env.DB.prepare('DELETE FROM session WHERE expires_at < ?').bind(now).run()
  await env.DB.prepare('DELETE FROM rate_limit WHERE last_request < ?')
    .bind(now - DAY)
    .run()
}
