import type * as z from 'zod'
import type { JournalEntry } from '../contract/account.ts'
import type { PageQuery } from '../contract/amounts.ts'
import type { Inbox, InboxQuery } from '../contract/notifications.ts'
import type { FillsQuery, FillView, OrdersQuery, OrderView } from '../contract/orders.ts'
import { readEntries } from '../ledger/journal.ts'
import type { Store } from '../messaging/store.ts'
import type { AccountState } from './accountState.ts'
import { unreadOf } from './inbox.ts'
import { readFills } from './orderRows.ts'
import { hasEnded } from './orderStates.ts'
import { fillView, journalView, notificationView, orderView } from './views.ts'

// Lists, newest first. A cursor says where the page before ended; one that is none of ours begins at the top.

export interface Page<Item> {
  readonly items: Item[]
  readonly next: string | null
}

export function pageOfOrders(state: AccountState, query: z.infer<typeof OrdersQuery>): Page<OrderView> {
  const wanted = [...state.orders.values()].filter(
    (order) =>
      (query.market === undefined || order.market === query.market) &&
      (query.status === 'all' || hasEnded(order.status) === (query.status === 'closed')),
  )
  const at = (order: { createdAt: number; id: string }) => ({ at: order.createdAt, id: order.id })
  const { items, next } = newestFirst(wanted, at, query)
  return { items: items.map(orderView), next }
}

export function pageOfInbox(state: AccountState, query: z.infer<typeof InboxQuery>): Inbox {
  const wanted = [...state.notifications.values()].filter(({ read }) => query.unread === 0 || !read)
  const { items, next } = newestFirst(wanted, ({ at, id }) => ({ at, id }), query)
  return { items: items.map(notificationView), next, unread: unreadOf(state) }
}

export function pageOfFills(store: Store, query: z.infer<typeof FillsQuery>): Page<FillView> {
  const fills = readFills(store, numberOf(query.cursor), query.limit + 1, query.market ?? null)
  return numbered(fills, query.limit, fillView)
}

export function pageOfJournal(store: Store, query: z.infer<typeof PageQuery>): Page<JournalEntry> {
  return numbered(readEntries(store, numberOf(query.cursor), query.limit + 1), query.limit, journalView)
}

/** The number of a row, which the cursor carries; past every row without one. */
const numberOf = (cursor: string | undefined): number =>
  cursor !== undefined && /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.MAX_SAFE_INTEGER

function numbered<Row extends { number: number }, Item>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(view),
    next: rows.length > limit && last !== undefined ? String(last.number) : null,
  }
}

interface Place {
  readonly at: number
  readonly id: string
}

function newestFirst<Item>(
  all: readonly Item[],
  placeOf: (item: Item) => Place,
  query: z.infer<typeof PageQuery>,
): Page<Item> {
  const after = placeFrom(query.cursor)
  const sorted = all
    .map((item) => ({ item, place: placeOf(item) }))
    .filter(({ place }) => after === null || isBefore(place, after))
    .sort((a, b) => (isBefore(a.place, b.place) ? 1 : -1))
  const shown = sorted.slice(0, query.limit)
  const last = shown.at(-1)
  return {
    items: shown.map(({ item }) => item),
    next: sorted.length > query.limit && last !== undefined ? `${last.place.at}.${last.place.id}` : null,
  }
}

const isBefore = (a: Place, b: Place): boolean => a.at < b.at || (a.at === b.at && a.id < b.id)

function placeFrom(cursor: string | undefined): Place | null {
  const match = /^(\d{1,15})\.(.{1,80})$/.exec(cursor ?? '')
  return match === null ? null : { at: Number(match[1]), id: match[2] ?? '' }
}
