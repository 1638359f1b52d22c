import { feeOf } from '../ledger/amount.ts'
import { type Address, accountAddress } from '../messaging/address.ts'
import type { Decision, Moment, Outgoing, Timer } from '../messaging/domain.ts'
import type { Candle } from './candles.ts'
import type { EndReason as EngineReason } from './engine/index.ts'
import type { MarketState } from './marketState.ts'
import type { FollowedPrice, Told } from './matchLog.ts'
import {
  type Answer,
  type EndReason,
  type Fill,
  MARKET_EVENTS,
  marketTurns,
  type OrderReport,
  type PriceReached,
  type PriceWatch,
  type Side,
  type TradeRecord,
} from './messages.ts'
import { leftLots, type OpenOrder, recordOf } from './openOrders.ts'
import type { MarketEvent } from './rows.ts'
import { baseOf, isHouseAccount, quoteOf } from './settings.ts'

/** Due times: what a cascade left over; the next order whose time runs out. */
export const CASCADE = 'cascade'
export const EXPIRY = 'expiry'

/** A row of the outbox holds 2 MB; a fill is about 300 bytes. */
const FILLS_A_REPORT = 1_000

export interface Fee {
  readonly fee: bigint
  readonly rounding: bigint
}

/** Who takes: an account with an order, or a pool with a block. */
export interface Taker {
  readonly address: Address
  /** Of the order or of the block. */
  readonly id: string
  readonly side: Side
  /** Null for a block, whose fills are told by tier. */
  readonly order: OpenOrder | null
  /** What the taker pays on a fill by which it receives `received`. */
  feeOn(received: bigint): Fee
}

/** What one order came to in a turn, beyond what it is now. */
interface Touch {
  readonly fills: Fill[]
  answer: Answer | null
}

/**
 * One turn of a market: gathers what the engine did to orders, and says it as rows, reports to the accounts and one
 * message to the projection.
 */
export class Turn {
  readonly #state: MarketState
  readonly #moment: Moment
  /** In the order in which they were touched. */
  readonly #touched = new Map<OpenOrder, Touch>()
  readonly #trades: TradeRecord[] = []
  readonly #closed: Candle[] = []
  readonly #followed: FollowedPrice[] = []
  readonly #watches = new Map<Address, PriceWatch | null>()

  constructor(state: MarketState, moment: Moment) {
    this.#state = state
    this.#moment = moment
    state.now = moment.now
  }

  /** Sees to it that the order is written and reported. */
  touch(order: OpenOrder): Touch {
    const known = this.#touched.get(order)
    if (known !== undefined) return known
    const touch: Touch = { fills: [], answer: null }
    this.#touched.set(order, touch)
    return touch
  }

  /** Tells the account what became of a request, with the order as it is at the end of the turn. */
  answer(order: OpenOrder, answer: Answer): void {
    this.touch(order).answer = answer
  }

  closeMinute(candle: Candle | null): void {
    if (candle !== null) this.#closed.push(candle)
  }

  /** Whom to tell of which price, once; null takes a watch back. */
  watchPrice(of: Address, watch: PriceWatch | null): void {
    this.#state.watches.set(of, watch)
    this.#watches.set(of, watch)
  }

  /** Reads what the engine has told since, in its order. `taker`: whose trades they are until the engine says another. */
  absorb(taker: Taker | null): void {
    let current = taker
    for (const told of this.#state.log.take()) {
      if (told.type === 'taking') current = this.#takerOf(told.number) ?? current
      else if (told.type === 'followed') this.#followed.push(told)
      else if (told.type === 'traded') this.#trade(current, told)
      else this.#change(told)
    }
  }

  #takerOf(number: number): Taker | null {
    const order = this.#state.orders.get(number)
    return order === undefined ? null : takerOf(this.#state, order)
  }

