import type { ErrorCode, Refusal } from '../contract/errors.ts'
import type { NotificationView } from '../contract/notifications.ts'
import type { StopLossLeg, TakeProfitLeg } from '../contract/orders.ts'
import type { FollowEnd, FollowSettings, FollowStatus } from '../copying/messages.ts'
import { type Balances, balanceOf, type Entry, postEntry } from '../ledger/ledger.ts'
import type { EndReason, Fill, Mark, OrderReport, OrderStatus, OrderTerms, Side } from '../market/messages.ts'
import { isHouseAccount } from '../market/settings.ts'
import { hasEnded } from './orderStates.ts'
import { NO_POSITION, type Position } from './position.ts'

/** The account's own name for itself in its ledger: every purse is its own. */
export const OWN = ''

/** What one account knows. Maps keep the order of insertion, oldest first. */
export interface AccountState {
  readonly accountId: string
  readonly isHouse: boolean
  /** When it was opened with its funds; null before. Nothing is placed or allocated before. */
  openedAt: number | null
  readonly balances: Balances
  readonly orders: Map<string, Order>
  /** Rows of orders that have ended and left `orders`. */
  pastOrders: number
  /** Of `orders`, those that can still change. */
  readonly openIds: Set<string>
  readonly orderByClientId: Map<string, string>
  /** By asset. */
  readonly positions: Map<string, Position>
  /** Of all trades so far, in quote units. */
  realised: bigint
  readonly follows: Map<string, Follow>
  /** Somebody follows this account: its fills go to its pool. */
  fillsWanted: boolean
  /** By market. In memory only: a mark of before an eviction is too old to decide anything. */
  readonly marks: Map<string, Mark>
  readonly notifications: Map<string, Notification>
  /** Track records that a reset has closed, by its id. */
  readonly records: Map<string, ClosedRecord>
  readonly conversions: Map<string, Conversion>
}

export interface Order {
  readonly id: string
  readonly clientOrderId: string | null
  readonly market: string
  readonly terms: OrderTerms
  readonly status: OrderStatus
  readonly reason: EndReason | null
  /** Of the market's changes of orders, when this was reported; 0 before the first report. */
  readonly sequence: number
  /** Its trigger has fired. */
  readonly triggered: boolean
  /** Still held for it: quote units of a buy, base units of a sell. Zero once it has ended, and while its sibling holds. */
  readonly held: bigint
  readonly filledLots: number
  readonly filledQuote: bigint
  /** Lots that self-trade prevention has taken off. */
  readonly preventedLots: number
  /** The order that is cancelled when this one fills, fires or ends. */
  readonly pairedWith: string | null
  /** The entry of the bracket that this order is an exit of. */
  readonly entryId: string | null
  /** Of a bracket's entry. */
  readonly exits: Exits | null
  /** Under way at the market. */
  readonly amendment: Amendment | null
  /** Why the last change or cancel was not taken; null again with the next request. */
  readonly refusal: Refusal | null
  /** Of the account when the order was accepted, in quote units; null when a mark was too old to tell. */
  readonly equity: bigint | null
  readonly createdAt: number
  readonly updatedAt: number
}

export interface Amendment {
  readonly id: string
  readonly terms: OrderTerms
}

/** What a bracket's entry has placed for what it fills. */
export interface Exits {
  readonly takeProfit: TakeProfitLeg | null
  readonly stopLoss: StopLossLeg | null
  /** What the entry has brought in, fees aside, and no exit has been placed for yet: base units of a buy, quote units of a sell. */
  readonly unarmed: bigint
}

/** A fill with the order it belongs to and what it realised. */
export interface AccountFill extends Fill {
  readonly orderId: string
  readonly market: string
  readonly side: Side
  /** Quote units; null when it reduced no position of known cost. */
  readonly realised: bigint | null
  readonly realisedBps: number | null
}

