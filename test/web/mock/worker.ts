import { Hono } from 'hono'
import { bookChecksum } from '../../../worker/contract/checksum.ts'
import { type ErrorCode, toProblem } from '../../../worker/contract/errors.ts'
import type { BookLevel, Print } from '../../../worker/contract/markets.ts'
import type { OrderView, PlaceOrder } from '../../../worker/contract/orders.ts'
import {
  type AccountStreamMessage,
  type MarketFrame,
  type MarketSnapshotMessage,
  StreamRequest,
  type SubscribeRequest,
} from '../../../worker/contract/stream.ts'
import type { Window } from '../../../worker/contract/traders.ts'
import * as made from './data.ts'

// A mock may keep state in its module: it serves one person on one machine.
const told: AccountStreamMessage[] = []
let sequence = 0
type Untold = AccountStreamMessage extends infer M
  ? M extends AccountStreamMessage
    ? Omit<M, 'sequence'>
    : never
  : never
const tell = (message: Untold) => told.push({ ...message, sequence: ++sequence } as AccountStreamMessage)

const app = new Hono().basePath('/api/v1')
const problem = (code: ErrorCode, message: string) => {
  const body = toProblem({ code, message })
  return Response.json(body, { status: body.status })
}
const missing = (code: ErrorCode) => problem(code, 'There is nothing of that id.')

