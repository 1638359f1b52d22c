import { Agenda } from '../../support/agenda.ts'

/** A clock that moves only when it is told to, and what is to happen by it. */
export class VirtualTime {
  readonly #agenda = new Agenda()
  readonly #pending = new Set<symbol>()
  #now = 0

  get now(): number {
    return this.#now
  }

  /** Things that are still to happen. */
  get pending(): number {
    return this.#pending.size
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = Symbol('timer')
    this.#pending.add(timer)
    this.#agenda.add(this.#now + milliseconds, () => {
      if (this.#pending.delete(timer)) run()
    })
    return () => void this.#pending.delete(timer)
  }

  pass(milliseconds: number): void {
    const end = this.#now + milliseconds
    while ((this.#agenda.nextAt ?? Number.POSITIVE_INFINITY) <= end) {
      const item = this.#agenda.take()
      if (item === null) break
      this.#now = item.at
      item.action()
    }
    this.#now = end
  }
}
