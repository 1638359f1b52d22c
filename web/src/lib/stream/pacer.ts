import type { Surroundings } from './connection.ts'

/**
 * What the venue takes without closing the connection: 60 requests at once and 10 a second. Some are kept back, since both
 * sides measure time by clocks of their own.
 */
const AT_ONCE = 50
const PER_SECOND = 8

/** Requests that wait. With more of them it is simpler to begin anew and ask only for what is still wanted. */
const WAITING = 200

/** Says things no faster than the venue listens. */
export class Pacer {
  readonly #send: (text: string) => void
  readonly #overflow: () => void
  readonly #outside: Pick<Surroundings, 'after'>
  #waiting: string[] = []
  #tokens = AT_ONCE
  #cancelRefill: (() => void) | null = null

  constructor(send: (text: string) => void, overflow: () => void, outside: Pick<Surroundings, 'after'>) {
    this.#send = send
    this.#overflow = overflow
    this.#outside = outside
  }

  say(text: string): void {
    this.#waiting.push(text)
    if (this.#waiting.length > WAITING) this.#overflow()
    else this.#flush()
  }

  /** Another connection: nothing waits, and it has its own measure. */
  clear(): void {
    this.#waiting = []
    this.#tokens = AT_ONCE
    this.#cancelRefill?.()
    this.#cancelRefill = null
  }

  #flush(): void {
    for (const text of this.#waiting.splice(0, this.#tokens)) {
      this.#tokens -= 1
      this.#send(text)
    }
    if (this.#tokens === AT_ONCE) return
    this.#cancelRefill ??= this.#outside.after(1_000, () => {
      this.#cancelRefill = null
      this.#tokens = Math.min(AT_ONCE, this.#tokens + PER_SECOND)
      this.#flush()
    })
  }
}
