import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { readLeaderboard, rebuildLeaderboards } from '../../worker/leaderboard/leaderboard.ts'

const HOUR = 60 * 60 * 1000
const [GOOD, BAD, YOUNG] = [1, 2, 3].map((n) => `0198c0de-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
]
const NOW = Date.UTC(2026, 10, 25)

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  await trader(GOOD, 'Good', NOW - 30 * 24 * HOUR)
  await trader(BAD, 'Bad', NOW - 30 * 24 * HOUR)
  await trader(YOUNG, 'Young', NOW - HOUR)
  for (const [id, end] of [
    [GOOD, 11_000],
    [BAD, 9_000],
    [YOUNG, 50_000],
  ] as const) {
    await snapshot(id, NOW - 20 * 24 * HOUR, 10_000)
    await snapshot(id, NOW - HOUR, end)
  }
})

it('ranks by return, leaves out a record too short to say anything, and shows losses', async () => {
  await rebuildLeaderboards(env, NOW)
  const board = await readLeaderboard(env, '30d', NOW)
  expect(board?.rows.map(({ rank, name, returnBps }) => [rank, name, returnBps])).toEqual([
    [1, 'Good', 1_000],
    [2, 'Bad', -1_000],
  ])
  expect(board?.source).toBe('cache')
})

it('serves the same without the cache, and without the database', async () => {
  await rebuildLeaderboards(env, NOW)
  const cached = await readLeaderboard(env, '30d', NOW)
  await env.CACHE.delete('leaderboard/30d')
  const computed = await readLeaderboard(env, '30d', NOW)
  const failing = { ...env, CACHE: broken('KV'), DB: broken('D1') } as never
  const remembered = await readLeaderboard(failing, '30d', NOW)
  expect([cached, computed, remembered].map((board) => board?.source)).toEqual([
    'cache',
    'database',
    'memory',
  ])
  expect(computed?.rows).toEqual(cached?.rows)
  expect(remembered?.rows).toEqual(cached?.rows)
})

it('is rebuilt when only the cache refuses to be written', async () => {
  await rebuildLeaderboards({ ...env, CACHE: broken('KV') } as never, NOW)
  expect((await readLeaderboard(env, '30d', NOW))?.rows).toHaveLength(2)
})

/** A binding whose every call fails. */
const broken = (name: string) =>
  new Proxy(
    {},
    {
      get: () => () => {
        throw new Error(`${name} is away`)
      },
    },
  )

async function trader(id: string, name: string, since: number): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO traders (id, name, kind, open_to_followers, created_at, record_start) VALUES (?, ?, 'bot', 1, ?, ?)`,
  )
    .bind(id, name, since, since)
    .run()
}

async function snapshot(id: string, at: number, equity: number): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO equity_snapshots (account_id, at, equity, net_deposits, realised, source)
     VALUES (?, ?, CAST(? AS INTEGER), 0, 0, 'venue')`,
  )
    .bind(id, at, String(BigInt(equity) * 10n ** 8n))
    .run()
}
