import type { BalanceView, JournalEntry } from '$contract/account.ts'
import type { CopyView, FollowView } from '$contract/follows.ts'
import type { BookLevel, Candle, MarketSummary, MarketView, Print } from '$contract/markets.ts'
import type { NotificationView } from '$contract/notifications.ts'
import type { FillView, OrderView } from '$contract/orders.ts'
import type { LeaderboardRow } from '$contract/traders.ts'

// What the panels are looked at with: long names, huge numbers, and zeros.
const at = '2026-01-02T03:04:05.678Z'
const id = (n: number) => `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

export const market: MarketView = {
  id: 'BTC-USDT',
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.00001',
  minQuantity: '0.00001',
  maxQuantity: '900',
  minNotional: '5',
  makerFeeBps: 10,
  takerFeeBps: 10,
  bandDownBps: 8000,
  bandUpBps: 40_000,
  maxOpenOrders: 200,
  maxIcebergParts: 10,
  status: 'open',
  feed: 'simulated',
}
const level = (price: number, i: number): BookLevel => [price.toFixed(2), (0.001 * (i + 1) ** 2).toFixed(5)]
export const book = {
  bids: Array.from({ length: 25 }, (_, i) => level(61_838 - i * 1.5, i)),
  asks: Array.from({ length: 25 }, (_, i) => level(61_838.5 + i * 1.5, i)),
}
export const prints: Print[] = Array.from({ length: 25 }, (_, i) => ({
  id: `${i}`,
  price: (61_838 + i).toFixed(2),
  quantity: '0.12345',
  side: i % 2 ? 'buy' : 'sell',
  source: i % 4 ? 'reference' : 'venue',
  at,
}))
export const minutes: Candle[] = Array.from({ length: 60 }, (_, i) => {
  const [open, close] = [61_800 + 30 * Math.sin(i / 5), 61_800 + 30 * Math.sin((i + 1) / 5)]
  const [high, low] = [Math.max(open, close) + 5, Math.min(open, close) - 5]
  const decimal = (value: number) => value.toFixed(2)
  return {
    time: i * 60,
    open: decimal(open),
    high: decimal(high),
    low: decimal(low),
    close: decimal(close),
    volume: '1.5',
  }
})
export const summaries: MarketSummary[] = [
  {
    market,
    ticker: {
      market: market.id,
      last: '61838.00',
      bid: null,
      ask: null,
      open24h: null,
      high24h: null,
      low24h: null,
      volume24h: '123456789.12345678',
      changeBps: null,
      status: 'open',
      stale: false,
      at,
    },
    line: ['1', '2', '1.5'],
  },
]
export const orders: OrderView[] = [
  {
    id: id(1),
    clientOrderId: null,
    market: market.id,
    side: 'buy',
    type: 'limit',
    price: '999999.99',
    quantity: '899.99999',
    triggerPrice: null,
    trailingBps: null,
    trailingAmount: null,
    activationPrice: null,
    quoteAmount: null,
    displayQuantity: null,
    timeInForce: 'GTC',
    expiresAt: null,
    postOnly: true,
    selfTradePrevention: 'cancel_newest',
    status: 'partially_filled',
    reason: null,
    triggered: false,
    preventedQuantity: '0',
    pairedWith: null,
    entryId: null,
    takeProfit: null,
    stopLoss: null,
    amendment: null,
    filledQuantity: '449.99999',
    filledTotal: '449999985.00',
    averagePrice: '999999.99',
    createdAt: at,
    updatedAt: at,
  },
]
export const fills: FillView[] = [
  {
    id: id(2),
    orderId: id(1),
    market: market.id,
    side: 'sell',
    price: '999999.99',
    quantity: '449.99999',
    total: '449999985.0000001',
    liquidity: 'taker',
    fee: '449999.98500001',
    feeAsset: 'USDT',
    realised: '-123456789.12',
    realisedBps: -5000,
    sequence: 1,
    at,
  },
]
export const balances: BalanceView[] = [
  {
    asset: 'USDT',
    available: '123456789012.12345678',
    held: '0',
    total: '123456789012.12345678',
    averageCost: null,
    value: null,
  },
  {
    asset: 'BTC',
    available: '0.00000001',
    held: '0.5',
    total: '0.50000001',
    averageCost: '61000',
    value: '30919',
  },
]
export const journal: JournalEntry[] = [
  {
    id: id(3),
    kind: 'tradeSettled',
    reference: id(1),
    at,
    postings: [
      { purse: 'available', asset: 'USDT', amount: '-61838.00' },
      { purse: 'house', asset: 'USDT', amount: '61838.00' },
    ],
  },
]
export const rows: LeaderboardRow[] = [
  {
    rank: 1,
    id: id(4),
    name: 'A trader with a name so long that no column of any table could ever hold the whole of it',
    style: 'Everything, everywhere',
    kind: 'person',
    openToFollowers: true,
    returnBps: 1_234_567,
    realised: '123456789.12',
    maxDrawdownBps: 9_876,
    equity: '123456789012.12',
    followers: 1_234_567,
    copying: '123456789012.12',
    days: 1,
    recordNote: '30 days simulated before launch',
    line: [0, 400_000, 200_000, 1_234_567],
  },
]
export const follow: FollowView = {
  id: id(5),
  leaderId: id(4),
  leaderName: rows[0]?.name ?? '',
  status: 'paused',
  reason: null,
  settings: {
    mode: 'fixed',
    fixedAmount: '123456789',
    maxPerOrder: '123456789012.12',
    maxSlippageBps: 1000,
    notify: true,
  },
  allocated: '123456789012.12',
  returned: '0',
  cash: '0',
  equity: null,
  profit: null,
  realised: '0',
  fees: '0',
  holdings: [],
  carried: [{ market: market.id, side: 'buy', quantity: '0.00000123' }],
  copied: 123_456,
  skipped: 0,
  createdAt: at,
  updatedAt: at,
}
export const copies: CopyView[] = (['filled', 'partial', 'skipped', 'failed'] as const).map((outcome, i) => ({
  id: id(10 + i),
  followId: follow.id,
  leaderId: follow.leaderId,
  leaderName: 'Meridian',
  market: market.id,
  side: 'buy',
  outcome,
  reason: outcome === 'filled' ? null : 'slippage',
  leader: { orderId: id(20), quantity: '899.99999', total: '899999981.00', price: '999999.99', at },
  target: '0.00000001',
  wanted: '0.00000001',
  quantity: i < 2 ? '0.00000001' : '0',
  total: '0.01',
  price: '999999.99',
  fee: '0.00000001',
  feeAsset: 'BTC',
  block:
    i < 2
      ? { id: id(30), quantity: '899.99999', total: '899999981.00', price: '999999.99', participants: 10_000 }
      : null,
  slippageBps: i < 2 ? '12.34' : null,
  delayMs: i < 2 ? 73_000 : null,
  at,
}))
export const notifications: NotificationView[] = [
  {
    id: id(40),
    type: 'risk',
    priority: 'critical',
    title: 'A title that goes on for longer than one line of a narrow telephone could show',
    body: 'What to do about it.',
    link: null,
    read: false,
    at,
  },
]
