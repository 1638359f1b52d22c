import type { Inbox as InboxPage, NotificationView } from '$contract/notifications.ts'
import type { AccountStreamMessage } from '$contract/stream.ts'
import type { Api } from '../api/client.ts'
import type { Answer, Refused } from '../api/refusal.ts'

/** The inbox: a page read by REST, what arrives on the private stream put before it. */
export class Inbox {
  readonly #api: Api
  /** Takes the count of unread that the venue answered. */
  readonly #counted: (unread: number) => void
  items = $state.raw<readonly NotificationView[] | null>(null)
  next = $state.raw<string | null>(null)
  refusal = $state.raw<Refused | null>(null)
  busy = $state(false)

  constructor(api: Api, first: Answer<InboxPage>, counted: (unread: number) => void) {
    this.#api = api
    this.#counted = counted
    if (first.ok) {
      this.items = first.value.items
      this.next = first.value.next
    } else this.refusal = first.refusal
  }

  hear(message: AccountStreamMessage): void {
    if (message.type === 'notification') {
      const { notification } = message
      if (!(this.items ?? []).some(({ id }) => id === notification.id))
        this.items = [notification, ...(this.items ?? [])]
    } else if (message.type === 'hello') void this.read()
  }

  async read(): Promise<void> {
    const answer = await this.#api.inbox()
    this.refusal = answer.ok ? null : answer.refusal
    if (!answer.ok) return
    this.items = answer.value.items
    this.next = answer.value.next
    this.#counted(answer.value.unread)
  }

  async more(): Promise<void> {
    if (this.next === null || this.busy) return
    this.busy = true
    const answer = await this.#api.inbox(this.next)
    this.busy = false
    if (!answer.ok) {
      this.refusal = answer.refusal
      return
    }
    this.items = [...(this.items ?? []), ...answer.value.items]
    this.next = answer.value.next
  }

  /** All, or those named. */
  async markRead(ids?: string[]): Promise<void> {
    const answer = await this.#api.markRead(ids)
    if (!answer.ok) {
      this.refusal = answer.refusal
      return
    }
    this.#counted(answer.value.unread)
    this.items =
      this.items?.map((each) =>
        ids === undefined || ids.includes(each.id) ? { ...each, read: true } : each,
      ) ?? null
  }
}
