import type { AmendOrder, OrderView } from '$contract/orders.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'
import type { MarketRules } from '../market/rules.ts'
import {
  type AmendFault,
  type AmendField,
  type Amendment,
  amendFault,
  amendmentOf,
  changeOf,
} from './amendment.ts'
import { isOpen } from './orderStatus.ts'

interface Surroundings {
  api: Pick<Api, 'amendOrder'>
  rules: () => MarketRules
  /** Price of the last trade, which triggers are compared with. */
  last: () => bigint | null
  /** The newest that is known of an order. */
  order: (id: string) => OrderView | undefined
  took: (order: OrderView) => void
}

/** Where a change stands. `sent`: on its way to the venue; `under_way`: with the venue, not answered by the market yet. */
export type AmendState = 'entering' | 'sent' | 'under_way' | 'refused' | 'changed' | 'ended'

/** The change of one order: what is entered, the sending of it, and what became of it. */
export class Amending {
  readonly #outside: Surroundings
  readonly #opened: OrderView
  entered = $state<Amendment>({ triggerPrice: '', price: '', quantity: '' })
  refusal = $state.raw<Refused | null>(null)
  #pending = $state(false)
  /** A change was taken by the venue and its outcome comes with the order. */
  #asked = $state(false)

  constructor(order: OrderView, outside: Surroundings) {
    this.#outside = outside
    this.#opened = order
    this.entered = amendmentOf(order)
  }

  readonly order: OrderView = $derived.by(() => this.#outside.order(this.#opened.id) ?? this.#opened)
  readonly change: AmendOrder = $derived.by(() => changeOf(this.order, this.entered))
  readonly fault: AmendFault | null = $derived.by(() =>
    amendFault(this.order, this.entered, this.#outside.rules(), this.#outside.last()),
  )
  readonly state: AmendState = $derived.by(() => {
    if (!isOpen(this.order)) return this.#asked ? 'changed' : 'ended'
    if (this.#pending) return 'sent'
    if (this.order.amendment?.state === 'under_way') return 'under_way'
    if (!this.#asked) return 'entering'
    return this.order.amendment?.state === 'refused' ? 'refused' : 'changed'
  })

  enter(field: AmendField, text: string): void {
    this.entered[field] = text.trim()
    this.refusal = null
    this.#asked = false
  }

  /** Sending the same change again is harmless: an order that has these terms already answers as it is. */
  async send(): Promise<void> {
    if (this.fault !== null || this.#pending || this.state === 'under_way') return
    this.#pending = true
    this.refusal = null
    const answer = await this.#outside.api.amendOrder(this.#opened.id, this.change)
    if (answer.ok) {
      this.#outside.took(answer.value.order)
      this.#asked = true
    } else this.refusal = answer.refusal
    this.#pending = false
  }
}
