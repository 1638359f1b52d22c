import * as z from 'zod'
import { NotificationType, Priority } from '../contract/notifications.ts'

/** What the notifications queue carries: one notice for one account. Its id makes a repeat harmless everywhere. */
export const NotificationMessage = z.object({
  id: z.string(),
  accountId: z.string(),
  type: NotificationType,
  priority: Priority,
  title: z.string(),
  body: z.string(),
  link: z.string().nullable(),
  /** Milliseconds. */
  at: z.number().int(),
})
export type NotificationMessage = z.infer<typeof NotificationMessage>
