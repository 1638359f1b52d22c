import type { Random } from '../../support/random.ts'

/** Probabilities for each text that is sent, from 0 to 1. */
export interface Dials {
  readonly drop: number
  readonly repeat: number
  /** It comes after some of those that are sent after it. */
  readonly delay: number
  /** It is cut off at some byte; what is left comes as a whole message. */
  readonly truncate: number
  /** A level of the book in it has another quantity. */
  readonly corrupt: number
  /** The connection ends: before it, after it, or within it. */
  readonly close: number
}

export const CALM: Dials = { drop: 0, repeat: 0, delay: 0, truncate: 0, corrupt: 0, close: 0 }

export type Fault = keyof Dials

/** What becomes of a text on its way, by a seed. */
export class Faults {
  readonly #random: Random
  readonly happened: Record<Fault, number> = {
    drop: 0,
    repeat: 0,
    delay: 0,
    truncate: 0,
    corrupt: 0,
    close: 0,
  }
  dials: Dials

  constructor(random: Random, dials: Dials) {
    this.#random = random
    this.dials = dials
  }

  /** At most one thing goes wrong with a text. */
  next(): Fault | null {
    for (const fault of ['close', 'truncate', 'corrupt', 'drop', 'repeat', 'delay'] as const)
      if (this.#random.chance(this.dials[fault])) {
        this.happened[fault] += 1
        return fault
      }
    return null
  }

  below(limit: number): number {
    return this.#random.below(limit)
  }

  /** The text with another quantity in its book, where it has one; still a message of the contract. */
  corrupted(text: string): string {
    const quantities = [...text.matchAll(/(?<=\["\d+",")\d+(?="\])/g)]
    if (quantities.length === 0) return text
    const { index, 0: quantity } = this.#random.pick(quantities)
    return `${text.slice(0, index)}${Number(quantity) + 1}${text.slice(index + quantity.length)}`
  }
}
