import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe } from 'vitest'
import { durableStore } from '../../worker/messaging/durable.ts'
import { storeContract } from './storeContract.ts'

describe('the store of a Durable Object', () => {
  storeContract(
    (work) =>
      runInDurableObject(env.DEMO_TRADERS.getByName('store contract'), (_object, ctx) => {
        work(durableStore(ctx.storage))
      }),
    () => reset(),
  )
})
