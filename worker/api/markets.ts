import * as z from 'zod'
import { MarketId, page } from '../contract/amounts.ts'
import {
  BookQuery,
  BookSnapshot,
  CandlePage,
  CandlesQuery,
  MarketSummary,
  Print,
  PrintsQuery,
  Trade,
  TradesQuery,
} from '../contract/markets.ts'
import type { Env } from '../env.ts'
import { findMarket, MARKETS, type Market } from '../market/settings.ts'
import { pageOfTrades } from '../market/tradeHistory.ts'
import { candlesFile } from './candlesFile.ts'
import { csvList } from './csv.ts'
import { TRADE_COLUMNS } from './exports.ts'
import { RefusalError } from './problem.ts'
import { answers, listAnswers, route, routes } from './route.ts'

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
  summary: 'The newest lines of the tape, newest first: prints of the reference feed and trades made here',
  request: { params: MarketPath, query: PrintsQuery },
  responses: answers(z.object({ items: z.array(Print) }), 'The tape'),
})

const listTrades = route({
  access: 'anyone',
  method: 'get',
  path: '/markets/{market}/trades/history',
  tags: ['Markets'],
  summary: 'All trades made here, newest first',
  description:
    'Of the accounts of this venue alone, without prints of the reference feed. They are kept for 400 days. A file ends after 100,000 of them; with the sequence of its last line as `cursor` the next one goes on.',
  request: { params: MarketPath, query: TradesQuery },
  responses: listAnswers(page(Trade), 'A page of trades'),
})

const listCandles = route({
  access: 'anyone',
  method: 'get',
  path: '/markets/{market}/candles',
  tags: ['Markets'],
  summary: 'Candles of a span, the newest of it, oldest first',
  description:
    'Seconds go back one hour. Of what nobody watched only a feed that knows its past can tell. A file begins at `from`, or as many candles before `to` as the limit says, and holds 100,000 at most: the newest.',
  request: { params: MarketPath, query: CandlesQuery },
  responses: listAnswers(CandlePage, 'The candles'),
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
  .openapi(listTrades, async (context) => {
    const { id } = knownMarket(context.req.valid('param').market)
    const { format, from, to, ...query } = context.req.valid('query')
    const { DB, MARKET } = context.env
    const read = ({ cursor, limit }: { cursor?: string | undefined; limit: number }) => {
      const asked = {
        from: from === undefined ? 0 : Date.parse(from),
        to: to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(to),
        before: cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor),
        limit,
      }
      return pageOfTrades(id, asked, (kept) => MARKET.getByName(id).trades(kept), DB)
    }
    if (format === 'csv') return csvList(`${id}-trades`, TRADE_COLUMNS, query, read)
    return context.json(await read(query), 200)
  })
  .openapi(listCandles, async (context) => {
    const { market } = context.req.valid('param')
    const { format, ...query } = context.req.valid('query')
    if (format === 'csv') return candlesFile(context.env, knownMarket(market).id, query, Date.now())
    return context.json(await marketOf(context.env, market).candles(query), 200)
  })
