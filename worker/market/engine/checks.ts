import type { BlockOrder, LimitOrder, MarketOrder, NewOrder, RestingOrder } from './order.ts'

/** 2^30 - 1: an owner and two flags share one int32. */
export const MAX_OWNER = 0x3fffffff
/** Ticks are kept in int32 bitsets of pages; beyond 2^30 the shifts would overflow. */
export const MAX_TICKS = 0x3fffffff

/**
 * What the engine is given was checked against the market's rules before; a value out of its domain here is a fault of the
 * caller, and would break the columns silently. So these throw, before anything is changed.
 */
export function checkOrder(order: NewOrder, maxTicks: number): void {
  checkId(order.id)
  checkOwner(order.owner)
  checkSide(order.side)
  if (order.type === 'limit') checkLimit(order, maxTicks)
  else checkMarket(order, maxTicks)
}

function checkLimit(order: LimitOrder, maxTicks: number): void {
  checkTicks(order.ticks, maxTicks)
  checkLots(order.lots)
  if (order.postOnly !== true && order.displayLots === undefined) return
  if ((order.timeInForce ?? 'GTC') !== 'GTC') {
    throw new RangeError(`order ${order.id}: post-only and iceberg need GTC`)
  }
  if (order.displayLots === undefined) return
  checkLots(order.displayLots)
  if (order.displayLots >= order.lots) throw new RangeError(`order ${order.id} would hide nothing`)
}

function checkMarket(order: MarketOrder, maxTicks: number): void {
  const { lots, budget, worstTicks } = order
  if (worstTicks !== undefined) checkTicks(worstTicks, maxTicks)
  if (lots !== undefined) checkLots(lots)
  if (budget !== undefined) checkLots(budget)
  if (lots === undefined && budget === undefined) {
    throw new RangeError(`order ${order.id} has neither lots nor a budget`)
  }
  if (lots !== undefined && budget !== undefined && order.wants === undefined) {
    throw new RangeError(`order ${order.id} does not say which of its two bounds it wants`)
  }
}

/** A resting order as it is put back. */
export function checkResting(order: RestingOrder, maxTicks: number): void {
  const { id, lots, shownLots, displayLots } = order
  checkId(id)
  checkOwner(order.owner)
  checkSide(order.side)
  checkTicks(order.ticks, maxTicks)
  checkLots(lots)
  checkLots(shownLots)
  if (displayLots === null ? shownLots !== lots : shownLots > Math.min(lots, displayLots)) {
    throw new RangeError(`order ${id} cannot show ${shownLots} of ${lots} lots`)
  }
}

export function checkBlock(block: BlockOrder, maxTicks: number): void {
  checkOwner(block.leaderOwner)
  checkSide(block.side)
  let sum = 0
  for (const tier of block.tiers) {
    checkTicks(tier.limitTicks, maxTicks)
    checkLots(tier.lots)
    sum += tier.lots
    checkLots(sum)
  }
}

export function checkId(id: number): void {
  if (!Number.isSafeInteger(id) || id < 0) throw new RangeError(`order id ${id} is not a safe integer from 0`)
}

export function checkOwner(owner: number): void {
  if (!Number.isSafeInteger(owner) || owner < 0 || owner > MAX_OWNER) {
    throw new RangeError(`owner ${owner} is not an integer from 0 to ${MAX_OWNER}`)
  }
}

export function checkSide(side: string): void {
  if (side !== 'buy' && side !== 'sell') throw new RangeError(`side ${side} is neither buy nor sell`)
}

export function checkTicks(ticks: number, maxTicks: number): void {
  if (!Number.isSafeInteger(ticks) || ticks < 1 || ticks > maxTicks) {
    throw new RangeError(`price of ${ticks} ticks is not an integer from 1 to ${maxTicks}`)
  }
}

/** For lots and for budgets. */
export function checkLots(lots: number): void {
  if (!Number.isSafeInteger(lots) || lots < 1) throw new RangeError(`${lots} is not a safe integer from 1`)
}
