import { dispatchCopies, refuseCopyOrders } from './copying/dispatch.ts'
import type { Env } from './env.ts'
import { projectMarketEvents } from './market/projection.ts'
import { deliverNotifications } from './notifications/delivery.ts'
import { recordDeadLetters } from './observability/deadLetters.ts'

/** Each queue to its consumer. */
export function consume(batch: MessageBatch, env: Env): Promise<void> {
  if (batch.queue.endsWith('-dead')) return recordDeadLetters(batch, env)
  switch (batch.queue) {
    case 'market-events':
      return projectMarketEvents(batch, env)
    case 'copy-fills':
      return dispatchCopies(batch, env)
    case 'copy-orders':
      return refuseCopyOrders(batch, env)
    case 'notifications':
      return deliverNotifications(batch, env)
    default:
      throw new Error(`no consumer for the queue ${batch.queue}`)
  }
}
