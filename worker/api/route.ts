import { createRoute, OpenAPIHono, type RouteConfig } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type * as z from 'zod'
import type { Session } from '../auth/auth.ts'
import { Problem } from '../contract/errors.ts'
import type { Env } from '../env.ts'
import { problemResponse, RefusalError, refusalOf } from './problem.ts'

/** What every handler finds on its context. */
export interface ApiEnv {
  Bindings: Env
  Variables: { session: Session | null }
}

/** Who may call a route: anybody at all, or a signed-in person, who then acts for their own account only. */
export type Access = 'anyone' | 'account'

/**
 * A route of the API. It cannot be defined without saying who may call it, and the OpenAPI document repeats it
 * (`x-access`), from which the test of all routes takes what to expect.
 */
export function route<const Config extends Omit<RouteConfig, 'security'>>(
  config: Config & { access: Access },
) {
  const { access } = config
  return createRoute({
    ...config,
    security: access === 'account' ? [{ session: [] }] : [],
    'x-access': access,
  })
}

/** A JSON body to be sent. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) =>
  ({ content: { 'application/json': { schema } }, required: true }) as const

/** A JSON answer, with the errors that any route can give. */
export const answers = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  ({
    200: { description, content: { 'application/json': { schema } } },
    default: { description: 'A problem', content: { 'application/problem+json': { schema: Problem } } },
  }) as const

/** Routes of one resource. Input that does not fit its schema is answered before the handler runs. */
export const routes = () =>
  new OpenAPIHono<ApiEnv>({
    defaultHook: (result, context) =>
      result.success ? undefined : problemResponse(context, refusalOf(result.error)),
  })

/** The account of the person who asks; a request without a session ends here. */
export function accountOf(context: Context<ApiEnv>): Session {
  const session = context.get('session')
  if (session === null)
    throw new RefusalError({ code: 'unauthenticated', message: 'Sign in, then send the request again.' })
  return session
}
