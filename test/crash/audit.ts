import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { readOrders } from '../../worker/account/orderRows.ts'
import { hasEnded } from '../../worker/account/orderStates.ts'
import { loadBalances, readEntries } from '../../worker/ledger/journal.ts'
import { balanceKey } from '../../worker/ledger/ledger.ts'
import { journalFault } from '../../worker/ledger/replay.ts'
import { marketById } from '../../worker/market/settings.ts'
import { SqliteStore } from '../support/sqliteStore.ts'
import type { Acknowledged } from './load.ts'

/** What the audit looked at, and everything that is wrong. */
export interface Audit {
  readonly accounts: number
  readonly pools: number
  readonly trades: number
  readonly orders: number
  readonly waiting: number
  readonly differences: readonly string[]
}

interface ObjectFile {
  readonly name: string
  readonly store: SqliteStore
}

const ALL = Number.MAX_SAFE_INTEGER

/**
 * Reads the rows that the dead venue has left, object by object, past all of its own code but the pure parts: what the
 * markets traded is what accounts and pools settled and what D1 shows, each once; every asset adds up; every order that was
 * acknowledged is there, once.
 */
export function audit(state: string, acknowledged: readonly Acknowledged[]): Audit {
  const objects = (kind: string, table: string): ObjectFile[] =>
    filesIn(path.join(state, 'v3', 'do', `cryptoorchestrator-api-${kind}`), table)
  const [d1] = filesIn(path.join(state, 'v3', 'd1', 'miniflare-D1DatabaseObject'), 'traders')
  if (d1 === undefined) throw new Error(`no database below ${state}`)
  const accounts = objects('Account', 'account_order').map(named)
  const pools = objects('CopyPool', 'follow')
  const markets = objects('Market', 'live_order')
  const differences: string[] = []
  books(accounts, pools, differences)
  const trades = settlements(accounts, markets, d1, differences)
  const orders = ordersAgree(accounts, markets, d1, acknowledged, differences)
  const everybody = [...accounts, ...pools, ...markets]
  const waiting = everybody.reduce((sum, { store }) => sum + count(store, 'outbox'), 0)
  return { accounts: accounts.length, pools: pools.length, trades, orders, waiting, differences }
}

/** Objects that have that table: one that was only ever looked at may have none. */
function filesIn(folder: string, table: string): ObjectFile[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite')
    .map((name) => ({ name, store: new SqliteStore(new DatabaseSync(path.join(folder, name)), new Map()) }))
    .filter(({ store }) => store.all('SELECT 1 FROM sqlite_master WHERE name = ?', table).length > 0)
}

/** The file of an account tells whose it is by the grant that it began with. */
function named({ name, store }: ObjectFile): ObjectFile {
  const [grant] = store.all<{ reference: string }>("SELECT reference FROM entry WHERE kind = 'grant' LIMIT 1")
  return { name: grant?.reference ?? name, store }
}

