import * as z from 'zod'
import { MarketStatus, MarketSummary } from '../contract/markets.ts'
import { MarketPath, marketOf } from './markets.ts'
import { answers, jsonBody, requireOperator, route, routes } from './route.ts'

const setStatus = route({
  access: 'operator',
  method: 'put',
  path: '/operator/markets/{market}/status',
  tags: ['Operator'],
  summary: 'Open a market, close it to all but cancels, or halt it',
  request: { params: MarketPath, body: jsonBody(z.strictObject({ status: MarketStatus })) },
  responses: answers(MarketSummary, 'The market as it is now'),
})

export const operatorRoutes = routes().openapi(setStatus, async (context) => {
  await requireOperator(context)
  const { market } = context.req.valid('param')
  const { status } = context.req.valid('json')
  return context.json(await marketOf(context.env, market).setStatus(status), 200)
})
