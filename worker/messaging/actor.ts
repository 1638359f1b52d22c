import type { Address } from './address.ts'
import type { Decision, Domain, Moment } from './domain.ts'
import { DUE_TABLES, DueTimes } from './dueTimes.ts'
import { INBOX_TABLES, Inbox } from './inbox.ts'
import { OUTBOX_TABLES, Outbox } from './outbox.ts'
import { migrate, type Store } from './store.ts'
import type { Batch, Receipt, Transport } from './stream.ts'

/** The world around an object, given to it by its shell or by a test. */
export interface Surroundings {
  readonly store: Store
  readonly transport: Transport
  readonly moment: Moment
  /** Arms the object's only alarm, or disarms it with null. */
  armAlarm(at: number | null): void
}

/** Unacknowledged messages to one receiver past which nothing more is taken from it: it is not reading its answers. */
export const WAITING_LIMIT = 10_000

/** First wait before an undelivered message is tried again; doubled up to the longest. */
export const RETRY_FIRST_MS = 1_000
export const RETRY_LONGEST_MS = 60_000

const DELIVER = 'deliver'

interface Loaded<State> {
  readonly state: State
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly due: DueTimes
}

/**
 * One object of the venue: its rules, its rows, and the ends of its streams. Every turn is synchronous and is committed
 * as one transaction: rows of the events, messages, due times, position of the inbox. A turn that throws leaves no row,
 * and the memory, which may be half changed, is thrown away and rebuilt from the rows.
 */
export class Actor<State, Event> {
  readonly address: Address
  readonly #domain: Domain<State, Event>
  readonly #around: Surroundings
  #loaded: Loaded<State> | null = null
  /** Receivers with a delivery under way: a stream has one batch in flight, so that order costs no gap. */
  readonly #delivering = new Map<Address, Promise<void>>()
  #failures = 0
  #armed: number | null | undefined

  constructor(address: Address, domain: Domain<State, Event>, around: Surroundings) {
    this.address = address
    this.#domain = domain
    this.#around = around
  }

  /** The state, for reading. Changes go through `execute`. */
  get state(): State {
    return this.#load().state
  }

  /** Decides and commits a command of the object's own interface, then lets its messages leave. */
  execute<Reply>(decide: (state: State, moment: Moment) => Decision<Event, Reply>): Reply {
    const reply = this.#turn((loaded) => this.#commit(loaded, decide(loaded.state, this.#around.moment)))
    this.#leave(null)
    return reply
  }

  /**
   * Applies a batch of another object's stream: what is new of it, in order, in one transaction. A repeat is answered
   * and not applied; a gap is refused, and the sender sends again from what the receipt says.
   */
  receive(batch: Batch): Receipt {
    const { from } = batch
    const applied = this.#turn((loaded) => {
      loaded.outbox.acknowledge(from, batch.acknowledged)
      const before = loaded.inbox.applied(from)
      if (batch.first > before + 1 || loaded.outbox.waiting(from) > WAITING_LIMIT) return before
      const fresh = batch.messages.slice(before + 1 - batch.first)
      for (const message of fresh)
        this.#commit(loaded, this.#domain.receive(loaded.state, from, message, this.#around.moment))
      if (fresh.length > 0) loaded.inbox.advance(from, before + fresh.length)
      return before + fresh.length
    })
    this.#leave(from)
    return { applied, back: this.#load().outbox.next(from, applied) }
  }

  /** Delivers what waits for `to` until nothing does, or until a delivery fails; a failure is tried again by alarm. */
  deliver(to: Address): Promise<void> {
    const running = this.#delivering.get(to)
    if (running !== undefined) return running
    const delivery = this.#drain(to).finally(() => this.#delivering.delete(to))
    this.#delivering.set(to, delivery)
    return delivery
  }

  /** Everything that waits, to all receivers at once. One that does not answer holds back nobody else. */
  async deliverAll(): Promise<void> {
    await Promise.all(
      this.#load()
        .outbox.receivers()
        .map((to) => this.deliver(to)),
    )
  }

  /** What the shell calls when the alarm fires, late or twice included. */
  async alarm(): Promise<void> {
    this.#armed = null
    const { due } = this.#load()
    const reached = due.reached(this.#around.moment.now)
    for (const key of reached) {
      this.#turn((loaded) => {
        loaded.due.set(key, null)
        if (key !== DELIVER) this.#commit(loaded, this.#domain.due(loaded.state, key, this.#around.moment))
      })
    }
    await this.deliverAll()
    this.#keepRetrying()
  }

  /** Puts the alarm where the rows say: called on wake, since an alarm may have been lost with the memory. */
  wake(): void {
    this.#load()
    this.#keepRetrying()
  }

  async #drain(to: Address): Promise<void> {
    for (;;) {
      const { outbox, inbox } = this.#load()
      const batch = outbox.next(to, inbox.applied(to))
      if (batch === null) return
      let receipt: Receipt
      try {
        receipt = await this.#around.transport.deliver(batch)
      } catch {
        // Whether it arrived is unknown, so it is sent again: the receiver tells a repeat by its sequence.
        this.#failures += 1
        this.#keepRetrying()
        return
      }
      this.#failures = 0
      this.#turn((loaded) => loaded.outbox.acknowledge(to, receipt.applied))
      if (receipt.back !== null) this.receive(receipt.back)
      if (receipt.applied < batch.first) return this.#keepRetrying()
    }
  }

  /** One synchronous turn: all its rows or none, and memory that agrees with the rows. */
  #turn<T>(work: (loaded: Loaded<State>) => T): T {
    const loaded = this.#load()
    try {
      return this.#around.store.transaction(() => work(loaded))
    } catch (fault) {
      this.#loaded = null
      throw fault
    }
  }

  #commit<Reply>(loaded: Loaded<State>, decision: Decision<Event, Reply>): Reply {
    for (const event of decision.events) {
      this.#domain.persist(this.#around.store, event)
      this.#domain.apply(loaded.state, event)
    }
    for (const message of decision.messages) loaded.outbox.append(message.to, message.body)
    for (const timer of decision.timers) loaded.due.set(timer.key, timer.at)
    return decision.reply
  }

  /** Starts the deliveries of a turn, but for `answered`, whose messages go back in the receipt. */
  #leave(answered: Address | null): void {
    for (const to of this.#load().outbox.receivers()) if (to !== answered) void this.deliver(to)
    this.#keepRetrying()
  }

  /** While anything waits, the alarm is armed for a retry: an object may die before its delivery does. */
  #keepRetrying(): void {
    const { outbox, due } = this.#load()
    const waiting = outbox.receivers().length > 0
    if (waiting && due.get(DELIVER) === null) {
      const wait = Math.min(RETRY_FIRST_MS * 2 ** Math.min(this.#failures, 16), RETRY_LONGEST_MS)
      this.#turn((loaded) => loaded.due.set(DELIVER, this.#around.moment.now + wait))
    }
    const earliest = due.earliest()
    if (this.#armed === earliest) return
    this.#armed = earliest
    this.#around.armAlarm(earliest)
  }

  #load(): Loaded<State> {
    if (this.#loaded !== null) return this.#loaded
    const { store } = this.#around
    migrate(store, 'outbox', OUTBOX_TABLES)
    migrate(store, 'inbox', INBOX_TABLES)
    migrate(store, 'due', DUE_TABLES)
    const state = this.#domain.load(store)
    this.#loaded = {
      state,
      outbox: new Outbox(store, this.address),
      inbox: new Inbox(store),
      due: new DueTimes(store),
    }
    return this.#loaded
  }
}
