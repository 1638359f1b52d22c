import type { OrderView, PlaceOco, PlaceOrder } from '$contract/orders.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'

/** What is to be placed; its client order id is chosen by the sending. */
export type Asked =
  | { order: Omit<PlaceOrder, 'clientOrderId'>; pair?: never }
  | { pair: Omit<PlaceOco, 'clientOrderId'>; order?: never }

export type Sent =
  | { kind: 'placed'; orders: readonly OrderView[] }
  /** What was sent before and not answered did arrive, so this, which differs, was not sent. */
  | { kind: 'earlier'; order: OrderView }
  | { kind: 'refused'; refusal: Refused }

interface Surroundings {
  api: Pick<Api, 'placeOrder' | 'placeOco' | 'orders'>
  newId: () => string
}

/** Answers that do not say whether the order was placed: the request or its answer was lost on the way. */
const isSilence = ({ code }: Refused): boolean =>
  code === 'offline' || code === 'unreadable' || code === 'internal'

/**
 * Sends orders so that none is placed twice. An order whose answer was lost keeps its client order id until it is known
 * what became of it, edited or not: the venue takes one order of an id, so of the two at most one is ever placed, even
 * when the first request is still on its way.
 */
export class Sending {
  readonly #outside: Surroundings
  #unanswered: { clientOrderId: string; asked: string } | null = null

  constructor(outside: Surroundings) {
    this.#outside = outside
  }

  /** Client order id of the order whose answer was lost. */
  get unanswered(): string | null {
    return this.#unanswered?.clientOrderId ?? null
  }

  async send(asked: Asked): Promise<Sent> {
    const content = JSON.stringify(asked)
    if (this.#unanswered !== null && this.#unanswered.asked !== content) {
      const earlier = await this.#lookUp(this.#unanswered.clientOrderId)
      if (earlier !== null) return earlier
    }
    // What was lost and is not found may still be on its way: the same id keeps it from being placed beside this.
    const { clientOrderId, asked: first } = this.#unanswered ?? {
      clientOrderId: this.#outside.newId(),
      asked: content,
    }
    const answer = await this.#place(asked, clientOrderId)
    if (answer.kind === 'placed') this.#unanswered = null
    else if (isSilence(answer.refusal)) this.#unanswered = { clientOrderId, asked: first }
    else if (answer.refusal.code === 'duplicate_id') {
      const earlier = await this.#lookUp(clientOrderId)
      if (earlier !== null) return earlier
      this.#unanswered = null
    }
    // A refusal of an edited order says nothing of the one before it.
    else if (first === content) this.#unanswered = null
    return answer
  }

  /** The order with this id, or why it cannot be said whether there is one; null when the venue has none. */
  async #lookUp(clientOrderId: string): Promise<Sent | null> {
    const answer = await this.#outside.api.orders({ status: 'all', limit: 50 })
    if (!answer.ok) return { kind: 'refused', refusal: answer.refusal }
    const order = answer.value.items.find((each) => each.clientOrderId === clientOrderId)
    if (order === undefined) return null
    this.#unanswered = null
    // It used the id up and placed nothing.
    return order.status === 'rejected' ? null : { kind: 'earlier', order }
  }

  async #place({ order, pair }: Asked, clientOrderId: string): Promise<Exclude<Sent, { kind: 'earlier' }>> {
    const { api } = this.#outside
    if (pair !== undefined) {
      const answer = await api.placeOco({ ...pair, clientOrderId })
      if (!answer.ok) return { kind: 'refused', refusal: answer.refusal }
      return { kind: 'placed', orders: [answer.value.takeProfit.order, answer.value.stopLoss.order] }
    }
    const answer = await api.placeOrder({ ...order, clientOrderId })
    if (!answer.ok) return { kind: 'refused', refusal: answer.refusal }
    return { kind: 'placed', orders: [answer.value.order] }
  }
}
