import type { Print } from '$contract/markets.ts'

/** Prints that are kept to be shown. */
export const TAPE_LENGTH = 100

/** Ids that are remembered to tell a repeat, long after their print has left the tape. */
const REMEMBERED = 2_000

/** The newest prints of a market, newest first, none twice. */
export class Tape {
  #prints: readonly Print[] = []
  readonly #seen = new Set<string>()

  get prints(): readonly Print[] {
    return this.#prints
  }

  /** Oldest first. */
  add(prints: readonly Print[]): void {
    const fresh = prints.filter((print) => this.#isNew(print))
    if (fresh.length > 0) this.#prints = [...fresh.reverse(), ...this.#prints].slice(0, TAPE_LENGTH)
  }

  /** The venue's own newest, newest first, in place of those that are here: there may be a hole between. */
  replace(prints: readonly Print[]): void {
    this.#prints = prints.filter(({ id }, at) => at === prints.findIndex((other) => other.id === id))
    this.#prints = this.#prints.slice(0, TAPE_LENGTH)
    for (const print of [...this.#prints].reverse()) this.#isNew(print)
  }

  #isNew({ id }: Print): boolean {
    if (this.#seen.has(id)) return false
    this.#seen.add(id)
    for (const oldest of this.#seen) {
      if (this.#seen.size <= REMEMBERED) break
      this.#seen.delete(oldest)
    }
    return true
  }
}
