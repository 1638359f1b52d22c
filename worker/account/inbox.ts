import type { Decision } from '../messaging/domain.ts'
import type { AccountEvent, AccountState, Notification } from './accountState.ts'

/** A notification as a queue brings it. */
export type Notice = Omit<Notification, 'read'>

/** The inbox keeps the newest; an older one leaves when a newer comes. */
export const INBOX_KEPT = 500

/** Takes notices, each once by its id, however often a queue hands it over. */
export function notify(state: AccountState, notices: readonly Notice[]): Decision<AccountEvent> {
  const kept = new Map(state.notifications)
  const full = state.notifications.size >= INBOX_KEPT
  const oldestKept = full ? Math.min(...[...kept.values()].map(({ at }) => at)) : Number.NEGATIVE_INFINITY
  const fresh: Notification[] = []
  for (const { id, type, priority, title, body, link, at } of notices) {
    // In a full inbox one older than all that is kept has been here and gone, or would go at once.
    if (kept.has(id) || at < oldestKept) continue
    const notification: Notification = { id, type, priority, title, body, link, at, read: false }
    kept.set(notification.id, notification)
    fresh.push(notification)
  }
  const forgotten = [...kept.values()]
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    .slice(0, Math.max(0, kept.size - INBOX_KEPT))
  return {
    reply: undefined,
    events: [
      ...fresh.map((notification) => ({ type: 'notified', notification }) as const),
      ...forgotten.map(({ id }) => ({ type: 'notificationForgotten', id }) as const),
    ],
    messages: [],
    timers: [],
  }
}

/** Marks the named ones read, or all. Replies how many are unread now. */
export function markRead(
  state: AccountState,
  ids: readonly string[] | undefined,
): Decision<AccountEvent, number> {
  const wanted = ids === undefined ? null : new Set(ids)
  const marked = [...state.notifications.values()].filter(
    ({ id, read }) => !read && (wanted === null || wanted.has(id)),
  )
  return {
    reply: unreadOf(state) - marked.length,
    events: marked.map(({ id }) => ({ type: 'notificationRead', id })),
    messages: [],
    timers: [],
  }
}

export function unreadOf(state: AccountState): number {
  let unread = 0
  for (const { read } of state.notifications.values()) if (!read) unread += 1
  return unread
}
