import type { Env } from '../env.ts'
import { houseAccountId, MARKETS } from '../market/settings.ts'
import type { MarketStatement } from '../market/statement.ts'
import type { Subjects } from './read.ts'
import type { AccountBooks, ProjectedOrder, ProjectedTrade, Projection } from './view.ts'

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

/** The rows of what is compared: the trades that the markets keep and the entries name, and the orders of the accounts. */
export async function readProjection(
  env: Env,
  accounts: readonly AccountBooks[],
  markets: readonly MarketStatement[],
  now: number,
): Promise<Projection> {
  const tradeIds = new Set([
    ...markets.flatMap(({ trades }) => trades.map(({ id }) => id)),
    ...accounts.flatMap(({ entries }) =>
      entries.filter(({ kind }) => kind === 'trade').map(({ reference }) => reference),
    ),
  ])
  const orderIds = accounts.flatMap(({ open, ended }) => [...open, ...ended].map(({ id }) => id))
  const [trades, orders] = await Promise.all([
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
  ])
  return {
    trades: new Map(trades.map((row) => [row.id, toTrade(row)])),
    orders: new Map(orders.map((row) => [row.id, toOrder(row)])),
    at: now,
  }
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
