import { AccountView, JournalEntry } from '../contract/account.ts'
import { PageQuery, page } from '../contract/amounts.ts'
import { accountOf, answers, route, routes } from './route.ts'

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
  request: { query: PageQuery },
  responses: answers(page(JournalEntry), 'A page of entries'),
})

export const accountRoutes = routes()
  .openapi(getAccount, async (context) => {
    const { accountId, name, email } = accountOf(context)
    const overview = await context.env.ACCOUNT.getByName(accountId).overview()
    return context.json({ id: accountId, name, email, ...overview }, 200)
  })
  .openapi(listJournal, async (context) => {
    const { accountId } = accountOf(context)
    return context.json(
      await context.env.ACCOUNT.getByName(accountId).journal(context.req.valid('query')),
      200,
    )
  })
