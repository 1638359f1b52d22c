import type { Side } from '../messages.ts'
import type { Market } from '../settings.ts'
import type { Feed, FeedStep, Level, Print, ReferenceBook, ReferenceCandle } from './feed.ts'
import { MAX_PRINTS } from './feed.ts'
import { bits, keyOf, normal, uniform } from './noise.ts'
import { createPricePath, type PricePath } from './pricePath.ts'
import {
  ACTIVITY_POWER,
  ACTIVITY_POWER_MEAN,
  CORRELATION,
  DUST_SHARE,
  LEVEL_DEVIATION,
  ORDER_DEVIATION,
  profileOf,
  type SimulatedProfile,
  TOUCH_DEVIATION,
} from './simulatedProfile.ts'

export const SIMULATED_LEVELS = 50

/** Orders of the reference market are drawn for each slice of this length. */
const SLICE_MS = 100
/** After a pause the tape starts again here. */
const LONGEST_GAP_MS = 10_000
/** How long a level behind the touch and the touch itself stay as they are, in ms. */
const LEVEL_LIFE_MS = 6_000
const TOUCH_LIFE_MS = 800
/** Largest and smallest value of an order or level, in units of the quote asset. */
const LARGEST_VALUE = 1_000_000
const DUST_VALUE = 5.6
/**
 * Levels grow with their distance from the touch in bands of this many basis points, so that a small move leaves most of
 * them as they are, and no more beyond the last.
 */
const GROWTH_BAND_BPS = 0.5
const GROWTH_ENDS_BPS = 5
/** A wide spread is wider by this much of the mean gap between levels, on average. */
const WIDE_SPREAD_GAPS = 0.65
/** The change of price over this time leans taker orders to its side. */
const BUYERS_REMEMBER_MS = 2_000

const MINUTE = 60_000
/** Prices looked at for the extremes of a minute of history. */
const SAMPLES_A_MINUTE = 12
/** Deviation of the logarithm of a minute's volume beyond what the activity explains. */
const VOLUME_DEVIATION = 0.5

/**
 * A reference market without a world: book and prints at any time are a function of seed, market and time alone, so
 * whoever wakes goes on with the same market, and its past can be shown without having been kept. The integers on the
 * grid come out of floating-point noise; none of them is money.
 */
export interface SimulatedMarket {
  /** The price at the touch, in ticks. */
  ticksAt(time: number): number
  bookAt(time: number, levels?: number): ReferenceBook
  /** Trades in (from, to], oldest first. */
  printsIn(from: number, to: number): Print[]
  candle(opensAt: number, endsAt: number): ReferenceCandle
}

export function createSimulatedMarket(market: Market, seed: number): SimulatedMarket {
  return new Simulation(market, seed)
}

export function createSimulatedFeed(market: Market, seed: number): Feed {
  const simulated = createSimulatedMarket(market, seed)
  let before: number | null = null
  return {
    kind: 'simulated',
    prepare: () => Promise.resolve(),
    step(now): FeedStep {
      const from = Math.max(before ?? now, now - LONGEST_GAP_MS)
      before = now
      const prints = simulated.printsIn(from, now)
      return { at: now, book: simulated.bookAt(now), prints: prints.slice(-MAX_PRINTS) }
    },
    history(from, to, length = MINUTE) {
      const candles: ReferenceCandle[] = []
      for (let at = Math.ceil(from / length) * length; at < to; at += length)
        candles.push(simulated.candle(at, Math.min(at + length, to)))
      return candles
    },
    pastPrints: (from, to) => simulated.printsIn(from - 1, to - 1),
  }
}

interface Touch {
  readonly bid: number
  readonly ask: number
}

