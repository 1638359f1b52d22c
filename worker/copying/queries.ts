import type * as z from 'zod'
import { toTime } from '../contract/amounts.ts'
import { accepted, type Outcome, refused } from '../contract/errors.ts'
import type { CopiesQuery, CopyView, FollowView } from '../contract/follows.ts'
import type { Env } from '../env.ts'
import { toDecimal } from '../ledger/amount.ts'
import { averagePrice, marketById } from '../market/settings.ts'

/**
 * Whether this person may follow that trader, as far as it is known across accounts: the trader exists, takes
 * followers, and does not follow back (a loop would copy copies). The Account checks what it knows itself.
 */
export async function leaderFor(
  env: Env,
  leaderId: string,
  followerId: string,
): Promise<Outcome<{ name: string }>> {
  const leader = await env.DB.prepare('SELECT name, open_to_followers AS open FROM traders WHERE id = ?')
    .bind(leaderId)
    .first<{ name: string; open: number }>()
  if (leader === null) return refused('unknown_trader', 'There is no such trader.', 'leaderId')
  if (leaderId === followerId) return refused('cannot_follow_self', 'You cannot follow yourself.', 'leaderId')
  if (leader.open !== 1)
    return refused('leader_not_open', `${leader.name} does not take followers now.`, 'leaderId')
  const loop = await env.DB.prepare(
    `SELECT 1 FROM follows WHERE leader_id = ? AND follower_id = ? AND status IN ('opening', 'active', 'paused', 'closing')`,
  )
    .bind(followerId, leaderId)
    .first()
  if (loop !== null)
    return refused(
      'follow_loop',
      `${leader.name} follows you. Two traders cannot copy each other.`,
      'leaderId',
    )
  return accepted({ name: leader.name })
}

/** One follow of this account with what its pool knows of it, or null. */
export async function readFollow(env: Env, accountId: string, followId: string): Promise<FollowView | null> {
  const follows = await readFollows(env, accountId)
  return follows.find((follow) => follow.id === followId) ?? null
}

/**
 * All follows of this account, newest first: the account says which there are and what has moved, each pool what it
 * holds now.
 */
export async function readFollows(env: Env, accountId: string): Promise<FollowView[]> {
  const own = await env.ACCOUNT.getByName(accountId).follows()
  const leaders = [...new Set(own.map((follow) => follow.leaderId))]
  const [names, skipped, pools] = await Promise.all([
    namesOf(env, leaders),
    skippedOf(
      env,
      accountId,
      own.map((follow) => follow.id),
    ),
    Promise.all(
      leaders.map(async (leaderId) => {
        const ids = own.filter((follow) => follow.leaderId === leaderId).map((follow) => follow.id)
        return env.COPY_POOL.getByName(leaderId).follows(accountId, ids)
      }),
    ),
  ])
  const held = new Map(pools.flat().map((view) => [view.id, view]))
  return own.map((follow) => ({
    ...follow,
    leaderName: names.get(follow.leaderId) ?? '',
    ...held.get(follow.id),
    skipped: skipped.get(follow.id) ?? 0,
  }))
}

/** Skipped copies by follow. A pool writes nothing of its own for a skip, so they are counted where they are shown. */
async function skippedOf(
  env: Env,
  followerId: string,
  followIds: readonly string[],
): Promise<Map<string, number>> {
  const { results } = await env.DB.prepare(
    `SELECT follow_id AS followId, count(*) AS skipped FROM copied_trades
     WHERE follow_id IN (SELECT value FROM json_each(?)) AND follower_id = ? AND outcome = 'skipped' GROUP BY follow_id`,
  )
    .bind(JSON.stringify(followIds), followerId)
    .all<{ followId: string; skipped: number }>()
  return new Map(results.map(({ followId, skipped }) => [followId, skipped]))
}

async function namesOf(env: Env, ids: readonly string[]): Promise<Map<string, string>> {
  const { results } = await env.DB.prepare(
    'SELECT id, name FROM traders WHERE id IN (SELECT value FROM json_each(?))',
  )
    .bind(JSON.stringify(ids))
    .all<{ id: string; name: string }>()
  return new Map(results.map(({ id, name }) => [id, name]))
}

const COPY_COLUMNS = `c.id, c.follow_id AS followId, c.leader_id AS leaderId, t.name AS leaderName, c.market, c.side,
  c.outcome, c.reason, c.leader_order_id AS leaderOrderId, CAST(c.leader_quantity AS TEXT) AS leaderQuantity,
  CAST(c.leader_quote AS TEXT) AS leaderQuote, c.leader_at AS leaderAt, CAST(c.target AS TEXT) AS target,
  CAST(c.wanted AS TEXT) AS wanted, CAST(c.quantity AS TEXT) AS quantity, CAST(c.quote AS TEXT) AS quote,
  CAST(c.fee AS TEXT) AS fee, c.fee_asset AS feeAsset, c.block_id AS blockId,
  CAST(c.block_size AS TEXT) AS blockSize, CAST(c.block_quote AS TEXT) AS blockQuote, c.participants,
  c.slippage, c.delay, c.at`

