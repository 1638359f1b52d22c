import * as z from 'zod'
import { MarketId } from '../contract/amounts.ts'
import {
  BookQuery,
  BookSnapshot,
  CandlePage,
  CandlesQuery,
  MarketSummary,
  Print,
  PrintsQuery,
} from '../contract/markets.ts'
import type { Env } from '../env.ts'
import { findMarket, MARKETS, type Market } from '../market/settings.ts'
import { RefusalError } from './problem.ts'
import { answers, route, routes } from './route.ts'

export const MarketPath = z.object({ market: MarketId })

/** The settings of the market that a path or a body names. */
export function knownMarket(id: string): Market {
  const market = findMarket(id)
  if (market === undefined)
    throw new RefusalError({
      code: 'unknown_market',
      message: `There is no market ${id}. GET /api/v1/markets lists them.`,
      field: 'market',
    })
  return market
}

export const marketOf = (env: Env, id: string) => env.MARKET.getByName(knownMarket(id).id)

const listMarkets = route({
  access: 'anyone',
  method: 'get',
  path: '/markets',
  tags: ['Markets'],
  summary: 'All markets with their rules, tickers and a short price line',
  responses: answers(z.object({ items: z.array(MarketSummary) }), 'The markets'),
})

const getMarket = route({
  access: 'anyone',
  method: 'get',
  path: '/markets/{market}',
  tags: ['Markets'],
  summary: 'One market',
  request: { params: MarketPath },
  responses: answers(MarketSummary, 'The market'),
})

const getBook = route({
  access: 'anyone',
  method: 'get',
  path: '/markets/{market}/book',
  tags: ['Markets'],
  summary: 'The order book, best prices first',
  request: { params: MarketPath, query: BookQuery },
  responses: answers(BookSnapshot, 'The book'),
})

const listPrints = route({
  access: 'anyone',
  method: 'get',
  path: '/markets/{market}/trades',
  tags: ['Markets'],
  summary: 'The newest lines of the tape, newest first',
  request: { params: MarketPath, query: PrintsQuery },
  responses: answers(z.object({ items: z.array(Print) }), 'The tape'),
})

const listCandles = route({
  access: 'anyone',
  method: 'get',
  path: '/markets/{market}/candles',
  tags: ['Markets'],
  summary: 'Candles of a span, the newest of it, oldest first',
  request: { params: MarketPath, query: CandlesQuery },
  responses: answers(CandlePage, 'The candles'),
})

export const marketRoutes = routes()
  .openapi(listMarkets, async (context) => {
    const items = await Promise.all(MARKETS.map(({ id }) => marketOf(context.env, id).summary()))
    return context.json({ items }, 200)
  })
  .openapi(getMarket, async (context) => {
    const { market } = context.req.valid('param')
    return context.json(await marketOf(context.env, market).summary(), 200)
  })
  .openapi(getBook, async (context) => {
    const { market } = context.req.valid('param')
    const { depth } = context.req.valid('query')
    // The types of a call lose that a level is a pair.
    return context.json(BookSnapshot.parse(await marketOf(context.env, market).snapshot(depth)), 200)
  })
  .openapi(listPrints, async (context) => {
    const { market } = context.req.valid('param')
    const { limit } = context.req.valid('query')
    return context.json({ items: await marketOf(context.env, market).prints(limit) }, 200)
  })
  .openapi(listCandles, async (context) => {
    const { market } = context.req.valid('param')
    return context.json(await marketOf(context.env, market).candles(context.req.valid('query')), 200)
  })
