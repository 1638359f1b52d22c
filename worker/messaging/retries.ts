import type { Address } from './address.ts'

/** First wait before an undelivered message is tried again; doubled with each failure up to the longest. */
export const RETRY_FIRST_MS = 1_000
export const RETRY_LONGEST_MS = 60_000

/** Wait before a delivery is taken for lost with the object that made it: only a crash leaves it so long unsettled. */
export const CRASH_RETRY_MS = 5_000

export function backoff(failures: number): number {
  return Math.min(RETRY_FIRST_MS * 2 ** Math.min(Math.max(failures, 1) - 1, 16), RETRY_LONGEST_MS)
}

/**
 * When to try each receiver that has messages waiting. In memory only: rows of the outbox say that something waits, and
 * an object that wakes tries it at once. So an order costs no row for a retry that hardly ever happens.
 */
export class Retries {
  readonly #entries = new Map<Address, { at: number; failures: number }>()

  failures(to: Address): number {
    return this.#entries.get(to)?.failures ?? 0
  }

  /** Not before then; a receiver without an entry may be tried at once. */
  at(to: Address): number {
    return this.#entries.get(to)?.at ?? 0
  }

  /** Tries again at that time; the failures stay as they were. */
  postpone(to: Address, at: number): void {
    this.#entries.set(to, { at, failures: this.failures(to) })
  }

  /** One failure more. Says when to try again. */
  fail(to: Address, now: number): number {
    const failures = this.failures(to) + 1
    const at = now + backoff(failures)
    this.#entries.set(to, { at, failures })
    return at
  }

  clear(to: Address): void {
    this.#entries.delete(to)
  }
}
