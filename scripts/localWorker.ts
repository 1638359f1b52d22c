import type { Env } from '../worker/env.ts'
import worker from '../worker/index.ts'

export * from '../worker/index.ts'

/**
 * The API Worker as `npm start` runs it: the very same, and a way to its cron, which does not fire by itself locally.
 * Under `wrangler pages dev` the /cdn-cgi/handler/scheduled of wrangler reaches only the pages' Worker, and a path has
 * to begin with /api to be handed on to this one. A deployment runs worker/index.ts and has no such path.
 */
const schedulePath = '/api/local/scheduled'

export default {
  ...worker,
  async fetch(request, env, context) {
    const url = new URL(request.url)
    if (url.pathname !== schedulePath) return worker.fetch(request, env, context)
    // A page of another site can send requests here, too; it does not know the token that start.ts made.
    if (request.headers.get('authorization') !== `Bearer ${env.LOCAL_TOKEN}`)
      return new Response(null, { status: 403 })
    const cron = url.searchParams.get('cron') ?? ''
    await worker.scheduled({ cron, scheduledTime: Date.now(), noRetry: () => undefined }, env)
    return new Response(null, { status: 204 })
  },
} satisfies ExportedHandler<Env & { LOCAL_TOKEN: string }>
