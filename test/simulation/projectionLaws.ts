import { retellOrders } from '../../worker/account/retelling.ts'
import { retellFollows } from '../../worker/copying/retelling.ts'
import { retellTrades } from '../../worker/market/retelling.ts'
import { readTradesAfter } from '../../worker/market/statement.ts'
import type { Address } from '../../worker/messaging/address.ts'
import { encode } from '../../worker/messaging/codec.ts'
import type { Decision } from '../../worker/messaging/domain.ts'
import { SqliteDatabase } from '../support/database.ts'
import { Queues } from './queues.ts'
import type { Venue } from './venue.ts'

/** Law 8: the database shows what was told, and a new one that is told again shows the same. */
export async function projections(venue: Venue): Promise<string[]> {
  return [...shown(venue), ...(await shownAgain(venue))]
}

/** The rest of each row by its id, the first column, as text. */
function rowsOf(database: SqliteDatabase, query: string): Map<string, string> {
  return new Map(
    database.rows(query).map((row) => {
      const [id, ...rest] = Object.values(row)
      return [String(id), rest.map(String).join(' ')]
    }),
  )
}

/** What was told last of each trade, order, follow and copy is in its row, whatever came twice, late or out of order. */
function shown(venue: Venue): string[] {
  const trades = [...venue.trades.values()].flatMap((of) => [...of.values()])
  const copies = venue.pages.flatMap((page) => page.copies)
  return [
    ...differences(
      'trade',
      trades.map(({ id, sequence, quote, makerFee, takerFee, at }) => [
        id,
        [sequence, quote, makerFee, takerFee, at],
      ]),
      rowsOf(venue.database, 'SELECT id, sequence, quote, maker_fee, taker_fee, at FROM trades'),
    ),
    ...differences(
      'order',
      [...venue.orders.values()].map(({ id, sequence, status, reason, filledQuote, updatedAt }) => [
        id,
        [sequence, status, reason, filledQuote, updatedAt],
      ]),
      rowsOf(venue.database, 'SELECT id, sequence, status, reason, filled_quote, updated_at FROM orders'),
    ),
    ...differences(
      'follow',
      [...venue.follows.values()].map(({ followId, version, status, allocated }) => [
        followId,
        [version, status, allocated],
      ]),
      rowsOf(venue.database, 'SELECT id, sequence, status, allocated FROM follows'),
    ),
    ...differences(
      'copy',
      copies.map(({ id, outcome, quantity, quote, fee }) => [id, [outcome, quantity, quote, fee]]),
      rowsOf(venue.database, 'SELECT id, outcome, quantity, quote, fee FROM copied_trades'),
    ),
  ]
}

type Told = readonly [id: string, values: readonly unknown[]]

function differences(what: string, told: readonly Told[], rows: ReadonlyMap<string, string>): string[] {
  const known = new Map(told.map(([id, values]) => [id, values.map(String).join(' ')]))
  return [...new Set([...known.keys(), ...rows.keys()])]
    .filter((id) => known.get(id) !== rows.get(id))
    .map((id) => `law 8: of ${what} ${id} was told ${known.get(id)}, and the database shows ${rows.get(id)}`)
}

const TABLES = {
  trades: 'SELECT * FROM trades',
  // The time at which it was created is its account's in the telling, and its market's before: some milliseconds apart.
  orders: `SELECT id, account_id, market, side, type, price, quantity, quote_budget, filled, filled_quote, status, reason,
    sequence, updated_at FROM orders`,
  follows: 'SELECT * FROM follows',
}

/** A database that was lost is told again all that the objects keep, and shows of that what it did before. */
async function shownAgain(venue: Venue): Promise<string[]> {
  const database = new SqliteDatabase()
  const queues = new Queues(venue.world, database)
  const tell = async (source: Address, { messages }: Decision<unknown, unknown>): Promise<void> => {
    for (const [queue, of] of Map.groupBy(messages, ({ to }) => to))
      await queues.work(
        queue,
        of.map(({ body }, index) => ({ source, sequence: index + 1, body: encode(body) })),
      )
  }
  for (const { address, state, store } of venue.markets.values())
    await tell(address, retellTrades(state.market.id, readTradesAfter(store, state.market, 0, ALL)))
  for (const { address, state } of venue.accounts.values()) await tell(address, retellOrders(state))
  for (const { address, state } of venue.pools.values())
    await tell(address, retellFollows(state, { now: venue.world.now, newId: () => venue.world.newId() }, ''))
  return Object.entries(TABLES).flatMap(([table, query]) => {
    const before = rowsOf(venue.database, query)
    const again = rowsOf(database, query)
    const isKept = table === 'trades' ? () => true : keptBy(venue)
    return [...before]
      .filter(([id, row]) => again.get(id) !== row && (again.has(id) || isKept(id)))
      .map(([id, row]) => `law 8: ${table} showed ${id} as ${row}, and told again as ${again.get(id)}`)
  })
}

const ALL = 1_000_000

/** Objects forget orders and follows that ended long ago. */
function keptBy(venue: Venue): (id: string) => boolean {
  const orders = [...venue.accounts.values()].flatMap(({ state }) => [...state.orders.keys()])
  const follows = [...venue.pools.values()].flatMap(({ state }) => [...state.follows.keys()])
  const kept = new Set([...orders, ...follows])
  return (id) => kept.has(id)
}
