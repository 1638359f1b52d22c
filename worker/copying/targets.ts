import type { OrderType } from '../market/messages.ts'
import { baseOf, type Market } from '../market/settings.ts'
import type { FollowSettings, LeaderTraded } from './messages.ts'

/**
 * Base units that a leader's buy adds to the target of a follow, before its limits.
 *
 * - proportional: leader's quantity × follow's equity / leader's equity when the order was accepted, which is the
 *   order's share of the leader's equity, of the follow's.
 * - ratio: leader's quantity × ratio.
 * - fixed: the part of the fixed amount that this trade is of the order, at the leader's average price.
 *
 * Parts of one order are counted from its beginning and rounded down there, so an order filled 40 + 30 + 30 adds to the
 * unit what one fill of 100 would have added. Null when an equity is missing.
 */
export function addedByBuy(
  settings: FollowSettings,
  market: Market,
  trade: LeaderTraded,
  equity: bigint | null,
): bigint | null {
  if (settings.mode === 'fixed') {
    const amount = partOfOrder(trade, settings.fixedAmount ?? 0n)
    return trade.quote <= 0n ? 0n : (amount * baseOf(market, trade.lots)) / trade.quote
  }
  const through = (times: bigint, of: bigint) => {
    const before = (baseOf(market, trade.filledBefore) * times) / of
    return (baseOf(market, trade.filledBefore + trade.lots) * times) / of - before
  }
  if (settings.mode === 'ratio') return through(BigInt(settings.ratioMillionths ?? 0), 1_000_000n)
  return trade.equity === null || trade.equity <= 0n || equity === null ? null : through(equity, trade.equity)
}

/**
 * What of an amount per order belongs to this trade of it. The parts of an order never sum to more than the amount,
 * however it fills, so a limit per order holds without counting what its earlier parts have cost. An order by quote amount trades in one turn,
 * but a turn of very many fills is told in several messages: the first has all of the amount.
 */
export function partOfOrder(trade: LeaderTraded, amount: bigint): bigint {
  if (trade.orderLots === null) return trade.filledBefore === 0 ? amount : 0n
  const order = BigInt(trade.orderLots)
  const through = (lots: number) => (amount * smaller(BigInt(lots), order)) / order
  return through(trade.filledBefore + trade.lots) - through(trade.filledBefore)
}

/** Whether more of the leader's order may trade in later turns. */
export const mayContinue = (trade: LeaderTraded): boolean =>
  !DONE_AT_ONCE.has(trade.orderType) &&
  trade.orderLots !== null &&
  trade.filledBefore + trade.lots < trade.orderLots

/** Types that have no limit, so that nothing of them rests. A trailing stop may have one. */
const DONE_AT_ONCE = new Set<OrderType>(['market', 'stop', 'take_profit'])

/** The target after a leader's sell: the same fraction is closed as the leader closed, and an exit gives exactly zero. */
export function targetAfterSell(target: bigint, trade: LeaderTraded): bigint {
  if (trade.heldAfter <= 0n || trade.heldBefore <= 0n) return 0n
  if (trade.heldAfter >= trade.heldBefore) return target
  return (target * trade.heldAfter) / trade.heldBefore
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)
