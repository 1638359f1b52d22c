import type { BookLevel } from '$contract/markets.ts'
import type { OrderView } from '$contract/orders.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'
import type { MarketRules } from '../market/rules.ts'
import { floorTo, toDecimal, toUnits, unitsOf } from '../money/decimal.ts'
import { changed, draftOf, type Entry, emptyEntry, ocoOf, orderOf, rests, triggered } from './entry.ts'
import { entryFault, fieldOf, heldBy } from './entryCheck.ts'
import { bandEndOf, type Draft, type Estimate, estimate } from './estimate.ts'
import { Sending } from './sending.ts'
import { faultOf, type TicketFault, type TicketField } from './ticketCheck.ts'

interface Surroundings {
  api: Api
  rules: () => MarketRules
  book: () => { bids: readonly BookLevel[]; asks: readonly BookLevel[] }
  /** Units, or null while signed out. */
  available: (asset: string) => bigint | null
  /** Price of the last trade, which triggers are compared with. */
  last: () => bigint | null
  placed: (order: OrderView, other?: OrderView) => void
  /** Of the account, by its client order id; undefined while none is known. */
  order: (clientOrderId: string) => OrderView | undefined
  took: (order: OrderView) => void
}

/** What is being entered, what it would do, what stands in its way, and the sending of it. */
export class Ticket {
  readonly #outside: Surroundings
  readonly #sending: Sending
  #unanswered = $state<string | null>(null)

  entry = $state<Entry>(emptyEntry())
  pending = $state(false)
  refusal = $state.raw<Refused | null>(null)
  /** An order whose answer was lost and that turned out to have been placed, so that the edited one was not sent. */
  earlier = $state.raw<OrderView | null>(null)

  constructor(outside: Surroundings) {
    this.#outside = outside
    this.#sending = new Sending({ api: outside.api, newId: () => crypto.randomUUID() })
  }

  /** Whether the answer to the last press was lost: the order may have been placed or not. */
  get unanswered(): boolean {
    return this.#unanswered !== null && this.arrived === null
  }
  /** The order whose answer was lost, once the account's stream has told of it. */
  readonly arrived = $derived.by(() =>
    this.#unanswered === null ? null : (this.#outside.order(this.#unanswered) ?? null),
  )
  readonly refusedField = $derived.by(() => fieldOf(this.refusal?.field))

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
  /** Where a market order of this side stops, about: the venue measures from its reference, which is near the last price. */
  readonly bandEnd = $derived.by(() => {
    const { side } = this.entry
    return bandEndOf(side, this.#outside.last(), this.rules)
  })
  readonly estimate: Estimate = $derived.by(() =>
    estimate(this.draft, this.#opposite, this.rules, this.bandEnd),
  )
  /** Nothing of it trades before the market has moved. */
  readonly waits = $derived.by(() => triggered(this.entry) || this.entry.type === 'oco')
  readonly held = $derived.by(() => heldBy(this.entry, this.rules))
  readonly fault: TicketFault | null = $derived.by(
    () =>
      entryFault(this.entry, this.rules, this.#outside.last(), Date.now()) ??
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
    this.entry = changed(this.entry, change)
    this.refusal = null
    this.earlier = null
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

  /** What is said at a field: why it cannot be sent, or what the venue said of it. */
  errorAt(field: TicketField): string | undefined {
    if (this.fault?.field === field && this.fault.quiet === undefined) return this.fault.message
    return this.refusedField === field ? this.refusal?.message : undefined
  }

  async send(): Promise<void> {
    if (this.pending || this.fault !== null) return
    this.pending = true
    this.refusal = null
    this.earlier = null
    const sent = await this.#sending.send(
      this.entry.type === 'oco'
        ? { pair: ocoOf(this.entry, this.rules) }
        : { order: orderOf(this.entry, this.rules) },
    )
    this.pending = false
    this.#unanswered = this.#sending.unanswered
    if (sent.kind === 'refused') this.refusal = sent.refusal
    else if (sent.kind === 'earlier') {
      this.earlier = sent.order
      this.#outside.took(sent.order)
    } else {
      this.entry.amount = ''
      const [order, other] = sent.orders
      if (order !== undefined) this.#outside.placed(order, other)
    }
  }
}
