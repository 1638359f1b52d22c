import { CONVERSIONS_KEPT } from '../../worker/account/conversion.ts'
import { ENDED_FOLLOWS_KEPT, FOLLOWS_AT_ONCE } from '../../worker/account/following.ts'
import { INBOX_KEPT } from '../../worker/account/inbox.ts'
import { FILLS_KEPT, PAST_ORDERS_KEPT, PAST_ORDERS_SWEPT } from '../../worker/account/orderRows.ts'
import { CLOSED_RECORDS_KEPT } from '../../worker/account/reset.ts'
import { DISPUTES_KEPT } from '../../worker/account/rows.ts'
import { ENDED_ORDERS_KEPT } from '../../worker/account/settle.ts'
import { MAX_FOLLOWS } from '../../worker/copying/follow.ts'
import { ENTRIES_KEPT } from '../../worker/ledger/journal.ts'
import { MAX_ORDERS } from '../../worker/market/accept.ts'
import { MARKETS } from '../../worker/market/settings.ts'
import { HOURS_KEPT_MS, MINUTES_KEPT_MS, TRADES_KEPT } from '../../worker/market/sweep.ts'
import { SLOTS_KEPT } from '../../worker/messaging/outbox.ts'
import type { AnyObject } from '../support/virtualObject.ts'
import type { Venue } from './venue.ts'

/** The most rows that a table may have when nothing is under way. `everybody` is how many objects there are. */
type Bound = (everybody: number) => number

const at =
  (most: number): Bound =>
  () =>
    most
const ASSETS = MARKETS.length + 1
const OPEN_ORDERS = MARKETS.reduce((sum, { maxOpenOrders }) => sum + maxOpenOrders, 0)
/** Journals are swept by some hundreds at a time. */
const SWEPT_AT_ONCE = 256
/** Between two sweeps of a market. */
const TRADES_OF_AN_HOUR = 1_000_000

const OF_ANY = {
  migration: at(20),
  stream: (everybody: number) => 2 * (everybody + 4),
  message: at(2 * SLOTS_KEPT),
  due_time: at(20),
}

const JOURNAL = {
  entry: at(ENTRIES_KEPT + SWEPT_AT_ONCE),
  balance_point: at(1),
  opening: at(1),
  opening_balance: (everybody: number) => ASSETS * 8 * (everybody + MARKETS.length),
  balance: (everybody: number) => ASSETS * 8 * (everybody + MARKETS.length),
}

/** A table without a bound here is a broken law: say with it what happens at its bound. */
const BOUNDS: Readonly<Record<string, Readonly<Record<string, Bound>>>> = {
  account: {
    ...OF_ANY,
    ...JOURNAL,
    profile: at(1),
    fill: at(FILLS_KEPT + SWEPT_AT_ONCE),
    asset_position: at(ASSETS),
    follow: at(FOLLOWS_AT_ONCE + ENDED_FOLLOWS_KEPT),
    notification: at(INBOX_KEPT),
    disputed_report: at(DISPUTES_KEPT),
    account_order: at(OPEN_ORDERS + ENDED_ORDERS_KEPT + PAST_ORDERS_KEPT + PAST_ORDERS_SWEPT),
    closed_record: at(CLOSED_RECORDS_KEPT),
    conversion: at(CONVERSIONS_KEPT),
  },
  market: {
    ...OF_ANY,
    trade: at(TRADES_KEPT + TRADES_OF_AN_HOUR),
    candle: at(MINUTES_KEPT_MS / 60_000 + 60),
    hour_candle: at(HOURS_KEPT_MS / 3_600_000 + 1),
    reserved: at(1),
    live_order: at(MAX_ORDERS),
    followed_price: at(MAX_ORDERS),
    // One of each pool.
    price_watch: (everybody: number) => everybody,
    status: at(1),
  },
  pool: {
    ...OF_ANY,
    ...JOURNAL,
    follow: at(MAX_FOLLOWS),
    position: at(MAX_FOLLOWS * MARKETS.length),
    mark: at(MARKETS.length),
    watch: at(MARKETS.length),
    waiting: at(0),
    block: at(0),
    block_part: at(0),
  },
}

/** Law 10: no table has more rows than its bound, and what is only needed on the way is gone at rest. */
export function pastBounds(venue: Venue): string[] {
  const everybody = venue.accounts.size + venue.markets.size + venue.pools.size
  return [
    ...[...venue.accounts.values()].flatMap((account) => pastBoundsOf(account, 'account', everybody)),
    ...[...venue.markets.values()].flatMap((market) => [
      ...pastBoundsOf(market, 'market', everybody),
      ...leftOver(market.address, market.state.log.take().length, 'told changes that no turn has read'),
    ]),
    ...[...venue.pools.values()].flatMap((pool) => pastBoundsOf(pool, 'pool', everybody)),
  ]
}

function pastBoundsOf({ address, disk }: AnyObject, kind: string, everybody: number): string[] {
  const tables = disk
    .query(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
    .map(({ name }) => String(name))
  return tables.flatMap((table) => {
    const bound = BOUNDS[kind]?.[table]
    if (bound === undefined) return [`law 10: nothing bounds ${table} of ${address}`]
    const rows = Number(disk.query(`SELECT count(*) AS rows FROM ${table}`)[0]?.rows)
    return rows <= bound(everybody)
      ? []
      : [`law 10: ${address} has ${rows} rows of ${table}, and ${bound(everybody)} are the most`]
  })
}

const leftOver = (address: string, count: number, what: string): string[] =>
  count === 0 ? [] : [`law 10: ${address} keeps ${count} ${what}`]
