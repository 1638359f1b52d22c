import type * as Engine from '../../../worker/market/engine/index.ts'
import type { Told } from './recorder.ts'
import type { Rules } from './scenarios.ts'

/** An order that has not ended. Of a trailing one, `mark` is the best price it has seen since it became active. */
export type Live = {
  order: Engine.NewOrder
  is: 'resting' | 'waiting' | 'fired'
  lots: number
  shown: number
  trigger: Engine.Trigger | null
  mark: number | null
}

/**
 * The order book again, to be obviously right and nothing else: one array, searched and sorted anew for every question. It tells
 * no levels, since those can be read from it.
 */
export class NaiveBook {
  told: Told[] = []
  /** What rests in order of its turn, what waits in order of entry, what has fired in order of firing. */
  orders: Live[] = []
  last: number | null = null
  /** Orders that traded or ended, and prices traded at, whose consequences are to come. */
  protected touched: number[] = []
  protected prices: number[] = []
  protected readonly rules: Rules

  constructor(rules: Rules) {
    this.rules = rules
  }

  all(is: Live['is']): Live[] {
    return this.orders.filter((each) => each.is === is)
  }

  /** What rests on a side, first to be taken first: sorting is stable. */
  queue(side: Engine.Side): Live[] {
    const own = this.all('resting').filter(({ order }) => order.side === side)
    return own.sort((a, b) => (limitOf(a.order) - limitOf(b.order)) * (side === 'sell' ? 1 : -1))
  }

  /** Fill or kill is tried as immediate or cancel, and all is put back when it was not filled. */
  protected place(order: Engine.NewOrder): Engine.Placement {
    this.told.push(['taking', order.id])
    if (order.timeInForce !== 'FOK') return this.take(order)
    const { told, orders, touched, prices, last } = this
    const before = structuredClone({ told, orders, touched, prices, last })
    const tried = this.take({ ...order, timeInForce: 'IOC' })
    if (tried.reason === 'filled' || tried.reason === 'budget') return tried
    Object.assign(this, before)
    return this.ended(order, 'fok')
  }

  protected replace(order: Engine.LimitOrder): Engine.Placement {
    const before = this.orders
    this.orders = before.filter((each) => each.order.id !== order.id)
    const reason = this.refusal(order)
    if (reason === null) return this.place(order)
    this.orders = before
    this.told.push(['taking', order.id])
    return { status: 'rejected', reason, filledLots: 0, leftLots: order.lots, budgetLeft: 0 }
  }

  private refusal(order: Engine.NewOrder): Engine.EndReason | null {
    if (order.type === 'market' || (order.timeInForce ?? 'GTC') !== 'GTC') return null
    const lots = this.queue(order.side).reduce((sum, each) => sum + each.lots, 0)
    if (this.all('resting').length >= this.rules.maxOrders) return 'book_full'
    if (lots > Number.MAX_SAFE_INTEGER - order.lots) return 'book_full'
    return order.postOnly && this.best(order.side, order.ticks) ? 'post_only' : null
  }

  /** The maker that a taker of a side meets next, if any within its limit. */
  private best(side: Engine.Side, limit: number): Live | undefined {
    return this.queue(opposite(side)).find(({ order }) => isWithin(side, limitOf(order), limit))
  }

  /** Takes from the best maker until a bound is reached. What is then left of a limit order rests. */
  private take(order: Engine.NewOrder): Engine.Placement {
    const { id, owner, side, selfTrade = 'cancel_newest' } = order
    const refusal = this.refusal(order)
    if (refusal !== null) return this.ended(order, refusal)
    let [left, budget] = [order.lots ?? Infinity, budgetOf(order)]
    let [filled, spent, lost] = [0, 0, 0]
    for (let maker = this.best(side, limitOf(order)); maker; maker = this.best(side, limitOf(order))) {
      const ticks = limitOf(maker.order)
      const wanted = Math.min(left, Math.floor(budget / ticks))
      let used = 0
      if (wanted > 0 && maker.order.owner !== owner) {
        filled += used = this.trade(maker, wanted, id)
        spent += used * ticks
      } else if (wanted > 0) {
        if (selfTrade === 'decrement') lost += used = Math.min(maker.lots, wanted)
        if (used > 0 && used < maker.lots) this.shrink(maker, used)
        else if (selfTrade !== 'cancel_newest') this.end(maker, 'stp')
        if (/newest|both/.test(selfTrade)) return this.ended(order, 'stp', filled, spent)
      }
      left -= used
      budget -= used * ticks
      if (left > 0 && budget >= ticks) continue
      const isHeld = wantsBudget(order) ? budget >= ticks : left > 0
      const reason = isHeld ? 'hold' : lost > 0 ? 'stp' : filled > 0 ? 'filled' : 'budget'
      return this.ended(order, reason, filled, spent)
    }
    const isEmpty = this.queue(opposite(side)).length === 0
    if (order.type === 'market') return this.ended(order, isEmpty ? 'no_liquidity' : 'band', filled, spent)
    if (order.timeInForce === 'IOC') return this.ended(order, 'ioc', filled)
    const shown = Math.min(left, order.displayLots ?? left)
    this.orders.push({ order, is: 'resting', lots: left, shown, trigger: null, mark: null })
    this.told.push(['rested', id, owner, side, order.ticks, left])
    return { status: 'rested', reason: null, filledLots: filled, leftLots: left, budgetLeft: 0 }
  }

