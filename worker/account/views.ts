import type {
  AccountView,
  BalanceView,
  ConversionView,
  JournalEntry,
  ResetResult,
  SmallBalances,
} from '../contract/account.ts'
import { toTime } from '../contract/amounts.ts'
import type { FollowView } from '../contract/follows.ts'
import type { NotificationView } from '../contract/notifications.ts'
import type { FillView, OrderDetail, OrderView } from '../contract/orders.ts'
import { settingsView } from '../copying/settings.ts'
import { toDecimal, UNIT } from '../ledger/amount.ts'
import type { Entry } from '../ledger/ledger.ts'
import type { TriggerTerms } from '../market/messages.ts'
import { priceOf } from '../market/rules.ts'
import { averagePrice, baseOf, type Market, marketById, QUOTE_ASSET } from '../market/settings.ts'
import {
  type AccountFill,
  type AccountState,
  availableOf,
  type ClosedRecord,
  type Conversion,
  type Follow,
  heldOf,
  type Notification,
  type Order,
  ownedAssets,
  positionOf,
} from './accountState.ts'
import type { SmallBalance } from './conversion.ts'
import { allocatedOf, equityOf, valueAt, valuedBy } from './equity.ts'
import { unreadOf } from './inbox.ts'
import { averageCost } from './position.ts'
import { recordStartOf } from './reset.ts'

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
    recordStart: toTime(recordStartOf(state) ?? now),
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
  const { terms } = order
  const market = marketById(order.market)
  const quantityOf = (lots: number | null): string | null =>
    lots === null ? null : toDecimal(baseOf(market, lots))
  const filled = baseOf(market, order.filledLots)
  return {
    id: order.id,
    clientOrderId: order.clientOrderId,
    market: order.market,
    side: terms.side,
    type: terms.orderType,
    price: priceOrNull(market, terms.ticks),
    ...triggerView(market, terms.trigger),
    quantity: terms.wants === 'lots' ? quantityOf(terms.lots) : null,
    quoteAmount: terms.wants === 'lots' || terms.quoteBudget === null ? null : toDecimal(terms.quoteBudget),
    displayQuantity: quantityOf(terms.displayLots),
    timeInForce: terms.timeInForce,
    expiresAt: terms.expiresAt === null ? null : toTime(terms.expiresAt),
    postOnly: terms.postOnly,
    selfTradePrevention: terms.selfTrade,
    status: order.status,
    reason: order.reason,
    triggered: order.triggered,
    filledQuantity: toDecimal(filled),
    filledTotal: toDecimal(order.filledQuote),
    preventedQuantity: toDecimal(baseOf(market, order.preventedLots)),
    averagePrice: averagePrice(market, order.filledQuote, filled),
    pairedWith: order.pairedWith,
    entryId: order.entryId,
    takeProfit: order.exits?.takeProfit ?? null,
    stopLoss: order.exits?.stopLoss ?? null,
    amendment: amendmentView(order),
    createdAt: toTime(order.createdAt),
    updatedAt: toTime(order.updatedAt),
  }
}

function triggerView(
  market: Market,
  trigger: TriggerTerms | null,
): Pick<OrderView, 'triggerPrice' | 'trailingBps' | 'trailingAmount' | 'activationPrice'> {
  const trailing = trigger?.kind === 'trailing' ? trigger : null
  return {
    triggerPrice: trigger?.kind === 'price' ? priceText(market, trigger.ticks) : null,
    trailingBps: trailing?.offsetBps ?? null,
    trailingAmount: priceOrNull(market, trailing?.offsetTicks ?? null),
    activationPrice: priceOrNull(market, trailing?.activationTicks ?? null),
  }
}

function amendmentView({ amendment, refusal }: Order): OrderView['amendment'] {
  if (amendment !== null) return { state: 'under_way', message: null }
  return refusal === null ? null : { state: 'refused', message: refusal.message }
}

const priceText = (market: Market, ticks: number): string => toDecimal(priceOf(market, ticks))

const priceOrNull = (market: Market, ticks: number | null): string | null =>
  ticks === null ? null : priceText(market, ticks)

export function fillView(fill: AccountFill): FillView {
  const market = marketById(fill.market)
  return {
    id: fill.tradeId,
    orderId: fill.orderId,
    market: fill.market,
    side: fill.side,
    price: priceText(market, fill.ticks),
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

export const notificationView = (notification: Notification): NotificationView => ({
  ...notification,
  at: toTime(notification.at),
})

export const resetView = ({ id, startedAt, endedAt, equity }: ClosedRecord): ResetResult => ({
  id,
  startedAt: toTime(startedAt),
  endedAt: toTime(endedAt),
  equity: equity === null ? null : toDecimal(equity),
})

export const smallBalancesView = (balances: readonly SmallBalance[]): SmallBalances => ({
  items: balances.map(({ asset, market, quantity, ticks, value }) => ({
    asset,
    market,
    quantity: toDecimal(quantity),
    price: priceText(marketById(market), ticks),
    total: toDecimal(value),
  })),
  total: toDecimal(balances.reduce((sum, { value }) => sum + value, 0n)),
})

export const conversionView = ({ id, items, at }: Conversion): ConversionView => ({
  ...smallBalancesView(items),
  id,
  at: toTime(at),
})
