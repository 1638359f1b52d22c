import { openOrders } from '../../worker/account/accountState.ts'
import { readEntries } from '../../worker/ledger/journal.ts'
import type { TradeRecord } from '../../worker/market/messages.ts'
import { isHouseAccount } from '../../worker/market/settings.ts'
import { encode } from '../../worker/messaging/codec.ts'
import type { Venue } from './venue.ts'

/** Law 3: what the markets traded is what the accounts and pools settled, each side of each trade once. */
export function once(venue: Venue): string[] {
  const broken: string[] = []
  const settled = settledTrades(venue, broken)
  for (const [id, market] of venue.markets) {
    const trades = venue.trades.get(id) ?? new Map<number, TradeRecord>()
    const { counters } = market.state
    if (trades.size !== counters.trades)
      broken.push(`law 3: ${id} made ${counters.trades} trades and told of ${trades.size}`)
    for (const trade of trades.values())
      for (const side of [trade.maker, trade.taker])
        if (side.startsWith('account/') && !settled.delete(`${side} ${trade.id}`))
          broken.push(`law 3: ${side} has not settled trade ${trade.id} of ${id}`)
  }
  for (const key of settled) broken.push(`law 3: ${key} is settled and was never made`)
  for (const { address, fault } of venue.world.faults)
    if (fault.kind !== 'deliver' && !/disk is full|crashed/.test(String(fault.error)))
      broken.push(`law 3: ${address} could not do its work: ${String(fault.error)}`)
  return broken
}

/** Accounts with the trades that their journals hold; a second entry for the same is a broken law. */
function settledTrades(venue: Venue, broken: string[]): Set<string> {
  const settled = new Set<string>()
  for (const account of venue.accounts.values()) {
    for (const { kind, reference } of readEntries(account.store, Number.MAX_SAFE_INTEGER, 1_000_000)) {
      if (kind !== 'trade') continue
      const key = `${account.address} ${reference}`
      if (settled.has(key)) broken.push(`law 3: ${key} is settled twice`)
      settled.add(key)
    }
    const disputes = account.disk.rows('disputed_report')
    if (disputes.length > 0) broken.push(`law 3: ${account.address} disputes ${disputes.length} reports`)
  }
  return settled
}

/** Laws 3 and 4: the rows alone give back every state, and both ends know the same orders. */
export function durability(venue: Venue): string[] {
  const broken: string[] = []
  for (const market of venue.markets.values()) {
    broken.push(...openOrdersAgree(venue, market.address.slice('market/'.length)))
    const before = restingLines(market.state)
    const after = restingLines(market.stateOfRows())
    if (before !== after) broken.push(`law 4: the rows of ${market.address} give back another book`)
  }
  for (const object of [...venue.accounts.values(), ...venue.pools.values()]) {
    const kept = venue.pools.has(object.address.slice('pool/'.length))
    const before = comparable(object.state, kept)
    const after = comparable(object.stateOfRows(), kept)
    if (before !== after)
      broken.push(`law 4: the rows of ${object.address} give back another state\n${before}\n${after}`)
  }
  return broken
}

/** Marks are worth a minute and are not kept in the rows of an account. */
function comparable(state: object, withMarks: boolean): string {
  const entries = Object.entries(state).filter(([name]) => withMarks || name !== 'marks')
  return encode(
    entries.map(([name, value]) => [
      name,
      value instanceof Map
        ? [...value].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
        : value instanceof Set
          ? [...value].sort()
          : value,
    ]),
  )
}

function restingLines(state: ReturnType<Venue['market']>['state']): string {
  const lines: string[] = []
  for (const side of ['buy', 'sell'] as const) {
    const house = new Map<number, number>()
    for (const quote of state.quotes.values())
      if (quote.terms.side === side && quote.terms.ticks !== null)
        house.set(quote.terms.ticks, quote.restingLots)
    state.book.forEachLevel(side, Number.MAX_SAFE_INTEGER, (ticks, lots) => {
      const people = lots - (house.get(ticks) ?? 0)
      if (people > 0) lines.push(`${side} ${ticks} ${people}`)
    })
  }
  for (const order of state.orders.all())
    if (!isHouseAccount(order.accountId) && order.restingLots === 0)
      lines.push(
        `${order.id} waits until ${state.engine.triggerTicks(order.number)}, paired ${order.sibling}`,
      )
  return lines.join('\n')
}

function openOrdersAgree(venue: Venue, market: string): string[] {
  const broken: string[] = []
  const rows = venue
    .market(market)
    .disk.query('SELECT id, account, filled_lots AS filled, status FROM live_order')
  const resting = new Map(rows.map((row) => [`${row.account} ${row.id}`, `${row.status} ${row.filled}`]))
  for (const account of venue.accounts.values()) {
    for (const order of openOrders(account.state, market)) {
      const key = `${account.state.accountId} ${order.id}`
      const there = resting.get(key)
      resting.delete(key)
      if (there !== `${order.status} ${order.filledLots}`)
        broken.push(
          `law 3: order ${key} is ${order.status} ${order.filledLots} to its account, and ${there} on the book`,
        )
    }
  }
  for (const key of resting.keys())
    broken.push(`law 3: ${key} is on the book of ${market} and its account knows nothing`)
  return broken
}
