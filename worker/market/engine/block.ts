import type { Ladder } from './ladder.ts'
import type { BlockOrder, BlockResult, BookEvents, TierResult } from './order.ts'
import { NO_LEVEL, type OrderStore } from './orderStore.ts'
import { shareLots } from './shareLots.ts'
import { cancelOwn, tellLevel, trade } from './taking.ts'

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
    const taken = takePastLeader(orders, ladder, events, block.leaderOwner, demand)
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

/** Takes up to `demand` lots from the best level, and none of the leader's. Returns the lots taken. */
function takePastLeader(
  orders: OrderStore,
  ladder: Ladder,
  events: BookEvents,
  leader: number,
  demand: number,
): number {
  const level = ladder.best
  const shown = ladder.levelLots(level)
  const taken = clearLeader(orders, ladder, events, leader, demand)
  for (let left = taken; left > 0; ) {
    const maker = ladder.first(level)
    const lots = Math.min(orders.lots(maker), left)
    trade(orders, ladder, events, maker, lots)
    left -= lots
  }
  tellLevel(ladder, events, level, shown)
  return taken
}

/**
 * Cancels the leader's orders that stand before the last lot which `demand` would take at the best level. Returns what will
 * be taken there. What others hide comes after all that is shown, so it brings no further order of the leader into the way.
 */
function clearLeader(
  orders: OrderStore,
  ladder: Ladder,
  events: BookEvents,
  leader: number,
  demand: number,
): number {
  const level = ladder.best
  const end = ladder.end(level)
  let shown = 0
  for (let order = ladder.first(level); order !== end && shown < demand; ) {
    const next = orders.next(order)
    if (orders.owner(order) === leader) cancelOwn(orders, ladder, events, order)
    else shown += orders.lots(order)
    order = next
  }
  return Math.min(demand, shown < demand ? ladder.allLevelLots(level) : shown)
}
