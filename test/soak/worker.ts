import { app } from '../../worker/api/app.ts'
import { configOf, type Env } from '../../worker/env.ts'
import { Market as RealMarket } from '../../worker/market/market.ts'
import { MARKETS, marketById } from '../../worker/market/settings.ts'
import { consume } from '../../worker/queues.ts'

export { Account } from '../../worker/account/account.ts'
export { CopyPool } from '../../worker/copying/copyPool.ts'
export { DemoTraders } from '../../worker/demo/demoTraders.ts'

/** The venue's Worker with faults, for the soak alone: markets that can be put out, and queues whose consumer fails now and then. */

/** One batch in so many fails before its work, and as many after it, when it has to be done once more without a double. */
const FAILS_ONE_IN = 12

export class Market extends RealMarket {
  /** Ends the object as a deployment or a fault of the machine does; the rows are all that is left. */
  putOut(): void {
    this.ctx.abort('put out by the soak')
  }
}

interface SoakEnv extends Omit<Env, 'MARKET'> {
  readonly MARKET: DurableObjectNamespace<Market>
  readonly LOCAL_TOKEN: string
}

let batches = 0
let failed = 0

export default {
  async fetch(request, env, context) {
    configOf(env)
    const { pathname, searchParams } = new URL(request.url)
    if (!pathname.startsWith('/api/soak/')) return app.fetch(request, env, context)
    if (request.headers.get('authorization') !== `Bearer ${env.LOCAL_TOKEN}`)
      return new Response(null, { status: 403 })
    if (pathname === '/api/soak/batches') return Response.json({ batches, failed })
    await putOut(env, searchParams.get('market') ?? MARKETS[0]?.id ?? '')
    return new Response(null, { status: 204 })
  },
  async queue(batch, env) {
    batches += 1
    const dice = Math.floor(Math.random() * FAILS_ONE_IN)
    if (dice <= 1) failed += 1
    if (dice === 0) throw new Error('failed by the soak, before the work')
    await consume(batch, env)
    if (dice === 1) throw new Error('failed by the soak, after the work')
  },
} satisfies ExportedHandler<SoakEnv>

async function putOut(env: SoakEnv, id: string): Promise<void> {
  const market = env.MARKET.getByName(marketById(id).id)
  // The object is gone before it can answer.
  await market.putOut().catch(() => undefined)
}
