import type { Env } from '../env.ts'
import { SIMULATED_SEED } from '../market/feed/createFeed.ts'
import { QUOTE_ASSET } from '../market/settings.ts'
import { RECORD_MS, type SimulatedRecord, simulateRecords } from './history.ts'
import { type DemoTrader, ROSTER } from './roster.ts'

/**
 * Gives every bot its account, its profile and its record of the thirty days before `endsAt` (ms, whole minutes). The record is a
 * function of that time, so doing it again, after a crash in the middle included, writes the same and opens nothing twice.
 */
export async function seedDemoTraders(env: Env, endsAt: number): Promise<void> {
  const records = simulateRecords(ROSTER, SIMULATED_SEED, endsAt)
  await Promise.all(
    records.map(({ traderId, cash }) =>
      env.ACCOUNT.getByName(traderId).open([{ asset: QUOTE_ASSET, amount: cash }]),
    ),
  )
  await env.DB.batch(
    ROSTER.flatMap((trader) => {
      const record = records.find(({ traderId }) => traderId === trader.id)
      if (record === undefined) throw new Error(`no record of ${trader.name}`)
      return [snapshotRows(env.DB, trader, record), traderRow(env.DB, trader, endsAt)]
    }),
  )
}

/** Whether D1 knows all of them: it may have been emptied. */
export async function areSeeded(env: Env): Promise<boolean> {
  const row = await env.DB.prepare(
    'SELECT count(*) AS known FROM traders WHERE id IN (SELECT value FROM json_each(?))',
  )
    .bind(JSON.stringify(ROSTER.map(({ id }) => id)))
    .first<{ known: number }>()
  return row?.known === ROSTER.length
}

function traderRow(db: D1Database, trader: DemoTrader, endsAt: number): D1PreparedStatement {
  const day = new Date(endsAt).toISOString().slice(0, 10)
  const note = `The 30 days to ${day} are simulated: the same strategy traded simulated prices through the same matching, fees and ledger, and ended in cash. What comes after is real trading on this venue.`
  return db
    .prepare(
      `INSERT OR IGNORE INTO traders
         (id, name, bio, style, kind, open_to_followers, created_at, record_start, record_note)
       VALUES (?, ?, ?, ?, 'bot', 1, ?, ?, ?)`,
    )
    .bind(trader.id, trader.name, trader.bio, trader.style, endsAt, endsAt - RECORD_MS, note)
}

function snapshotRows(db: D1Database, trader: DemoTrader, record: SimulatedRecord): D1PreparedStatement {
  const rows = record.snapshots.map(({ at, equity, realised }) => [at, String(equity), String(realised)])
  return db
    .prepare(
      `INSERT OR IGNORE INTO equity_snapshots (account_id, at, equity, net_deposits, realised, source)
       SELECT ?1, value ->> 0, CAST(value ->> 1 AS INTEGER), CAST(?2 AS INTEGER),
              CAST(value ->> 2 AS INTEGER), 'simulated'
       FROM json_each(?3)`,
    )
    .bind(trader.id, String(trader.capital), JSON.stringify(rows))
}
