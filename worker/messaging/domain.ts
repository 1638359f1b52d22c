import type { Address } from './address.ts'
import type { Store } from './store.ts'

/** A message that a decision sends; it leaves after the decision is durable, in order, exactly once in effect. */
export interface Outgoing {
  readonly to: Address
  readonly body: unknown
}

/** Arms (`at` in ms) or disarms (`null`) the due time of that key. One due time a key. */
export interface Timer {
  readonly key: string
  readonly at: number | null
}

/** What a decision is: data. Nothing has happened until it is committed. */
export interface Decision<Event, Reply = undefined> {
  readonly reply: Reply
  readonly events: readonly Event[]
  readonly messages: readonly Outgoing[]
  readonly timers: readonly Timer[]
}

/** What a decision may know of the world besides its state. */
export interface Moment {
  /** Milliseconds since the epoch. Not an order: sequences order. */
  readonly now: number
  /** A new UUIDv7. */
  newId(): string
}

/**
 * The rules of one kind of object. `decide*` functions read the state and return a decision; `apply` puts an event into
 * the state in memory; `persist` puts it into rows; `load` rebuilds the state from rows after an eviction or a crash.
 * Account, Market and CopyPool are each one of these, and run the same under workerd, in tests and in the simulation.
 */
export interface Domain<State, Event> {
  /** Creates missing tables and reads the state. */
  load(store: Store): State
  /** The decision on one message of another object. A message that makes no sense is answered, not thrown. */
  receive(state: State, from: Address, message: unknown, moment: Moment): Decision<Event>
  /** The decision when a due time of the given key has come. It is disarmed unless the decision arms it again. */
  due(state: State, key: string, moment: Moment): Decision<Event>
  apply(state: State, event: Event): void
  /** `before` is the state that the event is about to change. */
  persist(store: Store, event: Event, before: State): void
}

/** A decision that changes nothing. */
export function nothing<Reply>(reply: Reply): Decision<never, Reply> {
  return { reply, events: [], messages: [], timers: [] }
}
