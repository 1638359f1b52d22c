import type * as Engine from '../../../worker/market/engine/index.ts'
import { isWithin, type Live, limitOf, NaiveBook, opposite, wantsBudget } from './naiveBook.ts'
import { type Step, worstTicks } from './scenarios.ts'

/** The whole engine again: over the naive book the blocks, orders that wait for a price, pairs of them, and cascades. */
export class NaiveEngine extends NaiveBook {
  pairs: [number, number][] = []

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
}

const activation = (trigger: Engine.Trigger | null) => trigger?.kind === 'trails' && trigger.activationTicks

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
