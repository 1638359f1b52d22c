import type { Address } from './address.ts'
import type { Fault } from './fault.ts'
import { CRASH_RETRY_MS, RETRY_FIRST_MS, RETRY_LONGEST_MS, Retries } from './retries.ts'
import type { Batch, Receipt, Transport } from './stream.ts'

/** Deliveries under way at once by themselves; the others wait their turn. One that a caller waits for starts at once. */
export const DELIVERIES_LIMIT = 32

/** Consecutive failures of one receiver from which they are told. */
const TELL_AFTER = 5

interface Ends {
  /** The oldest messages waiting for `to`, or null. */
  next(to: Address): Batch | null
  /** Puts the receipt to use. Says whether the receiver took anything of the batch. */
  take(batch: Batch, receipt: Receipt): boolean
  readonly transport: Transport
  now(): number
  arm(at: number): void
  report(fault: Fault): void
}

/**
 * The deliveries of one object: one under way per receiver, so that order costs no gap; each receiver with its own
 * failures and its own next attempt. Everything here may be lost at any time, since the rows of the outbox remain.
 */
export class Deliveries {
  readonly #ends: Ends
  readonly #retries = new Retries()
  readonly #underWay = new Map<Address, Promise<void>>()
  readonly #inLine = new Set<Address>()

  constructor(ends: Ends) {
    this.#ends = ends
  }

  /** Begins to deliver, or joins the delivery under way, which takes what was added meanwhile. Never rejects. */
  start(to: Address): Promise<void> {
    const running = this.#underWay.get(to)
    if (running !== undefined) return running
    this.#inLine.delete(to)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#underWay.set(to, promise)
    void this.#drain(to).then(resolve, resolve)
    return promise
  }

  /** Begins to deliver as soon as its turn comes, unless the receiver failed and its next attempt is later. */
  send(to: Address): void {
    const now = this.#ends.now()
    if (this.#retries.failures(to) > 0 && this.#retries.at(to) > now) return
    this.#retries.postpone(to, now + CRASH_RETRY_MS)
    this.#ends.arm(now + CRASH_RETRY_MS)
    if (this.#underWay.has(to)) return
    this.#inLine.add(to)
    this.#pump()
  }

  /** Those whose time has come. One whose delivery is still under way is only looked at again later. */
  retry(receivers: Iterable<Address>): void {
    const now = this.#ends.now()
    for (const to of receivers) if (this.#retries.at(to) <= now) this.send(to)
  }

  /**
   * What waits for `to` has gone back in a receipt. Whoever asked will acknowledge it with the next batch, so it is sent
   * again only after the longest wait; when it is not `all`, the rest follows soon.
   */
  answered(to: Address, all: boolean): void {
    const at = this.#ends.now() + (all ? RETRY_LONGEST_MS : RETRY_FIRST_MS)
    this.#retries.clear(to)
    this.#retries.postpone(to, at)
    this.#ends.arm(at)
  }

  /** Nothing waits for `to` any more. */
  forget(to: Address): void {
    this.#retries.clear(to)
  }

  earliestRetry(receivers: Iterable<Address>): number | null {
    let earliest: number | null = null
    for (const to of receivers) {
      const at = this.#retries.at(to) || this.#ends.now()
      if (earliest === null || at < earliest) earliest = at
    }
    return earliest
  }

  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values())
  }

  #pump(): void {
    for (const to of this.#inLine) {
      if (this.#underWay.size >= DELIVERIES_LIMIT) return
      void this.start(to)
    }
  }

  async #drain(to: Address): Promise<void> {
    try {
      for (;;) {
        const batch = this.#ends.next(to)
        if (batch === null) break
        const receipt = await this.#ends.transport.deliver(batch)
        if (!this.#ends.take(batch, receipt)) throw new Error(`${to} took nothing from ${batch.first} on`)
        this.#retries.clear(to)
        this.#retries.postpone(to, this.#ends.now() + CRASH_RETRY_MS)
      }
      this.#retries.clear(to)
    } catch (error) {
      // Whether it arrived is unknown, so it is sent again: the receiver tells a repeat by its sequence.
      this.#ends.arm(this.#retries.fail(to, this.#ends.now()))
      const failures = this.#retries.failures(to)
      if (failures >= TELL_AFTER) this.#ends.report({ kind: 'deliver', to, failures, error })
    } finally {
      this.#underWay.delete(to)
      this.#pump()
    }
  }
}