  /** Trades up to `wanted` of what a maker shows. An iceberg's next part goes to the back. Returns the lots. */
  protected trade(maker: Live, wanted: number, ...taker: number[]): number {
    const { id, owner, side } = maker.order
    const ticks = limitOf(maker.order)
    const lots = Math.min(maker.shown, wanted)
    this.print(ticks)
    this.touched.push(...taker, id)
    maker.lots -= lots
    maker.shown -= lots
    this.told.push(['traded', id, owner, side, ticks, lots, maker.lots])
    if (maker.lots === 0) this.end(maker, 'filled')
    if (maker.lots === 0 || maker.shown > 0) return lots
    maker.shown = Math.min(displayOf(maker.order) ?? 0, maker.lots)
    this.toBack(maker)
    this.told.push(['refreshed', id, owner, side, ticks, maker.lots])
    return lots
  }

  /** Hidden lots go first. Returns the lots taken off. */
  protected shrink(resting: Live, off: number): number {
    const { id, owner, side } = resting.order
    if (off <= 0) return 0
    resting.lots -= off
    resting.shown = Math.min(resting.shown, resting.lots)
    this.told.push(['reduced', id, owner, side, limitOf(resting.order), resting.lots])
    return off
  }

  protected print(ticks: number): void {
    this.last = ticks
    this.prices.push(ticks)
  }

  protected toBack(live: Live): void {
    this.orders = [...this.orders.filter((each) => each !== live), live]
  }

  protected end(live: Live, reason: Engine.EndReason): void {
    const { id, owner, side } = live.order
    this.orders = this.orders.filter((each) => each !== live)
    this.told.push(['ended', id, owner, side, live.lots, reason])
    this.touched.push(id)
  }

  /** The end of an order that does not come to rest. */
  private ended(order: Engine.NewOrder, reason: Engine.EndReason, filled = 0, spent = 0): Engine.Placement {
    const leftLots = wantsBudget(order) ? 0 : (order.lots ?? 0) - filled
    const budgetLeft = wantsBudget(order) ? budgetOf(order) - spent : 0
    this.told.push(['ended', order.id, order.owner, order.side, leftLots, reason])
    this.touched.push(order.id)
    const isRefused = reason === 'post_only' || reason === 'book_full'
    const status = reason === 'filled' ? 'filled' : isRefused ? 'rejected' : 'cancelled'
    return { status, reason, filledLots: filled, leftLots, budgetLeft }
  }
}

export const opposite = (side: Engine.Side) => (side === 'buy' ? 'sell' : 'buy')
export const isWithin = (side: Engine.Side, ticks: number, limit: number) =>
  side === 'buy' ? ticks <= limit : ticks >= limit

/** The worst price of an order: of a market order its band. */
export function limitOf(order: Engine.NewOrder): number {
  return order.type === 'limit' ? order.ticks : (order.worstTicks ?? (order.side === 'buy' ? Infinity : 1))
}

const displayOf = (order: Engine.NewOrder) => (order.type === 'limit' ? order.displayLots : undefined) ?? null
const budgetOf = (order: Engine.NewOrder) => (order.type === 'market' && order.budget) || Infinity
export const wantsBudget = (order: Engine.NewOrder) =>
  order.type === 'market' && (order.lots === undefined || order.wants === 'budget')
