import type {
  BlockOrder,
  BlockResult,
  CancelReason,
  EndReason,
  NewOrder,
  Placement,
  RestingOrder,
  Side,
} from '../../../worker/market/engine/index.ts'

/** The engine's events as data, so that two engines can be compared. */
export type Told =
  | ['traded', number, number, Side, number, number, number]
  | ['rested', number, number, Side, number, number]
  | ['refreshed', number, number, Side, number, number]
  | ['reduced', number, number, Side, number, number]
  | ['ended', number, number, Side, number, EndReason]
  | ['levelChanged', Side, number, number]

/**
 * The same book, written to be obviously right and nothing else: one array of resting orders in order of arrival, sorted and
 * filtered anew for every question. It is the oracle of the differential test.
 */
export class NaiveBook {
  told: Told[] = []
  orders: RestingOrder[] = []
  private readonly maxOrders: number

  constructor(maxOrders: number) {
    this.maxOrders = maxOrders
  }

  /** Resting orders of a side, first to be taken first. The sort is stable, so time priority is the order of arrival. */
  queue(side: Side): RestingOrder[] {
    const sign = side === 'sell' ? 1 : -1
    return this.orders.filter((order) => order.side === side).sort((a, b) => sign * (a.ticks - b.ticks))
  }

  place(order: NewOrder): Placement {
    const makers = this.queue(order.side === 'buy' ? 'sell' : 'buy')
    const limit =
      order.type === 'limit' ? order.ticks : (order.worstTicks ?? (order.side === 'buy' ? 1e9 : 1))
    const accepts = (ticks: number) => (order.side === 'buy' ? ticks <= limit : ticks >= limit)
    const wanted = order.lots ?? Number.MAX_SAFE_INTEGER
    const budget = order.type === 'market' && order.budget !== undefined ? order.budget : Infinity
    const timeInForce = order.timeInForce ?? (order.type === 'limit' ? 'GTC' : 'IOC')

    const end = (
      status: Placement['status'],
      reason: EndReason,
      filled: number,
      budgetLeft: number,
    ): Placement => {
      const leftLots = order.lots === undefined ? 0 : order.lots - filled
      this.told.push(['ended', order.id, order.owner, order.side, leftLots, reason])
      const left = order.lots === undefined ? budgetLeft : 0
      return { status, reason, filledLots: filled, leftLots, budgetLeft: left }
    }
    const ownLots = this.queue(order.side).reduce((sum, each) => sum + BigInt(each.lots), 0n)
    const tooMany = this.orders.length >= this.maxOrders
    if (timeInForce === 'GTC' && (tooMany || ownLots + BigInt(wanted) > BigInt(Number.MAX_SAFE_INTEGER))) {
      return end('rejected', 'book_full', 0, 0)
    }
    if (order.type === 'limit' && order.postOnly && makers[0] && accepts(makers[0].ticks)) {
      return end('rejected', 'post_only', 0, 0)
    }

    // Plan the takes without touching anything.
    const takes: { maker: RestingOrder; lots: number }[] = []
    let filled = 0
    let budgetLeft = budget
    let stopped: EndReason | null = null
    for (const maker of makers) {
      const affordable = Math.min(wanted - filled, Math.floor(budgetLeft / maker.ticks))
      if (filled > 0 && (wanted === filled || budgetLeft < (takes.at(-1)?.maker.ticks ?? 0)))
        stopped = 'filled'
      else if (!accepts(maker.ticks)) stopped = 'band'
      else if (affordable === 0) stopped = filled > 0 ? 'filled' : 'budget'
      else if (maker.owner === order.owner) stopped = 'stp'
      if (stopped !== null) break
      const lots = Math.min(affordable, maker.lots)
      takes.push({ maker, lots })
      filled += lots
      if (budget !== Infinity) budgetLeft -= lots * maker.ticks
    }
    if (filled > 0 && (filled === wanted || budgetLeft < (takes.at(-1)?.maker.ticks ?? 0))) stopped = 'filled'
    if (timeInForce === 'FOK' && stopped !== 'filled' && stopped !== 'budget')
      return end('cancelled', 'fok', 0, budget)

    this.apply(takes)
    if (stopped === 'filled') return end('filled', 'filled', filled, budgetLeft)
    if (stopped === 'stp' || stopped === 'budget') return end('cancelled', stopped, filled, budgetLeft)
    if (order.type === 'market') return end('cancelled', stopped ?? 'no_liquidity', filled, budgetLeft)
    if (timeInForce !== 'GTC') return end('cancelled', 'ioc', filled, 0)
    this.rest({
      id: order.id,
      owner: order.owner,
      side: order.side,
      ticks: order.ticks,
      lots: order.lots - filled,
      shownLots: order.lots - filled,
      displayLots: null,
    })
    return {
      status: 'rested',
      reason: null,
      filledLots: filled,
      leftLots: order.lots - filled,
      budgetLeft: 0,
    }
  }