/** A follow as its follower sees it; what it holds is known to the pool. */
export interface Follow {
  readonly id: string
  readonly leaderId: string
  readonly status: FollowStatus
  readonly reason: ErrorCode | FollowEnd | null
  readonly settings: FollowSettings
  /** Quote units sent to the pool. */
  readonly allocated: bigint
  /** Quote units that have come back. */
  readonly returned: bigint
  readonly createdAt: number
  readonly updatedAt: number
}

/** Times in milliseconds; otherwise as it is shown. */
export interface Notification extends Omit<NotificationView, 'at'> {
  readonly at: number
}

/** A track record that has ended, as the account left it. Its return is computed from the snapshots of its time. */
export interface ClosedRecord {
  /** Of the reset. */
  readonly id: string
  readonly startedAt: number
  readonly endedAt: number
  readonly reason: 'reset'
  /** Quote units at its end; null when a mark was too old to tell. */
  readonly equity: bigint | null
  /** As of `netDepositsOf`, at its end. */
  readonly netDeposits: bigint
  /** Quote units that went back to the venue with it. */
  readonly quoteReturned: bigint
  readonly realised: bigint
}

/** A balance too small to be sold that a house has taken over. */
export interface ConvertedBalance {
  readonly asset: string
  readonly market: string
  /** Base units. */
  readonly quantity: bigint
  /** The mark that it was taken over at. */
  readonly ticks: number
  /** Quote units received. */
  readonly value: bigint
  /** Quote units; null when it reduced no position of known cost. */
  readonly realised: bigint | null
}

export interface Conversion {
  readonly id: string
  /** The assets that were named; null for all. */
  readonly asked: readonly string[] | null
  readonly items: readonly ConvertedBalance[]
  readonly at: number
}

/** What has happened to an account. Each is a fact: applying it asks nothing. */
export type AccountEvent =
  | { readonly type: 'opened'; readonly at: number }
  | { readonly type: 'posted'; readonly entry: Entry }
  | { readonly type: 'orderChanged'; readonly order: Order }
  /** An order that ended long ago leaves the object with its fills; D1 keeps them. */
  /** It leaves the memory; its row is kept for reading, until it is swept with others. */
  | { readonly type: 'orderForgotten'; readonly orderId: string }
  | { readonly type: 'pastOrdersSwept'; readonly left: number }
  | { readonly type: 'filled'; readonly fill: AccountFill }
  | { readonly type: 'positionChanged'; readonly asset: string; readonly position: Position }
  | { readonly type: 'followChanged'; readonly follow: Follow }
  | { readonly type: 'followForgotten'; readonly followId: string }
  | { readonly type: 'fillsWantedChanged'; readonly wanted: boolean }
  | { readonly type: 'marked'; readonly mark: Mark }
  | { readonly type: 'notified'; readonly notification: Notification }
  | { readonly type: 'notificationRead'; readonly id: string }
  | { readonly type: 'notificationForgotten'; readonly id: string }
  /** Fills that no order of this account explains. Nothing is posted; reconciliation finds the difference and its cause. */
  | { readonly type: 'disputed'; readonly report: OrderReport }
  /** Positions, costs and realised profit start over; the balances follow from the entries beside it. */
  | { readonly type: 'recordClosed'; readonly record: ClosedRecord }
  | { readonly type: 'recordForgotten'; readonly recordId: string }
  | { readonly type: 'converted'; readonly conversion: Conversion }
  | { readonly type: 'conversionForgotten'; readonly id: string }

export function emptyAccount(accountId: string): AccountState {
  return {
    accountId,
    isHouse: isHouseAccount(accountId),
    openedAt: null,
    balances: new Map(),
    orders: new Map(),
    pastOrders: 0,
    openIds: new Set(),
    orderByClientId: new Map(),
    positions: new Map(),
    realised: 0n,
    follows: new Map(),
    fillsWanted: false,
    marks: new Map(),
    notifications: new Map(),
    records: new Map(),
    conversions: new Map(),
  }
}

