import type { Env } from '../env.ts'
import { projectClosedRecords } from './closedRecords.ts'

/** Accounts asked at once: an invocation has six outgoing connections. */
const AT_ONCE = 6
/** Accounts in one run of the cron. Past it the rest waits for the next run, oldest snapshot first. */
const LIMIT = 2_000

/**
 * Asks every trader's Account for its equity and writes the answers. An account that cannot tell (a mark too old, an
 * object that does not answer) has no snapshot this time, and the others go on.
 */
export async function takeSnapshots(env: Env, now: number): Promise<void> {
  const { results } = await env.DB.prepare(
    `SELECT t.id, t.record_start AS recordStart FROM traders t
       LEFT JOIN (SELECT account_id, max(at) AS at FROM equity_snapshots GROUP BY account_id) s ON s.account_id = t.id
     ORDER BY coalesce(s.at, 0), t.id LIMIT ?`,
  )
    .bind(LIMIT)
    .all<{ id: string; recordStart: number }>()
  const rows: { account: string; at: number; equity: string; deposits: string; realised: string }[] = []
  const unheard: string[] = []
  for (let start = 0; start < results.length; start += AT_ONCE) {
    const group = results.slice(start, start + AT_ONCE)
    const answers = await Promise.allSettled(group.map(({ id }) => env.ACCOUNT.getByName(id).equity()))
    answers.forEach((answer, place) => {
      const trader = group[place]
      if (trader === undefined) return
      const { id: account } = trader
      if (answer.status === 'rejected') {
        console.error({ event: 'no_snapshot', account, error: String(answer.reason) })
        return
      }
      const { resetAt } = answer.value
      if (resetAt !== null && resetAt > trader.recordStart) unheard.push(account)
      if (answer.value.equity !== null)
        rows.push({
          account,
          // A reset since the cron's time: what the account says is of its new record.
          at: Math.max(now, resetAt ?? 0),
          equity: answer.value.equity.toString(),
          deposits: answer.value.netDeposits.toString(),
          realised: answer.value.realised.toString(),
        })
    })
  }
  await env.DB.prepare(
    `INSERT OR IGNORE INTO equity_snapshots (account_id, at, equity, net_deposits, realised, source)
     SELECT value ->> 'account', value ->> 'at', CAST(value ->> 'equity' AS INTEGER), CAST(value ->> 'deposits' AS INTEGER),
            CAST(value ->> 'realised' AS INTEGER), 'venue'
     FROM json_each(?)`,
  )
    .bind(JSON.stringify(rows))
    .run()
  for (const account of unheard) await projectClosedRecords(env, account)
}