  /** What the engine told of one order besides its trades. */
  #change(told: Exclude<Told, { type: 'taking' | 'traded' | 'followed' }>): void {
    const order = this.#state.orders.get(told.number)
    if (order === undefined) return
    this.touch(order)
    switch (told.type) {
      case 'rested':
        order.status = order.filledLots > 0 ? 'partially_filled' : 'open'
        order.priority = this.#nextPriority()
        this.#rests(order, told.lots)
        return
      case 'reduced':
        this.#rests(order, told.lots)
        return
      case 'fired':
        order.triggered = true
        order.priority = this.#nextPriority()
        return
      case 'activated':
        order.since = told.since
        return
      case 'ended':
        this.end(order, told.reason)
        return
    }
  }

  /** What neither rests nor has traded was taken off by self-trade prevention. */
  #rests(order: OpenOrder, lots: number): void {
    order.restingLots = lots
    order.preventedLots += leftLots(order) - lots
  }

  #nextPriority(): number {
    this.#state.priority += 1
    return this.#state.priority
  }

  /** An order is not, or no longer, on the book. */
  end(order: OpenOrder, reason: EngineReason | EndReason): void {
    const told = toldReason(reason)
    order.status = told === null ? 'filled' : (ENDS_AS.get(reason) ?? 'cancelled')
    order.reason = told
    order.restingLots = 0
    this.touch(order)
    this.#state.drop(order)
  }

  /** What the turn was, as a decision. `more` are messages besides the reports. */
  decision(more: readonly Outgoing[] = []): Decision<MarketEvent> {
    const messages: Outgoing[] = []
    const changes: OpenOrder[] = []
    for (const [order, touch] of this.#touched) {
      const house = isHouseAccount(order.accountId)
      if (house && touch.fills.length === 0) continue
      this.#state.counters.changes += 1
      order.sequence = this.#state.counters.changes
      order.updatedAt = this.#moment.now
      const to = accountAddress(order.accountId)
      for (const body of this.#reports(order, touch)) messages.push({ to, body })
      if (!house) changes.push(order)
    }
    messages.push(...more, ...this.#pricesReached())
    const turns = marketTurns(this.#state.market.id, this.#trades, changes.map(recordOf))
    messages.push(...turns.map((body) => ({ to: MARKET_EVENTS, body })))
    return { reply: undefined, events: this.#events(changes), messages, timers: this.#timers() }
  }

  /** The price at the end of the turn, to those who watch for it. */
  #pricesReached(): Outgoing[] {
    const { watches, market } = this.#state
    if (watches.isEmpty) return []
    const { now: at } = this.#moment
    const mark = this.#state.mark(at)
    return watches.take(mark.ticks).map((to) => {
      this.#watches.set(to, null)
      return { to, body: { type: 'priceReached', market: market.id, mark, at } satisfies PriceReached }
    })
  }

  /** The market comes back for what a cascade left over, and when the next order's time runs out. */
  #timers(): Timer[] {
    const { engine, expiries, status } = this.#state
    const timers: Timer[] = []
    if (engine.queued.length > 0 && status === 'open') timers.push({ key: CASCADE, at: this.#moment.now })
    if (expiries.earliest !== null) timers.push({ key: EXPIRY, at: expiries.earliest })
    return timers
  }

  #events(changes: readonly OpenOrder[]): MarketEvent[] {
    const events: MarketEvent[] = []
    if (this.#trades.length > 0 || changes.length > 0)
      events.push({
        type: 'matched',
        orders: changes.map((order) => ({ ...order, shownLots: this.#shownLots(order) })),
        trades: this.#trades,
        reserved: this.#state.reserve(),
      })
    if (this.#followed.length > 0) events.push({ type: 'followed', prices: this.#followed })
    if (this.#watches.size > 0) events.push({ type: 'watchesChanged', watches: this.#watches })
    if (this.#closed.length > 0) events.push({ type: 'minutesClosed', candles: this.#closed })
    return events
  }

  #shownLots({ number, terms, restingLots }: OpenOrder): number {
    if (terms.displayLots === null) return restingLots
    return this.#state.book.get(number)?.shownLots ?? restingLots
  }

  /** One report; of a sweep with more fills than fit, the first ones come before it while the order is not yet at its end. */
  #reports(order: OpenOrder, { fills, answer }: Touch): OrderReport[] {
    const { id: orderId, terms, status, reason, sequence, triggered, preventedLots } = order
    const { now: at } = this.#moment
    const { id: market } = this.#state.market
    const mark = this.#state.mark(at)
    const told = {
      type: 'orderReport',
      market,
      orderId,
      side: terms.side,
      sequence,
      triggered,
      preventedLots,
      mark,
      at,
    } as const
    const reports: OrderReport[] = []
    let start = 0
    for (; fills.length - start > FILLS_A_REPORT; start += FILLS_A_REPORT) {
      const part = fills.slice(start, start + FILLS_A_REPORT)
      reports.push({ ...told, status: 'partially_filled', reason: null, fills: part, answer: null })
    }
    return [...reports, { ...told, status, reason, fills: fills.slice(start), answer }]
  }

  #trade(taker: Taker | null, { maker: number, ticks, lots }: Extract<Told, { type: 'traded' }>): void {
    const { market, counters, orders } = this.#state
    const maker = orders.get(number)
    if (maker === undefined || taker === null)
      throw new Error(`market ${market.id}: a trade of order ${number} that nobody knows or nobody took`)
    counters.trades += 1
    const quote = quoteOf(market, ticks, lots)
    const base = baseOf(market, lots)
    const { now: at } = this.#moment
    const shared = { tradeId: this.#moment.newId(), sequence: counters.trades, ticks, lots, quote, at }
    const makerFee = feeOf(maker.terms.side === 'buy' ? base : quote, market.makerFeeBps)
    const takerFee = taker.feeOn(taker.side === 'buy' ? base : quote)
    this.#fill(maker, { ...shared, ...makerFee, liquidity: 'maker' })
    maker.restingLots -= lots
    maker.status = 'partially_filled'
    if (taker.order !== null) this.#fill(taker.order, { ...shared, ...takerFee, liquidity: 'taker' })
    this.#trades.push({
      id: shared.tradeId,
      sequence: shared.sequence,
      ticks,
      lots,
      quote,
      takerSide: taker.side,
      maker: accountAddress(maker.accountId),
      taker: taker.address,
      makerOrderId: maker.id,
      takerOrderId: taker.id,
      makerFee: makerFee.fee + makerFee.rounding,
      takerFee: takerFee.fee + takerFee.rounding,
      at,
    })
    this.closeMinute(
      this.#state.print({ id: shared.tradeId, ticks, lots, side: taker.side, source: 'venue', at }),
    )
  }

  #fill(order: OpenOrder, fill: Fill): void {
    this.touch(order).fills.push(fill)
    order.filledLots += fill.lots
    order.filledQuote += fill.quote
  }
}

/** An account with an order that takes. */
export function takerOf({ market }: MarketState, order: OpenOrder): Taker {
  return {
    address: accountAddress(order.accountId),
    id: order.id,
    side: order.terms.side,
    order,
    feeOn: (received) => feeOf(received, market.takerFeeBps),
  }
}

/** Ends that are not `cancelled`: of orders that were never taken, and of those whose time ran out. */
const ENDS_AS = new Map<EngineReason | EndReason, 'rejected' | 'expired'>([
  ['post_only', 'rejected'],
  ['book_full', 'rejected'],
  ['would_trigger', 'rejected'],
  ['expired', 'expired'],
])

/** The engine's reasons in the words of the reports; null: it was filled. */
function toldReason(reason: EngineReason | EndReason): EndReason | null {
  switch (reason) {
    case 'filled':
      return null
    case 'budget':
      return 'no_liquidity'
    default:
      return reason
  }
}
