import type { BookLevel } from '$contract/markets.ts'
import { unitsOf } from '../money/decimal.ts'

/** The venue tells of 5,000 a side at first, and of each that changes after. */
const LEVELS_KEPT = 10_000

/** One side of the book, best first. Keys are price units as numbers: the venue's prices stay below 2^53 of them. */
export class Ladder {
  readonly #better: (a: number, b: number) => boolean
  #keys: number[] = []
  #levels: BookLevel[] = []

  constructor(side: 'bids' | 'asks') {
    this.#better = side === 'bids' ? (a, b) => a > b : (a, b) => a < b
  }

  replace(levels: readonly BookLevel[]): void {
    this.#keys = []
    this.#levels = []
    for (const level of levels) this.set(level)
  }

  /** A level's new quantity; zero removes it. Of more levels than are kept the worst is forgotten. */
  set(level: BookLevel): void {
    const [price, quantity] = level
    const key = Number(unitsOf(price))
    const at = this.#place(key)
    const found = this.#keys[at] === key
    if (unitsOf(quantity) === 0n) {
      if (!found) return
      this.#keys.splice(at, 1)
      this.#levels.splice(at, 1)
    } else if (found) {
      this.#levels[at] = level
    } else {
      this.#keys.splice(at, 0, key)
      this.#levels.splice(at, 0, level)
      this.#keys.splice(LEVELS_KEPT)
      this.#levels.splice(LEVELS_KEPT)
    }
  }

  get levels(): readonly BookLevel[] {
    return this.#levels
  }

  /** Price units of the best level. */
  get best(): number | undefined {
    return this.#keys[0]
  }

  /** Index of the first key that is not better than `key`. */
  #place(key: number): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = this.#keys[middle]
      if (there !== undefined && this.#better(there, key)) low = middle + 1
      else high = middle
    }
    return low
  }
}
