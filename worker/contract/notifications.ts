import * as z from 'zod'
import { Id, Time, TimedPageQuery } from './amounts.ts'

export const NotificationType = z.enum(['trade', 'risk', 'price', 'system'])
export const Priority = z.enum(['low', 'medium', 'high', 'critical'])

export const NotificationView = z.object({
  id: Id,
  type: NotificationType,
  priority: Priority,
  title: z.string(),
  body: z.string(),
  link: z.string().nullable().describe('A path of this site.'),
  read: z.boolean(),
  at: Time,
})
export type NotificationView = z.infer<typeof NotificationView>

export const InboxQuery = TimedPageQuery.extend({ unread: z.coerce.number().int().min(0).max(1).default(0) })
export const Inbox = z.object({
  items: z.array(NotificationView),
  next: z.string().nullable(),
  unread: z.number().int(),
})
export type Inbox = z.infer<typeof Inbox>
export const MarkReadInput = z.strictObject({ ids: z.array(Id).max(500).optional() })
export const MarkReadResult = z.object({ unread: z.number().int() })
