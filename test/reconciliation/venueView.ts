import { accountStatement, residueStatement } from '../../worker/account/statement.ts'
import { poolStatement } from '../../worker/copying/statement.ts'
import type { PostedEntry } from '../../worker/ledger/journal.ts'
import { readEntryPage } from '../../worker/ledger/statement.ts'
import { baseOf, houseAccountId, MARKETS, marketById } from '../../worker/market/settings.ts'
import { marketStatement } from '../../worker/market/statement.ts'
import type { Store } from '../../worker/messaging/store.ts'
import { readTotals } from '../../worker/messaging/streamPositions.ts'
import { type Comparison, compare } from '../../worker/reconciliation/compare.ts'
import {
  addTotals,
  conservationDifferences,
  NO_TOTALS,
  type Totals,
  totalsOf,
} from '../../worker/reconciliation/conservation.ts'
import { projected } from '../../worker/reconciliation/projection.ts'
import type {
  ProjectedCopies,
  ProjectedOrder,
  ProjectedTrade,
  View,
} from '../../worker/reconciliation/view.ts'
import type { Venue } from '../simulation/venue.ts'

/** Everything of a simulated venue as reconciliation reads it: the objects' rows, and what the projection would have. */
export function viewOf(venue: Venue): View {
  const accounts = [...venue.accounts.values()].map((account) => ({
    ...accountStatement(account.store, account.state),
    entries: allEntries(account.store),
    complete: true,
  }))
  const pools = [...venue.pools.values()].map((pool) => ({
    ...poolStatement(pool.store, pool.state),
    entries: allEntries(pool.store),
    complete: true,
  }))
  const about = [...accounts, ...pools].map(({ address }) => address)
  const traded = MARKETS.filter(({ id }) => venue.markets.has(id))
  const trades = new Map<string, ProjectedTrade>()
  for (const [market, of] of venue.trades)
    for (const trade of of.values()) trades.set(trade.id, projected(market, trade))
  const orders = new Map<string, ProjectedOrder>()
  const marketOf = new Map(
    [...venue.accounts.values()].flatMap(({ state }) =>
      [...state.orders.values()].map(({ id, market }) => [id, market] as const),
    ),
  )
  for (const order of venue.orders.values()) {
    const market = marketOf.get(order.id)
    if (market === undefined) continue
    orders.set(order.id, {
      id: order.id,
      status: order.status,
      filled: baseOf(marketById(market), order.filledLots),
      filledQuote: order.filledQuote,
    })
  }
  return {
    accounts,
    pools,
    followed: pools,
    houses: traded.map(({ id }) => {
      const { store, state } = venue.account(houseAccountId(id))
      const given = [...accounts, ...pools].flatMap(({ entries }) =>
        entries.filter(({ kind }) => kind === 'residue').map(({ reference }) => reference),
      )
      return residueStatement(store, state, id, given)
    }),
    markets: traded.map((market) => marketStatement(venue.market(market.id).store, market, about)),
    // Everything is old enough to be shown.
    projection: {
      trades,
      orders,
      follows: new Map(
        [...venue.follows.values()].map(({ followId: id, leaderId, status, allocated, version }) => [
          id,
          { id, leaderId, status, allocated, version },
        ]),
      ),
      copies: copiesOf(venue),
      at: Number.MAX_SAFE_INTEGER,
    },
  }
}

function copiesOf(venue: Venue): Map<string, ProjectedCopies[]> {
  const copies = new Map<string, ProjectedCopies[]>()
  for (const { leaderId, market, side, copies: lines } of venue.pages)
    for (const { followId, quantity, quote, fee } of lines) {
      const copy = { followId, market, side, quantity, quote, fee }
      copies.set(leaderId, [...(copies.get(leaderId) ?? []), copy])
    }
  return copies
}

export function totalsOfVenue(venue: Venue): Totals {
  let totals = NO_TOTALS
  for (const object of [...venue.accounts.values(), ...venue.pools.values()])
    totals = addTotals(
      totals,
      totalsOf(object.state.balances, allEntries(object.store)[0]?.number ?? 0, readTotals(object.store)),
    )
  for (const market of venue.markets.values())
    totals = addTotals(totals, totalsOf(new Map(), market.state.counters.trades, readTotals(market.store)))
  return totals
}

/** What reconciliation finds in a venue at rest. */
export function reconcileVenue(venue: Venue): Comparison {
  const { differences, underWay } = compare(viewOf(venue))
  return { differences: [...differences, ...conservationDifferences(totalsOfVenue(venue))], underWay }
}

export function allEntries(store: Store): PostedEntry[] {
  const entries: PostedEntry[] = []
  let before = Number.MAX_SAFE_INTEGER
  for (;;) {
    const page = readEntryPage(store, before)
    entries.push(...page)
    const last = page.at(-1)
    if (last === undefined) return entries
    before = last.number
  }
}
