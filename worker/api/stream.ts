import type { Context } from 'hono'
import { accepted, type Outcome, Problem } from '../contract/errors.ts'
import { StreamQuery, type SubscribeRequest } from '../contract/stream.ts'
import { MarketPath, marketOf } from './markets.ts'
import { RefusalError } from './problem.ts'
import { Relay } from './relay.ts'
import { type ApiEnv, accountOf, route, routes } from './route.ts'

const switching = { 101: { description: 'A WebSocket; docs/stream.md says what is said on it' } }

const stream = route({
  access: 'anyone',
  method: 'get',
  path: '/stream',
  tags: ['Streams'],
  summary: 'Many streams on one connection: subscribe to markets, and with a session to your account',
  responses: switching,
})

const marketStream = route({
  access: 'anyone',
  method: 'get',
  path: '/stream/markets/{market}',
  tags: ['Streams'],
  summary: 'A market as it moves: its book, ticker, trades or candles',
  request: { params: MarketPath, query: StreamQuery },
  responses: switching,
})

const accountStream = route({
  access: 'account',
  method: 'get',
  path: '/stream/account',
  tags: ['Streams'],
  summary: 'Your orders, fills, balances, copies and notifications as they happen',
  responses: switching,
})

function needUpgrade(request: Request): void {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
    throw new RefusalError({ code: 'invalid_input', message: 'Connect with a WebSocket.', field: 'upgrade' })
}

export const streamRoutes = routes()
  .openapi(stream, (context) => {
    needUpgrade(context.req.raw)
    const { 0: client, 1: server } = new WebSocketPair()
    new Relay(server, (request) => open(context, request), Date.now)
    return new Response(null, { status: 101, webSocket: client })
  })
  .openapi(marketStream, (context) => {
    needUpgrade(context.req.raw)
    return marketOf(context.env, context.req.valid('param').market).fetch(context.req.raw)
  })
  .openapi(accountStream, (context) => {
    needUpgrade(context.req.raw)
    return context.env.ACCOUNT.getByName(accountOf(context).accountId).fetch(context.req.raw)
  })

/** The socket of a subscription, as if the client had connected to its object alone. */
async function open(context: Context<ApiEnv>, request: SubscribeRequest): Promise<Outcome<WebSocket>> {
  try {
    const response = await connect(context, request)
    if (response.webSocket !== null) return accepted(response.webSocket)
    const { code, detail: message } = Problem.parse(await response.json())
    return { ok: false, refusal: { code, message } }
  } catch (fault) {
    if (fault instanceof RefusalError) return { ok: false, refusal: fault.refusal }
    console.error({ event: 'subscription_failed', channel: request.channel, error: String(fault) })
    const message = 'The stream does not answer now: subscribe again in a moment.'
    return { ok: false, refusal: { code: 'busy', message } }
  }
}

function connect(context: Context<ApiEnv>, request: SubscribeRequest): Promise<Response> {
  const { env, req } = context
  const upgrade = new Headers({ upgrade: 'websocket' })
  const address = req.header('cf-connecting-ip')
  if (address !== undefined) upgrade.set('cf-connecting-ip', address)
  if (request.channel === 'account')
    return env.ACCOUNT.getByName(accountOf(context).accountId).fetch(req.url, { headers: upgrade })
  const { type: _, market, ...query } = request
  const url = new URL(req.url)
  url.search = String(
    new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])),
  )
  return marketOf(env, market).fetch(String(url), { headers: upgrade })
}
