import type { BookLevel } from '$contract/markets.ts'
import type { OrderView, PlaceOrder } from '$contract/orders.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'
import type { MarketRules } from '../market/rules.ts'
import { baseFor, floorTo, toDecimal, toUnits, unitsOf } from '../money/decimal.ts'
import { type Draft, type Estimate, estimate, type Side, type TimeInForce } from './estimate.ts'
import { faultOf, type TicketFault } from './ticketCheck.ts'

interface Surroundings {
  api: Api
  rules: () => MarketRules
  book: () => { bids: readonly BookLevel[]; asks: readonly BookLevel[] }
  /** Units, or null while signed out. */
  available: (asset: string) => bigint | null
  placed: (order: OrderView) => void
}

/** What is being entered, what it would do, what stands in its way, and the sending of it. */
export class Ticket {
  readonly #outside: Surroundings
  /** Kept until the venue has answered, so that a press repeated after a lost answer is the same order. */
  #clientOrderId: string | null = null

  side = $state<Side>('buy')
  type = $state<'limit' | 'market'>('limit')
  price = $state('')
  amount = $state('')
  unit = $state<'base' | 'quote'>('base')
  timeInForce = $state<TimeInForce>('GTC')
  postOnly = $state(false)
  pending = $state(false)
  refusal = $state.raw<Refused | null>(null)

  constructor(outside: Surroundings) {
    this.#outside = outside
  }

  get rules(): MarketRules {
    return this.#outside.rules()
  }

  /** Asset that an order of this side spends. */
  readonly spends = $derived.by(() => (this.side === 'buy' ? this.rules.quote : this.rules.base))
  readonly available = $derived.by(() => this.#outside.available(this.spends))
  readonly #opposite = $derived.by(() =>
    this.side === 'buy' ? this.#outside.book().asks : this.#outside.book().bids,
  )
  readonly best = $derived.by(() => (this.#opposite[0] === undefined ? null : unitsOf(this.#opposite[0][0])))

  readonly draft: Draft = $derived.by(() => {
    const price = this.type === 'limit' ? (toUnits(this.price) ?? 0n) : null
    const amount = toUnits(this.amount) ?? 0n
    const timeInForce = this.type === 'market' && this.timeInForce === 'GTC' ? 'IOC' : this.timeInForce
    const sized = { side: this.side, price, timeInForce }
    if (this.unit === 'base') return { ...sized, quantity: amount, quoteAmount: null }
    if (price === null) return { ...sized, quantity: null, quoteAmount: amount }
    return { ...sized, quantity: floorTo(baseFor(amount, price), this.rules.lot), quoteAmount: null }
  })
  readonly estimate: Estimate = $derived.by(() => estimate(this.draft, this.#opposite, this.rules))
  readonly fault: TicketFault | null = $derived.by(() => {
    const unreadable = (text: string) => text.trim() !== '' && toUnits(text.trim()) === null
    const message = 'Use digits and a point, such as 1250.5.'
    if (this.type === 'limit' && unreadable(this.price)) return { field: 'price', message }
    if (unreadable(this.amount)) return { field: 'amount', message }
    return faultOf({
      draft: this.draft,
      estimate: this.estimate,
      rules: this.rules,
      postOnly: this.postOnly && this.type === 'limit',
      available: this.available,
      best: this.best,
    })
  })

  enter(
    change: Partial<Pick<Ticket, 'side' | 'type' | 'price' | 'amount' | 'unit' | 'timeInForce' | 'postOnly'>>,
  ): void {
    Object.assign(this, change)
    this.refusal = null
    this.#clientOrderId = null
    if (this.postOnly && (this.type === 'market' || this.timeInForce !== 'GTC')) this.postOnly = false
  }

  /** A price clicked in the book. */
  usePrice(price: string): void {
    this.enter({ type: 'limit', price: toDecimal(unitsOf(price), this.rules.priceDecimals) })
  }

  /** Up or down by steps of the tick. */
  stepPrice(steps: number): void {
    const from = toUnits(this.price) ?? this.best
    if (from === null) return
    const to = floorTo(from, this.rules.tick) + BigInt(steps) * this.rules.tick
    if (to > 0n) this.enter({ price: toDecimal(to, this.rules.priceDecimals) })
  }

  /** A share of what is available: of the quote when buying, of the base when selling. */
  useShare(percent: number): void {
    const available = this.available
    if (available === null) return
    const part = (available * BigInt(percent)) / 100n
    if (this.side === 'buy') this.enter({ unit: 'quote', amount: toDecimal(part, this.rules.quoteDecimals) })
    else this.enter({ unit: 'base', amount: toDecimal(floorTo(part, this.rules.lot)) })
  }

  async send(): Promise<void> {
    if (this.pending || this.fault !== null) return
    this.pending = true
    this.refusal = null
    this.#clientOrderId ??= crypto.randomUUID()
    const answer = await this.#outside.api.placeOrder(this.#order(this.#clientOrderId))
    this.pending = false
    if (!answer.ok) {
      this.refusal = answer.refusal
      // After a refusal the next press is a new order; after silence it must stay the same one.
      if (answer.refusal.code !== 'offline' && answer.refusal.code !== 'unreadable')
        this.#clientOrderId = null
      return
    }
    this.#clientOrderId = null
    this.amount = ''
    this.#outside.placed(answer.value.order)
  }

  #order(clientOrderId: string): PlaceOrder {
    const { side, price, quantity, quoteAmount, timeInForce } = this.draft
    const size =
      quantity === null ? { quoteAmount: toDecimal(quoteAmount ?? 0n) } : { quantity: toDecimal(quantity) }
    const common = {
      market: this.rules.id,
      side,
      timeInForce,
      selfTradePrevention: 'cancel_newest',
      clientOrderId,
      ...size,
    } as const
    if (price === null) return { ...common, type: 'market', postOnly: false }
    return { ...common, type: 'limit', price: toDecimal(price), postOnly: this.postOnly }
  }
}
