import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  reset,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { recordDeadLetters, sweepDeadLetters } from '../../worker/observability/deadLetters.ts'
import { consume } from '../../worker/queues.ts'

const DAY = 24 * 60 * 60 * 1000

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

const batchOf = (queue: string, ...ids: string[]) =>
  createMessageBatch(
    queue,
    ids.map((id) => ({
      id,
      timestamp: new Date(),
      attempts: 3,
      body: { source: 'pool/1', sequence: 7, body: id },
    })),
  )

const recorded = async () =>
  (await env.DB.prepare('SELECT id, queue, body FROM dead_letters ORDER BY id').all()).results

it('records what a queue has given up on, and acknowledges it', async () => {
  const batch = batchOf('copy-fills-dead', 'a', 'b')
  await consume(batch, env)
  const result = await getQueueResult(batch, createExecutionContext())
  expect(result.explicitAcks).toEqual(['a', 'b'])
  expect(await recorded()).toEqual([
    { id: 'a', queue: 'copy-fills', body: '{"source":"pool/1","sequence":7,"body":"a"}' },
    { id: 'b', queue: 'copy-fills', body: '{"source":"pool/1","sequence":7,"body":"b"}' },
  ])
})

it('records a letter once, however often it is delivered', async () => {
  for (let time = 0; time < 2; time += 1) await recordDeadLetters(batchOf('notifications-dead', 'a'), env)
  expect(await recorded()).toHaveLength(1)
})

it('keeps letters for ninety days', async () => {
  await recordDeadLetters(batchOf('market-events-dead', 'a'), env)
  await sweepDeadLetters(env, Date.now() + 89 * DAY)
  expect(await recorded()).toHaveLength(1)
  await sweepDeadLetters(env, Date.now() + 91 * DAY)
  expect(await recorded()).toHaveLength(0)
})

it.each(['market-events', 'copy-fills', 'copy-orders', 'notifications'])(
  'has a consumer for %s and for its dead letters',
  async (queue) => {
    await consume(batchOf(queue), env)
    await consume(batchOf(`${queue}-dead`), env)
  },
)

it('throws for a queue that nobody reads, so that the platform keeps its messages', () => {
  expect(() => consume(batchOf('unknown', 'a'), env)).toThrow('no consumer')
})
