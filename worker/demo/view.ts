import type { Side } from '../market/messages.ts'
import type { Market } from '../market/settings.ts'

/** A price in ticks at a time in ms. */
export interface PriceSample {
  readonly at: number
  readonly ticks: number
}

export interface RestingOrder {
  readonly id: string
  readonly side: Side
  readonly ticks: number
}

/** One market as a trader sees it. */
export interface MarketView {
  readonly market: Market
  /** Best prices in ticks; null when that side is empty. */
  readonly bid: number | null
  readonly ask: number | null
  /** Some hours of prices, oldest first, the present one last. */
  readonly samples: readonly PriceSample[]
  /** Base units: all that is owned, and what is not promised to orders. */
  readonly owned: bigint
  readonly available: bigint
  readonly resting: readonly RestingOrder[]
}

/** All that a strategy may know. */
export interface TraderView {
  readonly now: number
  /** How often this trader has decided before. */
  readonly round: number
  /** Quote units: cash and holdings at the best bids, and cash that is not promised to orders. */
  readonly equity: bigint
  readonly cash: bigint
  readonly markets: readonly MarketView[]
}

export type TraderAction =
  | { readonly type: 'buyFor'; readonly market: string; readonly quote: bigint }
  | { readonly type: 'sell'; readonly market: string; readonly lots: number }
  | {
      readonly type: 'rest'
      readonly market: string
      readonly side: Side
      readonly ticks: number
      readonly lots: number
    }
  | { readonly type: 'cancel'; readonly market: string; readonly orderId: string }

/** A way of trading. No state of its own: what it did before it sees in what it owns. */
export type Strategy = (view: TraderView) => TraderAction[]
