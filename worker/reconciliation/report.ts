import { configOf, type Env } from '../env.ts'
import { derivedId } from '../messaging/derivedId.ts'
import type { NotificationMessage } from '../notifications/message.ts'
import { sendNotifications } from '../notifications/sending.ts'
import { type Difference, keyOf } from './difference.ts'

/** Differences recorded in one run; past it the venue is so wrong that the next run is soon enough for the others. */
const RECORDED = 200

/** Notices sent in one run. The others are sent in the next. */
const TOLD = 20

/** After it was last seen. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1000

/**
 * Records differences and tells the operators of those that are new: once for each difference, however often it is found.
 * Without operators it is logged and kept in the database all the same.
 */
export async function reportDifferences(
  env: Env,
  differences: readonly Difference[],
  now: number,
): Promise<void> {
  const rows = await Promise.all(
    differences.slice(0, RECORDED).map(async (difference) => ({
      id: await idOf(difference),
      kind: difference.kind,
      place: difference.where,
      detail: JSON.stringify(difference),
    })),
  )
  for (const { id, kind, place, detail } of rows)
    console.error({ event: 'reconciliation_difference', id, kind, place, detail })
  if (rows.length > 0)
    await env.DB.prepare(
      `INSERT INTO reconciliation_differences (id, kind, place, detail, first_seen, last_seen, told)
       SELECT value ->> 'id', value ->> 'kind', value ->> 'place', value ->> 'detail', ?2, ?2, 0 FROM json_each(?1) WHERE true
       ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen`,
    )
      .bind(JSON.stringify(rows), now)
      .run()
  await tellOperators(env, now)
}

async function tellOperators(env: Env, now: number): Promise<void> {
  const { operators } = configOf(env)
  if (operators.length === 0) return
  const { results } = await env.DB.prepare(
    `SELECT id, detail FROM reconciliation_differences WHERE told = 0 ORDER BY first_seen, id LIMIT ${TOLD}`,
  ).all<{ id: string; detail: string }>()
  if (results.length === 0) return
  const notices = results.flatMap(({ id, detail }) => {
    const difference = JSON.parse(detail) as Difference
    return operators.map((accountId) => noticeOf(id, accountId, difference, now))
  })
  await sendNotifications(notices, env)
  // A crash before this sends them again, with the same ids: the inbox takes each once.
  await env.DB.prepare(
    'UPDATE reconciliation_differences SET told = 1 WHERE id IN (SELECT value FROM json_each(?))',
  )
    .bind(JSON.stringify(results.map(({ id }) => id)))
    .run()
}

const noticeOf = (
  id: string,
  accountId: string,
  difference: Difference,
  now: number,
): NotificationMessage => ({
  id,
  accountId,
  type: 'system',
  priority: 'critical',
  title: `Reconciliation: ${difference.kind} at ${difference.where}`,
  body: `${difference.about}: expected ${difference.expected}, found ${difference.found}.`,
  link: null,
  at: now,
})

/** Made from what the difference is, so that finding it again is finding the same. */
const idOf = (difference: Difference): Promise<string> => derivedId(keyOf(difference))

export async function sweepDifferences(env: Env, now: number): Promise<void> {
  await env.DB.prepare('DELETE FROM reconciliation_differences WHERE last_seen < ?')
    .bind(now - KEPT_MS)
    .run()
}
