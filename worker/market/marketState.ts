import { type Candle, CandleSeries } from './candles.ts'
import { MatchingEngine, type OrderBook } from './engine/index.ts'
import { Expiries } from './expiries.ts'
import type { Print } from './feed/feed.ts'
import { MatchLog } from './matchLog.ts'
import type { Mark, MarketStatus, OrderTerms, Side } from './messages.ts'
import { MissedSpans } from './missedSpans.ts'
import { EndedIds, type OpenOrder, OpenOrders } from './openOrders.ts'
import { PriceWatches } from './priceWatches.ts'
import { PublicStream } from './publicStream.ts'
import { band } from './rules.ts'
import { isHouseAccount, type Market } from './settings.ts'
import { Tape, type TapePrint } from './tape.ts'

/** A price older than this says less than the middle of the book. */
const RECENT_MS = 60_000

/** Of ended orders, so many ids are remembered. The streams already keep repeats out; this is the second look. */
const ENDED_KEPT = 10_000

/** A price and when it was. */
export interface PriceAt {
  readonly ticks: number
  readonly at: number
}

/** Numbers given out, each of them once in the life of a market. */
export interface Counters {
  /** Of accepted orders, house quotes included: the engine's order ids. */
  orders: number
  trades: number
  /** Of changes of orders. */
  changes: number
}

/**
 * Up to which numbers a market may have given out orders and changes, as its row says: a woken market goes on behind them. So
 * most orders write no row for a number. Of trades the newest row tells.
 */
export interface Reserved {
  readonly orders: number
  readonly changes: number
}

/** Numbers that are reserved at a time. */
const RESERVED_AT_ONCE = 10_000

/**
 * A market in memory: the book with the orders behind it, and what the public sees of it. A match decides and changes
 * the book in one step, so decisions change this state while they are made, and only their rows wait for the commit;
 * when the commit fails the Actor throws the state away and loads it again.
 */
export class MarketState {
  readonly market: Market
  readonly log: MatchLog
  readonly engine: MatchingEngine
  readonly orders = new OpenOrders()
  /** When orders that are good till a date end. */
  readonly expiries = new Expiries()
  readonly watches = new PriceWatches()
  /** Those of the house on the book, by side and ticks (`quoteKey`). In memory only. */
  readonly quotes = new Map<string, OpenOrder>()
  readonly ended = new EndedIds(ENDED_KEPT)
  readonly counters: Counters = { orders: 0, trades: 0, changes: 0 }
  reserved: Reserved = { orders: 0, changes: 0 }
  readonly tape = new Tape()
  readonly candles = new CandleSeries()
  /** Of which times the seconds among the candles lack the prints: those of trades too, up to the last one read back. */
  readonly missed = new MissedSpans()
  tradesReadBack = 0
  readonly stream = new PublicStream()
  /** The middle of the reference feed's book. */
  reference: PriceAt | null = null
  /** The last print, of the venue or of the reference. */
  last: PriceAt | null = null
  /** The reference feed does not answer and the house has withdrawn. */
  stale = false
  status: MarketStatus = 'open'
  /** When the newest hour opened that is a row; null before the first. */
  hoursTo: number | null = null
  /** The newest place given to an order that came to the back of a level, or into the queue of the fired. */
  priority = 0
  /** The time of the turn under way, for what the engine asks in the middle of it. */
  now = 0
  #prints = 0

  constructor(market: Market) {
    this.market = market
    this.log = new MatchLog(this.stream)
    this.engine = new MatchingEngine({
      events: this.log,
      maxTicks: market.maxTicks,
      worstTicks: (side) => this.worstTicks(side),
    })
  }

  /** Whether somebody depends on the price though nobody looks. */
  get awaitsPrice(): boolean {
    return this.orders.waiting > 0 || !this.watches.isEmpty
  }

  /** For reading: changes go through the engine, which sees to what they fire. */
  get book(): OrderBook {
    return this.engine.book
  }

