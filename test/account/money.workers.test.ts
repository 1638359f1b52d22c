import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { uuidv7 } from 'uuidv7'
import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ConversionView, ResetResult, SmallBalances } from '../../worker/contract/account.ts'
import { Problem } from '../../worker/contract/errors.ts'
import { TraderView } from '../../worker/contract/traders.ts'
import { readRecords } from '../../worker/leaderboard/records.ts'
import { takeSnapshots } from '../../worker/leaderboard/snapshots.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { Client } from '../support/client.ts'

const Account = z.object({
  id: z.string(),
  recordStart: z.string(),
  balances: z.array(z.object({ asset: z.string(), available: z.string() })),
})

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

async function signedUp(name = 'Ada'): Promise<Client> {
  const client = new Client()
  await client.signUp(name)
  return client
}

async function buy(client: Client, amount: string): Promise<void> {
  const order = { market: 'BTC-USDT', side: 'buy', type: 'market', quoteAmount: amount }
  expect((await client.call('POST', '/orders', order)).status).toBe(200)
}

const account = async (client: Client) => Account.parse((await client.call('GET', '/account')).body)

describe('POST /account/reset', () => {
  it('closes the record, which stays on the profile, and begins another that counts from now', async () => {
    const ada = await signedUp()
    const { id } = await account(ada)
    await takeSnapshots(env, Date.now())
    await buy(ada, '1000')
    const key = uuidv7()
    const answer = await ada.call('POST', '/account/reset', undefined, { 'idempotency-key': key })
    const closed = ResetResult.parse(answer.body)
    const again = await ada.call('POST', '/account/reset', undefined, { 'idempotency-key': key })
    expect(again.body).toEqual(answer.body)

    const after = await account(ada)
    expect(after.balances).toEqual([expect.objectContaining({ asset: 'USDT', available: '10000' })])
    expect(after.recordStart).toBe(closed.endedAt)
    const profile = TraderView.parse((await ada.call('GET', `/traders/${id}`)).body)
    expect(profile.closedRecords).toEqual([
      {
        id: closed.id,
        startedAt: closed.startedAt,
        endedAt: closed.endedAt,
        reason: 'reset',
        // A fee and half a spread of a tenth of the funds.
        returnBps: expect.any(Number),
        maxDrawdownBps: expect.any(Number),
        realised: '0',
        equity: closed.equity,
      },
    ])
    expect(Math.abs(profile.closedRecords[0]?.returnBps ?? 99)).toBeLessThan(20)
    // The snapshots of before are no part of the new record.
    const [record] = await readRecords(env, Date.now(), id)
    expect(record?.recordStart).toBe(Date.parse(closed.endedAt))
    expect(record?.snapshots.map(({ at, equity }) => [at, equity])).toEqual([
      [Date.parse(closed.endedAt), toUnits('10000')],
    ])
    await takeSnapshots(env, Date.now() + 1_000)
    const [later] = await readRecords(env, Date.now() + 1_000, id)
    expect(later?.snapshots).toHaveLength(2)
    expect(new Set(later?.snapshots.map(({ netDeposits }) => netDeposits)).size).toBe(1)
  })

  it('is made up for by the cron where the database has not heard of it', async () => {
    const ada = await signedUp()
    const { id } = await account(ada)
    await buy(ada, '1000')
    const outcome = await env.ACCOUNT.getByName(id).reset(uuidv7())
    if (!outcome.ok) throw new Error(outcome.refusal.message)
    await takeSnapshots(env, outcome.value.endedAt - 5)
    const profile = TraderView.parse((await ada.call('GET', `/traders/${id}`)).body)
    expect(profile.closedRecords.map((record) => record.id)).toEqual([outcome.value.id])
    // Nothing of the new record lies before its start, though the cron's time does.
    const { results } = await env.DB.prepare('SELECT at FROM equity_snapshots WHERE account_id = ?')
      .bind(id)
      .all()
    expect(results).toEqual([{ at: outcome.value.endedAt }])
  })

  it('is refused with a code that says why', async () => {
    const ada = await signedUp()
    const code = async () => Problem.parse((await ada.call('POST', '/account/reset')).body).code
    expect(await code()).toBe('nothing_to_reset')
    const order = { market: 'BTC-USDT', side: 'buy', type: 'limit', price: '20000', quantity: '0.01' }
    await ada.call('POST', '/orders', order)
    expect(await code()).toBe('orders_open')
  })
})

