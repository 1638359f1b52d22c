import type * as Engine from '../../../worker/market/engine/index.ts'
import type { Told } from './recorder.ts'
import { type Rules, type Step, worstTicks } from './scenarios.ts'

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
 * The whole engine again, to be obviously right and nothing else: one array, searched and sorted anew for every question. It
 * tells no levels and no marks, since those can be read from it.
 */
export class NaiveEngine {
  told: Told[] = []
  /** What rests in order of its turn, what waits in order of entry, what has fired in order of firing. */
  orders: Live[] = []
  pairs: [number, number][] = []
  last: number | null = null
  /** Orders that traded or ended, and prices traded at, whose consequences are to come. */
  private touched: number[] = []
  private prices: number[] = []
  private readonly rules: Rules

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

  run(step: Step): unknown {
    if (step.do === 'place') return this.cascade(this.place(step.order))
    if (step.do === 'replace') return this.cascade(this.replace(step.order))
    if (step.do === 'block') return this.cascade(this.block(step.block))
    if (step.do === 'observe') this.print(step.ticks)
    if (step.do === 'observe' || step.do === 'continue') return this.cascade(undefined)
    if (step.do === 'wait') return this.wait(step.waiting, step.fireIfReached)
    if (step.do === 'amend') return this.amend(step.waiting)
    if (step.do === 'pair') return this.pair(step.a, step.b)
    const live = this.orders.find(({ order }) => 'id' in step && order.id === step.id)
    if (step.do === 'cancel' && live) this.end(live, step.reason)
    if (step.do === 'cancel') return this.settle(live !== undefined)
    if (step.do === 'reduce') return live?.is === 'resting' ? this.shrink(live, live.lots - step.lots) : 0
    return undefined
  }

  /** Cancels siblings, then fires what each price reaches, in time order of entry. */
  private settle<Result>(result: Result): Result {
    this.cancelSiblings()
    for (const ticks of this.prices.splice(0)) {
      for (const waiter of this.all('waiting')) {
        const better = waiter.order.side === 'sell' ? Math.max : Math.min
        if (waiter.mark !== null) waiter.mark = better(waiter.mark, ticks)
        this.activate(waiter, ticks)
      }
      for (const waiter of this.all('waiting').filter((each) => isReached(each, ticks)))
        if (this.orders.includes(waiter)) this.fire(waiter, ticks)
    }
    return result
  }

  /** And places what has fired, one after the other. */
  private cascade<Result>(result: Result): Result {
    this.settle(result)
    for (let placed = 0; placed < this.rules.cascadeLimit; placed++) {
      const [next] = this.all('fired')
      if (next === undefined) break
      this.orders = this.orders.filter((each) => each !== next)
      const band = { worstTicks: worstTicks(this.rules, next.order.side, this.last) }
      this.settle(this.place(next.order.type === 'limit' ? next.order : { ...next.order, ...band }))
    }
    return result
  }

  private cancelSiblings(): void {
    for (const touched of this.touched) {
      const pair = this.pairs.find((each) => each.includes(touched))
      this.pairs = this.pairs.filter((each) => each !== pair)
      const sibling = this.orders.find(({ order }) => order.id !== touched && pair?.includes(order.id))
      if (sibling !== undefined) this.end(sibling, 'oco')
    }
    this.touched = []
  }

  private fire(waiter: Live, ticks: number): void {
    waiter.is = 'fired'
    this.toBack(waiter)
    this.told.push(['fired', waiter.order.id, ticks])
    this.touched.push(waiter.order.id)
    this.cancelSiblings()
  }

  private activate(waiter: Live, ticks: number | null): void {
    const { order, trigger, mark } = waiter
    if (trigger?.kind !== 'trails' || mark !== null || ticks === null) return
    const from = trigger.activationTicks ?? ticks
    if (order.side === 'sell' ? ticks < from : ticks > from) return
    waiter.mark = ticks
    this.told.push(['activated', order.id, order.side, 0])
  }

  private wait({ order, trigger }: Engine.WaitingOrder, fireIfReached: boolean): string {
    const lots = wantsBudget(order) ? 0 : (order.lots ?? 0)
    const waiter: Live = { order, is: 'waiting', lots, shown: 0, trigger, mark: null }
    const reached = this.last !== null && isReached(waiter, this.last)
    if (reached && !fireIfReached) this.pairs = this.pairs.filter((pair) => !pair.includes(order.id))
    if (reached && !fireIfReached) return 'refused'
    this.orders.push(waiter)
    if (!reached) this.activate(waiter, this.last)
    else this.fire(waiter, this.last ?? 0)
    return reached ? this.cascade('fired') : 'waiting'
  }

  private amend({ order, trigger }: Engine.WaitingOrder): string {
    const waiter = this.all('waiting').find((each) => each.order.id === order.id)
    if (waiter === undefined) return 'unknown'
    const keepsMark = activation(trigger) === activation(waiter.trigger)
    const lots = wantsBudget(order) ? 0 : (order.lots ?? 0)
    const amended = { ...waiter, order, lots, trigger, mark: keepsMark ? waiter.mark : null }
    if (this.last !== null && isReached(amended, this.last)) return 'refused'
    this.activate(Object.assign(waiter, amended), this.last)
    return 'waiting'
  }

  private pair(a: number, b: number): string | undefined {
    const taken = this.pairs.filter((pair) => pair.includes(a) || pair.includes(b))
    if (a === b || taken.some((pair) => !pair.includes(a) || !pair.includes(b))) return 'RangeError'
    if (taken.length === 0) this.pairs.push([a, b])
    return undefined
  }

