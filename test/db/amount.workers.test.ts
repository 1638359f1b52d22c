import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq, sql, sum } from 'drizzle-orm'
import { beforeEach, expect, it } from 'vitest'
import { amountParameter, exact } from '../../worker/db/amount.ts'
import { database } from '../../worker/db/database.ts'
import { equitySnapshots } from '../../worker/db/schema.ts'

const past2to53 = 2n ** 53n + 1n
const largest = 2n ** 63n - 1n
const values = [0n, 1n, -1n, past2to53, -past2to53, largest, -largest]

const rowOf = (value: bigint, at: number) =>
  ({ accountId: 'ada', at, equity: value, netDeposits: -value, realised: 0n, source: 'venue' }) as const

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  const db = database(env.DB)
  for (const [at, value] of values.entries()) await db.insert(equitySnapshots).values(rowOf(value, at))
})

it('reads every amount as it was written', async () => {
  const rows = await database(env.DB).select().from(equitySnapshots).orderBy(equitySnapshots.at)
  expect(rows.map((row) => row.equity)).toEqual(values)
  expect(rows.map((row) => row.netDeposits)).toEqual(values.map((value) => -value))
})

it('keeps them as 64-bit integers, not as text or doubles', async () => {
  const kinds = await env.DB.prepare('select distinct typeof(equity) as kind from equity_snapshots').all()
  expect(kinds.results).toEqual([{ kind: 'integer' }])
})

it('finds, updates and returns them exactly', async () => {
  const db = database(env.DB)
  const found = await db.select().from(equitySnapshots).where(eq(equitySnapshots.equity, past2to53))
  expect(found.map((row) => row.equity)).toEqual([past2to53])
  const updated = await db
    .update(equitySnapshots)
    .set({ equity: sql`${equitySnapshots.equity} + ${amountParameter(past2to53)}` })
    .where(eq(equitySnapshots.equity, past2to53))
    .returning()
  expect(updated.map((row) => row.equity)).toEqual([2n * past2to53])
})

it('sums exactly, and reads the sum of no rows as 0', async () => {
  const db = database(env.DB)
  const ofSome = db
    .select({ total: exact(sum(equitySnapshots.equity)) })
    .from(equitySnapshots)
    .where(eq(equitySnapshots.at, values.indexOf(past2to53)))
  expect(await ofSome).toEqual([{ total: past2to53 }])
  const ofNone = db
    .select({ total: exact(sum(equitySnapshots.equity)) })
    .from(equitySnapshots)
    .where(eq(equitySnapshots.at, -1))
  expect(await ofNone).toEqual([{ total: 0n }])
})
