import { applyD1Migrations, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import * as z from 'zod'
import { page } from '../../worker/contract/amounts.ts'
import { Trade } from '../../worker/contract/markets.ts'
import { persistMarket } from '../../worker/market/rows.ts'
import { durableStore } from '../../worker/messaging/durable.ts'
import { sweepProjection } from '../../worker/observability/sweep.ts'
import { tradeOf } from '../market/trades.ts'
import { Client } from '../support/client.ts'

const START = Date.UTC(2026, 0, 1)
const MADE = 60
/** The market keeps the newest of its trades and D1 has all but the last few, which are still on their way. */
const KEPT_FROM = 31
const PROJECTED_TO = 55

const uuid = (sequence: number) => `0198c0de-0000-7000-8000-${String(sequence).padStart(12, '0')}`
/** Two trades a second. */
const timeOf = (sequence: number) => START + Math.floor(sequence / 2) * 1_000
const sequences = Array.from({ length: MADE }, (_, index) => index + 1)

async function makeTrades(): Promise<void> {
  const market = env.MARKET.getByName('SOL-USDT')
  await market.summary()
  await runInDurableObject(market, (_, { storage }) => {
    const kept = sequences.filter((sequence) => sequence >= KEPT_FROM)
    persistMarket(durableStore(storage), {
      type: 'matched',
      orders: [],
      reserved: null,
      trades: kept.map((sequence) => ({
        ...tradeOf(sequence, { ticks: 15_000 + sequence, lots: sequence, at: timeOf(sequence) }),
        id: uuid(sequence),
      })),
    })
  })
  const insert = env.DB.prepare(
    `INSERT INTO trades (id, market, sequence, price, quantity, quote, taker_side, maker_account_id, taker_account_id,
       maker_order_id, taker_order_id, maker_fee, maker_fee_asset, taker_fee, taker_fee_asset, at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'a', 'b', 'c', 'd', 0, 'SOL', 0, 'USDT', ?8)`,
  )
  const projected = sequences.filter((sequence) => sequence <= PROJECTED_TO)
  await env.DB.batch(
    projected.flatMap((sequence) => [
      insert.bind(uuid(sequence), 'SOL-USDT', sequence, 1, 1, 1, 'buy', timeOf(sequence)),
      insert.bind(uuid(sequence + 1_000), 'BTC-USDT', sequence, 1, 1, 1, 'buy', timeOf(sequence)),
    ]),
  )
}

async function walk(query: string): Promise<number[]> {
  const found: number[] = []
  let cursor = ''
  for (;;) {
    const { status, body } = await new Client().call(
      'GET',
      `/markets/SOL-USDT/trades/history?${query}${cursor}`,
    )
    expect(status).toBe(200)
    const { items, next } = page(Trade).parse(body)
    found.push(...items.map(({ sequence }) => sequence))
    if (next === null) return found
    cursor = `&cursor=${next}`
  }
}

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

it('has all trades of a market once, newest first, from its own rows and from D1, for any span and size of page', async () => {
  await makeTrades()
  const all = sequences.toReversed()
  for (const limit of [7, 200]) expect(await walk(`limit=${limit}`)).toEqual(all)
  const iso = (time: number) => new Date(time).toISOString()
  for (const [from, to] of [
    [10, 50],
    [2, 9],
    [40, 45],
    [20, 31],
    [31, 32],
    [100, 200],
  ] as const) {
    const span = `from=${iso(timeOf(from))}&to=${iso(timeOf(to))}`
    const within = all.filter((each) => timeOf(each) >= timeOf(from) && timeOf(each) < timeOf(to))
    expect(await walk(`limit=4&${span}`)).toEqual(within)
  }
})

it('has the same in a file, whatever its pages', async () => {
  await makeTrades()
  const { response, body } = await new Client().call(
    'GET',
    '/markets/SOL-USDT/trades/history?format=csv&limit=1&cursor=50',
  )
  expect(response.headers.get('content-type')).toContain('text/csv')
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="SOL-USDT-trades.csv"')
  const [header, ...lines] = z.string().parse(body).trimEnd().split('\r\n')
  expect(header).toBe('at,sequence,id,price,quantity,total,side')
  expect(lines.map((line) => Number(line.split(',')[1]))).toEqual(sequences.slice(0, 49).toReversed())
})

it('keeps trades and what else only grows for so long, and no longer', async () => {
  await makeTrades()
  const day = 24 * 60 * 60 * 1_000
  const end = timeOf(MADE) + 401 * day
  const insert = async (table: string, row: Record<string, string | number>) =>
    env.DB.prepare(
      `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
        .map(() => '?')
        .join(', ')})`,
    )
      .bind(...Object.values(row))
      .run()
  for (const [id, at] of [
    ['old', START],
    ['new', end],
  ] as const) {
    const amounts = { equity: 1, net_deposits: 1, realised: 1 }
    await insert('equity_snapshots', { account_id: id, at, source: 'venue', ...amounts })
    const times = { created_at: at, updated_at: at }
    await insert('verification', { id, identifier: id, value: '1', expires_at: at, ...times })
    for (const status of ['closed', 'active'])
      await insert('follows', {
        id: `${id}-${status}`,
        leader_id: 'a',
        follower_id: 'b',
        status,
        mode: 'fixed',
        settings: '{}',
        allocated: 1,
        sequence: 1,
        ...times,
      })
  }
  const count = async (table: string) =>
    (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>())?.n
  await sweepProjection(env, timeOf(20) + 400 * day)
  expect(await count("trades WHERE market = 'SOL-USDT'")).toBe(PROJECTED_TO - 19)
  await sweepProjection(env, end)
  expect(await count('trades')).toBe(0)
  expect(await count('equity_snapshots')).toBe(1)
  expect(await count('verification')).toBe(1)
  const { results } = await env.DB.prepare('SELECT id FROM follows ORDER BY id').all<{ id: string }>()
  expect(results.map(({ id }) => id)).toEqual(['new-active', 'new-closed', 'old-active'])
})

it('tells an account its orders, fills and journal in files, as in its pages', async () => {
  const ada = new Client()
  await ada.signUp('Ada')
  const order = { market: 'BTC-USDT', side: 'buy', type: 'market', quoteAmount: '100' }
  for (const clientOrderId of ['-first', 'second'])
    expect((await ada.call('POST', '/orders', { ...order, clientOrderId })).status).toBe(200)
  for (const [path, columns] of [
    ['/orders', 'createdAt,updatedAt,id,clientOrderId,'],
    ['/fills', 'at,id,orderId,market,'],
    ['/account/journal', 'at,id,kind,reference,purse,asset,amount'],
  ] as const) {
    const { body: list } = await ada.call('GET', `${path}?limit=200`)
    const items = z.object({ items: z.array(z.object({ id: z.string() })) }).parse(list).items
    const { body, response } = await ada.call('GET', `${path}?format=csv`)
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="(orders|fills|journal)\.csv"$/,
    )
    const [header, ...lines] = z.string().parse(body).trimEnd().split('\r\n')
    expect(header).toContain(columns)
    const ids = items.map(({ id }) => id)
    const place = columns.split(',').indexOf('id')
    expect([...new Set(lines.map((line) => line.split(',')[place]))]).toEqual([...new Set(ids)])
    if (path === '/orders') expect(body).toContain(",'-first,")
    expect((await new Client().call('GET', `${path}?format=csv`)).status).toBe(401)
  }
})

it('has candles in a file, oldest first and without gaps', async () => {
  const now = Math.floor(Date.now() / 1_000)
  for (const [query, least, most] of [
    [`interval=1m&from=${now - 150_000}&to=${now - 300}`, 2_494, 2_496],
    ['interval=1h&limit=30', 30, 30],
    ['interval=1s&limit=60', 40, 61],
  ] as const) {
    const { body } = await new Client().call('GET', `/markets/BTC-USDT/candles?format=csv&${query}`)
    const [header, ...lines] = z.string().parse(body).trimEnd().split('\r\n')
    expect(header).toBe('time,open,high,low,close,volume')
    expect(lines.length).toBeGreaterThanOrEqual(least)
    expect(lines.length).toBeLessThanOrEqual(most)
    const times = lines.map((line) => Date.parse(line.split(',')[0] ?? ''))
    const length = (times[1] ?? 0) - (times[0] ?? 0)
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * length))
  }
})
