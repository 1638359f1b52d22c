import { applyD1Migrations, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ReconcileResult } from '../../worker/contract/reconciliation.ts'
import { loadBalances } from '../../worker/ledger/journal.ts'
import { balanceKey, type Purse } from '../../worker/ledger/ledger.ts'
import { durableStore } from '../../worker/messaging/durable.ts'
import { addTotals, isStill, NO_TOTALS, type Totals } from '../../worker/reconciliation/conservation.ts'
import type { Pace } from '../../worker/reconciliation/portion.ts'
import { PROJECTED_WITHIN_MS } from '../../worker/reconciliation/projection.ts'
import { reportDifferences, sweepDifferences } from '../../worker/reconciliation/report.ts'
import { reconcileSome } from '../../worker/reconciliation/round.ts'
import { Client } from '../support/client.ts'

const DIFFERENCE = z.object({ where: z.string(), about: z.string() })

const OPERATOR = { authorization: `Bearer ${env.OPERATOR_TOKEN}` }

/** Looks follow each other at once. Nothing here is under way that a pause would wait for. */
const pace = (ahead = 0): Pace => ({ now: () => Date.now() + ahead, pause: () => Promise.resolve() })

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

async function trader(name: string): Promise<{ client: Client; id: string }> {
  const client = new Client()
  await client.signUp(name)
  const { id } = z.object({ id: z.string() }).parse((await client.call('GET', '/account')).body)
  return { client, id }
}

/** Two people who have traded, with an order open. */
async function traders() {
  const ada = await trader('Ada')
  const bob = await trader('Bob')
  for (const { client } of [ada, bob]) {
    const market = { market: 'BTC-USDT', side: 'buy', type: 'market', quoteAmount: '500' }
    const limit = { market: 'ETH-USDT', side: 'buy', type: 'limit', price: '1000', quantity: '0.1' }
    for (const order of [market, limit])
      expect((await client.call('POST', '/orders', order)).status).toBe(200)
  }
  return { ada, bob }
}

async function roundByRoute(): Promise<{ results: ReconcileResult[]; totals: Totals }> {
  const results: ReconcileResult[] = []
  let totals = NO_TOTALS
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await new Client().call('POST', '/operator/reconciliation', { cursor }, OPERATOR)
    expect(answer.status).toBe(200)
    const result: ReconcileResult = ReconcileResult.parse(answer.body)
    results.push(result)
    const purses = Object.entries(result.totals.purses).map(([name, units]) => [name, BigInt(units)] as const)
    totals = addTotals(totals, { ...result.totals, purses: Object.fromEntries(purses) })
    cursor = result.next
  }
  return { results, totals }
}

const takeACoin = (id: string) =>
  runInDurableObject(env.ACCOUNT.getByName(id), (_account, { storage }) => {
    storage.sql
      .exec(
        `INSERT INTO balance VALUES ('', 'available', 'USDT', 1)
         ON CONFLICT (owner, purse, asset) DO UPDATE SET amount = amount + 1`,
      )
      .toArray()
  })

/** Whole rounds by the cron, some portions a run. */
async function runs(count: number, ahead = 0, more: object = {}): Promise<void> {
  for (let run = 0; run < count; run += 1)
    await reconcileSome({ ...env, ...more } as typeof env, Date.now() + run, pace(ahead))
}

const recorded = async () =>
  (
    await env.DB.prepare(
      'SELECT kind, place, told FROM reconciliation_differences ORDER BY kind, place',
    ).all<{
      kind: string
      place: string
      told: number
    }>()
  ).results

describe('the operator’s route', () => {
  it('finds nothing in a venue that is sound, and its sums can be judged once it stands still', async () => {
    await traders()
    const first = await roundByRoute()
    expect(first.results.flatMap(({ differences }) => differences)).toEqual([])
    expect(first.results.flatMap(({ underWay }) => underWay)).toEqual([])
    const second = await roundByRoute()
    expect(isStill(first.totals, second.totals)).toBe(true)
    // Two people, six houses, six markets.
    expect(second.totals.objects).toBe(14)
    expect(await recorded()).toEqual([])
  })

  it('says what differs and the entries behind it, and records it once', async () => {
    const { ada } = await traders()
    await takeACoin(ada.id)
    for (let time = 0; time < 2; time += 1) {
      const { results } = await roundByRoute()
      expect(results.flatMap(({ differences }) => differences)).toEqual([
        expect.objectContaining({
          kind: 'journal',
          where: `account/${ada.id}`,
          entries: [expect.objectContaining({ object: `account/${ada.id}` })],
        }),
      ])
    }
    expect(await recorded()).toEqual([{ kind: 'journal', place: `account/${ada.id}`, told: 0 }])
  })
})

