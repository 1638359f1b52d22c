import * as z from 'zod'
import { MarketStatus, MarketSummary } from '../contract/markets.ts'
import { ReconcileInput, ReconcileResult } from '../contract/reconciliation.ts'
import type { Env } from '../env.ts'
import { MARKETS } from '../market/settings.ts'
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

/** Accounts that one request has tell again: each is a call of an object. */
const ACCOUNTS_A_REQUEST = 50

const rebuild = route({
  access: 'operator',
  method: 'post',
  path: '/operator/projection',
  tags: ['Operator'],
  summary: 'Have the database told again what it may have lost, account by account',
  description:
    'Trades, orders and follows as markets, accounts and pools keep them; what the database has is left alone. Copies are not kept outside the database, and are not told again. Send the answered `next` until it is null.',
  request: { body: jsonBody(z.strictObject({ after: z.string().max(200).default('') })) },
  responses: answers(z.object({ orders: z.number().int(), next: z.string().nullable() }), 'How far it came'),
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
  .openapi(rebuild, async (context) => {
    await requireOperator(context)
    const { after } = context.req.valid('json')
    if (after === '') for (const { id } of MARKETS) await retellTrades(context.env, id)
    const { results } = await context.env.DB.prepare(
      `SELECT id, open_to_followers OR EXISTS (SELECT 1 FROM follows WHERE leader_id = traders.id) AS leads
       FROM traders WHERE id > ? ORDER BY id LIMIT ?`,
    )
      .bind(after, ACCOUNTS_A_REQUEST)
      .all<{ id: string; leads: number }>()
    let orders = 0
    for (const { id, leads } of results) {
      orders += await context.env.ACCOUNT.getByName(id).retell()
      if (leads === 1) await retellFollows(context.env, id)
    }
    const next = results.length < ACCOUNTS_A_REQUEST ? null : (results.at(-1)?.id ?? null)
    return context.json({ orders, next }, 200)
  })

/** The trades that a market keeps, in portions. */
async function retellTrades(env: Env, market: string): Promise<void> {
  const object = marketOf(env, market)
  for (let after: number | null = 0; after !== null; ) after = await object.retell(after)
}

/** The follows of a leader, in portions. */
async function retellFollows(env: Env, leaderId: string): Promise<void> {
  const pool = env.COPY_POOL.getByName(leaderId)
  for (let after: string | null = ''; after !== null; ) after = await pool.retell(after)
}
