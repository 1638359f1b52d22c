import { openOrders } from '../../worker/account/accountState.ts'
import type { Copy, CopyPage } from '../../worker/copying/messages.ts'
import { BASIS } from '../../worker/ledger/amount.ts'
import { readEntries } from '../../worker/ledger/journal.ts'
import { balanceKey, isOwned } from '../../worker/ledger/ledger.ts'
import { journalFault } from '../../worker/ledger/replay.ts'
import type { TradeRecord } from '../../worker/market/messages.ts'
import { baseOf, isHouseAccount, marketById, quoteOf } from '../../worker/market/settings.ts'
import { poolAddress } from '../../worker/messaging/address.ts'
import { encode } from '../../worker/messaging/codec.ts'
import type { Crowd } from './crowd.ts'
import { groups, waitingOrders } from './orderLaws.ts'
import type { NotedPart, Venue } from './venue.ts'

/** Two equal shares may differ by what rounding gives one now and owes the other: the carried remainder, and a unit. */
const ROUNDING_UNITS = 2n

/** Everything that is wrong with a venue at rest, by law. Empty when nothing is. */
export function brokenLaws(venue: Venue, crowd: Crowd): string[] {
  return [
    ...venue.violations,
    ...exactness(venue),
    ...conservation(venue),
    ...once(venue, crowd),
    // Before the objects wake from their rows, which begins their last price anew.
    ...waitingOrders(venue),
    ...durability(venue),
    ...prices(venue),
    ...groups(venue),
    ...copies(venue),
    ...ownership(venue, crowd),
  ]
}

/** Law 1: amounts in rows are integers, whatever their size. */
function exactness(venue: Venue): string[] {
  return [...venue.accounts.values(), ...venue.pools.values()].flatMap(({ address, disk }) =>
    disk
      .query(`SELECT DISTINCT typeof(amount) AS kind FROM balance`)
      .filter(({ kind }) => kind !== 'integer')
      .map(({ kind }) => `law 1: ${address} keeps an amount as ${kind}`),
  )
}

/** Law 2: by asset, what all hold and what is between them is what was issued; nothing between them when all is at rest. */
function conservation(venue: Venue): string[] {
  const broken: string[] = []
  const sums = new Map<string, bigint>()
  for (const object of [...venue.accounts.values(), ...venue.pools.values()]) {
    for (const [key, amount] of object.state.balances) {
      if (isOwned(key) && amount < 0n) broken.push(`law 2: ${object.address} has ${amount} in ${key}`)
      const [, purse, asset] = key.split('|')
      for (const sum of [`${purse} of ${asset}`, `all of ${asset}`])
        sums.set(sum, (sums.get(sum) ?? 0n) + amount)
    }
    const fault = journalFault(object.store)
    if (fault !== null) broken.push(`law 2: the journal of ${object.address}: ${fault}`)
  }
  // `issued` is negative by as much as was issued, so that all sums to nothing.
  const atRest = /^(?:all|clearing\/|pool\/|residue\/)/
  for (const [name, sum] of sums) if (atRest.test(name) && sum !== 0n) broken.push(`law 2: ${name} is ${sum}`)
  for (const account of venue.accounts.values()) {
    const holds = new Map<string, bigint>()
    for (const order of openOrders(account.state)) {
      const { base, quote } = marketById(order.market)
      const key = balanceKey('', 'held', order.terms.side === 'buy' ? quote : base)
      holds.set(key, (holds.get(key) ?? 0n) + order.held)
    }
    for (const [key, amount] of account.state.balances)
      if (key.includes('|held|') && amount !== (holds.get(key) ?? 0n))
        broken.push(
          `law 2: ${account.address} has ${amount} in ${key}, and its orders hold ${holds.get(key)}`,
        )
  }
  return broken
}

