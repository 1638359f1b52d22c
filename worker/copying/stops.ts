import { BASIS } from '../ledger/amount.ts'
import type { PriceReached, PriceWatch, WatchPrice } from '../market/messages.ts'
import { MARKETS, type Market, quoteOf } from '../market/settings.ts'
import { marketAddress } from '../messaging/address.ts'
import type { Follow } from './follow.ts'
import { endFollow } from './following.ts'
import { MAX_MARK_AGE_MS } from './limits.ts'
import type { FollowEnd } from './messages.ts'
import type { PoolTurn } from './poolTurn.ts'

// The equity of a follow is not looked at time and again. From how far it is from a stop follows how far prices must move
// before any stop can be reached, and each market tells when its price has come there.

/** What a follow has of one market, in quote units at the last mark, however old. */
interface Holding {
  readonly market: Market
  readonly ticks: number
  readonly at: number
  readonly value: bigint
}

/** Ends every follow whose equity is at or past one of its stops. One whose equity is not known now is left to the watches. */
export function endStopped(turn: PoolTurn): void {
  for (const follow of withStops(turn)) {
    const equity = turn.equity(follow.id, MAX_MARK_AGE_MS)
    const end = equity === null ? null : stopAt(follow, equity)
    if (end !== null) endFollow(turn, follow, end)
  }
}

/** A market says that a price has come which was watched for: its watch is gone, and its mark is what the market goes by now. */
export function takePrice(turn: PoolTurn, { market, mark, at }: PriceReached): void {
  turn.setWatch(market, null)
  turn.setMark({ ...mark, at })
}

/** Has each market watch for the nearest price at which a stop could be reached. What it watches for already may be nearer. */
export function watchStops(turn: PoolTurn): void {
  const needed = new Map<string, PriceWatch>()
  for (const follow of withStops(turn)) watchFollow(turn, follow, needed)
  for (const { id } of MARKETS) {
    const now = turn.watch(id)
    const next = needed.get(id) ?? null
    if (next === null ? now === null : now !== null && covers(now, next)) continue
    turn.setWatch(id, next)
    const body: WatchPrice = { type: 'watchPrice', below: next?.below ?? null, above: next?.above ?? null }
    turn.send(marketAddress(id), body)
  }
}

const withStops = (turn: PoolTurn): Follow[] =>
  [...turn.follows()].filter(
    ({ status, settings }) =>
      (status === 'active' || status === 'paused') &&
      (settings.stopLossBps !== null || settings.takeProfitBps !== null),
  )

/** Quote units of equity at which a follow ends; null where it has no such stop. */
function levelsOf({ allocated, settings }: Follow): { loss: bigint | null; profit: bigint | null } {
  const { stopLossBps, takeProfitBps } = settings
  const part = (bps: number) => (allocated * BigInt(bps)) / BASIS
  return {
    loss: stopLossBps === null ? null : allocated - part(stopLossBps),
    profit: takeProfitBps === null ? null : allocated + part(takeProfitBps),
  }
}

function stopAt(follow: Follow, equity: bigint): FollowEnd | null {
  const { loss, profit } = levelsOf(follow)
  if (loss !== null && equity <= loss) return 'stop_loss'
  return profit !== null && equity >= profit ? 'take_profit' : null
}

/**
 * While the price of everything that a follow holds has fallen by less than the share `slack / value` of its holdings, their
 * value has fallen by less than the slack, whichever of them fell: so each market watches at its own price less that share.
 * Likewise upwards. That holds of marks of any age, since it is a price that is watched and not a change.
 */
function watchFollow(turn: PoolTurn, follow: Follow, needed: Map<string, PriceWatch>): void {
  const holdings = holdingsOf(turn, follow.id)
  const value = holdings.reduce((sum, holding) => sum + holding.value, 0n)
  if (value === 0n) return
  const equity = turn.cash(follow.id) + value
  const { loss, profit } = levelsOf(follow)
  for (const { market, ticks, at } of holdings) {
    const below = loss === null ? null : fallTo(ticks, value, equity - loss)
    const above = profit === null ? null : riseTo(ticks, value, profit - equity)
    const isPast = (loss !== null && equity <= loss) || (profit !== null && equity >= profit)
    // By old marks a stop is reached: each market is asked for its price now, which it tells at once.
    if (isPast && turn.now - at > MAX_MARK_AGE_MS)
      join(needed, market, { below: market.maxTicks, above: null })
    else if (!isPast) join(needed, market, { below, above })
  }
}

function holdingsOf(turn: PoolTurn, followId: string): Holding[] {
  return MARKETS.flatMap((market) => {
    const held = turn.holding(followId, market.base)
    if (held === 0n) return []
    const { ticks, at } = turn.mark(market.id) ?? { ticks: market.simulatedTicks, at: 0 }
    return [{ market, ticks, at, value: (quoteOf(market, ticks, 1) * held) / market.lotSize }]
  })
}

/**
 * The price, rounded up, at which `value` is less by `slack`; null when no fall is so deep. At least a tick away: a market
 * tells of a price that is there at once, so the price as it is would be watched for and told of over and over.
 */
function fallTo(ticks: number, value: bigint, slack: bigint): number | null {
  if (slack >= value) return null
  return Math.min(ticks - 1, Number((BigInt(ticks) * (value - slack) + value - 1n) / value))
}

/** The price, rounded down, at which `value` is more by `gap`; likewise at least a tick away. */
const riseTo = (ticks: number, value: bigint, gap: bigint): number =>
  Math.max(ticks + 1, Number((BigInt(ticks) * (value + gap)) / value))

function join(needed: Map<string, PriceWatch>, { id, maxTicks }: Market, { below, above }: PriceWatch): void {
  const known = needed.get(id) ?? { below: null, above: null }
  // A price above all that a market takes is never reached.
  const within = above !== null && above > maxTicks ? null : above
  if (below === null && within === null) return
  needed.set(id, {
    below: below === null ? known.below : Math.max(below, known.below ?? below),
    above: within === null ? known.above : Math.min(within, known.above ?? within),
  })
}

const covers = (watch: PriceWatch, needed: PriceWatch): boolean =>
  (needed.below === null || (watch.below !== null && watch.below >= needed.below)) &&
  (needed.above === null || (watch.above !== null && watch.above <= needed.above))
