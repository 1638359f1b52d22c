import { createRoute, OpenAPIHono, type RouteConfig } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type * as z from 'zod'
import type { Session } from '../auth/auth.ts'
import { Problem } from '../contract/errors.ts'
import { configOf, type Env } from '../env.ts'
import { problemResponse, RefusalError, refusalOf } from './problem.ts'

/** What every handler finds on its context. */
export interface ApiEnv {
  Bindings: Env
  Variables: { session: Session | null }
}

/**
 * Who may call a route: anybody at all; a signed-in person, who then acts for their own account only; or the operator of the
 * venue, by the token of the deployment.
 */
export type Access = 'anyone' | 'account' | 'operator'

const SECURITY: Readonly<Record<Access, Record<string, string[]>[]>> = {
  anyone: [],
  account: [{ session: [] }],
  operator: [{ operator: [] }],
}

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
    security: SECURITY[access],
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

/** As `answers`, of a list that is also had as a file (`format=csv`). */
export const listAnswers = <Schema extends z.ZodType>(schema: Schema, description: string) => {
  const { 200: found, default: problem } = answers(schema, description)
  const file = {
    schema: { type: 'string', description: 'A header line, then one line for each row.' },
  } as const
  return {
    200: { description, content: { ...found.content, 'text/csv': file } },
    default: problem,
  } as const
}

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

/**
 * Ends a request that does not carry the operator's token. Compared by digest, so that the time it takes says nothing of
 * how much of a guess was right.
 */
export async function requireOperator(context: Context<ApiEnv>): Promise<void> {
  const { operatorToken } = configOf(context.env)
  const given = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1]
  if (
    operatorToken !== undefined &&
    given !== undefined &&
    (await digest(given)) === (await digest(operatorToken))
  )
    return
  throw new RefusalError({ code: 'forbidden', message: 'Only the operator of the venue may do this.' })
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return String(bytes)
}
