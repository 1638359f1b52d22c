import { toTime } from '../contract/amounts.ts'
import { accepted, type Outcome, refused } from '../contract/errors.ts'
import type { TraderProfileInput, TraderView } from '../contract/traders.ts'
import type { Env } from '../env.ts'
import { toDecimal } from '../ledger/amount.ts'
import { readClosedRecords } from './closedRecords.ts'
import { rank, WINDOWS } from './ranking.ts'
import { readRecords } from './records.ts'

/** Points of the equity curve on a profile: about two an hour over a month would be more than a screen has. */
const CURVE_POINTS = 400
const TRADES = 50

/** A trader's public record, or null. Trades come from the projection, so they are those that have been projected. */
export async function readTrader(env: Env, id: string, now: number): Promise<TraderView | null> {
  const row = await env.DB.prepare('SELECT bio, created_at AS createdAt FROM traders WHERE id = ?')
    .bind(id)
    .first<{ bio: string; createdAt: number }>()
  const records = row === null ? [] : await readRecords(env, now, id)
  const [record] = records
  if (row === null || record === undefined) return null
  const windows = WINDOWS.flatMap((window) =>
    rank(records, window, now).map(({ returnBps, realised, maxDrawdownBps }) => ({
      window,
      returnBps,
      realised,
      maxDrawdownBps,
    })),
  )
  const step = Math.max(1, Math.ceil(record.snapshots.length / CURVE_POINTS))
  return {
    id,
    name: record.name,
    bio: row.bio,
    style: record.style,
    kind: record.kind,
    openToFollowers: record.openToFollowers,
    recordNote: record.recordNote === '' ? null : record.recordNote,
    followers: record.followers,
    copying: toDecimal(record.copying),
    windows,
    equity: record.snapshots
      .filter((_, place) => place % step === 0 || place === record.snapshots.length - 1)
      .map(({ at, equity, source }) => ({ at: toTime(at), equity: toDecimal(equity), source })),
    trades: await readTrades(env, id),
    closedRecords: await readClosedRecords(env, id),
    createdAt: toTime(row.createdAt),
  }
}

async function readTrades(env: Env, id: string): Promise<TraderView['trades']> {
  const { results } = await env.DB.prepare(
    `SELECT id, market, CAST(quantity AS TEXT) AS quantity, CAST(price AS TEXT) AS price, taker_side AS takerSide,
            taker_account_id = ?1 AS taker, at
     FROM (SELECT * FROM (SELECT * FROM trades WHERE taker_account_id = ?1 ORDER BY at DESC LIMIT ?2)
           UNION ALL
           SELECT * FROM (SELECT * FROM trades WHERE maker_account_id = ?1 ORDER BY at DESC LIMIT ?2))
     ORDER BY at DESC LIMIT ?2`,
  )
    .bind(id, TRADES)
    .all<TradeRow>()
  return results.map((row) => ({
    id: row.id,
    market: row.market,
    price: toDecimal(BigInt(row.price)),
    quantity: toDecimal(BigInt(row.quantity)),
    // The side of the trader, who may have been the maker.
    side: (row.taker === 1) === (row.takerSide === 'buy') ? 'buy' : 'sell',
    source: 'venue',
    at: toTime(row.at),
  }))
}

interface TradeRow {
  id: string
  market: string
  quantity: string
  price: string
  takerSide: 'buy' | 'sell'
  taker: number
  at: number
}

/**
 * Changes what a person has said; what is absent stays. The name of a trader who takes followers is nobody else's:
 * whoever bore it too could be followed by mistake.
 */
export async function changeProfile(
  env: Env,
  id: string,
  change: TraderProfileInput,
): Promise<Outcome<undefined>> {
  const { meta } = await env.DB.prepare(
    `UPDATE traders SET name = coalesce(?1, name), bio = coalesce(?2, bio),
       open_to_followers = coalesce(?3, open_to_followers)
     WHERE id = ?4 AND NOT EXISTS (
       SELECT 1 FROM traders other WHERE other.id <> ?4 AND other.open_to_followers = 1
         AND lower(other.name) = lower(coalesce(?1, traders.name)) AND (?1 IS NOT NULL OR ?3 = 1))`,
  )
    .bind(
      change.name ?? null,
      change.bio ?? null,
      change.openToFollowers === undefined ? null : Number(change.openToFollowers),
      id,
    )
    .run()
  if (meta.changes > 0) return accepted(undefined)
  return refused('name_taken', 'A trader who takes followers has this name. Choose another.', 'name')
}
