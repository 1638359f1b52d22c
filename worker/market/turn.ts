import { feeOf } from '../ledger/amount.ts'
import { type Address, accountAddress, queueAddress } from '../messaging/address.ts'
import type { Decision, Moment, Outgoing } from '../messaging/domain.ts'
import type { Candle } from './candles.ts'
import type { EndReason as EngineReason } from './engine/index.ts'
import { type MarketState, quoteKey } from './marketState.ts'
import type { LoggedTrade } from './matchLog.ts'
import type { EndReason, Fill, MarketTurn, OrderReport, Side, TradeRecord } from './messages.ts'
import { type OpenOrder, recordOf } from './openOrders.ts'
import type { MarketEvent } from './rows.ts'
import { baseOf, isHouseAccount, quoteOf } from './settings.ts'

export const MARKET_EVENTS = queueAddress('market-events')

/** A queue takes 128 kB a message; a trade with its two orders is about 1.3 kB. */
const RECORDS_A_MESSAGE = 80

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

/**
 * One turn of a market: gathers what the engine did to orders, and says it as rows, reports to the accounts and one
 * message to the projection.
 */
export class Turn {
  readonly #state: MarketState
  readonly #moment: Moment
  /** In the order in which they were touched, each with its new fills. */
  readonly #touched = new Map<OpenOrder, Fill[]>()
  readonly #trades: TradeRecord[] = []
  readonly #closed: Candle[] = []

  constructor(state: MarketState, moment: Moment) {
    this.#state = state
    this.#moment = moment
  }

  touch(order: OpenOrder): Fill[] {
    const known = this.#touched.get(order)
    if (known !== undefined) return known
    const fills: Fill[] = []
    this.#touched.set(order, fills)
    return fills
  }

  closeMinute(candle: Candle | null): void {
    if (candle !== null) this.#closed.push(candle)
  }

  /** Reads what the engine has told since: the trades of `taker`, and the orders that ended. */
  absorb(taker: Taker | null): void {
    const { trades, ends } = this.#state.log.take()
    for (const trade of trades) {
      if (taker === null) throw new Error('market: a trade without a taker')
      this.#trade(taker, trade)
    }
    for (const { number, reason } of ends) {
      const order = this.#state.orders.get(number)
      if (order !== undefined) this.end(order, reason)
    }
    for (const order of this.#touched.keys()) {
      if (order.status === 'pending' || order.status === 'open')
        order.status = order.filledLots > 0 ? 'partially_filled' : 'open'
    }
  }

  /** An order is not, or no longer, on the book. */
  end(order: OpenOrder, reason: EngineReason | EndReason): void {
    const told = toldReason(reason)
    order.status = told === null ? 'filled' : REJECTING.has(reason) ? 'rejected' : 'cancelled'
    order.reason = told
    order.restingLots = 0
    this.touch(order)
    this.#state.orders.remove(order)
    const key = quoteKey(order)
    if (!isHouseAccount(order.accountId)) this.#state.ended.add(order.id)
    else if (this.#state.quotes.get(key) === order) this.#state.quotes.delete(key)
  }

  /** What the turn was, as a decision. `more` are messages besides the reports. */
  decision(more: readonly Outgoing[] = []): Decision<MarketEvent> {
    const messages: Outgoing[] = []
    const changes: OpenOrder[] = []
    for (const [order, fills] of this.#touched) {
      const house = isHouseAccount(order.accountId)
      if (house && fills.length === 0) continue
      this.#state.counters.changes += 1
      order.sequence = this.#state.counters.changes
      order.updatedAt = this.#moment.now
      const to = accountAddress(order.accountId)
      for (const body of this.#reports(order, fills)) messages.push({ to, body })
      if (!house) changes.push(order)
    }
    messages.push(...more)
    for (const body of this.#turns(changes)) messages.push({ to: MARKET_EVENTS, body })
    return { reply: undefined, events: this.#events(changes), messages, timers: [] }
  }

  /** One message, or several when a sweep would make it larger than a queue takes. */
  #turns(changes: readonly OpenOrder[]): MarketTurn[] {
    const { id: market } = this.#state.market
    const turns: MarketTurn[] = []
    for (let start = 0; start < Math.max(this.#trades.length, changes.length); start += RECORDS_A_MESSAGE) {
      const end = start + RECORDS_A_MESSAGE
      const orders = changes.slice(start, end).map(recordOf)
      turns.push({ type: 'marketTurn', market, trades: this.#trades.slice(start, end), orders })
    }
    return turns
  }

  #events(changes: readonly OpenOrder[]): MarketEvent[] {
    const events: MarketEvent[] = []
    if (this.#trades.length > 0 || changes.length > 0)
      events.push({
        type: 'matched',
        orders: changes.map((order) => ({ ...order })),
        trades: this.#trades,
        counters: { ...this.#state.counters },
      })
    if (this.#closed.length > 0) events.push({ type: 'minutesClosed', candles: this.#closed })
    return events
  }

  /** One report; of a sweep with more fills than fit, the first ones come before it while the order is not yet at its end. */
  #reports(order: OpenOrder, fills: readonly Fill[]): OrderReport[] {
    const { id: orderId, side, status, reason, restingLots } = order
    const { now: at } = this.#moment
    const market = this.#state.market.id
    const told = { type: 'orderReport', market, orderId, side, mark: this.#state.mark(at), at } as const
    const reports: OrderReport[] = []
    let start = 0
    for (; fills.length - start > FILLS_A_REPORT; start += FILLS_A_REPORT) {
      const part = fills.slice(start, start + FILLS_A_REPORT)
      reports.push({ ...told, status: 'partially_filled', reason: null, fills: part, restingLots })
    }
    return [...reports, { ...told, status, reason, fills: fills.slice(start), restingLots }]
  }

  #trade(taker: Taker, { maker: number, ticks, lots }: LoggedTrade): void {
    const { market, counters, orders } = this.#state
    const maker = orders.get(number)
    if (maker === undefined)
      throw new Error(`market ${market.id}: the book holds an order ${number} that nobody knows`)
    counters.trades += 1
    const quote = quoteOf(market, ticks, lots)
    const base = baseOf(market, lots)
    const { now: at } = this.#moment
    const shared = { tradeId: this.#moment.newId(), sequence: counters.trades, ticks, lots, quote, at }
    const makerFee = feeOf(maker.side === 'buy' ? base : quote, market.makerFeeBps)
    const takerFee = taker.feeOn(taker.side === 'buy' ? base : quote)
    this.#fill(maker, { ...shared, ...makerFee, liquidity: 'maker' })
    maker.restingLots -= lots
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
    this.touch(order).push(fill)
    order.filledLots += fill.lots
    order.filledQuote += fill.quote
  }
}

/** Ends of orders that were never taken. */
const REJECTING = new Set<EngineReason | EndReason>(['post_only', 'book_full'])

/** The engine's reasons in the words of the reports; null: it was filled. */
function toldReason(reason: EngineReason | EndReason): EndReason | null {
  switch (reason) {
    case 'filled':
      return null
    case 'budget':
      return 'no_liquidity'
    // Over a million orders or 2^53 lots rest there: the book takes no more.
    case 'book_full':
      return 'market_closed'
    // Ends that this market does not cause yet.
    case 'oco':
    case 'expired':
    case 'hold':
    case 'would_trigger':
      return 'admin'
    default:
      return reason
  }
}
