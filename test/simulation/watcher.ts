import { bookChecksum } from '../../worker/contract/checksum.ts'
import type { BookLevel } from '../../worker/contract/markets.ts'
import type { MarketFrame } from '../../worker/contract/stream.ts'
import type { MarketState } from '../../worker/market/marketState.ts'
import { bookView, frames } from '../../worker/market/views.ts'
import { Random } from '../support/random.ts'
import type { VirtualMarket } from './venue.ts'

/** Of each frame: it never comes to whoever watches. */
const LOST = 0.1

const EVERY_LEVEL = Number.MAX_SAFE_INTEGER

/**
 * Law 6 as somebody sees it who watches a market over a bad connection: frames are lost, each loss is noticed with the
 * next frame and healed by a snapshot, and in between the book is the market's.
 */
export class Watcher {
  readonly #market: VirtualMarket
  /** Of its own, so that a venue that is watched does the same as one that is not. */
  readonly #random: Random
  #state: MarketState | null = null
  #sequence = 0
  #missed = false
  /** Of the last frame; null after a snapshot. */
  #checksum: number | null = null
  #bids = new Map<string, string>()
  #asks = new Map<string, string>()

  constructor(market: VirtualMarket, seed: number) {
    this.#market = market
    this.#random = new Random(seed)
  }

  /** Takes what the market has told since the last time, as its shell does. What is wrong with it. */
  look(): string[] {
    const { state, now } = this.#market
    if (state !== this.#state) {
      this.#state = state
      state.stream.begin(now)
      this.#snapshot(state, now)
      return []
    }
    const broken: string[] = []
    for (const { book } of frames(state, state.stream.take(), null, now)) {
      if (book === undefined) continue
      if (this.#random.chance(LOST)) this.#missed = true
      else if (book.first === this.#sequence + 1) {
        if (this.#missed) broken.push(`law 6: ${this.#market.address} hides a frame that was lost`)
        this.#apply(book)
      } else {
        if (!this.#missed) broken.push(`law 6: ${this.#market.address} has a gap where no frame was lost`)
        this.#snapshot(state, now)
      }
    }
    return this.#missed ? broken : [...broken, ...this.#compare(state, now)]
  }

  #snapshot(state: MarketState, now: number): void {
    const { sequence, bids, asks } = bookView(state, EVERY_LEVEL, now)
    this.#sequence = sequence
    this.#missed = false
    this.#checksum = null
    this.#bids = new Map(bids)
    this.#asks = new Map(asks)
  }

  #apply({ last, bids, asks, checksum }: NonNullable<MarketFrame['book']>): void {
    for (const [side, levels] of [
      [this.#bids, bids],
      [this.#asks, asks],
    ] as const)
      for (const [price, quantity] of levels)
        if (Number(quantity) === 0) side.delete(price)
        else side.set(price, quantity)
    this.#sequence = last
    this.#checksum = checksum
  }

  #compare(state: MarketState, now: number): string[] {
    const { sequence, bids, asks } = bookView(state, EVERY_LEVEL, now)
    const name = `law 6: whoever watches ${this.#market.address}`
    if (sequence !== this.#sequence) return [`${name} is at ${this.#sequence}, and the book at ${sequence}`]
    if (this.#checksum !== null && this.#checksum !== bookChecksum(bids, asks))
      return [`${name} is told the checksum of another book than it is at ${sequence}`]
    const same = isSame(this.#bids, bids) && isSame(this.#asks, asks)
    return same ? [] : [`${name} has another book than it is at ${sequence}`]
  }
}

const isSame = (levels: ReadonlyMap<string, string>, told: readonly BookLevel[]): boolean =>
  levels.size === told.length && told.every(([price, quantity]) => levels.get(price) === quantity)
