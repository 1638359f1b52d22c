import { loadBalances, persistEntry } from '../ledger/journal.ts'
import { encode } from '../messaging/codec.ts'
import { type Migrations, migrate, type Store } from '../messaging/store.ts'
import { type AccountEvent, type AccountState, emptyAccount, putOrder } from './accountState.ts'
import { text } from './columns.ts'
import { FOLLOW_TABLES, readFollows, writeFollow } from './followRows.ts'
import { readNotifications, writeNotification } from './inboxRows.ts'
import {
  countPastOrders,
  makePast,
  ORDER_TABLES,
  readOrders,
  sweepPastOrders,
  writeFill,
  writeOrder,
} from './orderRows.ts'
import type { Position } from './position.ts'
import { RECORD_TABLES, readConversions, readRecords, writeConversion, writeRecord } from './recordRows.ts'

const ACCOUNT_TABLES: Migrations = [
  `CREATE TABLE profile (one INTEGER PRIMARY KEY CHECK (one = 1), opened_at INTEGER,
     fills_wanted INTEGER NOT NULL DEFAULT 0, realised INTEGER NOT NULL DEFAULT 0)`,
  'INSERT INTO profile (one) VALUES (1)',
  `CREATE TABLE placed_order (id TEXT PRIMARY KEY, client_order_id TEXT, market TEXT NOT NULL, side TEXT NOT NULL,
     type TEXT NOT NULL, ticks INTEGER, lots INTEGER, quote_amount INTEGER, time_in_force TEXT NOT NULL,
     post_only INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT, held INTEGER NOT NULL,
     filled_lots INTEGER NOT NULL, filled_quote INTEGER NOT NULL, equity INTEGER, created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE fill (number INTEGER PRIMARY KEY, order_id TEXT NOT NULL, trade_id TEXT NOT NULL,
     market TEXT NOT NULL, side TEXT NOT NULL, sequence INTEGER NOT NULL, ticks INTEGER NOT NULL,
     lots INTEGER NOT NULL, quote INTEGER NOT NULL, liquidity TEXT NOT NULL, fee INTEGER NOT NULL,
     rounding INTEGER NOT NULL, realised INTEGER, realised_bps INTEGER, at INTEGER NOT NULL)`,
  'CREATE INDEX fill_by_order ON fill (order_id, number)',
  `CREATE TABLE asset_position (asset TEXT PRIMARY KEY, quantity INTEGER NOT NULL, cost INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE follow (id TEXT PRIMARY KEY, leader_id TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,
     mode TEXT NOT NULL, fixed_amount INTEGER, max_per_order INTEGER NOT NULL, max_slippage_bps INTEGER NOT NULL,
     notify INTEGER NOT NULL, allocated INTEGER NOT NULL, returned INTEGER NOT NULL, created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE notification (id TEXT PRIMARY KEY, type TEXT NOT NULL, priority TEXT NOT NULL, title TEXT NOT NULL,
     body TEXT NOT NULL, link TEXT, read INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID`,
  'CREATE TABLE disputed_report (number INTEGER PRIMARY KEY, body TEXT NOT NULL)',
  ...ORDER_TABLES,
]

/** Bound of what is kept for reading alone; the oldest leave when something newer comes. */
export const DISPUTES_KEPT = 100

export function loadAccount(store: Store, accountId: string): AccountState {
  migrate(store, 'account', ACCOUNT_TABLES)
  migrate(store, 'record', RECORD_TABLES)
  migrate(store, 'follow', FOLLOW_TABLES)
  const state: AccountState = { ...emptyAccount(accountId), balances: loadBalances(store) }
  const [profile] = store.all<{ opened_at: number | null; fills_wanted: number; realised: string }>(
    'SELECT opened_at, fills_wanted, CAST(realised AS TEXT) AS realised FROM profile',
  )
  state.openedAt = profile?.opened_at ?? null
  state.realised = BigInt(profile?.realised ?? 0)
  state.fillsWanted = profile?.fills_wanted === 1
  for (const order of readOrders(store)) putOrder(state, order)
  state.pastOrders = countPastOrders(store)
  for (const row of store.all<{ asset: string; quantity: string; cost: string }>(
    'SELECT asset, CAST(quantity AS TEXT) AS quantity, CAST(cost AS TEXT) AS cost FROM asset_position',
  ))
    state.positions.set(row.asset, { quantity: BigInt(row.quantity), cost: BigInt(row.cost) })
  for (const follow of readFollows(store)) state.follows.set(follow.id, follow)
  for (const notification of readNotifications(store)) state.notifications.set(notification.id, notification)
  for (const record of readRecords(store)) state.records.set(record.id, record)
  for (const conversion of readConversions(store)) state.conversions.set(conversion.id, conversion)
  return state
}

export function persistAccountEvent(store: Store, event: AccountEvent, before: AccountState): void {
  switch (event.type) {
    case 'opened':
      store.run('UPDATE profile SET opened_at = ?', event.at)
      return
    case 'posted':
      persistEntry(store, event.entry, before.balances)
      return
    case 'orderChanged':
      writeOrder(store, event.order)
      return
    case 'orderForgotten':
      makePast(store, event.orderId)
      return
    case 'pastOrdersSwept':
      sweepPastOrders(store)
      return
    case 'filled':
      writeFill(store, event.fill)
      if (event.fill.realised !== null)
        store.run('UPDATE profile SET realised = realised + CAST(? AS INTEGER)', text(event.fill.realised))
      return
    case 'positionChanged':
      writePosition(store, event.asset, event.position)
      return
    case 'followChanged':
      writeFollow(store, event.follow)
      return
    case 'followForgotten':
      store.run('DELETE FROM follow WHERE id = ?', event.followId)
      return
    case 'fillsWantedChanged':
      store.run('UPDATE profile SET fills_wanted = ?', event.wanted ? 1 : 0)
      return
    case 'notified':
      writeNotification(store, event.notification)
      return
    case 'notificationRead':
      store.run('UPDATE notification SET read = 1 WHERE id = ?', event.id)
      return
    case 'notificationForgotten':
      store.run('DELETE FROM notification WHERE id = ?', event.id)
      return
    case 'disputed':
      store.run('INSERT INTO disputed_report (body) VALUES (?)', encode(event.report))
      store.run(
        'DELETE FROM disputed_report WHERE number <= (SELECT max(number) FROM disputed_report) - ?',
        DISPUTES_KEPT,
      )
      return
    case 'recordClosed':
      writeRecord(store, event.record)
      return
    case 'recordForgotten':
      store.run('DELETE FROM closed_record WHERE id = ?', event.recordId)
      return
    case 'converted':
      writeConversion(store, event.conversion)
      return
    case 'conversionForgotten':
      store.run('DELETE FROM conversion WHERE id = ?', event.id)
      return
    // A mark is worth a minute: it is in memory only.
    case 'marked':
      return
  }
}

function writePosition(store: Store, asset: string, { quantity, cost }: Position): void {
  if (quantity === 0n) {
    store.run('DELETE FROM asset_position WHERE asset = ?', asset)
    return
  }
  store.run(
    'INSERT OR REPLACE INTO asset_position (asset, quantity, cost) VALUES (?, CAST(? AS INTEGER), CAST(? AS INTEGER))',
    asset,
    text(quantity),
    text(cost),
  )
}
