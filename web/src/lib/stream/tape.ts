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

  /**
   * The venue's own newest, newest first: what was missed goes to its place among those that are here. Where the two do
   * not meet there is a hole between them, and only the venue's stay; one that was sent long ago changes nothing.
   */
  merge(prints: readonly Print[]): void {
    const told = new Set(prints.map(({ id }) => id))
    const kept = this.#prints
    const here = new Set(kept.map(({ id }) => id))
    const taken = prints.filter((print) => this.#isNew(print) || here.delete(print.id))
    const first = kept.findIndex(({ id }) => told.has(id))
    const last = kept.findLastIndex(({ id }) => told.has(id))
    if (first !== -1)
      this.#prints = [...kept.slice(0, first), ...taken, ...kept.slice(last + 1)].slice(0, TAPE_LENGTH)
    else if (taken.length > 0) this.#prints = taken.slice(0, TAPE_LENGTH)
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
