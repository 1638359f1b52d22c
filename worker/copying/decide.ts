import type { BlockTier, Side } from '../market/messages.ts'
import { baseOf, type Market, quoteOf } from '../market/settings.ts'
import type { Part } from './block.ts'
import { barsBuy } from './filters.ts'
import { type Follow, flat, type Position } from './follow.ts'
import { limitBuy, worstTicks } from './limits.ts'
import type { CopyReason, LeaderTraded } from './messages.ts'
import { addedByBuy, mayContinue, targetAfterSell } from './targets.ts'

/** A follow as a decision sees it. */
export interface Seat {
  readonly follow: Follow
  readonly position: Position
  /** Base units that it has of the market. */
  readonly held: bigint
  readonly cash: bigint
  /** Quote units paid for all that it holds. Asked only where that is limited. */
  invested(): bigint
  /** Quote units; null when a mark is too old to tell. Asked only where a copy is sized by it. */
  equity(): bigint | null
}

/** What one follow is to do about one trade of the leader. */
export interface Choice {
  readonly seat: Seat
  /** Base units that it was to hold by the trade, before its limits. */
  readonly target: bigint
  /** Base units to trade; zero when it takes no part. */
  readonly wanted: bigint
  /** The worst price it accepts. */
  readonly ticks: number
  /** Why it takes no part, or trades less than the target asks for. */
  readonly reason: CopyReason | null
  /** Its position as the decision leaves it, or null when that is unchanged. */
  readonly position: Position | null
}

/** What a leader's trade means for one follow. */
export function choose(seat: Seat, market: Market, trade: LeaderTraded, now: number): Choice {
  const { follow, position } = seat
  if (follow.status === 'closing') return skip(seat, position.target, 'closing')
  const ticks = worstTicks(market, trade.side, trade.quote, trade.lots, follow.settings.maxSlippageBps)
  return trade.side === 'buy' ? chooseBuy(seat, market, trade, ticks, now) : chooseSell(seat, trade, ticks)
}

function chooseBuy(seat: Seat, market: Market, trade: LeaderTraded, ticks: number, now: number): Choice {
  const { follow, position, held, cash } = seat
  const bar = barsBuy(follow, trade, now)
  if (bar !== null) return skip(seat, position.target, bar)
  const equity = sizingEquity(seat, trade)
  const added = addedByBuy(follow.settings, market, trade, equity)
  if (added === null) return skip(seat, position.target, 'no_equity')
  const target = position.target + added
  const sizing = equity !== null && mayContinue(trade) ? { orderId: trade.orderId, equity } : null
  // What an earlier sell could not sell is netted: the target is still below what is held.
  if (target <= held) {
    if (added === 0n) return skip(seat, target, 'below_lot')
    return { ...skip(seat, target, 'carried'), position: { ...position, target, sizing } }
  }
  const means = { cash, invested: seat.invested, investedHere: position.cost }
  const { units, reason } = limitBuy(market, target - held, ticks, means, trade, follow.settings)
  if (units === 0n) return skip(seat, target, reason)
  // What the limits cut is not carried: it would be bought later, past them.
  return {
    seat,
    target,
    wanted: units,
    ticks,
    reason,
    position: { ...position, target: held + units, sizing },
  }
}

/**
 * A sell is never held back by a pause, an age or a maximum: they keep a follow from getting into something, and this is
 * the way out. It sells what it bought and nothing else.
 */
function chooseSell(seat: Seat, trade: LeaderTraded, ticks: number): Choice {
  const { follow, position, held } = seat
  if (!follow.settings.limits.sides.includes('sell')) return skip(seat, position.target, 'side_excluded')
  if (held === 0n && position.target === 0n) return skip(seat, 0n, 'no_position')
  const target = targetAfterSell(position.target, trade)
  if (target === 0n && held === 0n) return { ...skip(seat, 0n, 'no_position'), position: flat(position) }
  const moved = target === position.target ? null : { ...position, target }
  if (target >= held) return { ...skip(seat, target, 'carried'), position: moved }
  return { seat, target, wanted: held - target, ticks, reason: null, position: moved }
}

/** All parts of one order are sized with the equity that its first part met. */
function sizingEquity({ follow, position, equity }: Seat, trade: LeaderTraded): bigint | null {
  if (follow.settings.mode !== 'proportional') return null
  return position.sizing?.orderId === trade.orderId ? position.sizing.equity : equity()
}

const skip = (seat: Seat, target: bigint, reason: CopyReason | null): Choice => ({
  seat,
  target,
  wanted: 0n,
  ticks: 0,
  reason,
  position: null,
})

/** The choices as a block: tiers with the parts that each serves, and the choices that no whole lot came of. */
export interface Plan {
  readonly tiers: readonly BlockTier[]
  readonly parts: readonly Part[]
  /** Wanted, but not in the block: less than a lot, or a block too small for the market. */
  readonly left: readonly { choice: Choice; reason: CopyReason }[]
}

/** As many as a market takes in one block. Further limits join the next stricter one, so none trades past its own. */
const MAX_TIERS = 500

/** Sums the wants by limit price. Only the block obeys lot size and minimum, so the smallest follow takes part in full. */
export function plan(market: Market, side: Side, choices: readonly Choice[]): Plan {
  const wanting = choices.filter((choice) => choice.wanted > 0n)
  const tiers: BlockTier[] = []
  const parts: Part[] = []
  const left: { choice: Choice; reason: CopyReason }[] = []
  let room = market.maxLots
  for (const { ticks, members } of byLimit(side, wanting)) {
    const lots = Math.min(wholeLots(market, members), room)
    if (lots === 0) {
      left.push(...members.map((choice) => ({ choice, reason: 'below_lot' as const })))
      continue
    }
    room -= lots
    parts.push(...members.map((choice) => partOf(choice, tiers.length)))
    tiers.push({ ticks, lots })
  }
  if (tiers.length === 0 || isBigEnough(market, tiers)) return { tiers, parts, left }
  return { tiers: [], parts: [], left: wanting.map((choice) => ({ choice, reason: 'below_minimum' })) }
}

/** The choices by limit price, the most willing first. */
function byLimit(side: Side, choices: readonly Choice[]): { ticks: number; members: Choice[] }[] {
  const byTicks = Map.groupBy(choices, (choice) => choice.ticks)
  const prices = [...byTicks.keys()].sort((a, b) => (side === 'buy' ? b - a : a - b))
  const together = Math.ceil(prices.length / MAX_TIERS)
  const groups: { ticks: number; members: Choice[] }[] = []
  for (let first = 0; first < prices.length; first += together) {
    const group = prices.slice(first, first + together)
    // The last of a group is the least willing: all of them accept its price.
    const ticks = group.at(-1)
    if (ticks !== undefined)
      groups.push({ ticks, members: group.flatMap((price) => byTicks.get(price) ?? []) })
  }
  return groups
}

/** Whether the market takes a block of these tiers: it measures the whole at each tier's price. */
export function isBigEnough(market: Market, tiers: readonly BlockTier[]): boolean {
  const lots = tiers.reduce((sum, tier) => sum + tier.lots, 0)
  return (
    lots >= market.minLots && tiers.every(({ ticks }) => quoteOf(market, ticks, lots) >= market.minNotional)
  )
}

const wholeLots = (market: Market, wants: readonly Choice[]): number =>
  Number(wants.reduce((sum, choice) => sum + choice.wanted, 0n) / baseOf(market, 1))

const partOf = ({ seat, wanted, target, reason }: Choice, tier: number): Part => ({
  followId: seat.follow.id,
  tier,
  wanted,
  target,
  reason,
})