  /** Fill or kill is tried as immediate or cancel, and all is put back when it was not filled. */
  private place(order: Engine.NewOrder): Engine.Placement {
    this.told.push(['taking', order.id])
    if (order.timeInForce !== 'FOK') return this.take(order)
    const { told, orders, touched, prices, last } = this
    const before = structuredClone({ told, orders, touched, prices, last })
    const tried = this.take({ ...order, timeInForce: 'IOC' })
    if (tried.reason === 'filled' || tried.reason === 'budget') return tried
    Object.assign(this, before)
    return this.ended(order, 'fok')
  }

  private replace(order: Engine.LimitOrder): Engine.Placement {
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

  /** At each price, best first: the leader's orders go, the tiers' wants are taken as one, and shared. */
  private block({ side, leaderOwner, tiers }: Engine.BlockOrder): Engine.BlockResult {
    const results = tiers.map(() => ({ filledLots: 0, fills: [] as Engine.TierFill[] }))
    for (const ticks of new Set(this.queue(opposite(side)).map(({ order }) => limitOf(order)))) {
      const level = () => this.queue(opposite(side)).filter(({ order }) => limitOf(order) === ticks)
      const left = tiers.map(({ lots }, at) => lots - (results[at]?.filledLots ?? 0))
      const wants = left.map((lots, at) => (isWithin(side, ticks, tiers[at]?.limitTicks ?? 0) ? lots : 0))
      const demand = wants.reduce((sum, lots) => sum + lots, 0)
      let [ahead, taken] = [0, 0]
      for (const maker of level())
        if (maker.order.owner !== leaderOwner) ahead += maker.shown
        else if (ahead < demand) this.end(maker, 'stp')
      for (let [maker] = level(); maker && taken < demand; [maker] = level())
        taken += this.trade(maker, demand - taken)
      for (const [at, lots] of share(taken, wants).entries()) {
        if (lots > 0) results[at]?.fills.push({ ticks, lots })
        if (results[at]) results[at].filledLots += lots
      }
    }
    return { filledLots: results.reduce((sum, { filledLots }) => sum + filledLots, 0), tiers: results }
  }

  /** Trades up to `wanted` of what a maker shows. An iceberg's next part goes to the back. Returns the lots. */
  private trade(maker: Live, wanted: number, ...taker: number[]): number {
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
  private shrink(resting: Live, off: number): number {
    const { id, owner, side } = resting.order
    if (off <= 0) return 0
    resting.lots -= off
    resting.shown = Math.min(resting.shown, resting.lots)
    this.told.push(['reduced', id, owner, side, limitOf(resting.order), resting.lots])
    return off
  }

  private print(ticks: number): void {
    this.last = ticks
    this.prices.push(ticks)
  }

  private toBack(live: Live): void {
    this.orders = [...this.orders.filter((each) => each !== live), live]
  }

  private end(live: Live, reason: Engine.EndReason): void {
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

const opposite = (side: Engine.Side) => (side === 'buy' ? 'sell' : 'buy')
const isWithin = (side: Engine.Side, ticks: number, limit: number) =>
  side === 'buy' ? ticks <= limit : ticks >= limit

/** The worst price of an order: of a market order its band. */
export function limitOf(order: Engine.NewOrder): number {
  return order.type === 'limit' ? order.ticks : (order.worstTicks ?? (order.side === 'buy' ? Infinity : 1))
}
const activation = (trigger: Engine.Trigger | null) => trigger?.kind === 'trails' && trigger.activationTicks
const displayOf = (order: Engine.NewOrder) => (order.type === 'limit' ? order.displayLots : undefined) ?? null
const budgetOf = (order: Engine.NewOrder) => (order.type === 'market' && order.budget) || Infinity
const wantsBudget = (order: Engine.NewOrder) =>
  order.type === 'market' && (order.lots === undefined || order.wants === 'budget')

/** Where a waiting order fires; null of a trailing one that is not active. In basis points, rounded away from the mark. */
export function firesAt({ order, trigger, mark }: Live): number | null {
  if (trigger?.kind !== 'trails') return trigger?.ticks ?? null
  if (mark === null) return null
  const back = 'ticks' in trigger.offset ? trigger.offset.ticks : Math.ceil((mark * trigger.offset.bps) / 1e4)
  return order.side === 'sell' ? mark - back : mark + back
}

function isReached(waiter: Live, ticks: number): boolean {
  const { order, trigger } = waiter
  const at = firesAt(waiter)
  const rises = trigger?.kind === 'rises_to' || (trigger?.kind === 'trails' && order.side === 'buy')
  return at !== null && (rises ? ticks >= at : ticks <= at)
}

/** Largest remainder, one lot at a time: the next goes to whoever is furthest below the exact share, the earlier on ties. */
function share(total: number, wants: number[]): number[] {
  const sum = BigInt(wants.reduce((all, want) => all + want, 0) || 1)
  const exact = wants.map((want) => BigInt(total) * BigInt(want))
  const shares = exact.map((each) => each / sum)
  const behind = (at: number) => (exact[at] ?? 0n) - (shares[at] ?? 0n) * sum
  for (let left = BigInt(total) - shares.reduce((all, lots) => all + lots, 0n); left > 0n; left--) {
    const [next = 0] = [...wants.keys()].sort((a, b) => Number(behind(b) - behind(a)))
    shares[next] = (shares[next] ?? 0n) + 1n
  }
  return shares.map(Number)
}
