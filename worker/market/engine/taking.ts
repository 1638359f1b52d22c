import type { Ladder } from './ladder.ts'
import type { BookEvents } from './order.ts'
import { type LevelSlot, NO_LEVEL, NO_ORDER, type OrderStore } from './orderStore.ts'

/** An owner that no order has: takes from everybody. */
export const NOBODY = -1

/** Everything a market order without a quantity of its own wants. */
export const ANY_LOTS = Number.MAX_SAFE_INTEGER

/**
 * Takes up to `wanted` lots from the best level of a side, oldest order first, stopping before an order of `owner`. Tells every
 * trade, then the level. Returns the lots taken: fewer than wanted means that the level is gone, or that an own order is first now.
 */
export function takeAtBest(
  orders: OrderStore,
  ladder: Ladder,
  events: BookEvents,
  owner: number,
  wanted: number,
): number {
  const level = ladder.best
  const ticks = ladder.bestTicks
  const side = ladder.side
  let left = wanted
  for (let maker = ladder.first(level); maker !== NO_ORDER && left > 0; ) {
    const makerOwner = orders.owner(maker)
    if (makerOwner === owner) break
    const id = orders.id(maker)
    const makerLots = orders.lots(maker)
    if (makerLots > left) {
      orders.setLots(maker, makerLots - left)
      ladder.addLots(level, -left)
      events.traded(id, makerOwner, side, ticks, left, makerLots - left)
      left = 0
      break
    }
    const next = orders.next(maker)
    ladder.unlink(maker, makerLots)
    orders.remove(maker)
    left -= makerLots
    events.traded(id, makerOwner, side, ticks, makerLots, 0)
    events.ended(id, makerOwner, side, 0, 'filled')
    maker = next
  }
  if (left < wanted) {
    events.levelChanged(side, ticks, ladder.levelLots(level))
    ladder.closeIfEmpty(level)
  }
  return wanted - left
}

/**
 * Whether an order of `owner` would be filled whole within `limitTicks`: the walk that matching makes, on a book that stays as it
 * is. Too thin a side is refused from the level totals; only an order that the levels could fill costs a walk through orders.
 */
export function canFill(
  orders: OrderStore,
  ladder: Ladder,
  owner: number,
  limitTicks: number,
  wanted: number,
  budget: number,
): boolean {
  return (
    canFillFromLevels(ladder, limitTicks, wanted, budget) &&
    canFillPastOwn(orders, ladder, owner, wanted, budget)
  )
}

function canFillFromLevels(ladder: Ladder, limitTicks: number, wanted: number, budget: number): boolean {
  let left = wanted
  let budgetLeft = budget
  for (let level = ladder.best; level !== NO_LEVEL; level = ladder.worse(level)) {
    const ticks = ladder.ticks(level)
    if (!ladder.within(ticks, limitTicks)) return false
    const affordable = Math.min(left, Math.floor(budgetLeft / ticks))
    const atLevel = ladder.levelLots(level)
    if (atLevel >= affordable) return true
    left -= atLevel
    budgetLeft -= atLevel * ticks
  }
  return false
}

/** Goes through the orders that would be taken, knowing that the levels hold enough, and looks for one of the same owner. */
function canFillPastOwn(
  orders: OrderStore,
  ladder: Ladder,
  owner: number,
  wanted: number,
  budget: number,
): boolean {
  let left = wanted
  let budgetLeft = budget
  for (let level = ladder.best; level !== NO_LEVEL; level = ladder.worse(level)) {
    const ticks = ladder.ticks(level)
    const affordable = Math.min(left, Math.floor(budgetLeft / ticks))
    let atLevel = 0
    for (
      let maker = ladder.first(level);
      maker !== NO_ORDER && atLevel < affordable;
      maker = orders.next(maker)
    ) {
      if (orders.owner(maker) === owner) return false
      atLevel += orders.lots(maker)
    }
    if (atLevel >= affordable) return true
    left -= atLevel
    budgetLeft -= atLevel * ticks
  }
  return false
}

/** Lots resting at `limitTicks` or better, counted level by level until `enough`. */
export function lotsWithin(ladder: Ladder, limitTicks: number, enough: number): number {
  let lots = 0
  for (let level: LevelSlot = ladder.best; level !== NO_LEVEL && lots < enough; level = ladder.worse(level)) {
    if (!ladder.within(ladder.ticks(level), limitTicks)) break
    lots += ladder.levelLots(level)
  }
  return lots
}
