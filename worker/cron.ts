import { configOf, type Env } from './env.ts'
import { rebuildLeaderboards } from './leaderboard/leaderboard.ts'
import { takeSnapshots } from './leaderboard/snapshots.ts'
import { sweepDeadLetters } from './observability/deadLetters.ts'
import { sweepProjection } from './observability/sweep.ts'
import { sweepDifferences } from './reconciliation/report.ts'
import { reconcileSome } from './reconciliation/round.ts'

/** What the clock does. The expressions are those of wrangler.toml; one that is not known is a fault in it. */
export async function runCron(expression: string, env: Env, now: number): Promise<void> {
  switch (expression) {
    case '*/5 * * * *':
      if (configOf(env).demoTraders) await env.DEMO_TRADERS.getByName('demo').ensureSeeded()
      await takeSnapshots(env, now)
      await rebuildLeaderboards(env, now)
      await reconcileSome(env, now)
      return
    case '17 3 * * *':
      await sweepProjection(env, now)
      await sweepDeadLetters(env, now)
      await sweepDifferences(env, now)
      return
    default:
      throw new Error(`nothing is to be done at ${expression}`)
  }
}
