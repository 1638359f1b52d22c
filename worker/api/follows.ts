import * as z from 'zod'
import { Id, page } from '../contract/amounts.ts'
import { ChangeFollowInput, CopiesQuery, CopyView, FollowView, OpenFollowInput } from '../contract/follows.ts'
import { leaderFor, readCopies, readCopy, readFollow, readFollows } from '../copying/queries.ts'
import { orRefuse, RefusalError } from './problem.ts'
import { idOfRequest, KeyHeaders } from './requestId.ts'
import { accountOf, answers, jsonBody, route, routes } from './route.ts'

const FollowPath = z.object({ id: Id })
const openFollow = route({
  access: 'account',
  method: 'post',
  path: '/follows',
  tags: ['Copying'],
  summary: 'Follow a trader with allocated funds',
  request: { headers: KeyHeaders, body: jsonBody(OpenFollowInput) },
  responses: answers(FollowView, 'The follow'),
})

const listFollows = route({
  access: 'account',
  method: 'get',
  path: '/follows',
  tags: ['Copying'],
  summary: 'Your follows, newest first',
  responses: answers(z.object({ items: z.array(FollowView) }), 'Your follows'),
})

const getFollow = route({
  access: 'account',
  method: 'get',
  path: '/follows/{id}',
  tags: ['Copying'],
  summary: 'One follow',
  request: { params: FollowPath },
  responses: answers(FollowView, 'The follow'),
})

const changeFollow = route({
  access: 'account',
  method: 'patch',
  path: '/follows/{id}',
  tags: ['Copying'],
  summary: 'Pause, resume or change the settings of a follow',
  request: { params: FollowPath, body: jsonBody(ChangeFollowInput) },
  responses: answers(FollowView, 'The follow'),
})

const closeFollow = route({
  access: 'account',
  method: 'delete',
  path: '/follows/{id}',
  tags: ['Copying'],
  summary: 'Unfollow: sell what the follow holds and bring the funds back',
  request: { params: FollowPath },
  responses: answers(FollowView, 'The follow, closing or closed'),
})

const listCopies = route({
  access: 'account',
  method: 'get',
  path: '/copies',
  tags: ['Copying'],
  summary: 'Your copied trades, newest first',
  request: { query: CopiesQuery },
  responses: answers(page(CopyView), 'A page of copied trades'),
})

const getCopy = route({
  access: 'account',
  method: 'get',
  path: '/copies/{id}',
  tags: ['Copying'],
  summary: 'A copied trade, from the leader’s fill to your share of the block',
  description: 'Its follower and its leader may see it.',
  request: { params: FollowPath },
  responses: answers(CopyView, 'The copied trade'),
})

function known<T>(found: T | null, code: 'unknown_follow' | 'unknown_copy', what: string): T {
  if (found === null) throw new RefusalError({ code, message: `You have no such ${what}.`, field: 'id' })
  return found
}

export const followRoutes = routes()
  .openapi(openFollow, async (context) => {
    const { accountId } = accountOf(context)
    const input = context.req.valid('json')
    orRefuse(await leaderFor(context.env, input.leaderId, accountId))
    const id = await idOfRequest('follow', accountId, context.req.valid('header')['idempotency-key'])
    orRefuse(await context.env.ACCOUNT.getByName(accountId).follow(id, input))
    return context.json(known(await readFollow(context.env, accountId, id), 'unknown_follow', 'follow'), 200)
  })
  .openapi(listFollows, async (context) => {
    const { accountId } = accountOf(context)
    return context.json({ items: await readFollows(context.env, accountId) }, 200)
  })
  .openapi(getFollow, async (context) => {
    const { accountId } = accountOf(context)
    const { id } = context.req.valid('param')
    return context.json(known(await readFollow(context.env, accountId, id), 'unknown_follow', 'follow'), 200)
  })
  .openapi(changeFollow, async (context) => {
    const { accountId } = accountOf(context)
    const { id } = context.req.valid('param')
    orRefuse(await context.env.ACCOUNT.getByName(accountId).changeFollow(id, context.req.valid('json')))
    return context.json(known(await readFollow(context.env, accountId, id), 'unknown_follow', 'follow'), 200)
  })
  .openapi(closeFollow, async (context) => {
    const { accountId } = accountOf(context)
    const { id } = context.req.valid('param')
    orRefuse(await context.env.ACCOUNT.getByName(accountId).closeFollow(id))
    return context.json(known(await readFollow(context.env, accountId, id), 'unknown_follow', 'follow'), 200)
  })
  .openapi(listCopies, async (context) => {
    const { accountId } = accountOf(context)
    return context.json(await readCopies(context.env, accountId, context.req.valid('query')), 200)
  })
  .openapi(getCopy, async (context) => {
    const { accountId } = accountOf(context)
    const copy = await readCopy(context.env, accountId, context.req.valid('param').id)
    return context.json(known(copy, 'unknown_copy', 'copied trade'), 200)
  })
