import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Account } from '../../worker/account/account.ts'
import type { Market } from '../../worker/market/market.ts'
import { encode } from '../../worker/messaging/codec.ts'
import type { Outgoing } from '../../worker/messaging/domain.ts'

const ada = () => env.ACCOUNT.getByName('ada')
const btc = () => env.MARKET.getByName('BTC-USDT')

beforeEach(() => reset())

/** Has the account write to others, whatever its rules. */
const write = (messages: readonly Outgoing[], timers: readonly { key: string; at: number }[] = []) =>
  runInDurableObject(ada(), (account: Account) => {
    // biome-ignore lint/complexity/useLiteralKeys: `actor` is for subclasses, and a test looks into one.
    account['actor'].execute(() => ({ reply: undefined, events: [], messages, timers }))
  })

const rows = (stub: DurableObjectStub<Account> | DurableObjectStub<Market>, query: string) =>
  runInDurableObject(stub, (_object, ctx) => ctx.storage.sql.exec(query).toArray())

const hello = { to: 'market/BTC-USDT', body: { type: 'no order at all' } } as const

describe('the shell of an object', () => {
  it('delivers to another object by its binding, which applies it once, and forgets it', async () => {
    await write([hello, hello])
    await vi.waitFor(async () => {
      // That all has arrived is written by alarm.
      await runDurableObjectAlarm(ada())
      expect(await rows(ada(), 'SELECT * FROM outbox')).toEqual([])
      expect(await rows(btc(), `SELECT * FROM stream WHERE peer = 'account/ada'`)).toEqual([
        { peer: 'account/ada', acknowledged: 0, applied: 2 },
      ])
    })
    expect(await rows(ada(), 'SELECT * FROM stream')).toEqual([
      { peer: 'market/BTC-USDT', acknowledged: 2, applied: 0 },
    ])
  })

  it('delivers to a queue', async () => {
    const body = { type: 'marketTurn', market: 'BTC-USDT', trades: [], orders: [] }
    await write([{ to: 'queue/market-events', body }])
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(ada())
      expect(await rows(ada(), 'SELECT * FROM outbox')).toEqual([])
    })
  })

  it('keeps what cannot be delivered, and has its alarm armed to try again', async () => {
    await write([{ to: 'queue/nobody', body: 1 }])
    expect(await rows(ada(), 'SELECT receiver, sequence FROM outbox')).toEqual([
      { receiver: 'queue/nobody', sequence: 1 },
    ])
    expect(await runInDurableObject(ada(), (_account, ctx) => ctx.storage.getAlarm())).not.toBeNull()
    expect(await runDurableObjectAlarm(ada())).toBe(true)
    expect(await rows(ada(), 'SELECT count(*) AS waiting FROM outbox')).toEqual([{ waiting: 1 }])
  })

  it('arms its alarm for a due time', async () => {
    const at = Date.now() + 3_600_000
    await write([], [{ key: 'later', at }])
    expect(await runInDurableObject(ada(), (_account, ctx) => ctx.storage.getAlarm())).toBe(at)
  })

  it('takes a batch once, however often it comes, and refuses a gap', async () => {
    const messages = [encode({ type: 'nothing known' })]
    const batch = { from: 'pool/bob', to: 'account/ada', first: 1, messages, acknowledged: 0 } as const
    expect(await ada().receive({ ...batch, first: 2 })).toMatchObject({ applied: 0 })
    expect(await ada().receive(batch)).toEqual({ applied: 1, back: null })
    expect(await ada().receive(batch)).toEqual({ applied: 1, back: null })
  })

  it('is only reached by name', async () => {
    const nameless = env.ACCOUNT.get(env.ACCOUNT.newUniqueId())
    const batch = { from: 'pool/bob', to: 'account/ada', first: 1, messages: [], acknowledged: 0 } as const
    await expect(async () => await nameless.receive(batch)).rejects.toThrow('use getByName')
  })
})