class Simulation implements SimulatedMarket {
  readonly #market: Market
  readonly #profile: SimulatedProfile
  readonly #path: PricePath
  readonly #keys: {
    level: number
    lots: number
    touch: number
    spread: number
    order: number
    candle: number
  }
  /** Lots for one unit of value of the quote asset, at the centre. */
  readonly #lotsPerValue: number
  /** Basis points of a tick at the centre. */
  readonly #tickBps: number
  /** How likely a tick is a level. */
  readonly #presence: number
  /** Where ticks are coarser than levels are apart, each holds the value of this many. */
  readonly #levelsPerTick: number

  constructor(market: Market, seed: number) {
    this.#market = market
    this.#profile = profileOf(market)
    this.#path = createPricePath(seed, market.id, this.#profile.volatility / 10_000, CORRELATION)
    const key = (name: string) => keyOf(`${seed}/${name}/${market.id}`)
    this.#keys = {
      level: key('level'),
      lots: key('lots'),
      touch: key('touch'),
      spread: key('spread'),
      order: key('order'),
      candle: key('candle'),
    }
    const lotValue = (market.simulatedTicks * Number(market.quotePerTickLot)) / 1e8
    this.#lotsPerValue = 1 / lotValue
    this.#tickBps = 10_000 / market.simulatedTicks
    const levelsPerTick = this.#profile.levelsPerBp * this.#tickBps
    this.#presence = Math.min(0.97, levelsPerTick)
    this.#levelsPerTick = Math.max(1, levelsPerTick)
  }

  ticksAt(time: number): number {
    return this.#touchAt(time).bid
  }

  bookAt(time: number, levels: number = SIMULATED_LEVELS): ReferenceBook {
    const touch = this.#touchAt(time)
    return {
      bids: this.#side('buy', touch.bid, time, levels),
      asks: this.#side('sell', touch.ask, time, levels),
    }
  }

  printsIn(from: number, to: number): Print[] {
    const prints: Print[] = []
    for (let slice = Math.floor(from / SLICE_MS); slice * SLICE_MS <= to; slice++) {
      const orders = this.#ordersIn(slice)
      for (let number = 0; number < orders; number++) {
        // Orders of a slice are spread evenly with a little unrest: drawn times would have to be sorted.
        const unrest = uniform(this.#keys.order ^ 1, slice * 64 + number)
        const at = slice * SLICE_MS + Math.floor(((number + unrest) / orders) * SLICE_MS)
        if (at > from && at <= to) this.#printOrder(prints, at, slice * 64 + number)
      }
    }
    return prints
  }

  candle(opensAt: number, endsAt: number): ReferenceCandle {
    const length = endsAt - opensAt
    const at = (sample: number) => this.ticksAt(opensAt + Math.floor((length * sample) / SAMPLES_A_MINUTE))
    const open = at(0)
    let close = open
    let high = open
    let low = open
    let activity = 0
    for (let sample = 1; sample <= SAMPLES_A_MINUTE; sample++) {
      close = at(sample)
      high = Math.max(high, close)
      low = Math.min(low, close)
      activity += this.#tradingRate(opensAt + (length * sample) / SAMPLES_A_MINUTE) / SAMPLES_A_MINUTE
    }
    const unrest = Math.exp(VOLUME_DEVIATION * normal(this.#keys.candle, Math.floor(opensAt / MINUTE)))
    const meanOrder = this.#profile.orderValue * Math.exp(ORDER_DEVIATION ** 2 / 2) * 0.8
    const lots = Math.round((activity * unrest * meanOrder * length * this.#lotsPerValue) / 1_000)
    return { at: opensAt, open, high, low, close, lots }
  }

  #touchAt(time: number): Touch {
    const middle = Math.floor(this.#market.simulatedTicks * Math.exp(this.#path.logPrice(time)))
    const bid = this.#levelAtOrBelow(Math.max(1, middle), time)
    const draw = uniform(this.#keys.spread, Math.floor(time / TOUCH_LIFE_MS) * 31 + (bid % 31))
    const wide = draw < this.#profile.wideSpreadShare
    const extra = wide
      ? Math.ceil((-Math.log(draw / this.#profile.wideSpreadShare) * WIDE_SPREAD_GAPS) / this.#presence)
      : 0
    return { bid, ask: bid + 1 + extra }
  }

  /** The touch stays at a level until the price has crossed to the next: it is level by level that a market moves. */
  #levelAtOrBelow(ticks: number, time: number): number {
    const furthest = Math.max(1, ticks - Math.ceil(12 / this.#presence))
    for (let level = ticks; level >= furthest; level--) if (this.#present(level, time)) return level
    return ticks
  }

  /** Each tick has lives of its own, so that a book changes level by level and not all at once. */
  #life(ticks: number, time: number): number {
    return Math.floor((time + (bits(this.#keys.level, ticks) % LEVEL_LIFE_MS)) / LEVEL_LIFE_MS)
  }

  #present(ticks: number, time: number): boolean {
    return uniform(this.#keys.level ^ Math.imul(this.#life(ticks, time), 0x9e3779b1), ticks) < this.#presence
  }

  #side(side: Side, touch: number, time: number, count: number): Level[] {
    const step = side === 'buy' ? -1 : 1
    const furthest = touch + step * Math.ceil((4 * count) / this.#presence)
    const levels: Level[] = [[touch, this.#touchLots(touch, time)]]
    for (let ticks = touch + step; levels.length < count && ticks !== furthest && ticks > 0; ticks += step)
      if (this.#present(ticks, time))
        levels.push([ticks, this.#levelLots(ticks, Math.abs(ticks - touch), time)])
    return levels
  }

  #touchLots(ticks: number, time: number): number {
    const draw = normal(this.#keys.touch ^ Math.floor(time / TOUCH_LIFE_MS), ticks)
    const value = Math.max(this.#profile.touchValue, this.#profile.levelValue * this.#levelsPerTick)
    return this.#lots(value * Math.exp(TOUCH_DEVIATION * draw))
  }

  #levelLots(ticks: number, distance: number, time: number): number {
    const key = this.#keys.lots ^ Math.imul(this.#life(ticks, time), 0x85ebca6b)
    const { levelValue, growthPerBp } = this.#profile
    if (this.#levelsPerTick === 1 && uniform(key ^ 1, ticks) < DUST_SHARE)
      return this.#lots(DUST_VALUE * (1 + 4 * uniform(key ^ 2, ticks)))
    // Many small levels in one are steadier than each.
    const deviation = LEVEL_DEVIATION / Math.sqrt(this.#levelsPerTick)
    const band = Math.floor((distance * this.#tickBps) / GROWTH_BAND_BPS) * GROWTH_BAND_BPS
    const growth = 1 + growthPerBp * Math.min(GROWTH_ENDS_BPS, band)
    return this.#lots(levelValue * this.#levelsPerTick * growth * Math.exp(deviation * normal(key, ticks)))
  }

  #lots(value: number): number {
    return Math.max(1, Math.round(Math.min(value, LARGEST_VALUE) * this.#lotsPerValue))
  }

  /** Taker orders a second around a time. */
  #tradingRate(time: number): number {
    return (this.#profile.ordersPerSecond * this.#path.activity(time) ** ACTIVITY_POWER) / ACTIVITY_POWER_MEAN
  }

  /** A Poisson draw, by inversion. At most 60. */
  #ordersIn(slice: number): number {
    const mean = Math.min(20, (this.#tradingRate(slice * SLICE_MS) * SLICE_MS) / 1_000)
    const draw = uniform(this.#keys.order, slice)
    let term = Math.exp(-mean)
    let sum = term
    let count = 0
    while (draw > sum && count < 60) {
      count += 1
      term *= mean / count
      sum += term
    }
    return count
  }

  /** Walks the book as far as the order reaches. */
  #printOrder(prints: Print[], at: number, order: number): void {
    const value = this.#profile.orderValue * Math.exp(ORDER_DEVIATION * normal(this.#keys.order ^ 2, order))
    let left = this.#lots(Math.max(DUST_VALUE, value))
    const side: Side = uniform(this.#keys.order ^ 3, order) < this.#buyShare(at) ? 'buy' : 'sell'
    const touch = this.#touchAt(at)
    const ticks = side === 'buy' ? touch.ask : touch.bid
    const atTouch = Math.min(left, this.#touchLots(ticks, at))
    prints.push({ ticks, lots: atTouch, side, at })
    left -= atTouch
    if (left === 0) return
    for (const [level, lots] of this.#side(side === 'buy' ? 'sell' : 'buy', ticks, at, 10).slice(1)) {
      const taken = Math.min(left, lots)
      prints.push({ ticks: level, lots: taken, side, at })
      left -= taken
      if (left === 0) return
    }
  }

  /** Rising prices are bought, falling ones are sold. */
  #buyShare(at: number): number {
    const change = this.#path.logPrice(at) - this.#path.logPrice(at - BUYERS_REMEMBER_MS)
    return 0.5 + 0.35 * Math.tanh((change * 10_000) / this.#profile.volatility)
  }
}
