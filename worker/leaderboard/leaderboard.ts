import { toTime } from '../contract/amounts.ts'
import { Leaderboard, type LeaderboardRow, type Window } from '../contract/traders.ts'
import type { Env } from '../env.ts'
import { rank, WINDOWS } from './ranking.ts'
import { readRecords } from './records.ts'

const keyOf = (window: Window): string => `leaderboard/${window}`
/** A cache that nobody rebuilds any more disappears rather than lies for ever. */
const CACHE_SECONDS = 60 * 60

/** The last one this isolate has seen, for when neither KV nor D1 answers. */
const remembered = new Map<Window, Leaderboard>()

/** Computes all windows from D1 and puts them into KV: the cron's part. A cache that refuses costs speed, not truth. */
export async function rebuildLeaderboards(env: Env, now: number): Promise<void> {
  const records = await readRecords(env, now)
  for (const window of WINDOWS) {
    const board = boardOf(window, rank(records, window, now), now)
    remembered.set(window, board)
    try {
      await env.CACHE.put(keyOf(window), JSON.stringify(board), { expirationTtl: CACHE_SECONDS })
    } catch (fault) {
      console.error({ event: 'leaderboard_not_cached', window, error: String(fault) })
    }
  }
}

/** From KV; without it computed from D1; without that what this isolate last saw. Null when there is nothing at all. */
export async function readLeaderboard(env: Env, window: Window, now: number): Promise<Leaderboard | null> {
  const cached = await tolerate('cache', () => env.CACHE.get(keyOf(window), 'json'))
  const parsed = Leaderboard.safeParse(cached)
  if (parsed.success) {
    remembered.set(window, parsed.data)
    return { ...parsed.data, source: 'cache' }
  }
  const records = await tolerate('database', () => readRecords(env, now))
  if (records !== null) {
    const board = boardOf(window, rank(records, window, now), now)
    remembered.set(window, board)
    return board
  }
  const last = remembered.get(window)
  return last === undefined ? null : { ...last, source: 'memory' }
}

const boardOf = (window: Window, rows: LeaderboardRow[], now: number): Leaderboard => ({
  window,
  rows,
  computedAt: toTime(now),
  source: 'database',
})

async function tolerate<T>(source: string, read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (fault) {
    console.error({ event: 'leaderboard_source_failed', source, error: String(fault) })
    return null
  }
}
