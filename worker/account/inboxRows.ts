import { NotificationType, Priority } from '../contract/notifications.ts'
import type { SqlRow, Store } from '../messaging/store.ts'
import type { Notification } from './accountState.ts'

export function writeNotification(store: Store, notification: Notification): void {
  store.run(
    'INSERT INTO notification (id, type, priority, title, body, link, read, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    notification.id,
    notification.type,
    notification.priority,
    notification.title,
    notification.body,
    notification.link,
    notification.read ? 1 : 0,
    notification.at,
  )
}

interface NotificationRow extends SqlRow {
  id: string
  type: string
  priority: string
  title: string
  body: string
  link: string | null
  read: number
  at: number
}

export function readNotifications(store: Store): Notification[] {
  return store
    .all<NotificationRow>(
      'SELECT id, type, priority, title, body, link, read, at FROM notification ORDER BY at, id',
    )
    .map((row) => ({
      ...row,
      type: NotificationType.parse(row.type),
      priority: Priority.parse(row.priority),
      read: row.read === 1,
    }))
}
