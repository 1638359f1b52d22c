import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  reset,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { deliverNotifications } from '../../worker/notifications/delivery.ts'
import type { NotificationMessage } from '../../worker/notifications/message.ts'

const ACCOUNT = '01990000-0000-7000-8000-000000000001'

const NOTICE: NotificationMessage = {
  id: '01990000-0000-7000-8000-000000000002',
  accountId: ACCOUNT,
  type: 'trade',
  priority: 'medium',
  title: 'BTC/USDT order filled',
  body: 'You bought 1 BTC for 1 USDT.',
  link: null,
  at: 1,
}

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

it('delivers the notices that come after one which cannot be read', async () => {
  const batch = createMessageBatch(
    'notifications',
    [{ id: 'no account' }, NOTICE].map((body, index) => ({
      id: `message-${index}`,
      timestamp: new Date(0),
      attempts: 1,
      body,
    })),
  )
  await deliverNotifications(batch, env)
  const result = await getQueueResult(batch, createExecutionContext())
  expect(result.explicitAcks).toEqual(['message-1'])
  expect(result.retryMessages).toMatchObject([{ msgId: 'message-0' }])
  const inbox = await env.ACCOUNT.getByName(ACCOUNT).inbox({ unread: 0, limit: 10 })
  expect(inbox.items).toMatchObject([{ id: NOTICE.id }])
})
