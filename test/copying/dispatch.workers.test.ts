import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  reset,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { dispatchCopies, refuseCopyOrders } from '../../worker/copying/dispatch.ts'
import type { Copy, CopyPage, FollowRecord } from '../../worker/copying/messages.ts'
import { encode } from '../../worker/messaging/codec.ts'
import { SETTINGS } from './settings.ts'

const AT = Date.UTC(2026, 10, 25)
const id = (number: number) => `01990000-0000-7000-8000-${String(number).padStart(12, '0')}`

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

const copy = (number: number, more: Partial<Copy> = {}): Copy => ({
  id: id(number),
  followId: id(1_000 + number),
  followerId: id(2_000 + number),
  target: 9_007_199_254_740_993n,
  wanted: 9_007_199_254_740_993n,
  quantity: 9_007_199_254_740_993n,
  quote: 123n,
  fee: 4n,
  feeAsset: 'BTC',
  outcome: 'filled',
  reason: null,
  slippage: 150,
  delayMs: 80,
  notify: false,
  ...more,
})

const page = (copies: readonly Copy[]): CopyPage => ({
  type: 'copyPage',
  leaderId: id(1),
  blockId: id(2),
  market: 'BTC-USDT',
  side: 'buy',
  leader: { orderId: id(3), lots: 10, quote: 500n, at: AT - 80 },
  block: { lots: 7, quote: 350n, participants: 2 },
  copies,
  at: AT,
})

const record = (version: number, status: FollowRecord['status']): FollowRecord => ({
  type: 'followRecord',
  followId: id(4),
  leaderId: id(1),
  followerId: id(5),
  status,
  settings: { ...SETTINGS, maxPerOrder: 5n, maxSlippageBps: 50 },
  allocated: 100n,
  version,
  createdAt: AT,
  at: AT,
})

async function deliver(queue: string, bodies: readonly unknown[], consumer = dispatchCopies) {
  const batch = createMessageBatch(
    queue,
    bodies.map((body, index) => ({
      id: `message-${index}`,
      timestamp: new Date(AT),
      attempts: 1,
      body: { source: `pool/${id(1)}`, sequence: index + 1, body: encode(body) },
    })),
  )
  await consumer(batch, env)
  return getQueueResult(batch, createExecutionContext())
}

it('writes each copy once, exactly, however often its page comes', async () => {
  const bodies = [
    page([copy(10), copy(11, { outcome: 'skipped', reason: 'paused', wanted: 0n, quantity: 0n })]),
  ]
  await deliver('copy-fills', bodies)
  const result = await deliver('copy-fills', bodies)
  expect(result.explicitAcks).toEqual(['message-0'])
  const { results } = await env.DB.prepare(
    `SELECT id, block_id, CAST(quantity AS TEXT) AS quantity, CAST(leader_quantity AS TEXT) AS leaderQuantity,
       CAST(block_size AS TEXT) AS blockSize, outcome, reason, slippage, delay, participants FROM copied_trades ORDER BY id`,
  ).all()
  expect(results).toEqual([
    {
      id: id(10),
      block_id: id(2),
      quantity: '9007199254740993',
      leaderQuantity: '10000',
      blockSize: '7000',
      outcome: 'filled',
      reason: null,
      slippage: 150,
      delay: 80,
      participants: 2,
    },
    expect.objectContaining({ id: id(11), block_id: null, outcome: 'skipped', reason: 'paused' }),
  ])
})

it('keeps the latest version of a follow, in whatever order they come', async () => {
  await deliver('copy-fills', [record(3, 'closed'), record(1, 'active'), record(2, 'closing')])
  const row = await env.DB.prepare('SELECT status, sequence, settings FROM follows').first()
  expect(row).toMatchObject({ status: 'closed', sequence: 3 })
})

it("changes nothing of a follow by another person's follow with the same id", async () => {
  await deliver('copy-fills', [record(1, 'active')])
  const other = { ...record(7, 'closed'), leaderId: id(8), followerId: id(9) }
  const result = await deliver('copy-fills', [other, { ...other, leaderId: id(1) }])
  expect(result.explicitAcks).toHaveLength(2)
  const row = await env.DB.prepare('SELECT status, sequence, leader_id FROM follows').first()
  expect(row).toMatchObject({ status: 'active', sequence: 1, leader_id: id(1) })
})

it('tries again what it cannot apply, and goes on with the others', async () => {
  const result = await deliver('copy-fills', [{ type: 'nonsense' }, record(1, 'active')])
  expect(result.retryMessages).toMatchObject([{ msgId: 'message-0' }])
  expect(result.explicitAcks).toEqual(['message-1'])
})

it('records an order for a connected exchange as refused', async () => {
  const result = await deliver('copy-orders', [{ type: 'copyOrder' }], refuseCopyOrders)
  expect(result.explicitAcks).toEqual(['message-0'])
  const row = await env.DB.prepare('SELECT queue, error FROM dead_letters').first()
  expect(row?.queue).toBe('copy-orders')
})
