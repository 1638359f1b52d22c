import type { BookLevel } from '$contract/markets.ts'
import type { MarketRules } from '../market/rules.ts'
import { bpsOf, floorTo, quoteOf, UNIT, unitsOf } from '../money/decimal.ts'

export type Side = 'buy' | 'sell'
export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTD'

/** An order as it would be sent, in units. Exactly one of `quantity` and `quoteAmount`. */
export interface Draft {
  side: Side
  /** Null for a market order. */
  price: bigint | null
  quantity: bigint | null
  quoteAmount: bigint | null
  timeInForce: TimeInForce
}

/** What the order would do against the book as it stands. All in units; an estimate, since the book moves. */
export interface Estimate {
  /** Base that trades at once. */
  taken: bigint
  /** Quote paid or received for it, before the fee. */
  takenQuote: bigint
  /** Base that stays on the book at the limit. */
  resting: bigint
  restingQuote: bigint
  /** Of what trades at once; null if nothing does. */
  averagePrice: bigint | null
  /** Average against the best price, in basis points; positive is worse. */
  slippageBps: bigint
  /** In the asset received: base when buying, quote when selling. Of all, taken and resting. */
  fee: bigint
  /** What the book cannot give now, in base or (order by quote) in quote. */
  short: bigint
}

interface Walk {
  taken: bigint
  quote: bigint
  /** What is left of the quantity or the budget. */
  left: bigint
}

function walk(draft: Draft, levels: readonly BookLevel[], rules: MarketRules, bandEnd: bigint | null): Walk {
  const limit = draft.price ?? bandEnd
  const byQuote = draft.quantity === null
  let left = draft.quantity ?? draft.quoteAmount ?? 0n
  let taken = 0n
  let quote = 0n
  for (const [priceText, quantityText] of levels) {
    const price = unitsOf(priceText)
    if (limit !== null && (draft.side === 'buy' ? price > limit : price < limit)) break
    const there = unitsOf(quantityText)
    const wanted = byQuote ? floorTo((left * UNIT) / price, rules.lot) : left
    const got = wanted < there ? wanted : there
    if (got === 0n) break
    taken += got
    quote += quoteOf(price, got)
    left -= byQuote ? quoteOf(price, got) : got
    if (got < there) break
  }
  return { taken, quote, left }
}

const feeOf = (amount: bigint, bps: bigint): bigint => (amount * bps) / 10_000n

/** The far end of the price band for a side, from the price it is measured from; in units. */
export function bandEndOf(side: Side, from: bigint | null, rules: MarketRules): bigint | null {
  if (from === null) return null
  const share = side === 'buy' ? 10_000n + rules.bandUpBps : 10_000n - rules.bandDownBps
  return floorTo((from * share) / 10_000n, rules.tick)
}

/** `levels`: the opposite side, best first. `bandEnd`: where an order without a price stops. */
export function estimate(
  draft: Draft,
  levels: readonly BookLevel[],
  rules: MarketRules,
  bandEnd: bigint | null = null,
): Estimate {
  const { taken, quote, left } = walk(draft, levels, rules, bandEnd)
  const best = levels[0] === undefined ? null : unitsOf(levels[0][0])
  const rests = draft.price !== null && (draft.timeInForce === 'GTC' || draft.timeInForce === 'GTD')
  const resting = rests ? left : 0n
  const restingQuote = draft.price === null ? 0n : quoteOf(draft.price, resting)
  const averagePrice = taken === 0n ? null : (quote * UNIT) / taken
  const worse =
    averagePrice === null || best === null
      ? 0n
      : draft.side === 'buy'
        ? averagePrice - best
        : best - averagePrice
  const received = draft.side === 'buy' ? { now: taken, later: resting } : { now: quote, later: restingQuote }
  // An order by quote amount leaves less than a lot's worth; that is no shortage.
  const lotWorth = best === null ? 0n : quoteOf(best, rules.lot)
  const short = rests || (draft.quantity === null && left <= lotWorth) ? 0n : left
  return {
    taken,
    takenQuote: quote,
    resting,
    restingQuote,
    averagePrice,
    slippageBps: best === null ? 0n : bpsOf(worse, best),
    fee: feeOf(received.now, rules.takerFeeBps) + feeOf(received.later, rules.makerFeeBps),
    short,
  }
}
