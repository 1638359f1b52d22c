import { bodyLimit } from 'hono/body-limit'
import { createAuth, sessionOf } from '../auth/auth.ts'
import { accountRoutes } from './account.ts'
import { followRoutes } from './follows.ts'
import { healthRoutes } from './health.ts'
import { limitAccount, limitAddress } from './limits.ts'
import { marketRoutes } from './markets.ts'
import { notificationRoutes } from './notifications.ts'
import { openAccount } from './openAccount.ts'
import { operatorRoutes } from './operator.ts'
import { orderRoutes } from './orders.ts'
import { sameOrigin } from './origin.ts'
import { problemResponse, RefusalError } from './problem.ts'
import { serveReference } from './reference.ts'
import { routes } from './route.ts'
import { streamRoutes } from './stream.ts'
import { traderRoutes } from './traders.ts'

const BODY_LIMIT = 64 * 1024

/** Everything under `/api/v1`, in the order a request meets it. */
export const app = routes().basePath('/api/v1')

app.use(limitAddress)
app.use(sameOrigin)
app.use(
  bodyLimit({
    maxSize: BODY_LIMIT,
    onError: (context) =>
      problemResponse(context, { code: 'above_maximum', message: `Send at most ${BODY_LIMIT} bytes.` }),
  }),
)
app.all('/auth/*', async (context) => {
  const { env, req } = context
  const answer = await createAuth(env, req.raw, openAccount(env)).handler(req.raw)
  // The library says it of one session only; its list of all of them, with their tokens, is as personal.
  const response = new Response(answer.body, answer)
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'private, no-store')
  return response
})
app.use(async (context, next) => {
  context.set('session', await sessionOf(context.req.raw, context.env, openAccount(context.env)))
  await next()
  if (context.res.status !== 101 && !context.res.headers.has('cache-control'))
    context.header('cache-control', 'private, no-store')
})
app.use(limitAccount)

app.route('/', marketRoutes)
app.route('/', orderRoutes)
app.route('/', accountRoutes)
app.route('/', traderRoutes)
app.route('/', followRoutes)
app.route('/', notificationRoutes)
app.route('/', streamRoutes)
app.route('/', healthRoutes)
app.route('/', operatorRoutes)
serveReference(app)

app.notFound((context) =>
  problemResponse(context, {
    code: 'not_found',
    message: 'Nothing is here. GET /api/v1/openapi.json lists what is.',
  }),
)

app.onError((fault, context) => {
  if (fault instanceof RefusalError) return problemResponse(context, fault.refusal)
  if (fault instanceof SyntaxError || (fault instanceof Error && fault.message.includes('Malformed JSON')))
    return problemResponse(context, { code: 'invalid_input', message: 'The body is not JSON.' })
  console.error({ event: 'request_failed', path: context.req.path, error: String(fault), stack: fault.stack })
  return problemResponse(context, {
    code: 'internal',
    message: 'Something failed here. It is logged; try again.',
  })
})