describe("an id of somebody else's sent as the key of a request", () => {
  it('hides no closed record', async () => {
    const [ada, bea] = [await signedUp('Ada'), await signedUp('Bea')]
    await buy(ada, '1000')
    await buy(bea, '1000')
    const first = ResetResult.parse((await ada.call('POST', '/account/reset')).body)
    const key = { 'idempotency-key': first.id }
    const second = ResetResult.parse((await bea.call('POST', '/account/reset', undefined, key)).body)
    const { id } = await account(bea)
    const profile = TraderView.parse((await bea.call('GET', `/traders/${id}`)).body)
    expect(profile.closedRecords.map((record) => record.id)).toEqual([second.id])
  })

  it('hides no follow', async () => {
    const [ada, bea] = [await signedUp('Ada'), await signedUp('Bea')]
    const ids = [await account(ada), await account(bea)].map(({ id }) => id)
    for (const client of [ada, bea]) await client.call('PATCH', '/account/profile', { openToFollowers: true })
    const follow = (client: Client, leaderId: string | undefined, key: string) =>
      client.call(
        'POST',
        '/follows',
        { leaderId, amount: '100', settings: { mode: 'proportional', maxPerOrder: '100' } },
        { 'idempotency-key': key },
      )
    const opened = z.object({ id: z.string() }).parse((await follow(ada, ids[1], uuidv7())).body)
    const copier = await signedUp('Cat')
    const other = z.object({ id: z.string() }).parse((await follow(copier, ids[0], opened.id)).body)
    const again = z.object({ id: z.string() }).parse((await follow(copier, ids[0], opened.id)).body)
    expect(other.id).not.toBe(opened.id)
    expect(again.id).toBe(other.id)
    await expect
      .poll(async () => TraderView.parse((await copier.call('GET', `/traders/${ids[0]}`)).body).followers)
      .toBe(1)
  })

  it('mixes up no conversion with another at the house', async () => {
    const [ada, bea] = [await signedUp('Ada'), await signedUp('Bea')]
    const key = { 'idempotency-key': uuidv7() }
    const ids: string[] = []
    for (const client of [ada, bea]) {
      await buy(client, '10')
      const answer = await client.call('POST', '/account/small-balances', {}, key)
      ids.push(ConversionView.parse(answer.body).id)
    }
    expect(new Set(ids).size).toBe(2)
  })
})

describe('small balances', () => {
  it('are listed with what they bring, converted once, and taken over by the house', async () => {
    const ada = await signedUp()
    await buy(ada, '10')
    const { id } = await account(ada)
    const listed = SmallBalances.parse((await ada.call('GET', '/account/small-balances')).body)
    expect(listed.items.map(({ asset }) => asset)).toEqual(['BTC'])
    const key = { 'idempotency-key': uuidv7() }
    const answer = await ada.call('POST', '/account/small-balances', { assets: ['BTC'] }, key)
    const converted = ConversionView.parse(answer.body)
    expect(converted.items.map(({ quantity }) => quantity)).toEqual(
      listed.items.map(({ quantity }) => quantity),
    )
    const again = await ada.call('POST', '/account/small-balances', { assets: ['BTC'] }, key)
    expect(again.body).toEqual(answer.body)
    expect(SmallBalances.parse((await ada.call('GET', '/account/small-balances')).body).items).toEqual([])
    const journal = await env.ACCOUNT.getByName(id).journal({ limit: 5 })
    expect(journal.items[0]).toMatchObject({ kind: 'residue', reference: converted.id })
    await expect
      .poll(async () => (await env.ACCOUNT.getByName('house.BTC-USDT').journal({ limit: 5 })).items)
      .toContainEqual(expect.objectContaining({ kind: 'residue', reference: converted.id }))
  })

  it('are refused with a code when there are none', async () => {
    const ada = await signedUp()
    const answer = await ada.call('POST', '/account/small-balances', {})
    expect([answer.status, Problem.parse(answer.body).code]).toEqual([422, 'nothing_to_convert'])
  })
})
