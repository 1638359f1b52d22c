import type { Domain } from '../messaging/domain.ts'

/**
 * Hands over the events of a domain once their turn is committed. Turns are synchronous and so is their commit: a
 * microtask begun inside a turn runs after it. A turn that was undone has left no events here by the time the state has
 * been read again, since that loads it anew: so the listener reads the state first, then takes.
 */
export class AfterCommit<State, Event> {
  #events: Event[] = []
  #listener: () => void = () => {}

  listen(listener: () => void): void {
    this.#listener = listener
  }

  /** The events since the last call. */
  take(): readonly Event[] {
    const events = this.#events
    this.#events = []
    return events
  }

  of(domain: Domain<State, Event>): Domain<State, Event> {
    return {
      ...domain,
      load: (store) => {
        this.#events = []
        return domain.load(store)
      },
      apply: (state, event) => {
        domain.apply(state, event)
        if (this.#events.push(event) === 1) queueMicrotask(() => this.#listener())
      },
    }
  }
}
