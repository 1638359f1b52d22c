import { SvelteSet } from 'svelte/reactivity'
import type { OrderView } from '$contract/orders.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'

/** Cancelling one order at a time: which are on their way out, and which would not go. */
export class Cancelling {
  readonly #api: Pick<Api, 'cancelOrder'>
  readonly #took: (order: OrderView) => void
  readonly pending = new SvelteSet<string>()
  refusal = $state.raw<Refused | null>(null)

  constructor(api: Pick<Api, 'cancelOrder'>, took: (order: OrderView) => void) {
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
}

interface Surroundings {
  api: Pick<Api, 'cancelAll'>
  /** The newest of every order, ended ones included. */
  orders: () => readonly OrderView[]
}

/** Cancelling many orders with one request, and what becomes of each. */
export class CancellingAll {
  readonly #outside: Surroundings
  #ids = $state.raw<readonly string[]>([])
  state = $state<'choosing' | 'sent' | 'answered'>('choosing')
  refusal = $state.raw<Refused | null>(null)

  constructor(outside: Surroundings) {
    this.#outside = outside
  }

  readonly orders: readonly OrderView[] = $derived.by(() =>
    this.#outside.orders().filter(({ id }) => this.#ids.includes(id)),
  )

  /** `orders`: those that were shown to be cancelled; without a market those of every market. */
  async cancel(orders: readonly OrderView[], market: string | undefined): Promise<void> {
    if (this.state === 'sent') return
    this.state = 'sent'
    this.refusal = null
    this.#ids = orders.map(({ id }) => id)
    const answer = await this.#outside.api.cancelAll(market)
    this.refusal = answer.ok ? null : answer.refusal
    this.state = answer.ok ? 'answered' : 'choosing'
  }
}
