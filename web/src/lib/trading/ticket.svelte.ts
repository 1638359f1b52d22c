import type { BookLevel } from '$contract/markets.ts'
import type { OrderView } from '$contract/orders.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'
import type { MarketRules } from '../market/rules.ts'
import { floorTo, toDecimal, toUnits, unitsOf } from '../money/decimal.ts'
import { draftOf, type Entry, emptyEntry, ocoOf, orderOf, rests, triggered } from './entry.ts'
import { entryFault, heldBy } from './entryCheck.ts'
import { type Draft, type Estimate, estimate } from './estimate.ts'
import { faultOf, type TicketFault } from './ticketCheck.ts'

interface Surroundings {
  api: Api
  rules: () => MarketRules
  book: () => { bids: readonly BookLevel[]; asks: readonly BookLevel[] }
  /** Units, or null while signed out. */
  available: (asset: string) => bigint | null
  /** Price of the last trade, which triggers are compared with. */
  last?: () => bigint | null
  placed: (order: OrderView, other?: OrderView) => void
}

/** What is being entered, what it would do, what stands in its way, and the sending of it. */
export class Ticket {
  readonly #outside: Surroundings
  /** Kept until the venue has answered, so that a press repeated after a lost answer is the same order. */
  #clientOrderId: string | null = null

  entry = $state<Entry>(emptyEntry())
  pending = $state(false)
  refusal = $state.raw<Refused | null>(null)

  constructor(outside: Surroundings) {
    this.#outside = outside
  }

  get rules(): MarketRules {
    return this.#outside.rules()
  }

  /** Asset that an order of this side spends. */
  readonly spends = $derived.by(() => (this.entry.side === 'buy' ? this.rules.quote : this.rules.base))
  readonly available = $derived.by(() => this.#outside.available(this.spends))
  readonly #opposite = $derived.by(() =>
    this.entry.side === 'buy' ? this.#outside.book().asks : this.#outside.book().bids,
  )
  readonly best = $derived.by(() => (this.#opposite[0] === undefined ? null : unitsOf(this.#opposite[0][0])))

  readonly draft: Draft = $derived.by(() => draftOf(this.entry, this.rules))
  readonly estimate: Estimate = $derived.by(() => estimate(this.draft, this.#opposite, this.rules))
  /** Nothing of it trades before the market has moved. */
  readonly waits = $derived.by(() => triggered(this.entry) || this.entry.type === 'oco')
  readonly held = $derived.by(() => heldBy(this.entry, this.rules))
  readonly fault: TicketFault | null = $derived.by(
    () =>
      entryFault(this.entry, this.rules, this.#outside.last?.() ?? null, Date.now()) ??
      faultOf({
        draft: this.draft,
        estimate: this.estimate,
        rules: this.rules,
        postOnly: this.entry.postOnly && rests(this.entry),
        available: this.available,
        best: this.best,
        waits: this.waits,
        held: this.held,
      }),
  )

  enter(change: Partial<Entry>): void {
    Object.assign(this.entry, change)
    if (this.entry.type === 'oco') this.entry.unit = 'base'
    this.refusal = null
    this.#clientOrderId = null
  }

  /** A price clicked in the book. */
  usePrice(price: string): void {
    const text = toDecimal(unitsOf(price), this.rules.priceDecimals)
    const { type } = this.entry
    if (type === 'stop' || type === 'take_profit') this.enter({ triggerPrice: text })
    else if (type === 'oco') this.enter({ takeProfit: text })
    else if (type === 'trailing_stop') this.enter({ activationPrice: text })
    else this.enter({ type: 'limit', price: text })
  }

  /** Up or down by steps of the tick. */
  stepPrice(steps: number): void {
    const from = toUnits(this.entry.price) ?? this.best
    if (from === null) return
    const to = floorTo(from, this.rules.tick) + BigInt(steps) * this.rules.tick
    if (to > 0n) this.enter({ price: toDecimal(to, this.rules.priceDecimals) })
  }

  /** A share of what is available: of the quote when buying, of the base when selling. */
  useShare(percent: number): void {
    const available = this.available
    if (available === null) return
    const part = (available * BigInt(percent)) / 100n
    if (this.entry.side === 'buy')
      this.enter({ unit: 'quote', amount: toDecimal(part, this.rules.quoteDecimals) })
    else this.enter({ unit: 'base', amount: toDecimal(floorTo(part, this.rules.lot)) })
  }

  async send(): Promise<void> {
    if (this.pending || this.fault !== null) return
    this.pending = true
    this.refusal = null
    this.#clientOrderId ??= crypto.randomUUID()
    const { placed, refusal } = await this.#place(this.#clientOrderId)
    this.pending = false
    if (refusal !== null) {
      this.refusal = refusal
      // After a refusal the next press is a new order; after silence it must stay the same one.
      if (refusal.code !== 'offline' && refusal.code !== 'unreadable') this.#clientOrderId = null
      return
    }
    this.#clientOrderId = null
    this.entry.amount = ''
    const [order, other] = placed
    if (order !== undefined) this.#outside.placed(order, other)
  }

  async #place(clientOrderId: string): Promise<{ placed: OrderView[]; refusal: Refused | null }> {
    const { api } = this.#outside
    if (this.entry.type === 'oco') {
      const answer = await api.placeOco(ocoOf(this.entry, this.rules, clientOrderId))
      if (!answer.ok) return { placed: [], refusal: answer.refusal }
      return { placed: [answer.value.takeProfit.order, answer.value.stopLoss.order], refusal: null }
    }
    const answer = await api.placeOrder(orderOf(this.entry, this.rules, clientOrderId))
    if (!answer.ok) return { placed: [], refusal: answer.refusal }
    return { placed: [answer.value.order], refusal: null }
  }
}