/** Law 3: what the markets traded is what the accounts and pools settled, each side of each trade once. */
function once(venue: Venue, crowd: Crowd): string[] {
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
  for (const { account, order } of crowd.promised)
    if (!venue.account(account).state.orders.has(order) && !venue.orders.has(order))
      broken.push(`law 3: ${account} was promised order ${order}, which nobody has`)
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
function durability(venue: Venue): string[] {
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

/** Law 5: makers trade at their price, takers not past theirs. That the book was never crossed was watched all along. */
function prices(venue: Venue): string[] {
  const broken: string[] = []
  for (const [market, trades] of venue.trades) {
    for (const trade of trades.values()) {
      const asked = venue.limits.get(trade.makerOrderId)
      if (asked !== undefined && !asked.has(trade.ticks))
        broken.push(
          `law 5: trade ${trade.sequence} of ${market} at ${trade.ticks}, its maker asked ${[...asked]}`,
        )
      const limits = [...(venue.limits.get(trade.takerOrderId) ?? [null])]
      const past = limits.every((limit) =>
        trade.takerSide === 'buy' ? trade.ticks > (limit ?? Infinity) : trade.ticks < (limit ?? 0),
      )
      if (past)
        broken.push(
          `law 5: trade ${trade.sequence} of ${market} at ${trade.ticks}, past its taker's ${limits}`,
        )
      if (trade.quote !== quoteOf(marketById(market), trade.ticks, trade.lots))
        broken.push(`law 1: trade ${trade.sequence} of ${market} is not worth its price`)
      if (trade.taker === poolAddress(trade.maker.slice('account/'.length)))
        broken.push(`law 7: ${trade.maker} traded with the own followers' block ${trade.takerOrderId}`)
      if (trade.maker === trade.taker && !isHouseAccount(trade.maker.slice('account/'.length)))
        broken.push(`law 5: ${trade.maker} traded with itself`)
    }
  }
  return broken
}

/** Law 7: within the limits of each follow, and alike for those who want alike. */
function copies(venue: Venue): string[] {
  const broken: string[] = []
  const spent = new Map<string, Spent>()
  for (const page of venue.pages) {
    const traded = page.copies.filter(({ quantity }) => quantity > 0n)
    const parts = venue.blocks.get(page.blockId)
    for (const copy of traded) {
      const part = parts?.get(copy.followId)
      if (part === undefined) broken.push(`law 7: ${copy.followId} had no part in block ${page.blockId}`)
      else broken.push(...pastLimits(page, copy, part, spent))
    }
    if (parts !== undefined) broken.push(...unlike(page, traded, parts))
  }
  broken.push(...blocksMatchTrades(venue))
  return broken
}

/** Quote units spent by one order of the leader, and the most that it might be. */
interface Spent {
  readonly quote: bigint
  readonly limit: bigint
}

/** `spent` is what each follow has spent by each order of its leader so far. */
function pastLimits(page: CopyPage, copy: Copy, part: NotedPart, spent: Map<string, Spent>): string[] {
  const broken: string[] = []
  const name = `law 7: ${copy.followId} in block ${page.blockId}`
  if (copy.quantity > copy.wanted) broken.push(`${name} got ${copy.quantity} and wanted ${copy.wanted}`)
  // A closing names its block as the order, and goes by a bound of its own.
  if (page.leader.orderId === page.blockId) return broken
  const { maxPerOrder, maxSlippageBps } = part.settings
  if (page.side === 'buy') {
    const order = `${copy.followId} ${page.leader.orderId}`
    const before = spent.get(order) ?? { quote: 0n, limit: 0n }
    // Each part of an order is bounded by the settings that it met: together, by the widest of them.
    const limit = maxPerOrder > before.limit ? maxPerOrder : before.limit
    const quote = before.quote + copy.quote
    spent.set(order, { quote, limit })
    if (quote > limit) broken.push(`${name} has spent ${quote} for one order, and ${limit} is its most`)
  }
  // Both prices as quote units for all of both sides, so that nothing is rounded but the share of the block.
  const leaderBase = baseOf(marketById(page.market), page.leader.lots)
  const mine = copy.quote * leaderBase * BASIS
  const unit = leaderBase * BASIS * ROUNDING_UNITS
  const theirs = (bps: number) => page.leader.quote * copy.quantity * (BASIS + BigInt(bps))
  if (page.side === 'buy' && mine > theirs(maxSlippageBps) + unit)
    broken.push(`${name} paid more than its slippage allows`)
  if (page.side === 'sell' && mine < theirs(-maxSlippageBps) - unit)
    broken.push(`${name} got less than its slippage allows`)
  return broken
}

/** Those who want the same at the same limit get the same, to the unit that cannot be halved. */
function unlike(page: CopyPage, traded: readonly Copy[], parts: ReadonlyMap<string, NotedPart>): string[] {
  const broken: string[] = []
  const first = new Map<string, Copy>()
  for (const copy of traded) {
    const key = `${parts.get(copy.followId)?.tier} ${copy.wanted}`
    const other = first.get(key)
    if (other === undefined) {
      first.set(key, copy)
      continue
    }
    const apart = (a: bigint, b: bigint) => (a > b ? a - b : b - a)
    const quantity = apart(copy.quantity, other.quantity)
    // One unit more of the quantity costs its price.
    const price = copy.quote / copy.quantity + 1n
    const quote = apart(copy.quote, other.quote) - quantity * price
    const fee = apart(copy.fee, other.fee) - (page.side === 'sell' ? quantity * price : quantity)
    if (quantity > ROUNDING_UNITS || quote > ROUNDING_UNITS || fee > ROUNDING_UNITS)
      broken.push(
        `law 7: ${copy.followId} and ${other.followId} wanted the same of block ${page.blockId}, and got ` +
          `${copy.quantity} and ${other.quantity}; ${copy.quote} and ${other.quote}; ${copy.fee} and ${other.fee}`,
      )
  }
  return broken
}

/** What the copies of a block got is what the market traded for it, and the pool's entry says the same. */
function blocksMatchTrades(venue: Venue): string[] {
  const traded = new Map<string, bigint>()
  for (const trades of venue.trades.values())
    for (const { taker, takerOrderId, quote } of trades.values())
      if (taker.startsWith('pool/')) traded.set(takerOrderId, (traded.get(takerOrderId) ?? 0n) + quote)
  const shared = new Map<string, bigint>()
  for (const { blockId, copies } of venue.pages)
    for (const { quote } of copies) if (quote > 0n) shared.set(blockId, (shared.get(blockId) ?? 0n) + quote)
  const broken: string[] = []
  for (const [block, quote] of traded)
    if (quote !== (shared.get(block) ?? 0n))
      broken.push(`law 7: block ${block} traded ${quote}, and ${shared.get(block)} was shared out`)
  for (const block of shared.keys())
    if (!traded.has(block)) broken.push(`law 7: block ${block} was shared out and never traded`)
  return broken
}

/** Law 9: an order was cancelled and a follow closed only for whoever asked for it, though others tried. */
function ownership(venue: Venue, crowd: Crowd): string[] {
  const broken: string[] = []
  for (const account of venue.accounts.values()) {
    for (const order of account.state.orders.values())
      if (order.reason === 'user' && !crowd.asked.has(order.id))
        broken.push(`law 9: ${account.address} never cancelled ${order.id}`)
    for (const follow of account.state.follows.values())
      if (['closing', 'closed'].includes(follow.status) && !crowd.asked.has(follow.id))
        broken.push(`law 9: ${account.address} never closed ${follow.id}`)
  }
  return broken
}

/** After everybody left: no pool holds anything, and no account has funds with one. */
export function nothingLeftInPools(venue: Venue): string[] {
  const broken: string[] = []
  for (const pool of venue.pools.values())
    for (const [key, amount] of pool.state.balances)
      if (isOwned(key) && amount !== 0n) broken.push(`law 2: ${pool.address} still has ${amount} in ${key}`)
  for (const account of venue.accounts.values())
    for (const follow of account.state.follows.values())
      if (follow.status !== 'closed' && follow.status !== 'refused')
        broken.push(`law 3: ${account.address} is still ${follow.status} with ${follow.leaderId}`)
  return broken
}