  cancel(id: number, reason: CancelReason): number {
    const order = this.orders.find((each) => each.id === id)
    if (order === undefined) return 0
    this.remove(order, reason)
    this.tellLevel(order.side, order.ticks)
    return order.lots
  }

  reduce(id: number, lots: number): number {
    const order = this.orders.find((each) => each.id === id)
    if (order === undefined || order.lots <= lots) return 0
    const off = order.lots - lots
    order.lots = lots
    order.shownLots = lots
    this.told.push(['reduced', id, order.owner, order.side, order.ticks, lots])
    this.tellLevel(order.side, order.ticks)
    return off
  }

  block(block: BlockOrder): BlockResult {
    const side = block.side === 'buy' ? 'sell' : 'buy'
    const left = block.tiers.map((tier) => tier.lots)
    const tiers = block.tiers.map(() => ({ filledLots: 0, fills: [] as { ticks: number; lots: number }[] }))
    let filledLots = 0
    for (const ticks of new Set(this.queue(side).map((order) => order.ticks))) {
      const wants = block.tiers.map((tier, index) =>
        (block.side === 'buy' ? ticks <= tier.limitTicks : ticks >= tier.limitTicks) ? (left[index] ?? 0) : 0,
      )
      const demand = wants.reduce((sum, lots) => sum + lots, 0)
      const takes: { maker: RestingOrder; lots: number }[] = []
      let taken = 0
      for (const maker of this.queue(side).filter((order) => order.ticks === ticks)) {
        if (taken === demand) break
        if (maker.owner === block.leaderOwner) {
          this.remove(maker, 'stp')
          if (this.lotsAt(side, ticks) === 0) this.tellLevel(side, ticks)
        } else {
          takes.push({ maker, lots: Math.min(demand - taken, maker.lots) })
          taken += Math.min(demand - taken, maker.lots)
        }
      }
      this.apply(takes)
      filledLots += taken
      for (const [index, lots] of share(taken, wants).entries()) {
        const tier = tiers[index]
        if (lots === 0 || tier === undefined) continue
        left[index] = (left[index] ?? 0) - lots
        tier.filledLots += lots
        tier.fills.push({ ticks, lots })
      }
    }
    return { filledLots, tiers }
  }

  lotsAt(side: Side, ticks: number): number {
    const level = this.orders.filter((order) => order.side === side && order.ticks === ticks)
    return level.reduce((sum, order) => sum + order.lots, 0)
  }

  rest(order: RestingOrder): void {
    this.orders.push(order)
    this.told.push(['rested', order.id, order.owner, order.side, order.ticks, order.lots])
    this.tellLevel(order.side, order.ticks)
  }

  private apply(takes: { maker: RestingOrder; lots: number }[]): void {
    for (const [at, { maker, lots }] of takes.entries()) {
      maker.lots -= lots
      maker.shownLots = maker.lots
      this.told.push(['traded', maker.id, maker.owner, maker.side, maker.ticks, lots, maker.lots])
      if (maker.lots === 0) this.remove(maker, 'filled')
      if (takes[at + 1]?.maker.ticks !== maker.ticks) this.tellLevel(maker.side, maker.ticks)
    }
  }

  private remove(order: RestingOrder, reason: EndReason): void {
    this.orders = this.orders.filter((each) => each !== order)
    this.told.push(['ended', order.id, order.owner, order.side, order.lots, reason])
  }

  private tellLevel(side: Side, ticks: number): void {
    this.told.push(['levelChanged', side, ticks, this.lotsAt(side, ticks)])
  }
}

/** Largest remainder one lot at a time: the next lot goes to whoever is furthest below the exact share, first come on ties. */
function share(total: number, wants: number[]): number[] {
  const sum = wants.reduce((all, want) => all + want, 0)
  const shares = wants.map((want) => (sum === 0 ? 0 : Number((BigInt(total) * BigInt(want)) / BigInt(sum))))
  const exact = (index: number) => BigInt(total) * BigInt(wants[index] ?? 0)
  const behind = (index: number) => exact(index) - BigInt(shares[index] ?? 0) * BigInt(sum)
  for (let left = total - shares.reduce((all, lots) => all + lots, 0); left > 0; left--) {
    let next = 0
    for (let index = 1; index < wants.length; index++) if (behind(index) > behind(next)) next = index
    shares[next] = (shares[next] ?? 0) + 1
  }
  return shares
}
