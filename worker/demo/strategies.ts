import { UNIT } from '../ledger/amount.ts'
import { type Market, quoteOf } from '../market/settings.ts'
import type { MarketView, PriceSample, Strategy, TraderAction, TraderView } from './view.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Strategies look back no further. */
export const LOOK_BACK_MS = 4 * HOUR

const BASIS = 10_000n

/** Orders smaller than this many minimum notionals are left for later: a copy has to be able to follow them. */
const SMALLEST_ORDER = 3n

interface Sizing {
  /** The most one decision trades, as a share of equity. */
  readonly clip: number
  /** Deviations from the target up to this share of equity are left alone: every trade costs a fee. */
  readonly tolerance: number
}

/**
 * Buys where the short average is above the long one, the more the clearer; sells what falls behind. Adds on dips and
 * trims on jumps within its trend.
 */
export const followTrend: Strategy = (view) =>
  eachMarket(view, (market) => {
    const fast = averageSince(market.samples, view.now - 30 * MINUTE)
    const slow = spreadOf(market.samples)
    const trend = slow.deviation === 0 ? 0 : (fast - slow.mean) / slow.deviation
    const target = clamp(0.22 * trend, 0, 0.3)
    const wobble = target === 0 ? 0 : 0.015 * stretch(market.samples, view.now - 10 * MINUTE)
    return moveTo(view, market, clamp(target - wobble, 0, 0.32), { clip: 0.02, tolerance: 0.01 })
  })

/** Holds some, more below the average of the last hours and less above it. */
export const revertToMean: Strategy = (view) =>
  eachMarket(view, (market) => {
    const target = clamp(0.22 - 0.15 * stretch(market.samples, view.now - LOOK_BACK_MS), 0, 0.45)
    return moveTo(view, market, target, { clip: 0.02, tolerance: 0.015 })
  })

/** In when the price leaves the range of the last hour upwards, out when it falls through that of the last half. */
export const buyBreakouts: Strategy = (view) =>
  eachMarket(view, (market) => {
    const last = market.samples.at(-1)?.ticks ?? 0
    const earlier = market.samples.slice(0, -1)
    const inside = exposure(view, market) > 0.02
    const low = Math.min(...since(earlier, view.now - 45 * MINUTE).map((sample) => sample.ticks))
    const high = Math.max(...since(earlier, view.now - 90 * MINUTE).map((sample) => sample.ticks))
    if (!Number.isFinite(low) || !Number.isFinite(high)) return []
    const stays = inside ? last >= low : last >= high
    const wobble = 0.015 * stretch(market.samples, view.now - 10 * MINUTE)
    const target = stays ? clamp(0.28 - wobble, 0.05, 0.32) : 0
    return moveTo(view, market, target, { clip: stays ? 0.03 : 0.08, tolerance: 0.01 })
  })

/** Lines of the grid are multiples of this many basis points apart; lines a side that it rests on, size of each order. */
const GRID_BPS = 24
const GRID_LINES = 2
const GRID_SHARE = 0.02
const GRID_MOST = 0.24

/**
 * Rests bids below the price and offers above it on fixed lines, about as far apart as prices move between two looks,
 * and earns the way between them when it earns.
 */
export const restOnGrid: Strategy = (view) => view.markets.flatMap((market) => gridActions(view, market))

function gridActions(view: TraderView, of: MarketView): TraderAction[] {
  const { market, bid, ask, resting } = of
  if (bid === null || ask === null) return []
  const spacing = GRID_BPS * Math.max(1, Math.round((1.5 * typicalMove(of.samples)) / GRID_BPS))
  const lineAt = (line: number) => Math.round(market.simulatedTicks * Math.exp((line * spacing) / 10_000))
  const here = Math.round((Math.log((bid + ask) / 2 / market.simulatedTicks) * 10_000) / spacing)
  const lots = lotsFor(market, share(view.equity, GRID_SHARE), bid)
  const wanted = new Map<string, TraderAction>()
  let cash = view.cash
  let sellable = of.available
  for (const order of resting) if (order.side === 'sell') sellable += BigInt(lots) * market.lotSize
  for (let step = 1; step <= GRID_LINES; step++) {
    const below = lineAt(here - step)
    const above = lineAt(here + step)
    if (below < ask && exposure(view, of) < GRID_MOST && worthTrading(market, below, lots)) {
      const cost = quoteOf(market, below, lots)
      const known = resting.some((order) => order.side === 'buy' && order.ticks === below)
      if (known || cost <= cash) wanted.set(`buy${below}`, rest(market, 'buy', below, lots))
      if (!known) cash -= cost
    }
    const units = BigInt(lots) * market.lotSize
    if (above > bid && units <= sellable && worthTrading(market, above, lots)) {
      sellable -= units
      wanted.set(`sell${above}`, rest(market, 'sell', above, lots))
    }
  }
  const cancels = resting
    .filter((order) => !wanted.delete(`${order.side}${order.ticks}`))
    .map(({ id }): TraderAction => ({ type: 'cancel', market: market.id, orderId: id }))
  // What was just cancelled is still held: its place is taken in the next round.
  return cancels.length > 0 ? cancels : [...wanted.values()]
}

