import { applyD1Migrations, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { DemoTraders, LEASE_MS } from '../../worker/demo/demoTraders.ts'
import { ROSTER } from '../../worker/demo/roster.ts'

const demo = () => env.DEMO_TRADERS.getByName('demo')
const account = (name: string) => {
  const trader = ROSTER.find((one) => one.name === name)
  if (trader === undefined) throw new Error(`no trader ${name}`)
  return env.ACCOUNT.getByName(trader.id)
}

/**
 * The demonstration is off in the configuration of the tests, or it would trade into all of them. This runs it switched on
 * in its object, and answers when its alarm was set to; the alarm itself is taken away, since it would find it off.
 */
function switchedOn(
  act: (traders: DemoTraders, state: DurableObjectState) => Promise<void>,
): Promise<number | null> {
  return runInDurableObject(demo(), async (_, state) => {
    await act(new DemoTraders(state, { ...env, DEMO: 'on' }), state)
    const alarm = await state.storage.getAlarm()
    await state.storage.deleteAlarm()
    return alarm
  })
}

const seed = () => switchedOn((traders) => traders.ensureSeeded())

async function rows<Row>(query: string): Promise<Row[]> {
  return (await env.DB.prepare(query).all<Row>()).results
}

// Thirty days are simulated once for all: the tests go on from each other in the order in which they stand.
beforeAll(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  await switchedOn(async (traders) => {
    await Promise.all([traders.ensureSeeded(), traders.ensureSeeded()])
  })
}, 180_000)

describe('the demonstration’s traders', () => {
  it('have a profile that says what of their record is simulated', async () => {
    const traders = await rows<{ id: string; kind: string; open: number; note: string; span: number }>(
      'SELECT id, kind, open_to_followers AS open, record_note AS note, created_at - record_start AS span FROM traders',
    )
    expect(traders.map(({ id }) => id).sort()).toEqual(ROSTER.map(({ id }) => id).sort())
    for (const { kind, open, note, span } of traders) {
      expect({ kind, open, span }).toEqual({ kind: 'bot', open: 1, span: 30 * 86_400_000 })
      expect(note).toContain('simulated')
    }
  })

  it('have an account with the cash that their record ends with, and nothing else', async () => {
    const ends = await rows<{ id: string; count: number; equity: string; sources: string }>(
      `SELECT account_id AS id, count(*) AS count, group_concat(DISTINCT source) AS sources,
         (SELECT CAST(equity AS TEXT) FROM equity_snapshots l WHERE l.account_id = s.account_id ORDER BY at DESC LIMIT 1)
           AS equity
       FROM equity_snapshots s GROUP BY account_id`,
    )
    expect(ends).toHaveLength(ROSTER.length)
    for (const { id, count, equity, sources } of ends) {
      expect([count, sources]).toEqual([721, 'simulated'])
      const venue = await env.ACCOUNT.getByName(id).equity()
      expect(venue).toEqual({
        equity: BigInt(equity),
        netDeposits: BigInt(equity),
        realised: 0n,
        resetAt: null,
      })
    }
  })

  it('are not seeded a second time, and come back the same when the database has lost them', async () => {
    const all = 'SELECT * FROM equity_snapshots ORDER BY account_id, at'
    const before = await rows(all)
    await seed()
    expect(await rows(all)).toEqual(before)
    await env.DB.batch([
      env.DB.prepare('DELETE FROM traders'),
      env.DB.prepare('DELETE FROM equity_snapshots'),
    ])
    await seed()
    expect(await rows(all)).toEqual(before)
    expect(await rows('SELECT id FROM traders')).toHaveLength(ROSTER.length)
  }, 180_000)

  it('trade through their accounts while somebody watches, and not before', async () => {
    expect((await account('Slow Tide').fills({ limit: 10 })).items).toEqual([])
    expect(await switchedOn((traders) => traders.watched('BTC-USDT'))).not.toBeNull()
    const next = await switchedOn((traders) => traders.alarm())
    expect(next).toBeGreaterThan(Date.now() - LEASE_MS)
    const { items } = await account('Slow Tide').fills({ limit: 10 })
    expect(items.length).toBeGreaterThan(0)
    expect(items[0]).toMatchObject({ market: 'BTC-USDT', side: 'buy', liquidity: 'taker' })
    const resting = await account('Lattice').orders({ status: 'open', limit: 50 })
    expect(resting.items.length).toBeGreaterThan(0)
    for (const order of resting.items)
      expect(order).toMatchObject({ type: 'limit', postOnly: true, side: 'buy' })
  }, 60_000)

  it('withdraw their resting orders when nobody watches any more, and then sleep', async () => {
    const alarm = await switchedOn(async (traders, state) => {
      state.storage.kv.put('leaseEndsAt', Date.now() - 1)
      await traders.alarm()
    })
    expect((await account('Lattice').orders({ status: 'open', limit: 50 })).items).toEqual([])
    expect(alarm).toBeNull()
  }, 60_000)

  it('are not there at all when the demonstration is off', async () => {
    await demo().watched('BTC-USDT')
    expect(await runInDurableObject(demo(), (_, state) => state.storage.getAlarm())).toBeNull()
    await env.DB.prepare('DELETE FROM traders').run()
    await demo().ensureSeeded()
    expect(await rows('SELECT id FROM traders')).toEqual([])
  })
})
