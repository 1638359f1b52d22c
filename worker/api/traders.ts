import * as z from 'zod'
import { Id } from '../contract/amounts.ts'
import { Leaderboard, LeaderboardQuery, TraderProfileInput, TraderView } from '../contract/traders.ts'
import { readLeaderboard } from '../leaderboard/leaderboard.ts'
import { changeProfile, readTrader } from '../leaderboard/traders.ts'
import { orRefuse, RefusalError } from './problem.ts'
import { accountOf, answers, jsonBody, route, routes } from './route.ts'

const TraderPath = z.object({ id: Id })

const getLeaderboard = route({
  access: 'anyone',
  method: 'get',
  path: '/leaderboard',
  tags: ['Traders'],
  summary: 'Traders ranked by time-weighted return',
  request: { query: LeaderboardQuery },
  responses: answers(Leaderboard, 'The leaderboard'),
})

const getTrader = route({
  access: 'anyone',
  method: 'get',
  path: '/traders/{id}',
  tags: ['Traders'],
  summary: "A trader's public record",
  request: { params: TraderPath },
  responses: answers(TraderView, 'The trader'),
})

const patchProfile = route({
  access: 'account',
  method: 'patch',
  path: '/account/profile',
  tags: ['Traders'],
  summary: 'Change what others see of you, and whether you take followers',
  request: { body: jsonBody(TraderProfileInput) },
  responses: answers(TraderView, 'Your public record'),
})

function known<T>(trader: T | null): T {
  if (trader === null)
    throw new RefusalError({ code: 'unknown_trader', message: 'There is no such trader.', field: 'id' })
  return trader
}

export const traderRoutes = routes()
  .openapi(getLeaderboard, async (context) => {
    const board = await readLeaderboard(context.env, context.req.valid('query').window, Date.now())
    if (board === null)
      throw new RefusalError({
        code: 'busy',
        message: 'The leaderboard cannot be read just now. Try again shortly.',
      })
    return context.json(board, 200)
  })
  .openapi(getTrader, async (context) => {
    const trader = await readTrader(context.env, context.req.valid('param').id, Date.now())
    return context.json(known(trader), 200)
  })
  .openapi(patchProfile, async (context) => {
    const { accountId } = accountOf(context)
    orRefuse(await changeProfile(context.env, accountId, context.req.valid('json')))
    return context.json(known(await readTrader(context.env, accountId, Date.now())), 200)
  })
