import type * as z from 'zod'
import type { JournalEntry, JournalQuery } from '../contract/account.ts'
import type { Inbox, InboxQuery } from '../contract/notifications.ts'
import type { FillsQuery, FillView, OrdersQuery, OrderView } from '../contract/orders.ts'
import { readEntries } from '../ledger/journal.ts'
import type { Store } from '../messaging/store.ts'
import type { AccountState, Order } from './accountState.ts'
import { unreadOf } from './inbox.ts'
import { type Between, type Place, readFills, readPastOrders } from './orderRows.ts'
import { hasEnded } from './orderStates.ts'
import { fillView, journalView, notificationView, orderView } from './views.ts'

// Lists, newest first. A cursor says where the page before ended, so that what comes meanwhile moves nothing.

export interface Page<Item> {
  readonly items: Item[]
  readonly next: string | null
}

/** What a list is asked for, whatever the form of the answer. */
export type ListOf<Query> = Omit<Query, 'format'>

const betweenOf = ({ from, to }: { from?: string | undefined; to?: string | undefined }): Between => ({
  from: from === undefined ? 0 : Date.parse(from),
  to: to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(to),
})

/** Orders in memory, and older ones that have ended from their rows. */
export function pageOfOrders(state: AccountState, store: Store, query: ListOf<OrdersQuery>): Page<OrderView> {
  const { market, side, status, cursor, limit } = query
  const { from, to } = betweenOf(query)
  const known = [...state.orders.values()].filter(
    (order) =>
      (market === undefined || order.market === market) &&
      (side === undefined || order.terms.side === side) &&
      (status === 'all' || hasEnded(order.status) === (status === 'closed')) &&
      order.createdAt >= from &&
      order.createdAt < to,
  )
  const past =
    status === 'open' || state.pastOrders === 0
      ? []
      : readPastOrders(store, { market, side, from, to, before: placeFrom(cursor), limit: limit + 1 })
  const at = (order: Order) => ({ at: order.createdAt, id: order.id })
  const { items, next } = newestFirst([...known, ...past], at, query)
  return { items: items.map(orderView), next }
}

export function pageOfInbox(state: AccountState, query: z.infer<typeof InboxQuery>): Inbox {
  const wanted = [...state.notifications.values()].filter(({ read }) => query.unread === 0 || !read)
  const { items, next } = newestFirst(wanted, ({ at, id }) => ({ at, id }), query)
  return { items: items.map(notificationView), next, unread: unreadOf(state) }
}

export function pageOfFills(store: Store, query: ListOf<FillsQuery>): Page<FillView> {
  const { market, side, limit } = query
  const filter = { ...betweenOf(query), market, side }
  return numbered(readFills(store, numberOf(query.cursor), limit + 1, filter), limit, fillView)
}

export function pageOfJournal(store: Store, query: ListOf<JournalQuery>): Page<JournalEntry> {
  const { limit } = query
  const entries = readEntries(store, numberOf(query.cursor), limit + 1, betweenOf(query))
  return numbered(entries, limit, journalView)
}

/** The number of a row, which the cursor carries; past every row without one. */
const numberOf = (cursor: string | undefined): number =>
  cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor)

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

function newestFirst<Item>(
  all: readonly Item[],
  placeOf: (item: Item) => Place,
  query: { readonly cursor?: string | undefined; readonly limit: number },
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
