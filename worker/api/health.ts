import { Health } from '../contract/health.ts'
import { configOf } from '../env.ts'
import { answers, route, routes } from './route.ts'

const getHealth = route({
  access: 'anyone',
  method: 'get',
  path: '/health',
  tags: ['Service'],
  summary: 'Whether the API answers',
  responses: answers(Health, 'It does'),
})

export const healthRoutes = routes().openapi(getHealth, (context) =>
  context.json(
    { status: 'ok' as const, feed: configOf(context.env).feed, at: new Date().toISOString() },
    200,
  ),
)