export function applyAccountEvent(state: AccountState, event: AccountEvent): void {
  switch (event.type) {
    case 'opened':
      state.openedAt = event.at
      return
    case 'posted':
      postEntry(state.balances, event.entry)
      return
    case 'orderChanged':
      putOrder(state, event.order)
      return
    case 'orderForgotten':
      dropOrder(state, event.orderId)
      state.pastOrders += 1
      return
    case 'pastOrdersSwept':
      state.pastOrders = event.left
      return
    case 'positionChanged':
      putPosition(state, event.asset, event.position)
      return
    case 'followChanged':
      state.follows.set(event.follow.id, event.follow)
      return
    case 'followForgotten':
      state.follows.delete(event.followId)
      return
    case 'fillsWantedChanged':
      state.fillsWanted = event.wanted
      return
    case 'marked':
      putMark(state, event.mark)
      return
    case 'notified':
      state.notifications.set(event.notification.id, event.notification)
      return
    case 'notificationRead': {
      const notification = state.notifications.get(event.id)
      if (notification !== undefined) state.notifications.set(event.id, { ...notification, read: true })
      return
    }
    case 'notificationForgotten':
      state.notifications.delete(event.id)
      return
    case 'filled':
      state.realised += event.fill.realised ?? 0n
      return
    // Kept in rows only: the state decides nothing by it.
    case 'disputed':
      return
    case 'recordClosed':
      state.records.set(event.record.id, event.record)
      state.positions.clear()
      state.realised = 0n
      return
    case 'recordForgotten':
      state.records.delete(event.recordId)
      return
    case 'converted':
      state.conversions.set(event.conversion.id, event.conversion)
      for (const { realised } of event.conversion.items) state.realised += realised ?? 0n
      return
    case 'conversionForgotten':
      state.conversions.delete(event.id)
      return
  }
}

export function putOrder(state: AccountState, order: Order): void {
  state.orders.set(order.id, order)
  if (hasEnded(order.status)) state.openIds.delete(order.id)
  else state.openIds.add(order.id)
  if (order.clientOrderId !== null) state.orderByClientId.set(order.clientOrderId, order.id)
}

function dropOrder(state: AccountState, orderId: string): void {
  const order = state.orders.get(orderId)
  if (order === undefined) return
  state.orders.delete(orderId)
  state.openIds.delete(orderId)
  if (order.clientOrderId !== null) state.orderByClientId.delete(order.clientOrderId)
}

/** A mark that comes late changes nothing, nor does one of time zero: that market has had no price yet. */
function putMark(state: AccountState, mark: Mark): void {
  if (mark.at === 0) return
  const known = state.marks.get(mark.market)
  if (known === undefined || known.at <= mark.at) state.marks.set(mark.market, mark)
}

export function putPosition(state: AccountState, asset: string, position: Position): void {
  if (position.quantity === 0n) state.positions.delete(asset)
  else state.positions.set(asset, position)
}

export const availableOf = (state: AccountState, asset: string): bigint =>
  balanceOf(state.balances, OWN, 'available', asset)

export const heldOf = (state: AccountState, asset: string): bigint =>
  balanceOf(state.balances, OWN, 'held', asset)

/** What the account owns of an asset, promised to orders or not. */
export const totalOf = (state: AccountState, asset: string): bigint =>
  availableOf(state, asset) + heldOf(state, asset)

export const positionOf = (state: AccountState, asset: string): Position =>
  state.positions.get(asset) ?? NO_POSITION

/** Orders that can still change, of one market or of all, oldest first. */
export function openOrders(state: AccountState, market?: string): Order[] {
  const open: Order[] = []
  for (const id of state.openIds) {
    const order = state.orders.get(id)
    if (order !== undefined && (market === undefined || order.market === market)) open.push(order)
  }
  return open
}

/** Assets that the account owns something of, in the order of their names. */
export function ownedAssets(state: AccountState): string[] {
  const assets = new Set<string>()
  for (const key of state.balances.keys()) {
    const [owner, purse, asset] = key.split('|')
    if (owner === OWN && (purse === 'available' || purse === 'held') && asset !== undefined) assets.add(asset)
  }
  return [...assets].sort()
}
