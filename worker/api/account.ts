import { resetView } from '../account/views.ts'
import {
  AccountView,
  ConversionView,
  ConvertInput,
  JournalEntry,
  JournalQuery,
  ResetResult,
  SmallBalances,
} from '../contract/account.ts'
import { page } from '../contract/amounts.ts'
import { projectClosedRecords } from '../leaderboard/closedRecords.ts'
import { csvResponse, EXPORT_PAGE } from './csv.ts'
import { JOURNAL_COLUMNS, postingLines } from './exports.ts'
import { orRefuse } from './problem.ts'
import { idOfRequest, KeyHeaders } from './requestId.ts'
import { accountOf, answers, jsonBody, listAnswers, route, routes } from './route.ts'

const getAccount = route({
  access: 'account',
  method: 'get',
  path: '/account',
  tags: ['Account'],
  summary: 'Who you are, your balances and equity',
  responses: answers(AccountView, 'Your account'),
})

const listJournal = route({
  access: 'account',
  method: 'get',
  path: '/account/journal',
  tags: ['Account'],
  summary: 'Your journal: every movement of money as a balanced entry, newest first',
  request: { query: JournalQuery },
  responses: listAnswers(page(JournalEntry), 'A page of entries'),
})

const resetAccount = route({
  access: 'account',
  method: 'post',
  path: '/account/reset',
  tags: ['Account'],
  summary: 'Close your track record and begin another with new demo funds',
  description:
    'Everything you own goes back to the venue and the demo funds are granted anew. The closed record stays visible on your profile. Refused while orders are open, follows are under way, or somebody follows you.',
  request: { headers: KeyHeaders },
  responses: answers(ResetResult, 'The record that was closed'),
})

const listSmallBalances = route({
  access: 'account',
  method: 'get',
  path: '/account/small-balances',
  tags: ['Account'],
  summary: 'What you have that is too small to be sold, and what you would get for it',
  responses: answers(SmallBalances, 'Your small balances'),
})

const convertBalances = route({
  access: 'account',
  method: 'post',
  path: '/account/small-balances',
  tags: ['Account'],
  summary: 'Convert small balances to the quote asset at the mark, without a fee',
  request: { headers: KeyHeaders, body: jsonBody(ConvertInput) },
  responses: answers(ConversionView, 'What was converted'),
})

export const accountRoutes = routes()
  .openapi(getAccount, async (context) => {
    const { accountId, name, email } = accountOf(context)
    const overview = await context.env.ACCOUNT.getByName(accountId).overview()
    return context.json({ id: accountId, name, email, ...overview }, 200)
  })
  .openapi(listJournal, async (context) => {
    const { accountId } = accountOf(context)
    const { format, ...query } = context.req.valid('query')
    const account = context.env.ACCOUNT.getByName(accountId)
    if (format === 'json') return context.json(await account.journal(query), 200)
    return csvResponse(
      'journal',
      JOURNAL_COLUMNS,
      (cursor) => account.journal({ ...query, limit: EXPORT_PAGE, cursor: cursor ?? query.cursor }),
      postingLines,
    )
  })
  .openapi(resetAccount, async (context) => {
    const { accountId } = accountOf(context)
    const id = await idOfRequest('reset', accountId, context.req.valid('header')['idempotency-key'])
    const record = orRefuse(await context.env.ACCOUNT.getByName(accountId).reset(id))
    await projectClosedRecords(context.env, accountId)
    return context.json(resetView(record), 200)
  })
  .openapi(listSmallBalances, async (context) => {
    const { accountId } = accountOf(context)
    return context.json(await context.env.ACCOUNT.getByName(accountId).smallBalances(), 200)
  })
  .openapi(convertBalances, async (context) => {
    const { accountId } = accountOf(context)
    const id = await idOfRequest('conversion', accountId, context.req.valid('header')['idempotency-key'])
    const { assets } = context.req.valid('json')
    const outcome = await context.env.ACCOUNT.getByName(accountId).convert(id, assets ?? null)
    return context.json(orRefuse(outcome), 200)
  })
