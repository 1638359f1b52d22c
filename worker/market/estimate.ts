import type { OrderBook } from './engine/index.ts'
import type { MarketState } from './marketState.ts'
import type { Estimate, EstimateRequest, Side } from './messages.ts'

/** What a market order would trade now, own orders in the way not looked at; null when nothing. */
export function estimate(state: MarketState, request: EstimateRequest, now: number): Estimate | null {
  const { quotePerTickLot } = state.market
  state.now = now
  const budget = request.quote === null ? Number.POSITIVE_INFINITY : Number(request.quote / quotePerTickLot)
  const lots = request.lots ?? Number.POSITIVE_INFINITY
  const taken = walk(state.book, request.side, lots, budget, state.worstTicks(request.side))
  return taken.lots === 0 ? null : { lots: taken.lots, quote: taken.quote * quotePerTickLot }
}

/** Follows the levels that a taker would meet until it has its lots, or the next lot is over its budget or its price. */
function walk(
  book: OrderBook,
  side: Side,
  lots: number,
  budget: number,
  worstTicks: number,
): { lots: number; quote: bigint } {
  let left = lots
  let budgetLeft = budget
  let quote = 0n
  let taken = 0
  book.forEachLevel(side === 'buy' ? 'sell' : 'buy', Number.MAX_SAFE_INTEGER, (ticks, resting) => {
    if (side === 'buy' ? ticks > worstTicks : ticks < worstTicks) return false
    const affordable = Math.floor(budgetLeft / ticks)
    const here = Math.min(resting, left, affordable)
    taken += here
    left -= here
    budgetLeft -= here * ticks
    quote += BigInt(here) * BigInt(ticks)
    // The rest of the side, however deep, is none of this order's business.
    return left > 0 && here < affordable
  })
  return { lots: taken, quote }
}