describe('the cron’s reconciliation', () => {
  it('finds nothing over several rounds of a sound venue, sums over all objects included', async () => {
    await traders()
    await runs(3)
    expect(await recorded()).toEqual([])
    const progress = await env.DB.prepare('SELECT count(*) AS n FROM reconciliation_progress').first()
    expect(progress).toEqual({ n: 1 })
  })

  it('judges the sums over all objects when nothing has happened for a round', async () => {
    const { ada } = await traders()
    // A whole entry made of nothing: its books balance, and no other book has the other side.
    await runInDurableObject(env.ACCOUNT.getByName(ada.id), (_account, { storage }) => {
      const postings = JSON.stringify([
        ['', 'available', 'BTC', '5', String(5n + balance(storage, 'available'))],
        ['', 'pool/nobody', 'BTC', '-5', '-5'],
      ])
      storage.sql
        .exec(
          "INSERT INTO entry (id, kind, reference, at, postings) VALUES ('x', 'return', 'x', 1, ?)",
          postings,
        )
        .toArray()
    })
    await runs(2)
    expect(await recorded()).toEqual([{ kind: 'conservation', place: 'venue', told: 0 }])
  })

  it('finds what the database does not show, once a queue has had the time', async () => {
    const { ada } = await traders()
    const orders = () => env.DB.prepare('SELECT count(*) AS n FROM orders').first<{ n: number }>()
    await expect.poll(async () => (await orders())?.n).toBe(4)
    await runs(1, PROJECTED_WITHIN_MS + 60_000)
    expect(await recorded()).toEqual([])
    await env.DB.batch([env.DB.prepare('DELETE FROM trades'), env.DB.prepare('DELETE FROM orders')])
    await runs(1)
    expect(await recorded()).toEqual([])
    await runs(1, PROJECTED_WITHIN_MS + 60_000)
    const places = (await recorded()).map(({ kind, place }) => `${kind} ${place}`)
    expect(places).toContain('projection market/BTC-USDT')
    expect(places).toContain(`projection account/${ada.id}`)
  })

  it('finds a follow and a copy that the database does not show', async () => {
    const { ada, bob } = await traders()
    await ada.client.call('PATCH', '/account/profile', { openToFollowers: true })
    const settings = { mode: 'fixed', fixedAmount: '100', maxPerOrder: '200' }
    const follow = await bob.client.call('POST', '/follows', { leaderId: ada.id, amount: '500', settings })
    expect(follow.status).toBe(200)
    const order = { market: 'BTC-USDT', side: 'buy', type: 'market', quoteAmount: '500' }
    const filled = async (): Promise<number> => {
      await ada.client.call('POST', '/orders', order)
      const row = await env.DB.prepare(
        "SELECT count(*) AS n FROM copied_trades WHERE outcome = 'filled'",
      ).first<{
        n: number
      }>()
      return row?.n ?? 0
    }
    await expect.poll(filled, { timeout: 10_000 }).toBeGreaterThan(0)
    await runs(2, PROJECTED_WITHIN_MS + 60_000)
    expect(await recorded()).toEqual([])
    const found = async () => {
      await env.DB.prepare('DELETE FROM reconciliation_differences').run()
      await runs(2, PROJECTED_WITHIN_MS + 60_000)
      const rows = await env.DB.prepare('SELECT detail FROM reconciliation_differences').all<{
        detail: string
      }>()
      const differences = rows.results.map(({ detail }) => DIFFERENCE.parse(JSON.parse(detail)))
      return [...new Set(differences.map(({ where, about }) => `${where} ${about.replace(/ .*/, '')}`))]
    }
    await env.DB.prepare('DELETE FROM copied_trades').run()
    expect(await found()).toEqual([`pool/${ada.id} copies`])
    await env.DB.prepare('DELETE FROM follows').run()
    expect(await found()).toEqual([`pool/${ada.id} follow`])
    const answer = await new Client().call('POST', '/operator/projection', {}, OPERATOR)
    expect(answer.body).toMatchObject({ next: null })
    const follows = () => env.DB.prepare('SELECT count(*) AS n FROM follows').first<{ n: number }>()
    await expect.poll(async () => (await follows())?.n).toBe(1)
    expect(await found()).toEqual([`pool/${ada.id} copies`])
  })

  it('tells every operator of each difference once, however often it is found', async () => {
    const { ada, bob } = await traders()
    await takeACoin(ada.id)
    const sent: unknown[] = []
    const NOTIFICATIONS = { sendBatch: async (batch: Iterable<unknown>) => void sent.push(...batch) }
    const more = { OPERATOR_ACCOUNTS: `${bob.id}, ${ada.id}`, NOTIFICATIONS }
    await runs(3, 0, more)
    // The coin is found in its books, and over all of them.
    const told = z.array(
      z.object({
        body: z.object({
          id: z.uuid(),
          accountId: z.string(),
          title: z.string(),
          type: z.literal('system'),
          priority: z.literal('critical'),
        }),
      }),
    )
    const notices = told.parse(sent).map(({ body: { accountId, title } }) => `${accountId} ${title}`)
    expect(notices.sort()).toEqual(
      [ada.id, bob.id]
        .flatMap((id) => [
          `${id} Reconciliation: conservation at venue`,
          `${id} Reconciliation: journal at account/${ada.id}`,
        ])
        .sort(),
    )
    expect((await recorded()).map(({ told }) => told)).toEqual([1, 1])
    // What was found while nobody was named is told when somebody is.
    await takeACoin(ada.id)
    await runs(1)
    await reportDifferences({ ...env, ...more } as never, [], Date.now())
    expect(sent).toHaveLength(8)
  })

  it('keeps what it has found for a while', async () => {
    const { ada } = await traders()
    await takeACoin(ada.id)
    await runs(1)
    await sweepDifferences(env, Date.now() + 89 * 24 * 3_600_000)
    expect(await recorded()).toHaveLength(1)
    await sweepDifferences(env, Date.now() + 91 * 24 * 3_600_000)
    expect(await recorded()).toEqual([])
  })
})

const balance = (storage: DurableObjectStorage, purse: Purse): bigint =>
  loadBalances(durableStore(storage)).get(balanceKey('', purse, 'BTC')) ?? 0n