/** Copied trades of this follower, newest first. The cursor is the last row's time and id. */
export async function readCopies(
  env: Env,
  accountId: string,
  query: z.infer<typeof CopiesQuery>,
): Promise<{ items: CopyView[]; next: string | null }> {
  const [at, id] = parseCursor(query.cursor)
  const { results } = await env.DB.prepare(
    `SELECT ${COPY_COLUMNS} FROM copied_trades c LEFT JOIN traders t ON t.id = c.leader_id
     WHERE c.follower_id = ?1 AND (?2 IS NULL OR c.follow_id = ?2) AND (c.at, c.id) < (?3, ?4)
     ORDER BY c.at DESC, c.id DESC LIMIT ?5`,
  )
    .bind(accountId, query.followId ?? null, at, id, query.limit + 1)
    .all<CopyRow>()
  const rows = results.slice(0, query.limit)
  const last = rows.at(-1)
  const more = results.length > query.limit && last !== undefined
  return { items: rows.map(copyView), next: more ? `${last.at}.${last.id}` : null }
}

/** One copied trade, for its follower or its leader. */
export async function readCopy(env: Env, accountId: string, id: string): Promise<CopyView | null> {
  const row = await env.DB.prepare(
    `SELECT ${COPY_COLUMNS} FROM copied_trades c LEFT JOIN traders t ON t.id = c.leader_id
     WHERE c.id = ?1 AND (c.follower_id = ?2 OR c.leader_id = ?2)`,
  )
    .bind(id, accountId)
    .first<CopyRow>()
  return row === null ? null : copyView(row)
}

/** Past every row when there is none. */
function parseCursor(cursor: string | undefined): [number, string] {
  const match = /^(\d{1,16})\.(.{1,60})$/.exec(cursor ?? '')
  return match === null ? [Number.MAX_SAFE_INTEGER, ''] : [Number(match[1]), match[2] ?? '']
}

interface CopyRow {
  id: string
  followId: string
  leaderId: string
  leaderName: string | null
  market: string
  side: 'buy' | 'sell'
  outcome: CopyView['outcome']
  reason: string | null
  leaderOrderId: string
  leaderQuantity: string
  leaderQuote: string
  leaderAt: number
  target: string
  wanted: string
  quantity: string
  quote: string
  fee: string
  feeAsset: string
  blockId: string | null
  blockSize: string | null
  blockQuote: string | null
  participants: number | null
  slippage: number | null
  delay: number | null
  at: number
}

function copyView(row: CopyRow): CopyView {
  const price = (quote: string, quantity: string) =>
    averagePrice(marketById(row.market), BigInt(quote), BigInt(quantity))
  return {
    id: row.id,
    followId: row.followId,
    leaderId: row.leaderId,
    leaderName: row.leaderName ?? '',
    market: row.market,
    side: row.side,
    outcome: row.outcome,
    reason: row.reason,
    leader: {
      orderId: row.leaderOrderId,
      quantity: toDecimal(BigInt(row.leaderQuantity)),
      total: toDecimal(BigInt(row.leaderQuote)),
      price: price(row.leaderQuote, row.leaderQuantity) ?? '0',
      at: toTime(row.leaderAt),
    },
    target: toDecimal(BigInt(row.target)),
    wanted: toDecimal(BigInt(row.wanted)),
    quantity: toDecimal(BigInt(row.quantity)),
    total: toDecimal(BigInt(row.quote)),
    price: price(row.quote, row.quantity),
    fee: toDecimal(BigInt(row.fee)),
    feeAsset: row.feeAsset,
    block: blockOf(row),
    slippageBps: row.slippage === null ? null : hundredths(row.slippage),
    delayMs: row.delay,
    at: toTime(row.at),
  }
}

function blockOf(row: CopyRow): CopyView['block'] {
  const { blockId, blockSize, blockQuote, participants } = row
  if (blockId === null || blockSize === null || blockQuote === null || participants === null) return null
  return {
    id: blockId,
    quantity: toDecimal(BigInt(blockSize)),
    total: toDecimal(BigInt(blockQuote)),
    price: averagePrice(marketById(row.market), BigInt(blockQuote), BigInt(blockSize)) ?? '0',
    participants,
  }
}

function hundredths(value: number): string {
  const size = Math.abs(value)
  return `${value < 0 ? '-' : ''}${Math.floor(size / 100)}.${String(size % 100).padStart(2, '0')}`
}
