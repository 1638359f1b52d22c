import type { Env } from '../env.ts'
import { houseAccountId, MARKETS } from '../market/settings.ts'
import { blocksToShow } from './projection.ts'
import type {
  PoolBooks,
  ProjectedCopies,
  ProjectedFollow,
  ProjectedOrder,
  ProjectedTrade,
  Projection,
  Subjects,
  View,
} from './view.ts'

/** Ids of one statement: a parameter of about 80 kB. */
const IDS_A_STATEMENT = 2_000

/** Trades of each market whose sides are looked up, to find who trades and is in no list. */
const PARTIES_READ = 500

/** Accounts of a portion, which are looked at together. */
export const ACCOUNTS_A_PORTION = 25

/** Of the first portion: the houses, and whoever trades without being known to the database. */
export async function firstSubjects(env: Env): Promise<Subjects> {
  const parties = await Promise.all(MARKETS.map(({ id }) => env.MARKET.getByName(id).parties(PARTIES_READ)))
  const [accounts, pools] = ['account/', 'pool/'].map((prefix) => [
    ...new Set(
      parties.flatMap((all) =>
        all.filter((party) => party.startsWith(prefix)).map((party) => party.slice(prefix.length)),
      ),
    ),
  ])
  const known = await env.DB.prepare(
    `SELECT value AS id FROM json_each(?1)
     WHERE value NOT IN (SELECT id FROM traders) AND value NOT IN (SELECT id FROM user)`,
  )
    .bind(JSON.stringify([...(accounts ?? []), ...(pools ?? [])]))
    .all<{ id: string }>()
  const strangers = new Set(known.results.map(({ id }) => id))
  const houses = MARKETS.map(({ id }) => houseAccountId(id))
  return {
    accounts: [...new Set([...houses, ...(accounts ?? []).filter((id) => strangers.has(id))])].slice(
      0,
      ACCOUNTS_A_PORTION,
    ),
    leaders: (pools ?? []).filter((id) => strangers.has(id)).slice(0, ACCOUNTS_A_PORTION),
  }
}

/** The next accounts by id, and which of them lead; empty past the last. */
export async function subjectsAfter(env: Env, after: string): Promise<Subjects> {
  const accounts = await env.DB.prepare(
    `SELECT id FROM traders WHERE id > ?1 UNION SELECT id FROM user WHERE id > ?1 ORDER BY id LIMIT ${ACCOUNTS_A_PORTION}`,
  )
    .bind(after)
    .all<{ id: string }>()
  const ids = accounts.results.map(({ id }) => id)
  const leaders = await env.DB.prepare(
    `SELECT value AS id FROM json_each(?1)
     WHERE EXISTS (SELECT 1 FROM follows WHERE leader_id = value)`,
  )
    .bind(JSON.stringify(ids))
    .all<{ id: string }>()
  return { accounts: ids, leaders: leaders.results.map(({ id }) => id) }
}

/**
 * The rows of what is compared: the trades that the markets keep and the entries name, the orders and the follows of the accounts,
 * and the copies of the blocks that the pools' entries name.
 */
export async function readProjection(
  env: Env,
  { accounts, pools, followed, markets }: Omit<View, 'houses' | 'projection'>,
  now: number,
): Promise<Projection> {
  const tradeIds = new Set([
    ...markets.flatMap(({ trades }) => trades.map(({ id }) => id)),
    ...accounts.flatMap(({ entries }) =>
      entries.filter(({ kind }) => kind === 'trade').map(({ reference }) => reference),
    ),
  ])
  const orderIds = accounts.flatMap(({ open, ended }) => [...open, ...ended].map(({ id }) => id))
  const followIds = followed.flatMap(({ follows }) => follows.map(({ id }) => id))
  const [trades, orders, follows, copies] = await Promise.all([
    byIds<TradeRow>(
      env.DB,
      `SELECT id, market, CAST(price AS TEXT) AS price, CAST(quantity AS TEXT) AS quantity, CAST(quote AS TEXT) AS quote,
              maker_account_id AS maker, taker_account_id AS taker, CAST(maker_fee AS TEXT) AS makerFee,
              CAST(taker_fee AS TEXT) AS takerFee
       FROM trades WHERE id IN (SELECT value FROM json_each(?))`,
      [...tradeIds],
    ),
    byIds<OrderRow>(
      env.DB,
      `SELECT id, status, CAST(filled AS TEXT) AS filled, CAST(filled_quote AS TEXT) AS filledQuote
       FROM orders WHERE id IN (SELECT value FROM json_each(?))`,
      orderIds,
    ),
    byIds<FollowRow>(
      env.DB,
      `SELECT id, leader_id AS leaderId, status, CAST(allocated AS TEXT) AS allocated, sequence AS version
       FROM follows WHERE id IN (SELECT value FROM json_each(?))`,
      followIds,
    ),
    Promise.all(pools.map(async (pool) => [pool.leaderId, await readCopies(env, pool, now)] as const)),
  ])
  return {
    trades: new Map(trades.map((row) => [row.id, toTrade(row)])),
    orders: new Map(orders.map((row) => [row.id, toOrder(row)])),
    follows: new Map(follows.map((row) => [row.id, { ...row, allocated: BigInt(row.allocated) }])),
    copies: new Map(copies),
    at: now,
  }
}

/** Sums, so that the answer is as large as the pool has follows, however many blocks there were. */
async function readCopies(env: Env, pool: PoolBooks, now: number): Promise<ProjectedCopies[]> {
  const blocks = blocksToShow(pool, now)
  const first = blocks.at(-1)
  if (first === undefined) return []
  const { results } = await env.DB.prepare(
    `SELECT follow_id AS followId, market, side, CAST(SUM(quantity) AS TEXT) AS quantity,
            CAST(SUM(quote) AS TEXT) AS quote, CAST(SUM(fee) AS TEXT) AS fee
     FROM copied_trades
     WHERE leader_id = ?1 AND at >= ?2 AND block_id IN (SELECT value FROM json_each(?3))
     GROUP BY follow_id, market, side`,
  )
    .bind(pool.leaderId, first.at, JSON.stringify(blocks.map(({ reference }) => reference)))
    .all<CopiesRow>()
  return results.map((row) => ({
    ...row,
    quantity: BigInt(row.quantity),
    quote: BigInt(row.quote),
    fee: BigInt(row.fee),
  }))
}

async function byIds<Row>(db: D1Database, statement: string, ids: readonly string[]): Promise<Row[]> {
  const rows: Row[] = []
  for (let start = 0; start < ids.length; start += IDS_A_STATEMENT) {
    const { results } = await db
      .prepare(statement)
      .bind(JSON.stringify(ids.slice(start, start + IDS_A_STATEMENT)))
      .all<Row>()
    rows.push(...results)
  }
  return rows
}

type Textual<T> = { [Name in keyof T]: T[Name] extends bigint ? string : T[Name] }
type TradeRow = Textual<ProjectedTrade>
type OrderRow = Textual<ProjectedOrder>
type FollowRow = Textual<ProjectedFollow>
type CopiesRow = Textual<ProjectedCopies>

const toTrade = (row: TradeRow): ProjectedTrade => ({
  ...row,
  price: BigInt(row.price),
  quantity: BigInt(row.quantity),
  quote: BigInt(row.quote),
  makerFee: BigInt(row.makerFee),
  takerFee: BigInt(row.takerFee),
})

const toOrder = (row: OrderRow): ProjectedOrder => ({
  ...row,
  filled: BigInt(row.filled),
  filledQuote: BigInt(row.filledQuote),
})
