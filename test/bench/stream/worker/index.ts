import { Account as RealAccount } from '../../../../worker/account/account.ts'
import type { Env } from '../../../../worker/env.ts'
import worker from '../../../../worker/index.ts'
import { Market as RealMarket } from '../../../../worker/market/market.ts'
import type { Batch, Receipt } from '../../../../worker/messaging/stream.ts'
import { Floor } from './floor.ts'
import { Traders } from './traders.ts'

// The API Worker with a floor beside it, traders inside the market object, and a count of how often an object was built.

export { CopyPool, DemoTraders } from '../../../../worker/index.ts'
export { Floor }

interface BenchEnv extends Env {
  readonly FLOOR: DurableObjectNamespace<Floor>
}

/** By object: how often its constructor has run. It outlives the objects, as the isolate does. */
const built = new Map<string, number>()
const count = (name: string): unknown => built.set(name, (built.get(name) ?? 0) + 1)

export class Account extends RealAccount {
  constructor(ctx: DurableObjectState, env: BenchEnv) {
    super(ctx, env)
    count(`account/${this.id}`)
  }

  /** What the market tells the traders, who are no real account. */
  override receive(batch: Batch): Receipt | Promise<Receipt> {
    if (!this.id.startsWith('bench')) return super.receive(batch)
    return { applied: batch.first + batch.messages.length - 1, back: null }
  }
}

export class Market extends RealMarket {
  constructor(ctx: DurableObjectState, env: BenchEnv) {
    super(ctx, env)
    count(`market/${this.id}`)
  }

  /** Trades here for so long. Replies how many orders were placed. */
  trade(perSecond: number, seconds: number): Promise<number> {
    const traders = new Traders(this.actor.state, (batch) => this.receive(batch))
    return traders.trade(perSecond, seconds)
  }
}

async function control(url: URL, request: Request, env: BenchEnv): Promise<Response> {
  const number = (name: string) => Number(url.searchParams.get(name))
  const name = url.searchParams.get('name') ?? ''
  const market = env.MARKET.getByName(name)
  switch (url.pathname) {
    case '/bench/built':
      return Response.json(built.get(name) ?? 0)
    case '/bench/trade': {
      if (!('trade' in market)) return new Response(null, { status: 500 })
      // Of the class above, which the binding of the venue's own Env does not know.
      const trading = market as unknown as DurableObjectStub<Market>
      return Response.json(await trading.trade(number('rate'), number('seconds')))
    }
    case '/bench/status':
      await market.setStatus(url.searchParams.get('status') === 'halted' ? 'halted' : 'open')
      return Response.json(null)
    case '/bench/account':
      return env.ACCOUNT.getByName(name).fetch(request)
    case '/bench/account/open':
      return Response.json(await env.ACCOUNT.getByName(name).open())
    case '/bench/floor':
      return env.FLOOR.getByName('floor').fetch(request)
    case '/bench/floor/send':
      return Response.json(
        await env.FLOOR.getByName('floor').send(number('size'), number('interval'), number('seconds')),
      )
    default:
      return new Response(null, { status: 404 })
  }
}

export default {
  fetch(request, env, context) {
    const url = new URL(request.url)
    return url.pathname.startsWith('/bench/')
      ? control(url, request, env)
      : worker.fetch(request, env, context)
  },
  // The projection is no part of what is measured.
  queue: (batch) => batch.ackAll(),
} satisfies ExportedHandler<BenchEnv>
