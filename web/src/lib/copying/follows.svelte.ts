import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { CopyView, FollowSettingsInput, FollowView } from '$contract/follows.ts'
import type { AccountStreamMessage } from '$contract/stream.ts'
import type { Api } from '../api/client.ts'
import type { Answer, Refused } from '../api/refusal.ts'

/** How long to wait before asking the pool again, so that a burst of copies is one question. */
const SETTLE = 400

/** One's own follows: read by REST, read again when the private stream says that one of them moved. */
export class Follows {
  readonly #api: Api
  #timer: ReturnType<typeof setTimeout> | null = null
  items = $state.raw<readonly FollowView[] | null>(null)
  refusal = $state.raw<Refused | null>(null)
  /** Refused commands, shown at their follow. */
  readonly faults = new SvelteMap<string, Refused>()
  readonly pending = new SvelteSet<string>()

  constructor(api: Api, first: Answer<{ items: FollowView[] }>) {
    this.#api = api
    this.#take(first)
  }

  async read(): Promise<void> {
    this.#take(await this.#api.follows())
  }

  hear(message: AccountStreamMessage): void {
    if (message.type !== 'follow' && message.type !== 'copies' && message.type !== 'hello') return
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      void this.read()
    }, SETTLE)
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  setPaused = (id: string, paused: boolean): Promise<boolean> =>
    this.#command(id, this.#api.changeFollow(id, { paused }))
  setSettings = (id: string, settings: FollowSettingsInput): Promise<boolean> =>
    this.#command(id, this.#api.changeFollow(id, { settings }))
  unfollow = (id: string): Promise<boolean> => this.#command(id, this.#api.unfollow(id))

  /** Whether it was done. */
  async #command(id: string, sent: Promise<Answer<FollowView>>): Promise<boolean> {
    this.pending.add(id)
    const answer = await sent
    this.pending.delete(id)
    this.faults.delete(id)
    if (answer.ok)
      this.items = this.items?.map((follow) => (follow.id === id ? answer.value : follow)) ?? null
    else this.faults.set(id, answer.refusal)
    return answer.ok
  }

  #take(answer: Answer<{ items: FollowView[] }>): void {
    this.refusal = answer.ok ? null : answer.refusal
    if (answer.ok) this.items = answer.value.items
  }
}

/** The copied trades of one follow, newest first, kept up by the private stream. */
export class Copies {
  readonly #api: Api
  readonly #followId: string
  items = $state.raw<readonly CopyView[] | null>(null)
  next = $state.raw<string | null>(null)
  refusal = $state.raw<Refused | null>(null)
  loadingMore = $state(false)

  constructor(api: Api, followId: string, first: Answer<{ items: CopyView[]; next: string | null }>) {
    this.#api = api
    this.#followId = followId
    if (first.ok) {
      this.items = first.value.items
      this.next = first.value.next
    } else this.refusal = first.refusal
  }

  /** Reads the newest page and puts what is new before what is there. */
  async read(): Promise<void> {
    const answer = await this.#api.copies({ followId: this.#followId, limit: 50 })
    this.refusal = answer.ok ? null : answer.refusal
    if (!answer.ok) return
    const fresh = answer.value.items
    const older = (this.items ?? []).filter(({ id }) => !fresh.some((copy) => copy.id === id))
    if (this.items === null) this.next = answer.value.next
    this.items = [...fresh, ...older]
  }

  async more(): Promise<void> {
    if (this.next === null || this.loadingMore) return
    this.loadingMore = true
    const answer = await this.#api.copies({ followId: this.#followId, cursor: this.next, limit: 50 })
    this.loadingMore = false
    if (!answer.ok) {
      this.refusal = answer.refusal
      return
    }
    this.items = [...(this.items ?? []), ...answer.value.items]
    this.next = answer.value.next
  }
}
