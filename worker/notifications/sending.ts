import type { Env } from '../env.ts'
import type { NotificationMessage } from './message.ts'

/** Puts notices on their way to the inboxes. */
export async function sendNotifications(notices: readonly NotificationMessage[], env: Env): Promise<void> {
  for (let start = 0; start < notices.length; start += 100)
    await env.NOTIFICATIONS.sendBatch(notices.slice(start, start + 100).map((body) => ({ body })))
}
