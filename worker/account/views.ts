import type { AccountView, BalanceView, JournalEntry } from '../contract/account.ts'
import { toTime } from '../contract/amounts.ts'
import type { FollowSettingsInput, FollowView } from '../contract/follows.ts'
import type { NotificationView } from '../contract/notifications.ts'
import type { FillView, OrderDetail, OrderView } from '../contract/orders.ts'
import type { FollowSettings } from '../copying/messages.ts'
import { toDecimal, toUnits, UNIT } from '../ledger/amount.ts'
import type { Entry } from '../ledger/ledger.ts'
import { averagePrice, baseOf, marketById, QUOTE_ASSET } from '../market/settings.ts'
import {
  type AccountFill,
  type AccountState,
  availableOf,
  type Follow,
  heldOf,
  type Notification,
  type Order,
  ownedAssets,
  positionOf,
} from './accountState.ts'
import { allocatedOf, equityOf, valueAt, valuedBy } from './equity.ts'
import { unreadOf } from './inbox.ts'
import { averageCost } from './position.ts'

/** What the account knows of itself; name and email are the API's. */
export type AccountOverview = Omit<AccountView, 'id' | 'name' | 'email'>

/** A follow without what only its pool or D1 knows: those fields say nothing until they are filled in. */
export type OwnFollow = Omit<FollowView, 'leaderName'>

export function overviewOf(state: AccountState, now: number): AccountOverview {
  const equity = equityOf(state, now)
  return {
    balances: balanceViews(state, ownedAssets(state)),
    equity: equity === null ? null : toDecimal(equity),
    copying: toDecimal(allocatedOf(state)),
    unread: unreadOf(state),
    createdAt: toTime(state.openedAt ?? now),
  }
}

export const balanceViews = (state: AccountState, assets: readonly string[]): BalanceView[] =>
  assets.map((asset) => balanceView(state, asset))

function balanceView(state: AccountState, asset: string): BalanceView {
  const available = availableOf(state, asset)
  const held = heldOf(state, asset)
  const mark = state.marks.get(valuedBy(asset))
  const cost = averageCost(positionOf(state, asset), UNIT)
  const total = available + held
  const value = asset === QUOTE_ASSET ? total : mark === undefined ? null : valueAt(mark, total)
  return {
    asset,
    available: toDecimal(available),
    held: toDecimal(held),
    total: toDecimal(total),
    averageCost: cost === null ? null : toDecimal(cost),
    value: value === null ? null : toDecimal(value),
  }
}

export function orderView(order: Order): OrderView {
  const market = marketById(order.market)
  return {
    id: order.id,
    clientOrderId: order.clientOrderId,
    market: order.market,
    side: order.side,
    type: order.orderType,
    price: order.ticks === null ? null : priceText(order.market, order.ticks),
    quantity: order.lots === null ? null : toDecimal(baseOf(market, order.lots)),
    quoteAmount: order.quoteAmount === null ? null : toDecimal(order.quoteAmount),
    timeInForce: order.timeInForce,
    postOnly: order.postOnly,
    status: order.status,
    reason: order.reason,
    filledQuantity: toDecimal(baseOf(market, order.filledLots)),
    filledTotal: toDecimal(order.filledQuote),
    averagePrice: averagePrice(market, order.filledQuote, baseOf(market, order.filledLots)),
    createdAt: toTime(order.createdAt),
    updatedAt: toTime(order.updatedAt),
  }
}

const priceText = (marketId: string, ticks: number): string =>
  toDecimal(BigInt(ticks) * marketById(marketId).tickSize)

export function fillView(fill: AccountFill): FillView {
  const market = marketById(fill.market)
  return {
    id: fill.tradeId,
    orderId: fill.orderId,
    market: fill.market,
    side: fill.side,
    price: priceText(fill.market, fill.ticks),
    quantity: toDecimal(baseOf(market, fill.lots)),
    total: toDecimal(fill.quote),
    liquidity: fill.liquidity,
    // What was paid in all: the unit of rounding goes to the venue with the fee.
    fee: toDecimal(fill.fee + fill.rounding),
    feeAsset: fill.side === 'buy' ? market.base : market.quote,
    realised: fill.realised === null ? null : toDecimal(fill.realised),
    realisedBps: fill.realisedBps,
    sequence: fill.sequence,
    at: toTime(fill.at),
  }
}

export const orderDetail = (order: Order, fills: readonly AccountFill[]): OrderDetail => ({
  order: orderView(order),
  fills: fills.map(fillView),
})

export function journalView(entry: Entry): JournalEntry {
  return {
    id: entry.id,
    kind: entry.kind,
    reference: entry.reference,
    at: toTime(entry.at),
    postings: entry.postings.map(({ purse, asset, amount }) => ({ purse, asset, amount: toDecimal(amount) })),
  }
}

export function followView(follow: Follow): OwnFollow {
  return {
    id: follow.id,
    leaderId: follow.leaderId,
    status: follow.status,
    reason: follow.reason,
    settings: settingsView(follow.settings),
    allocated: toDecimal(follow.allocated),
    returned: toDecimal(follow.returned),
    cash: '0',
    equity: null,
    profit: null,
    realised: '0',
    fees: '0',
    holdings: [],
    carried: [],
    copied: 0,
    skipped: 0,
    createdAt: toTime(follow.createdAt),
    updatedAt: toTime(follow.updatedAt),
  }
}

function settingsView(settings: FollowSettings): FollowSettingsInput {
  const view = {
    mode: settings.mode,
    maxPerOrder: toDecimal(settings.maxPerOrder),
    maxSlippageBps: settings.maxSlippageBps,
    notify: settings.notify,
  }
  return settings.fixedAmount === null ? view : { ...view, fixedAmount: toDecimal(settings.fixedAmount) }
}

export const settingsOf = (input: FollowSettingsInput): FollowSettings => ({
  mode: input.mode,
  fixedAmount: input.fixedAmount === undefined ? null : toUnits(input.fixedAmount),
  maxPerOrder: toUnits(input.maxPerOrder),
  maxSlippageBps: input.maxSlippageBps,
  notify: input.notify,
})

export const notificationView = (notification: Notification): NotificationView => ({
  ...notification,
  at: toTime(notification.at),
})
