interface Expiry {
  readonly at: number
  readonly number: number
}

const isBefore = (a: Expiry, b: Expiry): boolean => a.at < b.at || (a.at === b.at && a.number < b.number)

/** When orders that are good till a date end, earliest first. Adding and removing move memory, not orders. */
export class Expiries {
  readonly #sorted: Expiry[] = []

  get earliest(): number | null {
    return this.#sorted[0]?.at ?? null
  }

  add(number: number, at: number): void {
    const expiry = { at, number }
    this.#sorted.splice(this.#placeOf(expiry), 0, expiry)
  }

  remove(number: number, at: number): void {
    const place = this.#placeOf({ at, number })
    if (this.#sorted[place]?.number === number) this.#sorted.splice(place, 1)
  }

  /** Orders whose time has come, at most `limit`. They stay until they are removed. */
  reached(now: number, limit: number): number[] {
    const numbers: number[] = []
    for (const { at, number } of this.#sorted) {
      if (at > now || numbers.length === limit) break
      numbers.push(number)
    }
    return numbers
  }

  /** Where this expiry is, or would be. */
  #placeOf(expiry: Expiry): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = this.#sorted[middle]
      if (there !== undefined && isBefore(there, expiry)) low = middle + 1
      else high = middle
    }
    return low
  }
}
