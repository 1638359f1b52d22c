import * as z from 'zod'
import { MarketStatus, MarketSummary } from '../contract/markets.ts'
import { ReconcileInput, ReconcileResult } from '../contract/reconciliation.ts'
import { reconcilePortion } from '../reconciliation/portion.ts'
import { reportDifferences } from '../reconciliation/report.ts'
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

const reconcile = route({
  access: 'operator',
  method: 'post',
  path: '/operator/reconciliation',
  tags: ['Operator'],
  summary: 'Reconcile one portion of the venue and say what differs',
  request: { body: jsonBody(ReconcileInput) },
  responses: answers(ReconcileResult, 'What differs, and where to go on'),
})

export const operatorRoutes = routes()
  .openapi(setStatus, async (context) => {
    await requireOperator(context)
    const { market } = context.req.valid('param')
    const { status } = context.req.valid('json')
    return context.json(await marketOf(context.env, market).setStatus(status), 200)
  })
  .openapi(reconcile, async (context) => {
    await requireOperator(context)
    const portion = await reconcilePortion(context.env, context.req.valid('json').cursor)
    await reportDifferences(context.env, portion.differences, Date.now())
    const { totals, differences, underWay, next } = portion
    const purses = Object.fromEntries(
      Object.entries(totals.purses).map(([name, amount]) => [name, `${amount}`]),
    )
    return context.json(
      {
        differences: differences.map((difference) => ({
          ...difference,
          entries: difference.entries.map((entry) => ({ ...entry, postings: [...entry.postings] })),
        })),
        underWay: [...underWay],
        totals: { ...totals, purses },
        next,
      },
      200,
    )
  })
