import type { Ladder } from './ladder.ts'
import { NO_LEVEL, type OrderStore } from './orderStore.ts'
import type { Slab } from './slab.ts'

/**
 * Checks every structure of a book against the others: order lists in both directions, level counts and totals, shown and hidden,
 * the side's totals, the way from id to order, the bitsets, the free records, and that the book is not crossed. Throws at the first disagreement.
 */
export function assertConsistent(slab: Slab, orders: OrderStore, bids: Ladder, asks: Ladder): void {
  const count = checkLadder(orders, bids) + checkLadder(orders, asks)
  check(count === orders.count, `${count} orders in the lists, ${orders.count} in the store`)
  const levels = bids.levelCount + asks.levelCount
  check(slab.levelCount === levels && slab.addsUp(), 'records are lost')
  const crossed = bids.best !== NO_LEVEL && asks.best !== NO_LEVEL && bids.bestTicks >= asks.bestTicks
  check(!crossed, `crossed: bid ${bids.bestTicks}, ask ${asks.bestTicks}`)
}

/** Returns the number of orders on the side. */
function checkLadder(orders: OrderStore, ladder: Ladder): number {
  const { side } = ladder
  let count = 0
  let lots = 0
  let hidden = 0
  let levels = 0
  const ranks: number[] = []
  let before = side === 'sell' ? 0 : Number.POSITIVE_INFINITY
  for (let level = ladder.best; level !== NO_LEVEL; level = ladder.worse(level)) {
    const ticks = ladder.ticks(level)
    check(side === 'sell' ? ticks > before : ticks < before, `${side} levels out of order at ${ticks}`)
    check(ladder.levelAt(ticks) === level, `${side} map does not lead to ${ticks}`)
    before = ticks
    levels++
    ranks.push(ladder.rank(ticks))
    let levelLots = 0
    let levelHidden = 0
    let levelCount = 0
    const end = ladder.end(level)
    let previous = end
    for (let order = ladder.first(level); order !== end; order = orders.next(order)) {
      const id = orders.id(order)
      check(orders.previous(order) === previous, `order ${id} is linked to another predecessor`)
      check(orders.level(order) === level && orders.side(order) === side, `order ${id} names another level`)
      check(orders.find(id) === order, `id ${id} leads elsewhere`)
      check(Number.isSafeInteger(orders.lots(order)) && orders.lots(order) > 0, `order ${id} has no lots`)
      const reserve = orders.reserve(order)
      check(Number.isSafeInteger(reserve) && reserve >= 0, `order ${id} hides ${reserve} lots`)
      check(
        !orders.isIceberg(order) || orders.lots(order) <= orders.display(order),
        `iceberg ${id} shows too much`,
      )
      levelLots += orders.lots(order)
      levelHidden += reserve
      levelCount++
      previous = order
    }
    check(previous !== end && ladder.last(level) === previous, `${side} ${ticks} ends elsewhere`)
    check(
      ladder.levelLots(level) === levelLots,
      `${side} ${ticks} says ${ladder.levelLots(level)}, has ${levelLots}`,
    )
    check(
      ladder.allLevelLots(level) === levelLots + levelHidden,
      `${side} ${ticks} miscounts its ${levelHidden} hidden lots`,
    )
    check(ladder.orderCount(level) === levelCount, `${side} ${ticks} miscounts its orders`)
    count += levelCount
    lots += levelLots
    hidden += levelHidden
  }
  const better = ladder.bestTicks + (side === 'sell' ? -1 : 1)
  const crossesFromBest = ladder.crosses(ladder.bestTicks) && !ladder.crosses(better)
  check(crossesFromBest === (ladder.best !== NO_LEVEL), `${side} best is another price`)
  check(levels === ladder.levelCount, `${side} has ${ladder.levelCount} levels, ${levels} are reached`)
  check(lots === ladder.lots, `${side} says ${ladder.lots} lots, has ${lots}`)
  check(hidden === ladder.hiddenLots, `${side} says ${ladder.hiddenLots} hidden lots, has ${hidden}`)
  check(ladder.addsUp(ranks), `${side} pages or blocks are lost`)
  return count
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`order book inconsistent: ${otherwise}`)
}
