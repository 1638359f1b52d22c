/** How often something may be done: so many times at once, and lastingly so many a second. */
export class Allowance {
  readonly #atOnce: number
  readonly #perSecond: number
  #left: number
  #at: number

  constructor(atOnce: number, perSecond: number, now: number) {
    this.#atOnce = atOnce
    this.#perSecond = perSecond
    this.#left = atOnce
    this.#at = now
  }

  /** Takes one, if there is one. `now` in milliseconds. */
  take(now: number): boolean {
    const earned = (Math.max(0, now - this.#at) * this.#perSecond) / 1_000
    this.#left = Math.min(this.#atOnce, this.#left + earned)
    this.#at = Math.max(this.#at, now)
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
