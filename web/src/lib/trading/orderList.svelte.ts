import { SvelteSet } from 'svelte/reactivity'
import type { OrderView } from '$contract/orders.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'

/** Cancelling: which orders are on their way out, and which would not go. */
export class Cancelling {
  readonly #api: Api
  readonly #took: (order: OrderView) => void
  readonly pending = new SvelteSet<string>()
  refusal = $state.raw<Refused | null>(null)

  constructor(api: Api, took: (order: OrderView) => void) {
    this.#api = api
    this.#took = took
  }

  async cancel(id: string): Promise<void> {
    if (this.pending.has(id)) return
    this.pending.add(id)
    this.refusal = null
    const answer = await this.#api.cancelOrder(id)
    this.pending.delete(id)
    if (answer.ok) this.#took(answer.value.order)
    // Somebody else's press, or a fill, was faster: the stream has said so already.
    else if (answer.refusal.code !== 'order_already_closed') this.refusal = answer.refusal
  }

  async cancelAll(market: string): Promise<void> {
    this.refusal = null
    const answer = await this.#api.cancelAll(market)
    if (!answer.ok) this.refusal = answer.refusal
  }
}
