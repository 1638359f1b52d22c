import type { Side } from './messages.ts'

/** One line of the tape: a trade made here, or a print of the reference feed. */
export interface TapePrint {
  readonly id: string
  readonly ticks: number
  readonly lots: number
  /** The taker's. */
  readonly side: Side
  readonly source: 'reference' | 'venue'
  readonly at: number
}

/** Prints kept in memory: as many as an answer can ask for. */
export const TAPE_KEPT = 200

/** The newest prints, oldest first. */
export class Tape {
  #prints: TapePrint[] = []

  add(print: TapePrint): void {
    this.#prints.push(print)
    // Cut now and then, not at every print: a shift moves the whole list.
    if (this.#prints.length >= 2 * TAPE_KEPT) this.#prints = this.#prints.slice(-TAPE_KEPT)
  }

  newestFirst(limit: number): TapePrint[] {
    return this.#prints.slice(-Math.min(limit, TAPE_KEPT)).reverse()
  }
}
