import type { Env } from '../env.ts'
import { decode, encode } from '../messaging/codec.ts'
import { addTotals, conservationDifferences, isStill, NO_TOTALS, type Totals } from './conservation.ts'
import { FIRST, PACE, type Pace, reconcilePortion } from './portion.ts'
import { reportDifferences } from './report.ts'

/** Portions in one run of the cron; the next run goes on. */
const PORTIONS_A_RUN = 4

/** How far a round over the whole venue has come, and what the round before came to. */
interface Progress {
  readonly cursor: string
  readonly totals: Totals
  readonly before: Totals | null
}

const BEGINNING: Progress = { cursor: FIRST, totals: NO_TOTALS, before: null }

/**
 * The cron's part: some portions, from where the last run stopped, round after round. At the end of a round in which
 * nothing has happened since the end of the one before, the sums over all objects are judged too.
 */
export async function reconcileSome(env: Env, now: number, pace: Pace = PACE): Promise<void> {
  let progress = await readProgress(env)
  for (let portions = 0; portions < PORTIONS_A_RUN; portions += 1) {
    const portion = await reconcilePortion(env, progress.cursor, pace)
    const totals = addTotals(progress.totals, portion.totals)
    await reportDifferences(env, portion.differences, now)
    if (portion.next !== null) {
      progress = { ...progress, cursor: portion.next, totals }
      await saveProgress(env, progress, now)
      continue
    }
    if (progress.before !== null && isStill(progress.before, totals))
      await reportDifferences(env, conservationDifferences(totals), now)
    await saveProgress(env, { cursor: FIRST, totals: NO_TOTALS, before: totals }, now)
    return
  }
}

async function readProgress(env: Env): Promise<Progress> {
  const row = await env.DB.prepare('SELECT state FROM reconciliation_progress WHERE one = 1').first<{
    state: string
  }>()
  return row === null ? BEGINNING : (decode(row.state) as Progress)
}

async function saveProgress(env: Env, progress: Progress, now: number): Promise<void> {
  await env.DB.prepare('INSERT OR REPLACE INTO reconciliation_progress (one, state, at) VALUES (1, ?, ?)')
    .bind(encode(progress), now)
    .run()
}
