import type { Address } from '../messaging/address.ts'
import type { PriceWatch } from './messages.ts'

/**
 * Who wants to be told when the price has fallen or risen so far, each of them once. One watch for each object; there are as
 * many as leaders whose follows have stops and positions here. A price between the nearest two is passed over without a look
 * at any.
 */
export class PriceWatches {
  readonly #watches = new Map<Address, PriceWatch>()
  /** The highest `below` and the lowest `above`. */
  #below = Number.NEGATIVE_INFINITY
  #above = Number.POSITIVE_INFINITY

  get isEmpty(): boolean {
    return this.#watches.size === 0
  }

  /** In place of the watch that it had; null for none. */
  set(of: Address, watch: PriceWatch | null): void {
    if (watch === null) this.#watches.delete(of)
    else this.#watches.set(of, watch)
    this.#bound()
  }

  /** Whose price has come. Their watches are gone. */
  take(ticks: number): Address[] {
    if (ticks > this.#below && ticks < this.#above) return []
    const reached = [...this.#watches].filter(([, watch]) => isReached(watch, ticks)).map(([of]) => of)
    for (const of of reached) this.#watches.delete(of)
    this.#bound()
    return reached
  }

  #bound(): void {
    this.#below = Number.NEGATIVE_INFINITY
    this.#above = Number.POSITIVE_INFINITY
    for (const { below, above } of this.#watches.values()) {
      this.#below = Math.max(this.#below, below ?? this.#below)
      this.#above = Math.min(this.#above, above ?? this.#above)
    }
  }
}

const isReached = ({ below, above }: PriceWatch, ticks: number): boolean =>
  (below !== null && ticks <= below) || (above !== null && ticks >= above)
