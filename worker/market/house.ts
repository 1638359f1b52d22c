import type { FeedStep, Level } from './feed/feed.ts'
import type { Side } from './messages.ts'
import { type Market, quoteOf } from './settings.ts'

/** A resting order of the house. It has at most one at a price, so side and price name it. */
export interface HouseQuote {
  readonly side: Side
  readonly ticks: number
  readonly lots: number
}

/** What to do, in order: cancels come before placements, so that the house never meets itself. */
export type HouseChange =
  | { readonly type: 'cancel'; readonly quote: HouseQuote }
  | { readonly type: 'place'; readonly quote: HouseQuote }

/** What the house owns in this market, in smallest units of base and quote, its resting quotes included. */
export interface HouseInventory {
  readonly base: bigint
  readonly quote: bigint
}

export interface HousePolicy {
  /** Levels of the reference book that are mirrored on each side. */
  readonly levels: number
  /** The share of the reference's lots that the house offers, in basis points. */
  readonly depthShareBps: number
}

export const HOUSE_POLICY: HousePolicy = { levels: 30, depthShareBps: 2_500 }

/** A quote stays while it is not less than a half and not more than twice what is wanted: a change costs an operation. */
const KEPT_FROM = 0.5
const KEPT_TO = 2

/**
 * What turns the present quotes of the house into a scaled copy of the reference book, within its inventory; best
 * prices come first when that is short. A quote placed through users' orders takes them: that is how the house fills
 * what the reference has moved through. Without a step (the feed is stale) everything is withdrawn.
 */
export function requote(
  market: Market,
  present: Iterable<HouseQuote>,
  step: FeedStep | null,
  inventory: HouseInventory,
  policy: HousePolicy = HOUSE_POLICY,
): HouseChange[] {
  const bids = new Map<number, HouseQuote>()
  const asks = new Map<number, HouseQuote>()
  for (const quote of present) (quote.side === 'buy' ? bids : asks).set(quote.ticks, quote)

  let quoteLeft = inventory.quote
  let baseLeft = inventory.base
  const spend = (ticks: number, lots: number): boolean => {
    const cost = quoteOf(market, ticks, lots)
    if (cost > quoteLeft) return false
    quoteLeft -= cost
    return true
  }
  const deliver = (_ticks: number, lots: number): boolean => {
    const units = BigInt(lots) * market.lotSize
    if (units > baseLeft) return false
    baseLeft -= units
    return true
  }

  const placed = [
    ...wanted(market, 'buy', step?.book.bids ?? [], bids, spend, policy),
    ...wanted(market, 'sell', step?.book.asks ?? [], asks, deliver, policy),
  ]
  // What `wanted` kept it has taken out of the maps; what is left has no place in the reference any more.
  const cancelled = [...bids.values(), ...asks.values()]
  return [
    ...cancelled.map((quote) => ({ type: 'cancel', quote }) as const),
    ...placed.map((quote) => ({ type: 'place', quote }) as const),
  ]
}

/** New quotes of one side. Present ones that may stay are removed from `present` and paid for like the new ones. */
function wanted(
  market: Market,
  side: Side,
  reference: readonly Level[],
  present: Map<number, HouseQuote>,
  afford: (ticks: number, lots: number) => boolean,
  policy: HousePolicy,
): HouseQuote[] {
  const placed: HouseQuote[] = []
  for (const [ticks, referenceLots] of reference.slice(0, policy.levels)) {
    const lots = Math.min(market.maxLots, Math.floor((referenceLots * policy.depthShareBps) / 10_000))
    if (ticks > market.maxTicks || !isWorthQuoting(market, ticks, lots)) continue
    const kept = present.get(ticks)
    if (kept !== undefined && kept.lots >= lots * KEPT_FROM && kept.lots <= lots * KEPT_TO) {
      if (!afford(ticks, kept.lots)) break
      present.delete(ticks)
    } else {
      if (!afford(ticks, lots)) break
      placed.push({ side, ticks, lots })
    }
  }
  return placed
}

const isWorthQuoting = (market: Market, ticks: number, lots: number): boolean =>
  lots >= market.minLots && quoteOf(market, ticks, lots) >= market.minNotional
