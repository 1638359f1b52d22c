import type { FeedStep, Level } from '../../worker/market/feed/feed.ts'
import type { Market } from '../../worker/market/settings.ts'
import { quoteOf } from '../../worker/market/settings.ts'
import type { Random } from '../support/random.ts'

const LEVELS = 6

/** The reference prices of one market: a walk that users' orders lie around, so that there is much to match. */
export class Reference {
  readonly #market: Market
  ticks: number

  constructor(market: Market) {
    this.#market = market
    this.ticks = market.simulatedTicks
  }

  /** One step of the walk, at most a fifth of a percent either way, and the book around it. */
  step(random: Random, at: number): FeedStep {
    const least = this.#market.simulatedTicks * 0.8
    const most = this.#market.simulatedTicks * 1.2
    const moved = Math.round((this.ticks * random.between(-20, 20)) / 10_000)
    this.ticks = Math.round(Math.min(Math.max(this.ticks + moved, least), most))
    const gap = Math.max(1, Math.round(this.ticks / 2_000))
    const level = (ticks: number): Level => [ticks, this.#lotsWorth(ticks, random.between(800, 8_000))]
    const depth = Array.from({ length: LEVELS }, (_, index) => (index + 1) * gap)
    return {
      at,
      book: {
        bids: depth.map((offset) => level(this.ticks - offset)),
        asks: depth.map((offset) => level(this.ticks + offset)),
      },
      prints: [{ ticks: this.ticks, lots: 1, side: random.chance(0.5) ? 'buy' : 'sell', at }],
    }
  }

  /** Lots that come to about so many whole quote units at a price, at least one. */
  #lotsWorth(ticks: number, quote: number): number {
    return Math.max(1, Number((BigInt(quote) * 10n ** 8n) / quoteOf(this.#market, ticks, 1)))
  }
}
