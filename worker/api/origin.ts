import { createMiddleware } from 'hono/factory'
import { configOf } from '../env.ts'
import { problemResponse } from './problem.ts'
import type { ApiEnv } from './route.ts'

/**
 * A browser sends its cookies with requests that other sites cause; it also says which site that was. Whatever changes
 * something or opens a stream must come from our own pages, or from no page at all (a bot sends no Origin).
 */
export const sameOrigin = createMiddleware<ApiEnv>(async (context, next) => {
  const { method } = context.req
  const upgrade = context.req.header('upgrade') !== undefined
  if ((method === 'GET' || method === 'HEAD' || method === 'OPTIONS') && !upgrade) return next()
  const origin = context.req.header('origin')
  const own = new URL(configOf(context.env).publicUrl ?? context.req.url).origin
  if (origin === undefined || origin === own) return next()
  return problemResponse(context, {
    code: 'bad_origin',
    message: `Requests from ${origin} are not taken here; they must come from ${own}.`,
  })
})