const rest = (market: Market, side: 'buy' | 'sell', ticks: number, lots: number): TraderAction => ({
  type: 'rest',
  market: market.id,
  side,
  ticks,
  lots,
})

/** Buys the same small amount again and again, in turn; when nearly all is invested, takes some off the table. */
export const accumulate: Strategy = (view) => {
  const invested = view.markets.reduce((sum, market) => sum + exposure(view, market), 0)
  if (invested > 0.85)
    return eachMarket(view, (market) =>
      moveTo(view, market, exposure(view, market) * 0.85, { clip: 0.1, tolerance: 0.01 }),
    )
  const market = view.markets[view.round % view.markets.length]
  return market === undefined
    ? []
    : moveTo(view, market, exposure(view, market) + 0.01, { clip: 0.01, tolerance: 0 })
}

/** Chases the last move with far too much, every time, and pays for each. */
export const chaseEveryMove: Strategy = (view) =>
  eachMarket(view, (market) => {
    const [before, last] = market.samples.slice(-2)
    if (before === undefined || last === undefined || before.ticks === last.ticks) return []
    return moveTo(view, market, last.ticks > before.ticks ? 0.45 : 0, { clip: 0.04, tolerance: 0.01 })
  })

const eachMarket = (view: TraderView, act: (market: MarketView) => TraderAction[]): TraderAction[] =>
  view.markets.flatMap(act)

/** One order towards holding `target` of the equity in this market, or none. */
function moveTo(view: TraderView, of: MarketView, target: number, sizing: Sizing): TraderAction[] {
  const { market, bid, ask } = of
  if (bid === null || ask === null) return []
  const missing = target - exposure(view, of)
  if (missing > sizing.tolerance) {
    const wanted = share(view.equity, Math.min(missing, sizing.clip))
    const quote = wanted < view.cash ? wanted : view.cash
    return quote < SMALLEST_ORDER * market.minNotional ? [] : [{ type: 'buyFor', market: market.id, quote }]
  }
  const leaves = target === 0
  if (missing < -sizing.tolerance || (leaves && missing < 0)) {
    const most = Number(of.available / market.lotSize)
    const wanted = lotsFor(market, share(view.equity, Math.min(-missing, sizing.clip)), bid)
    // What would be left is too small to be sold later.
    const rest = most - wanted
    const lots = leaves && !worthTrading(market, bid, rest) ? most : Math.min(wanted, most)
    return worthSelling(market, bid, lots, leaves) ? [{ type: 'sell', market: market.id, lots }] : []
  }
  return []
}

function worthSelling(market: Market, ticks: number, lots: number, leaves: boolean): boolean {
  return leaves
    ? lots >= market.minLots && quoteOf(market, ticks, lots) >= market.minNotional + market.minNotional / 10n
    : worthTrading(market, ticks, lots)
}

const worthTrading = (market: Market, ticks: number, lots: number): boolean =>
  lots >= market.minLots && quoteOf(market, ticks, lots) >= SMALLEST_ORDER * market.minNotional

/** What is owned in this market as a share of the equity, at the best bid. */
function exposure(view: TraderView, { market, bid, owned }: MarketView): number {
  if (bid === null || view.equity <= 0n) return 0
  return Number((worthOf(market, bid, owned) * BASIS) / view.equity) / Number(BASIS)
}

/** Quote units of base units at a price in ticks, rounded down. */
export const worthOf = (market: Market, ticks: number, base: bigint): bigint =>
  (base * BigInt(ticks) * market.tickSize) / UNIT

const share = (equity: bigint, fraction: number): bigint =>
  (equity * BigInt(Math.round(fraction * Number(BASIS)))) / BASIS

const lotsFor = (market: Market, quote: bigint, ticks: number): number =>
  Math.min(market.maxLots, Number(quote / quoteOf(market, ticks, 1)))

const since = (samples: readonly PriceSample[], from: number): readonly PriceSample[] =>
  samples.filter((sample) => sample.at >= from)

function averageSince(samples: readonly PriceSample[], from: number): number {
  const recent = since(samples, from)
  return recent.reduce((sum, sample) => sum + sample.ticks, 0) / Math.max(1, recent.length)
}

function spreadOf(samples: readonly PriceSample[]): { mean: number; deviation: number } {
  const mean = samples.reduce((sum, sample) => sum + sample.ticks, 0) / Math.max(1, samples.length)
  const square = samples.reduce((sum, sample) => sum + (sample.ticks - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(square / Math.max(1, samples.length)) }
}

/** Basis points that the price moves from one sample to the next, as a root mean square. */
function typicalMove(samples: readonly PriceSample[]): number {
  let square = 0
  samples.forEach(({ ticks }, index) => {
    const before = samples[index - 1]
    if (before !== undefined) square += (Math.log(ticks / before.ticks) * 10_000) ** 2
  })
  return Math.sqrt(square / Math.max(1, samples.length - 1))
}

/** How many deviations the last price is above the average since `from`; 0 where there are too few prices to say. */
function stretch(samples: readonly PriceSample[], from: number): number {
  const recent = since(samples, from)
  const last = recent.at(-1)
  if (last === undefined || recent.length < 5) return 0
  const { mean, deviation } = spreadOf(recent)
  return deviation === 0 ? 0 : (last.ticks - mean) / deviation
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
