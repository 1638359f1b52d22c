import type { Ladder } from './ladder.ts'
import type { BookEvents, SelfTradePrevention } from './order.ts'
import { type LevelSlot, NO_LEVEL, type OrderSlot, type OrderStore } from './orderStore.ts'

/** Everything a market order without a quantity of its own wants. */
const ANY_LOTS = Number.MAX_SAFE_INTEGER

/** What an order that takes wants, and how far it got. A book has one for all its calls, so that matching allocates nothing. */
export class Taker {
  owner = 0
  selfTrade: SelfTradePrevention = 'cancel_newest'
  wants: 'lots' | 'budget' = 'lots'
  /** Lots and budget that are left. */
  lots = 0
  budget = 0
  filled = 0
  /** What the filled lots cost; exact while there is a budget. */
  spent = 0
  /** Self-trade prevention has taken lots off it. */
  decremented = false
  /** Self-trade prevention has ended it. */
  stopped = false
  /** One of the two bounds was reached, at a price of `reachedAt`. */
  reached = false
  private reachedAt = 0

  start(owner: number, selfTrade: SelfTradePrevention | undefined): void {
    this.owner = owner
    this.selfTrade = selfTrade ?? 'cancel_newest'
    this.wants = 'lots'
    this.lots = ANY_LOTS
    this.budget = Number.POSITIVE_INFINITY
    this.filled = 0
    this.spent = 0
    this.decremented = false
    this.stopped = false
    this.reached = false
  }

  /** Takes from a side while its best price is within `limitTicks`, until a bound is reached or self-trade prevention stops it. */
  take(orders: OrderStore, ladder: Ladder, events: BookEvents, limitTicks: number): void {
    while (!this.stopped && ladder.crosses(limitTicks)) {
      const ticks = ladder.bestTicks
      const wanted = affordable(this.lots, this.budget, ticks)
      const filledBefore = this.filled
      const used = wanted === 0 ? 0 : takeAtBest(orders, ladder, events, this, wanted)
      this.spent += (this.filled - filledBefore) * ticks
      this.lots -= used
      this.budget -= used * ticks
      if (used < wanted) continue
      this.reached = true
      this.reachedAt = ticks
      return
    }
  }

  /** Of an order that reached a bound: whether it is the one it wants. */
  gotWhatItWants(): boolean {
    return isWanted(this, this.lots, this.budget, this.reachedAt)
  }
}

function affordable(lots: number, budget: number, ticks: number): number {
  return Math.min(lots, Math.floor(budget / ticks))
}

/** At a price at which a taker can go on no further: whether it is for what it wants. */
function isWanted(taker: Taker, lotsLeft: number, budgetLeft: number, ticks: number): boolean {
  return taker.wants === 'lots' ? lotsLeft === 0 : budgetLeft < ticks
}

/**
 * Uses up to `wanted` lots of the taker at the best level of a side, oldest order first. Tells every trade, then the level.
 * Returns the lots used, traded or lost to self-trade prevention: fewer than wanted means that the level is gone, or that the
 * taker is stopped.
 */
function takeAtBest(
  orders: OrderStore,
  ladder: Ladder,
  events: BookEvents,
  taker: Taker,
  wanted: number,
): number {
  const level = ladder.best
  const shown = ladder.levelLots(level)
  const end = ladder.end(level)
  let left = wanted
  for (let maker = ladder.first(level); maker !== end && left > 0; maker = ladder.first(level)) {
    if (orders.owner(maker) === taker.owner) {
      left -= preventSelfTrade(orders, ladder, events, taker, maker, left)
      if (taker.stopped) break
    } else {
      const lots = Math.min(orders.lots(maker), left)
      trade(orders, ladder, events, maker, lots)
      taker.filled += lots
      left -= lots
    }
  }
  tellLevel(ladder, events, level, shown)
  return wanted - left
}

/** Tells what a level shows now, when that is not what it showed before, and closes it when nothing is left there. */
export function tellLevel(ladder: Ladder, events: BookEvents, level: LevelSlot, before: number): void {
  const shown = ladder.levelLots(level)
  if (shown !== before) events.levelChanged(ladder.side, ladder.ticks(level), shown)
  ladder.closeIfEmpty(level)
}

/** Trades lots that a maker shows. When they are all it shows, its next part follows or it ends. */
export function trade(
  orders: OrderStore,
  ladder: Ladder,
  events: BookEvents,
  maker: OrderSlot,
  lots: number,
): void {
  const { side, bestTicks: ticks } = ladder
  const id = orders.id(maker)
  const owner = orders.owner(maker)
  const left = orders.allLots(maker) - lots
  if (orders.lots(maker) > lots) {
    ladder.shrink(maker, lots)
    events.traded(id, owner, side, ticks, lots, left)
  } else if (left === 0) {
    ladder.remove(maker)
    events.traded(id, owner, side, ticks, lots, 0)
    events.ended(id, owner, side, 0, 'filled')
  } else {
    ladder.shrink(maker, lots)
    ladder.refresh(maker)
    events.traded(id, owner, side, ticks, lots, left)
    events.refreshed(id, owner, side, ticks, left)
  }
}

