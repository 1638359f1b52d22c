import type { AccountView } from '../../../worker/contract/account.ts'
import type { CopyView, FollowView } from '../../../worker/contract/follows.ts'
import type { Candle, MarketSummary, MarketView } from '../../../worker/contract/markets.ts'
import type { NotificationView } from '../../../worker/contract/notifications.ts'
import type { FillView, OrderView } from '../../../worker/contract/orders.ts'
import type { LeaderboardRow, TraderView, Window } from '../../../worker/contract/traders.ts'

/** Numbers that look random and are the same each time. */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const uuid = (n: number): string => `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
export const iso = (at = Date.now()): string => new Date(at).toISOString()

/** workerd's clock stands at zero while modules load; what is made then is dated from here. */
const loaded = Date.UTC(2026, 10, 25, 2)

const settings: [string, string, string, number, string][] = [
  ['BTC', '0.01', '0.00001', 61_838, '5'],
  ['ETH', '0.01', '0.0001', 2_685, '5'],
  ['SOL', '0.01', '0.01', 154.3, '10'],
  ['XRP', '0.0001', '1', 0.6084, '10'],
  ['BNB', '0.1', '0.001', 512.4, '10'],
  ['LTC', '0.01', '0.00001', 61.37, '10'],
]
const decimals = (step: string) => step.split('.')[1]?.length ?? 0
const marketView = ([base, tickSize, lotSize, , minNotional]: (typeof settings)[number]): MarketView => ({
  id: `${base}-USDT`,
  symbol: `${base}/USDT`,
  base,
  quote: 'USDT',
  tickSize,
  lotSize,
  minQuantity: lotSize,
  maxQuantity: '9000',
  minNotional,
  makerFeeBps: 10,
  takerFeeBps: 10,
  bandDownBps: 8000,
  bandUpBps: 40_000,
  maxOpenOrders: 200,
  maxIcebergParts: 10,
  status: base === 'LTC' ? 'halted' : 'open',
  feed: 'simulated',
})

export interface MockMarket {
  view: MarketView
  start: number
  price(value: number): string
  quantity(value: number): string
}
export const markets: MockMarket[] = settings.map((row) => ({
  view: marketView(row),
  start: row[3],
  price: (value) => value.toFixed(decimals(row[1])),
  quantity: (value) => value.toFixed(decimals(row[2])),
}))

function walk(seed: number, length: number, step: number): number[] {
  const roll = dice(seed)
  const out: number[] = []
  let value = 1
  for (let i = 0; i < length; i++) {
    value *= 1 + (roll() - 0.49) * step
    out.push(value)
  }
  const last = out.at(-1) ?? 1
  return out.map((each) => each / last)
}

export function candlesOf(market: MockMarket, now = Date.now()): Candle[] {
  const count = 720
  const closes = walk(market.start * 1000, count + 1, 0.0016)
  const first = Math.floor(now / 60_000) * 60 - (count - 1) * 60
  const roll = dice(7)
  return Array.from({ length: count }, (_, i) => {
    const open = (closes[i] ?? 1) * market.start
    const close = (closes[i + 1] ?? 1) * market.start
    const reach = market.start * 0.0006
    return {
      time: first + i * 60,
      open: market.price(open),
      high: market.price(Math.max(open, close) + roll() * reach),
      low: market.price(Math.min(open, close) - roll() * reach),
      close: market.price(close),
      volume: market.quantity((roll() * roll() * 40_000) / market.start),
    }
  })
}

export function tickerOf(market: MockMarket, last = market.start) {
  const open = market.start * (1 + (dice(market.start)() - 0.5) * 0.08)
  return {
    market: market.view.id,
    last: market.price(last),
    bid: market.price(last * 0.9999),
    ask: market.price(last * 1.0001),
    open24h: market.price(open),
    high24h: market.price(Math.max(open, last) * 1.012),
    low24h: market.price(Math.min(open, last) * 0.989),
    volume24h: market.quantity(84_000_000 / market.start),
    changeBps: Math.round((last / open - 1) * 10_000),
    stale: market.view.base === 'BNB',
    at: iso(),
  }
}

export const summaryOf = (market: MockMarket): MarketSummary => ({
  market: market.view,
  ticker: tickerOf(market),
  line: walk(market.start, 24, 0.012).map((value) => market.price(value * market.start)),
})

const names: [string, string][] = [
  ['Meridian', 'Trend, hours to days'],
  ['Tidewater', 'Mean reversion, minutes'],
  [
    'Long Shadow of the Northern Momentum Desk',
    'Momentum with a very long description of how it does what it does',
  ],
  ['Grid & Co', 'Grid around the middle'],
  ['Slow Money', 'Buys falls, holds weeks'],
  ['Kestrel', 'Breakouts'],
]
export function rowsOf(window: Window): LeaderboardRow[] {
  const days = { '24h': 1, '7d': 7, '30d': 30 }[window]
  return names
    .map(([name, style], i) => {
      const line = walk(i * 31 + days, 30, 0.03 * Math.sqrt(days / 30)).map((value, _, all) =>
        Math.round((value / (all[0] ?? 1) - 1) * 10_000),
      )
      const returnBps = line.at(-1) ?? 0
      return {
        rank: 0,
        id: uuid(100 + i),
        name,
        style,
        kind: 'bot' as const,
        openToFollowers: i !== 3,
        returnBps,
        realised: (returnBps * 9.7).toFixed(2),
        maxDrawdownBps: Math.abs(Math.min(...line)) + 140 + i * 55,
        equity: (100_000 + returnBps * 10).toFixed(2),
        followers: [1_284, 311, 12, 0, 47, 1][i] ?? 0,
        copying: ['8412350.25', '91200', '1250', '0', '20418.5', '250'][i] ?? '0',
        days: 30 + i,
        recordNote: '30 days simulated before launch',
        line,
      }
    })
    .sort((a, b) => b.returnBps - a.returnBps)
    .map((row, i) => ({ ...row, rank: i + 1 }))
}

export function traderOf(id: string): TraderView | null {
  const row = rowsOf('30d').find((each) => each.id === id)
  if (row === undefined) return null
  const roll = dice(9)
  const day = 86_400_000
  const base = 1e5
  return {
    id,
    name: row.name,
    bio: 'Trades the larger pairs in both directions, never more than a third of equity in one of them.',
    style: row.style,
    kind: 'bot',
    openToFollowers: row.openToFollowers,
    recordNote: row.recordNote,
    followers: row.followers,
    copying: row.copying,
    windows: (['24h', '7d', '30d'] as const).map((window) => {
      const found = rowsOf(window).find((each) => each.id === id) ?? row
      return {
        window,
        returnBps: found.returnBps,
        realised: found.realised,
        maxDrawdownBps: found.maxDrawdownBps,
      }
    }),
    equity: walk(row.followers + 5, 180, 0.012).map((value, i, all) => ({
      at: iso(Date.now() - (180 - i) * (day / 6)),
      equity: ((value / (all[0] ?? 1)) * base).toFixed(2),
      source: i < 168 ? ('simulated' as const) : ('venue' as const),
    })),
    trades: Array.from({ length: 24 }, (_, i) => {
      const market = markets[i % 3] ?? markets[0]
      return {
        id: uuid(9_000 + i),
        market: market?.view.id ?? 'BTC-USDT',
        price: market?.price(market.start * (1 + (roll() - 0.5) * 0.01)) ?? '1',
        quantity: market?.quantity((roll() * 9_000) / market.start) ?? '1',
        side: roll() > 0.5 ? ('buy' as const) : ('sell' as const),
        source: 'venue' as const,
        at: iso(Date.now() - i * 1_700_000),
      }
    }),
    closedRecords: [
      {
        id: uuid(8_000),
        startedAt: iso(Date.now() - 60 * day),
        endedAt: iso(Date.now() - 32 * day),
        reason: 'reset' as const,
        returnBps: -4_310,
        maxDrawdownBps: 5_220,
        realised: '-4310.22',
        equity: '5689.78',
      },
    ],
    createdAt: iso(Date.now() - 2 * day),
  }
}

export const account: AccountView = {
  id: uuid(1),
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  balances: [
    {
      asset: 'USDT',
      available: '78211.04018',
      held: '1250',
      total: '79461.04018',
      averageCost: null,
      value: null,
    },
    {
      asset: 'BTC',
      available: '0.42',
      held: '0.01',
      total: '0.43',
      averageCost: '60120.5',
      value: '26590.34',
    },
    { asset: 'XRP', available: '1250', held: '0', total: '1250', averageCost: '0.59', value: '760.5' },
  ],
  equity: '106811.88',
  copying: '2500',
  unread: 3,
  createdAt: iso(loaded - 86_400_000 * 3),
  recordStart: iso(loaded - 86_400_000 * 3),
}

const order = (n: number, change: Partial<OrderView>): OrderView => ({
  id: uuid(2_000 + n),
  clientOrderId: null,
  market: 'BTC-USDT',
  side: 'buy',
  type: 'limit',
  price: '61500.00',
  quantity: '0.02',
  quoteAmount: null,
  timeInForce: 'GTC',
  postOnly: false,
  status: 'open',
  reason: null,
  filledQuantity: '0',
  filledTotal: '0',
  averagePrice: null,
  createdAt: iso(loaded - n * 400_000),
  updatedAt: iso(loaded - n * 400_000),
  ...change,
})
export const orders: OrderView[] = [
  order(1, {}),
  order(2, { side: 'sell', price: '62400.00', quantity: '0.01', postOnly: true }),
  order(3, {
    price: '61200.50',
    quantity: '0.05',
    status: 'partially_filled',
    filledQuantity: '0.0125',
    filledTotal: '765',
  }),
  order(4, { status: 'filled', filledQuantity: '0.02', filledTotal: '1231.4', averagePrice: '61570.00' }),
  order(5, { status: 'cancelled', reason: 'user' }),
  order(6, {
    type: 'market',
    price: null,
    quantity: null,
    quoteAmount: '500',
    timeInForce: 'IOC',
    status: 'cancelled',
    reason: 'ioc',
    filledQuantity: '0.00512',
    filledTotal: '316.6',
    averagePrice: '61835.12',
  }),
]
export const fills: FillView[] = Array.from({ length: 8 }, (_, i) => ({
  id: uuid(3_000 + i),
  orderId: uuid(2_004),
  market: 'BTC-USDT',
  side: i % 3 === 0 ? 'sell' : 'buy',
  price: (61_570 + i * 3.5).toFixed(2),
  quantity: '0.0025',
  total: '153.925',
  liquidity: i % 2 ? 'maker' : 'taker',
  fee: i % 3 === 0 ? '0.153925' : '0.0000025',
  feeAsset: i % 3 === 0 ? 'USDT' : 'BTC',
  realised: i % 3 === 0 ? (i === 3 ? '-1.24' : '3.62') : null,
  realisedBps: i % 3 === 0 ? 235 : null,
  sequence: i,
  at: iso(loaded - i * 900_000),
}))

const follow = (n: number, change: Partial<FollowView>): FollowView => ({
  id: uuid(4_000 + n),
  leaderId: uuid(100 + n),
  leaderName: names[n]?.[0] ?? 'Somebody',
  status: 'active',
  reason: null,
  settings: { mode: 'proportional', maxPerOrder: '500', maxSlippageBps: 50, notify: true },
  allocated: '1500',
  returned: '0',
  cash: '812.44',
  equity: '1571.92',
  profit: '71.92',
  realised: '40.12',
  fees: '3.18',
  holdings: [
    { asset: 'BTC', quantity: '0.01152', cost: '702.5', value: '712.37' },
    { asset: 'SOL', quantity: '0.30518', cost: '46.9', value: '47.11' },
  ],
  copied: 38,
  carried: [],
  skipped: 4,
  createdAt: iso(loaded - 86_400_000 * 2),
  updatedAt: iso(loaded),
  ...change,
})
export const follows: FollowView[] = [
  follow(0, {}),
  follow(2, {
    status: 'paused',
    equity: '961.07',
    profit: '-38.93',
    settings: { mode: 'fixed', fixedAmount: '50', maxPerOrder: '100', maxSlippageBps: 20, notify: false },
  }),
  follow(4, {
    status: 'closed',
    allocated: '500',
    returned: '512.08',
    cash: '0',
    equity: '0',
    profit: '12.08',
    holdings: [],
  }),
]
export const copies: CopyView[] = Array.from({ length: 12 }, (_, i) => {
  const skipped = i % 5 === 4
  const partial = i % 5 === 2
  return {
    id: uuid(5_000 + i),
    followId: uuid(4_000),
    leaderId: uuid(100),
    leaderName: 'Meridian',
    market: i % 3 === 2 ? 'SOL-USDT' : 'BTC-USDT',
    side: i % 2 ? 'sell' : 'buy',
    outcome: skipped ? 'skipped' : partial ? 'partial' : 'filled',
    reason: skipped ? 'max_per_order' : partial ? 'slippage' : null,
    leader: {
      orderId: uuid(6_000 + i),
      quantity: '0.25',
      total: '15425.1',
      price: '61700.40',
      at: iso(loaded - i * 1_800_000 - 640),
    },
    target: '0.01152',
    wanted: '0.00384',
    quantity: skipped ? '0' : partial ? '0.00211387' : '0.00384',
    total: skipped ? '0' : partial ? '130.48' : '237.01',
    price: skipped ? null : '61722.10',
    fee: skipped ? '0' : '0.00000384',
    feeAsset: i % 2 ? 'USDT' : 'BTC',
    block: skipped
      ? null
      : {
          id: uuid(7_000 + i),
          quantity: '4.81207',
          total: '297010.4',
          price: '61722.10',
          participants: 1_284,
        },
    slippageBps: skipped ? null : i === 1 ? '-0.84' : '3.52',
    delayMs: skipped ? null : 640,
    at: iso(loaded - i * 1_800_000),
  }
})
export const notifications: NotificationView[] = Array.from({ length: 7 }, (_, i) => ({
  id: uuid(8_000 + i),
  type: (['trade', 'trade', 'risk', 'system'] as const)[i % 4] ?? 'trade',
  priority: (['low', 'medium', 'high', 'critical'] as const)[i % 4] ?? 'low',
  title:
    [
      'Copied: bought 0.00384 BTC',
      'Your buy of 0.02 BTC was filled',
      'Follow of Kestrel fell by 5%',
      'Markets were restarted',
    ][i % 4] ?? '',
  body:
    [
      'From Meridian, at 61,722.10 USDT, 3.52 basis points from the leader’s price, after 640 ms.',
      'At 61,570.00 USDT on average.',
      'Its equity is 475.10 USDT of 500.00 allocated. It stops at 450.00.',
      'Quotes were withdrawn for 12 seconds. Nothing of yours was touched.',
    ][i % 4] ?? '',
  link: [`/copies/${uuid(4_000)}`, '/trade/BTC-USDT', null, null][i % 4] ?? null,
  read: i > 2,
  at: iso(loaded - i * 2_400_000),
}))