  /** The market's price: of its last print or, without a recent one, the middle of its book; `at` says how old it is. */
  mark(now: number): Mark {
    const { id: market, simulatedTicks } = this.market
    if (this.last !== null && now - this.last.at <= RECENT_MS) return { market, ...this.last }
    const { bestBid, bestAsk } = this.book
    if (bestBid !== undefined && bestAsk !== undefined)
      return { market, ticks: Math.floor((bestBid + bestAsk) / 2), at: now }
    return { market, ...(this.last ?? this.reference ?? { ticks: simulatedTicks, at: 0 }) }
  }

  /** What the price band is measured from; null when the market has never had a price. */
  referenceTicks(now: number): number | null {
    if (this.reference !== null && now - this.reference.at <= RECENT_MS) return this.reference.ticks
    const mark = this.mark(now)
    return mark.at === 0 ? null : mark.ticks
  }

  /** Where an order without a limit stops: the far end of the band. */
  worstTicks(side: Side): number {
    const reference = this.referenceTicks(this.now)
    if (reference === null) return side === 'buy' ? this.market.maxTicks : 1
    const { lowest, highest } = band(this.market, reference)
    return side === 'buy' ? highest : lowest
  }

  /** What has to be written before the numbers given out are; null when they are reserved already. */
  reserve(): Reserved | null {
    const { orders, changes } = this.counters
    if (orders <= this.reserved.orders && changes <= this.reserved.changes) return null
    this.reserved = { orders: orders + RESERVED_AT_ONCE, changes: changes + RESERVED_AT_ONCE }
    return this.reserved
  }

  /** Puts a new order under the engine's next number, not yet on the book. */
  accept(id: string, accountId: string, terms: OrderTerms): OpenOrder {
    this.counters.orders += 1
    const open: OpenOrder = {
      id,
      accountId,
      terms,
      number: this.counters.orders,
      owner: this.orders.intern(accountId),
      createdAt: this.now,
      filledLots: 0,
      filledQuote: 0n,
      preventedLots: 0,
      restingLots: 0,
      priority: 0,
      sibling: null,
      since: null,
      triggered: false,
      status: 'pending',
      reason: null,
      sequence: 0,
      updatedAt: this.now,
    }
    this.orders.add(open)
    if (terms.expiresAt !== null) this.expiries.add(open.number, terms.expiresAt)
    return open
  }

  /** Forgets an order that has ended. */
  drop(order: OpenOrder): void {
    this.orders.remove(order)
    if (order.terms.expiresAt !== null) this.expiries.remove(order.number, order.terms.expiresAt)
    const key = quoteKey(order.terms)
    if (!isHouseAccount(order.accountId)) this.ended.add(order.id)
    else if (this.quotes.get(key) === order) this.quotes.delete(key)
  }

  /** Takes a print to the tape, the candles and the stream. Answers the minute that it closes, if it does. */
  print(print: TapePrint, inCandles = true): Candle | null {
    this.last = { ticks: print.ticks, at: print.at }
    this.tape.add(print)
    this.stream.printed(print)
    if (!inCandles) return null
    const closed = this.candles.add(print.ticks, print.lots, print.at)
    if (this.candles.open !== null) this.stream.candleChanged(this.candles.open, closed)
    return closed
  }

  /** As `print`, of the reference feed. */
  printReference(print: Print, inCandles: boolean): Candle | null {
    this.#prints += 1
    return this.print(
      { ...print, id: `reference-${print.at}-${this.#prints}`, source: 'reference' },
      inCandles,
    )
  }

  /** Takes back a print after a wake: to the tape and, when its minute had not closed, to the candles. */
  restorePrint(print: TapePrint, inOpenMinute: boolean): void {
    this.last = { ticks: print.ticks, at: print.at }
    this.tape.add(print)
    if (inOpenMinute) this.candles.restorePrint(print.ticks, print.lots, print.at)
  }
}

/** The house has at most one quote at a price. */
export const quoteKey = ({ side, ticks }: Pick<OrderTerms, 'side' | 'ticks'>): string => `${side}${ticks}`