const count = (store: SqliteStore, table: string): number =>
  store.all<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`)[0]?.rows ?? 0

/** Journals replay, holds are what open orders hold, and each asset adds up over everybody. */
function books(accounts: readonly ObjectFile[], pools: readonly ObjectFile[], differences: string[]): void {
  const sums = new Map<string, bigint>()
  for (const { name, store } of [...accounts, ...pools]) {
    const fault = journalFault(store)
    if (fault !== null) differences.push(`the journal of ${name}: ${fault}`)
    for (const [key, amount] of loadBalances(store)) {
      const [, purse = '', asset = ''] = key.split('|')
      for (const sum of [`${purse} of ${asset}`, `all of ${asset}`])
        sums.set(sum, (sums.get(sum) ?? 0n) + amount)
    }
  }
  const atRest = /^(?:all|clearing\/|pool\/|residue\/)/
  for (const [name, sum] of sums) if (atRest.test(name) && sum !== 0n) differences.push(`${name} is ${sum}`)
  for (const { name, store } of accounts) {
    const holds = new Map<string, bigint>()
    for (const order of readOrders(store)) {
      const { base, quote } = marketById(order.market)
      const key = balanceKey('', 'held', order.terms.side === 'buy' ? quote : base)
      if (!hasEnded(order.status)) holds.set(key, (holds.get(key) ?? 0n) + order.held)
    }
    for (const [key, amount] of loadBalances(store))
      if (key.includes('|held|') && amount !== (holds.get(key) ?? 0n))
        differences.push(`${name} has ${amount} in ${key}, and its open orders hold ${holds.get(key) ?? 0n}`)
  }
}

/** Each side of each trade is settled once by its account, and D1 has the same trades. */
function settlements(
  accounts: readonly ObjectFile[],
  markets: readonly ObjectFile[],
  d1: ObjectFile,
  differences: string[],
): number {
  const settled = new Set<string>()
  for (const { name, store } of accounts)
    for (const { kind, reference } of readEntries(store, ALL, ALL)) {
      if (kind !== 'trade') continue
      const key = `account/${name} ${reference}`
      if (settled.has(key)) differences.push(`${key} is settled twice`)
      settled.add(key)
    }
  const projected = new Set(d1.store.all<{ id: string }>('SELECT id FROM trades').map(({ id }) => id))
  let trades = 0
  for (const { store } of markets)
    for (const row of store.all<{ id: string; maker: string; taker: string }>(
      'SELECT id, maker, taker FROM trade',
    )) {
      trades += 1
      if (!projected.delete(row.id)) differences.push(`trade ${row.id} is not in D1`)
      for (const side of [row.maker, row.taker])
        if (side.startsWith('account/') && !settled.delete(`${side} ${row.id}`))
          differences.push(`${side} has not settled trade ${row.id}`)
    }
  for (const id of projected) differences.push(`D1 has a trade ${id} that no market made`)
  for (const key of settled) differences.push(`${key} is settled and was never made`)
  return trades
}

/** Every acknowledged order is there once; what is open here is open in its market and in D1, and nothing else is. */
function ordersAgree(
  accounts: readonly ObjectFile[],
  markets: readonly ObjectFile[],
  d1: ObjectFile,
  acknowledged: readonly Acknowledged[],
  differences: string[],
): number {
  const live = new Map<string, string>()
  for (const { store } of markets)
    for (const row of store.all<{ id: string; account: string; status: string; filled_lots: number }>(
      'SELECT id, account, status, filled_lots FROM live_order',
    ))
      live.set(`${row.account} ${row.id}`, `${row.status} ${row.filled_lots}`)
  const shown = new Map(
    d1.store
      .all<{ id: string; status: string }>('SELECT id, status FROM orders')
      .map(({ id, status }) => [id, status] as const),
  )
  const known = new Map<string, string>()
  let orders = 0
  for (const { name, store } of accounts) {
    for (const order of readOrders(store)) {
      orders += 1
      if (order.clientOrderId !== null) {
        const key = `${name} ${order.clientOrderId}`
        if (known.has(key)) differences.push(`${key} is two orders`)
        known.set(key, order.id)
      }
      const there = live.get(`${name} ${order.id}`)
      live.delete(`${name} ${order.id}`)
      const here = hasEnded(order.status) ? undefined : `${order.status} ${order.filledLots}`
      if (here !== there)
        differences.push(`order ${order.id} is ${here} to ${name} and ${there} to its market`)
      if (shown.get(order.id) !== order.status)
        differences.push(`order ${order.id} is ${order.status} to ${name} and ${shown.get(order.id)} in D1`)
    }
    if (count(store, 'disputed_report') > 0) differences.push(`${name} disputes reports of its markets`)
  }
  for (const key of live.keys()) differences.push(`${key} is on a market and its account knows nothing`)
  for (const { account, clientOrderId, orderId } of acknowledged)
    if (known.get(`${account} ${clientOrderId}`) !== orderId)
      differences.push(
        `${clientOrderId} was acknowledged as ${orderId} and is ${known.get(`${account} ${clientOrderId}`)}`,
      )
  return orders
}
