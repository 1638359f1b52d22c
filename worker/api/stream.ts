import { StreamQuery } from '../contract/stream.ts'
import { MarketPath, marketOf } from './markets.ts'
import { RefusalError } from './problem.ts'
import { accountOf, route, routes } from './route.ts'

const switching = { 101: { description: 'A WebSocket; worker/contract/stream.ts has its messages' } }

const marketStream = route({
  access: 'anyone',
  method: 'get',
  path: '/stream/markets/{market}',
  tags: ['Streams'],
  summary: 'A market as it moves: snapshot, then sequenced frames',
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
  .openapi(marketStream, (context) => {
    needUpgrade(context.req.raw)
    return marketOf(context.env, context.req.valid('param').market).fetch(context.req.raw)
  })
  .openapi(accountStream, (context) => {
    needUpgrade(context.req.raw)
    return context.env.ACCOUNT.getByName(accountOf(context).accountId).fetch(context.req.raw)
  })