/** A taker meets an order of its own. Returns the lots of the taker that are lost. */
function preventSelfTrade(
  orders: OrderStore,
  ladder: Ladder,
  events: BookEvents,
  taker: Taker,
  maker: OrderSlot,
  wanted: number,
): number {
  const { selfTrade } = taker
  taker.stopped = selfTrade === 'cancel_newest' || selfTrade === 'cancel_both'
  if (selfTrade === 'cancel_newest') return 0
  const lots = orders.allLots(maker)
  if (selfTrade === 'decrement' && lots > wanted) {
    taker.decremented = true
    reduce(orders, ladder, events, maker, wanted)
    return wanted
  }
  cancelOwn(orders, ladder, events, maker)
  if (selfTrade !== 'decrement') return 0
  taker.decremented = true
  return lots
}

/** Takes lots off an order, hidden ones first; more are left of it. */
export function reduce(
  orders: OrderStore,
  ladder: Ladder,
  events: BookEvents,
  order: OrderSlot,
  lots: number,
): void {
  const hidden = Math.min(lots, orders.reserve(order))
  if (hidden > 0) ladder.shrinkHidden(order, hidden)
  if (hidden < lots) ladder.shrink(order, lots - hidden)
  const ticks = ladder.ticks(orders.level(order))
  events.reduced(orders.id(order), orders.owner(order), ladder.side, ticks, orders.allLots(order))
}

/** Takes an order off the book that stands in the way of its own owner. */
export function cancelOwn(orders: OrderStore, ladder: Ladder, events: BookEvents, order: OrderSlot): void {
  const id = orders.id(order)
  const owner = orders.owner(order)
  const lots = orders.allLots(order)
  ladder.remove(order)
  events.ended(id, owner, ladder.side, lots, 'stp')
}

/**
 * Whether a taker would get all it wants within `limitTicks`: the walk that matching makes, on a book that stays as it is. Too
 * thin a side is refused from the level totals; only an order that the levels could fill costs a walk through orders. With two
 * bounds the totals refuse nothing: own lots at a good price, which the taker will not get, would use up the bound that it does
 * not want before the one that it does.
 */
export function canFill(orders: OrderStore, ladder: Ladder, taker: Taker, limitTicks: number): boolean {
  const atLevel = (level: LevelSlot) => ladder.allLevelLots(level)
  const reachable = (level: LevelSlot, wanted: number) => lotsPastOwn(orders, ladder, taker, level, wanted)
  const isBoundTwice = taker.lots !== ANY_LOTS && taker.budget !== Number.POSITIVE_INFINITY
  if (!isBoundTwice && !wouldFill(ladder, taker, limitTicks, atLevel)) return false
  return wouldFill(ladder, taker, limitTicks, reachable)
}

/** Whether the taker is filled if each level gives it `lotsAt(level, wanted)` lots. Below 0 it would be stopped there. */
function wouldFill(
  ladder: Ladder,
  taker: Taker,
  limitTicks: number,
  lotsAt: (level: LevelSlot, wanted: number) => number,
): boolean {
  let { lots, budget } = taker
  for (let level = ladder.best; level !== NO_LEVEL; level = ladder.worse(level)) {
    const ticks = ladder.ticks(level)
    if (!ladder.within(ticks, limitTicks)) return false
    const wanted = affordable(lots, budget, ticks)
    const here = Math.min(lotsAt(level, wanted), wanted)
    if (here < 0) return false
    lots -= here
    budget -= here * ticks
    if (here === wanted) return isWanted(taker, lots, budget, ticks)
  }
  return false
}

/**
 * Lots that a taker gets at a level, at least `wanted` or all; -1 when an own order is in the way. What the orders
 * before that one show comes first, and what they hide only after it, since a refreshed part goes to the back.
 */
function lotsPastOwn(
  orders: OrderStore,
  ladder: Ladder,
  taker: Taker,
  level: LevelSlot,
  wanted: number,
): number {
  const end = ladder.end(level)
  let shown = 0
  let all = ladder.allLevelLots(level)
  for (let maker = ladder.first(level); maker !== end && shown < wanted; maker = orders.next(maker)) {
    if (orders.owner(maker) !== taker.owner) shown += orders.lots(maker)
    else if (taker.selfTrade === 'cancel_oldest') all -= orders.allLots(maker)
    else return -1
  }
  return shown < wanted ? all : shown
}

/** Lots resting at `limitTicks` or better, shown or not, counted level by level until `enough`. */
export function lotsWithin(ladder: Ladder, limitTicks: number, enough: number): number {
  let lots = 0
  for (let level: LevelSlot = ladder.best; level !== NO_LEVEL && lots < enough; level = ladder.worse(level)) {
    if (!ladder.within(ladder.ticks(level), limitTicks)) break
    lots += ladder.allLevelLots(level)
  }
  return lots
}
