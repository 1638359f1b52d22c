import { Inbox, InboxQuery, MarkReadInput, MarkReadResult } from '../contract/notifications.ts'
import { accountOf, answers, jsonBody, route, routes } from './route.ts'

const listInbox = route({
  access: 'account',
  method: 'get',
  path: '/notifications',
  tags: ['Notifications'],
  summary: 'Your inbox, newest first',
  request: { query: InboxQuery },
  responses: answers(Inbox, 'A page of the inbox'),
})

const markRead = route({
  access: 'account',
  method: 'post',
  path: '/notifications/read',
  tags: ['Notifications'],
  summary: 'Mark notifications as read; all of them without a list',
  request: { body: jsonBody(MarkReadInput) },
  responses: answers(MarkReadResult, 'How many are unread now'),
})

export const notificationRoutes = routes()
  .openapi(listInbox, async (context) => {
    const { accountId } = accountOf(context)
    return context.json(await context.env.ACCOUNT.getByName(accountId).inbox(context.req.valid('query')), 200)
  })
  .openapi(markRead, async (context) => {
    const { accountId } = accountOf(context)
    const { ids } = context.req.valid('json')
    return context.json(await context.env.ACCOUNT.getByName(accountId).markRead(ids), 200)
  })
