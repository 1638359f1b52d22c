import type { Address } from './address.ts'
import type { Positions } from './positions.ts'
import type { Batch } from './stream.ts'

/** The receiving end of every stream of one object: what of a batch is new. */
export class Inbox {
  readonly #positions: Positions

  constructor(positions: Positions) {
    this.#positions = positions
  }

  applied(from: Address): number {
    return this.#positions.of(from).applied
  }

  /** Index in the batch of the first message not applied yet; its length when all are; null when one before is missing. */
  firstNew(batch: Batch): number | null {
    const next = this.applied(batch.from) + 1
    if (batch.first > next) return null
    return Math.min(next - batch.first, batch.messages.length)
  }

  /** Runs in the transaction that applies the messages up to `sequence`. */
  advance(from: Address, sequence: number): void {
    const position = this.#positions.of(from)
    if (sequence <= position.applied) return
    position.applied = sequence
    this.#positions.touch(from)
  }
}
