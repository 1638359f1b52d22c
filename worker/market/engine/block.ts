import type { Ladder } from './ladder.ts'
import type { BlockOrder, BlockResult, BookEvents, TierResult } from './order.ts'
import { NO_LEVEL, NO_ORDER, type OrderStore } from './orderStore.ts'
import { shareLots } from './shareLots.ts'
import { takeAtBest } from './taking.ts'

/**
 * Matches a block against a side, best price first. At each price the tiers that accept it and still want lots share what is
 * taken there in proportion to what each still wants. Orders of the leader that the block would meet are cancelled before it
 * takes at their price, so the block never trades with its leader; the other makers keep their priority.
 */
export function takeBlock(
  orders: OrderStore,
  ladder: Ladder,
  events: BookEvents,
  block: BlockOrder,
): BlockResult {
  const results: TierResult[] = block.tiers.map(() => ({ filledLots: 0, fills: [] }))
  const wants = block.tiers.map((tier, index) => ({ index, limitTicks: tier.limitTicks, left: tier.lots }))
  let filledLots = 0
  while (ladder.best !== NO_LEVEL) {
    const ticks = ladder.bestTicks
    const willing = wants.filter((want) => want.left > 0 && ladder.within(ticks, want.limitTicks))
    if (willing.length === 0) break
    const demand = willing.reduce((sum, want) => sum + want.left, 0)
    const available = clearLeader(orders, ladder, events, block.leaderOwner, demand)
    if (available === 0) continue
    const taken = takeAtBest(orders, ladder, events, block.leaderOwner, available)
    filledLots += taken
    const shares = shareLots(
      taken,
      willing.map((want) => want.left),
    )
    for (const [at, want] of willing.entries()) {
      const lots = shares[at] ?? 0
      const result = results[want.index]
      if (lots === 0 || result === undefined) continue
      want.left -= lots
      result.filledLots += lots
      result.fills.push({ ticks, lots })
    }
  }
  return { filledLots, tiers: results }
}

/**
 * Cancels the leader's orders that stand before the last lot which `demand` would take at the best level. Returns what can then
 * be taken there; 0 when the level held nothing but such orders, and is gone.
 */
function clearLeader(
  orders: OrderStore,
  ladder: Ladder,
  events: BookEvents,
  leader: number,
  demand: number,
): number {
  const level = ladder.best
  let available = 0
  for (let order = ladder.first(level); order !== NO_ORDER && available < demand; ) {
    const next = orders.next(order)
    const lots = orders.lots(order)
    if (orders.owner(order) === leader) {
      const id = orders.id(order)
      ladder.unlink(order, lots)
      orders.remove(order)
      events.ended(id, leader, ladder.side, lots, 'stp')
    } else {
      available += lots
    }
    order = next
  }
  if (available === 0) {
    events.levelChanged(ladder.side, ladder.bestTicks, 0)
    ladder.closeIfEmpty(level)
  }
  return Math.min(available, demand)
}