app.use(async (context, next) => {
  const mine = /\/(account|orders|fills|follows|copies|notifications)/.test(context.req.path)
  if (mine && !context.req.header('cookie')?.includes('session_token'))
    return problem('unauthenticated', 'Sign in, then try again.')
  return next()
})
app.get('/markets', (c) => c.json({ items: made.markets.map(made.summaryOf) }))
app.get('/markets/:id', (c) => {
  const found = made.markets.find(({ view }) => view.id === c.req.param('id'))
  return found
    ? c.json(made.summaryOf(found))
    : problem('unknown_market', 'There is no market of that name. Choose one of the list.')
})
app.get('/markets/:id/candles', (c) => {
  const found = made.markets.find(({ view }) => view.id === c.req.param('id'))
  return found ? c.json({ items: made.candlesOf(found), earlier: null }) : missing('unknown_market')
})
app.get('/leaderboard', (c) => {
  const window = (c.req.query('window') ?? '30d') as Window
  return c.json({ window, rows: made.rowsOf(window), computedAt: made.iso(), source: 'memory' })
})
app.get('/traders/:id', (c) => {
  const trader = made.traderOf(c.req.param('id'))
  return trader ? c.json(trader) : missing('unknown_trader')
})
app.get('/account', (c) => c.json(made.account))
const smallBalances = {
  items: [
    { asset: 'BTC', market: 'BTC-USDT', quantity: '0.00000412', price: '61838', total: '0.25477256' },
    { asset: 'XRP', market: 'XRP-USDT', quantity: '0.75', price: '0.6084', total: '0.4563' },
  ],
  total: '0.71107256',
}
app.get('/account/small-balances', (c) => c.json(smallBalances))
app.post('/account/small-balances', (c) => {
  const converted = { ...smallBalances, id: crypto.randomUUID(), at: made.iso() }
  smallBalances.items = []
  return c.json(converted)
})
app.post('/account/reset', () => problem('orders_open', 'Cancel your open orders first.'))
app.get('/account/journal', (c) =>
  c.json({
    items: Array.from({ length: 6 }, (_, i) => ({
      id: made.uuid(500 + i),
      kind: ['trade', 'hold', 'grant'][i % 3],
      reference: made.uuid(2_000 + i),
      at: made.iso(Date.now() - i * 400_000),
      postings: [
        { purse: 'available', asset: 'USDT', amount: '-125.5' },
        { purse: 'held', asset: 'USDT', amount: '125.5' },
      ],
    })),
    next: null,
  }),
)
app.get('/orders', (c) => {
  const open = (order: OrderView) => ['open', 'partially_filled', 'pending'].includes(order.status)
  const status = c.req.query('status')
  const items = made.orders.filter((order) => status === 'all' || open(order) === (status === 'open'))
  return c.json({ items, next: null })
})
app.post('/orders', async (c) => {
  const asked = await c.req.json<PlaceOrder>()
  const market = asked.type === 'market'
  const placed: OrderView = {
    id: crypto.randomUUID(),
    clientOrderId: asked.clientOrderId ?? null,
    market: asked.market,
    side: asked.side,
    type: asked.type,
    price: asked.price ?? null,
    quantity: asked.quantity ?? null,
    quoteAmount: asked.quoteAmount ?? null,
    timeInForce: asked.timeInForce,
    postOnly: asked.postOnly,
    status: market ? 'filled' : 'open',
    reason: null,
    filledQuantity: market ? (asked.quantity ?? '0.01') : '0',
    filledTotal: market ? '618.38' : '0',
    averagePrice: market ? '61838.00' : null,
    createdAt: made.iso(),
    updatedAt: made.iso(),
  }
  made.orders.unshift(placed)
  tell({ type: 'order', order: placed })
  const notification = {
    id: crypto.randomUUID(),
    type: 'trade',
    priority: 'low',
    title: 'Order taken',
    body: 'By the stand-in.',
    link: null,
    read: false,
    at: made.iso(),
  } as const
  made.notifications.unshift(notification)
  made.account.unread += 1
  tell({ type: 'notification', notification, unread: made.account.unread })
  return c.json({ order: placed, fills: [] })
})
app.delete('/orders/:id', (c) => {
  const at = made.orders.findIndex(({ id }) => id === c.req.param('id'))
  const found = made.orders[at]
  if (found === undefined) return missing('unknown_order')
  const order: OrderView = { ...found, status: 'cancelled', reason: 'user', updatedAt: made.iso() }
  made.orders[at] = order
  tell({ type: 'order', order })
  return c.json({ order, fills: [] })
})
app.get('/fills', (c) => c.json({ items: made.fills, next: null }))
app.get('/follows', (c) => c.json({ items: made.follows }))
app.post('/follows', (c) => c.json(made.follows[0]))
app.on(['GET', 'PATCH', 'DELETE'], '/follows/:id', async (c) => {
  const at = made.follows.findIndex(({ id }) => id === c.req.param('id'))
  const found = made.follows[at]
  if (found === undefined) return missing('unknown_follow')
  if (c.req.method === 'PATCH') {
    const { paused } = await c.req.json<{ paused?: boolean }>()
    made.follows[at] = { ...found, status: paused ? 'paused' : 'active' }
  } else if (c.req.method === 'DELETE') made.follows[at] = { ...found, status: 'closing' }
  return c.json(made.follows[at])
})
app.get('/copies', (c) => {
  const follow = c.req.query('followId')
  return c.json({
    items: made.copies.filter((copy) => follow === undefined || copy.followId === follow),
    next: null,
  })
})
app.get('/copies/:id', (c) => {
  const found = made.copies.find(({ id }) => id === c.req.param('id'))
  return found ? c.json(found) : missing('unknown_copy')
})
app.get('/notifications', (c) =>
  c.json({ items: made.notifications, next: null, unread: made.account.unread }),
)
app.post('/notifications/read', (c) => {
  made.account.unread = 0
  for (const [i, each] of made.notifications.entries()) made.notifications[i] = { ...each, read: true }
  return c.json({ unread: 0 })
})
app.get('/auth/get-session', (c) => c.json(null))
app.post('/auth/sign-out', () =>
  Response.json({}, { headers: { 'set-cookie': 'cryptoorchestrator.session_token=; Path=/; Max-Age=0' } }),
)
app.post('/auth/:what/email', async (c) => {
  const { password } = await c.req.json<{ password: string }>()
  if (password === 'wrong-password')
    return c.json({ code: 'INVALID_EMAIL_OR_PASSWORD', message: 'Invalid email or password' }, 401)
  return Response.json(
    {},
    { headers: { 'set-cookie': 'cryptoorchestrator.session_token=1; Path=/; HttpOnly; SameSite=Lax' } },
  )
})

function socket(run: (server: WebSocket) => () => void): Response {
  const [client, server] = Object.values(new WebSocketPair())
  if (client === undefined || server === undefined) throw new Error('no socket pair')
  server.accept()
  const end = run(server)
  server.addEventListener('close', () => {
    end()
    server.close()
  })
  return new Response(null, { status: 101, webSocket: client })
}

function levels(market: made.MockMarket, middle: number, side: 1 | -1, roll: () => number): BookLevel[] {
  const tick = Number(market.view.tickSize)
  const out = new Map<string, string>()
  for (let i = 1; i <= 60; i++)
    out.set(
      market.price(middle + side * Math.max(i * tick, (i ** 1.4 * market.start) / 400_000)),
      market.quantity(Math.max(Number(market.view.lotSize), (roll() * roll() * 30_000) / market.start)),
    )
  return [...out]
}

type Say = (message: object) => void
interface Told {
  resync: () => void
  end: () => void
}

/** The book of a market that moves by chance; `light`: only its ticker. */
function tellMarket(market: made.MockMarket, light: boolean, say: Say): Told {
  const roll = made.dice(Date.now())
  let last = market.start
  let at = 1
  let book = { bids: levels(market, last, -1, roll), asks: levels(market, last, 1, roll) }
  const print = (): Print => ({
    id: crypto.randomUUID(),
    price: market.price(last),
    quantity: market.quantity(Math.max(Number(market.view.lotSize), (roll() ** 3 * 20_000) / market.start)),
    side: roll() > 0.5 ? 'buy' : 'sell',
    source: roll() > 0.9 ? 'venue' : 'reference',
    at: made.iso(),
  })
  const ticker = () => ({ type: 'ticker', ticker: made.tickerOf(market, last) })
  const resync = () => {
    const snapshot: MarketSnapshotMessage = {
      type: 'snapshot',
      market: market.view.id,
      sequence: at,
      ...book,
      checksum: bookChecksum(book.bids, book.asks),
      ticker: made.tickerOf(market, last),
      prints: Array.from({ length: 40 }, print),
      candle: null,
      at: Date.now(),
    }
    say(light ? ticker() : snapshot)
  }
  const move = () => {
    if (roll() < 0.4) last *= 1 + (roll() - 0.5) * 0.0002
    if (light) return say(ticker())
    const next = { bids: levels(market, last, -1, roll), asks: levels(market, last, 1, roll) }
    const change = (before: BookLevel[], after: BookLevel[]): BookLevel[] => {
      const kept = new Map(after)
      return [
        ...before.filter(([price]) => !kept.has(price)).map(([price]): BookLevel => [price, '0']),
        ...after,
      ]
    }
    const frame: MarketFrame = {
      type: 'frame',
      market: market.view.id,
      book: {
        first: at + 1,
        last: at + 1,
        bids: change(book.bids, next.bids),
        asks: change(book.asks, next.asks),
        checksum: bookChecksum(next.bids, next.asks),
      },
      prints: roll() < 0.5 ? [print()] : [],
      ticker: made.tickerOf(market, last),
      candle: {
        time: Math.floor(Date.now() / 60_000) * 60,
        open: market.price(market.start),
        high: market.price(Math.max(last, market.start)),
        low: market.price(Math.min(last, market.start)),
        close: market.price(last),
        volume: '1.2',
      },
      at: Date.now(),
    }
    at += 1
    book = next
    say(frame)
  }
  const timer = setInterval(move, light ? 1_000 : 250)
  return { resync, end: () => clearInterval(timer) }
}

function tellAccount(say: Say): Told {
  let sent = told.length
  const timer = setInterval(() => {
    for (const message of told.slice(sent)) say(message)
    sent = told.length
  }, 100)
  const resync = () => say({ type: 'hello', sequence, unread: made.account.unread })
  return { resync, end: () => clearInterval(timer) }
}

function begin(request: SubscribeRequest, say: Say): Told | null {
  if (request.channel === 'account') return tellAccount(say)
  const market = made.markets.find(({ view }) => view.id === request.market)
  if (market === undefined) return null
  if (request.channel === 'book' || request.channel === 'ticker')
    return tellMarket(market, request.channel === 'ticker', say)
  return { resync: () => {}, end: () => {} }
}

app.get('/stream', () =>
  socket((server) => {
    const say: Say = (message) => server.send(JSON.stringify(message))
    const lines = new Map<string, Told>()
    server.addEventListener('message', ({ data }) => {
      if (data === 'ping') return server.send('pong')
      const request = StreamRequest.parse(JSON.parse(String(data)))
      if (request.type === 'resync') return lines.get(`book ${request.market}`)?.resync()
      const { type: _, ...about } = request
      const key = `${about.channel} ${'market' in about ? about.market : ''}`
      lines.get(key)?.end()
      lines.delete(key)
      if (request.type === 'unsubscribe') return say({ type: 'unsubscribed', ...about })
      const line = begin(request, say)
      if (line === null)
        return say({ type: 'refused', code: 'unknown_market', message: 'No such market.', request })
      lines.set(key, line)
      say({ type: 'subscribed', ...about })
      line.resync()
    })
    return () => {
      for (const line of lines.values()) line.end()
    }
  }),
)
app.notFound(() => missing('not_found'))

export default app
