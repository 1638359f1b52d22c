import type { Address } from './address.ts'
import { decode } from './codec.ts'
import { Deliveries } from './deliveries.ts'
import type { Decision, Domain, Moment } from './domain.ts'
import { DUE_TABLES, DueTimes } from './dueTimes.ts'
import { type Fault, Unapplied } from './fault.ts'
import { Inbox } from './inbox.ts'
import { OUTBOX_TABLES, Outbox } from './outbox.ts'
import { Positions, STREAM_TABLES } from './positions.ts'
import { backoff, CRASH_RETRY_MS } from './retries.ts'
import { migrate, type Store } from './store.ts'
import type { Batch, Receipt, Transport } from './stream.ts'

/** The world around an object, given to it by its shell or by a test. */
export interface Surroundings {
  readonly store: Store
  readonly transport: Transport
  readonly moment: Moment
  /**
   * Arms the object's only alarm. Called in the turn that wrote the rows it is for, so that both are durable or neither.
   * An alarm that comes too early finds nothing to do and arms the next: moving it would cost more than that.
   */
  armAlarm(at: number): void
  /** Told of what went wrong and is tried again. */
  report?(fault: Fault): void
}

/**
 * Messages unacknowledged by an object past which nothing more is taken from it: it is not reading its answers. Of two
 * objects only the one whose address is the later by alphabet refuses (a pool or a market refuses an account, never the
 * other way): if both did, each would wait for the other for ever.
 */
export const WAITING_LIMIT = 10_000

/** As much for a queue; past it the object takes no messages at all, and its shell should answer `busy` to commands. */
export const QUEUE_WAITING_LIMIT = 100_000

/** At most so many due times are worked off in one alarm; it is armed again at once for the rest. */
export const DUE_LIMIT = 500

interface Loaded<State> {
  readonly state: State
  readonly positions: Positions
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly due: DueTimes
}

/**
 * One object of the venue: its rules, its rows, and the ends of its streams. Every turn is synchronous and is committed
 * as one transaction: rows of the events, messages, due times, positions. A turn that throws leaves no row, and the
 * memory, which may be half changed, is thrown away and rebuilt from the rows.
 */
export class Actor<State, Event> {
  readonly address: Address
  readonly #domain: Domain<State, Event>
  readonly #around: Surroundings
  readonly #deliveries: Deliveries
  #loaded: Loaded<State> | null = null
  /** When the alarm is known to fire; null when it is not known to. */
  #armed: number | null = null
  /** While the alarm is worked off, it is armed once, at the end. */
  #inAlarm = false
  #earliestTimer: number | null = null
  readonly #dueFailures = new Map<string, number>()

  constructor(address: Address, domain: Domain<State, Event>, around: Surroundings) {
    this.address = address
    this.#domain = domain
    this.#around = around
    this.#deliveries = new Deliveries({
      next: (to) => this.#load().outbox.next(to, this.#load().inbox.applied(to)),
      transport: around.transport,
      take: (batch, receipt) => this.#takeReceipt(batch, receipt),
      now: () => around.moment.now,
      arm: (at) => this.#arm(at),
      report: (fault) => around.report?.(fault),
    })
  }

  /** The state, for reading. Changes go through `execute`. */
  get state(): State {
    return this.#load().state
  }

  /** Whether a queue has not taken its messages for so long that no more work should be begun here. */
  get overfull(): boolean {
    return this.#load().outbox.waitingForQueues() > QUEUE_WAITING_LIMIT
  }

  /** Decides and commits a command of the object's own interface, then lets its messages leave. */
  execute<Reply>(decide: (state: State, moment: Moment) => Decision<Event, Reply>): Reply {
    const reply = this.#turn((loaded) => this.#commit(loaded, decide(loaded.state, this.#around.moment)))
    this.#leave(null)
    return reply
  }

  /**
   * Applies a batch of another object's stream: what is new of it, in order, in one transaction. A repeat is answered
   * and not applied; a gap is refused, and the sender sends again from what the receipt says. A message that throws is
   * not applied, nor those after it: see `Fault`.
   */
  receive(batch: Batch): Receipt {
    const { from, to } = batch
    if (to !== this.address) throw new Error(`${this.address} was handed a batch for ${to}`)
    const applied = this.#absorb(from, batch.acknowledged, batch)
    const { outbox } = this.#load()
    const back = outbox.next(from, applied)
    // The sender takes what goes back in the turn that forgets what it sent, or sends again and is given it again.
    if (back !== null) this.#deliveries.answered(from, back.messages.length === outbox.waiting(from))
    this.#leave(from)
    return { applied, back }
  }

  /** Delivers what waits for `to`, until nothing does or a delivery fails; a failure is tried again by alarm. Never rejects. */
  deliver(to: Address): Promise<void> {
    return this.#load().outbox.waiting(to) === 0 ? Promise.resolve() : this.#deliveries.start(to)
  }

  /** Everything that waits, to all receivers. One that does not answer holds back nobody else. */
  async deliverAll(): Promise<void> {
    const receivers = [...this.#load().outbox.receivers()]
    await Promise.all(receivers.map((to) => this.deliver(to)))
  }

  /** Resolves when no delivery is under way. */
  settled(): Promise<void> {
    return this.#deliveries.settled()
  }

  /**
   * What the shell calls when the alarm fires, late, early or twice included. It does not wait for the deliveries it
   * starts: a receiver that does not answer must not hold back the next due time.
   */
  alarm(): void {
    this.#armed = null
    this.#inAlarm = true
    try {
      const { now } = this.#around.moment
      if (this.#load().outbox.isUnwritten) this.#turn(({ outbox }) => outbox.settle())
      for (const key of this.#load().due.reached(now, DUE_LIMIT)) this.#workOff(key)
      this.#deliveries.retry(this.#load().outbox.receivers())
    } finally {
      this.#inAlarm = false
    }
    this.#armForAll()
  }

  /** Puts the alarm where the rows say: called on wake, since an alarm may have been used up by an object that died. */
  wake(): void {
    this.#load()
    this.#armForAll()
  }

  /** Applies what is new of a batch and forgets what its sender acknowledges. Says what of the stream is applied now. */
  #absorb(from: Address, acknowledged: number, batch: Batch | null): number {
    let limit = batch?.messages.length ?? 0
    for (;;) {
      try {
        const applied = this.#turn((loaded) => {
          loaded.outbox.acknowledge(from, acknowledged)
          if (batch !== null && !this.#refuses(loaded, from)) this.#apply(loaded, batch, limit)
          return loaded.inbox.applied(from)
        })
        if (this.#load().outbox.waiting(from) === 0) this.#deliveries.forget(from)
        return applied
      } catch (fault) {
        if (batch === null || !(fault instanceof Unapplied)) throw fault
        // All was undone, so what came before it in the batch, and the acknowledgement, are done again without it.
        limit = fault.index
        this.#around.report?.({
          kind: 'receive',
          from,
          sequence: batch.first + fault.index,
          error: fault.cause,
        })
      }
    }
  }

  #apply(loaded: Loaded<State>, batch: Batch, limit: number): void {
    const start = loaded.inbox.firstNew(batch)
    if (start === null || start >= limit) return
    batch.messages.slice(start, limit).forEach((text, offset) => {
      try {
        const message = decode(text)
        this.#commit(loaded, this.#domain.receive(loaded.state, batch.from, message, this.#around.moment))
      } catch (fault) {
        throw new Unapplied(start + offset, fault)
      }
    })
    loaded.inbox.advance(batch.from, batch.first + limit - 1)
  }

  #refuses({ outbox }: Loaded<State>, from: Address): boolean {
    return this.overfull || (this.address > from && outbox.waiting(from) > WAITING_LIMIT)
  }

  /** One turn forgets what was sent and applies what came back. Says whether the receiver took anything. */
  #takeReceipt(batch: Batch, receipt: Receipt): boolean {
    const { to, first } = batch
    this.#absorb(to, receipt.applied, receipt.back)
    this.#leave(to)
    return receipt.applied >= first
  }

  #workOff(key: string): void {
    try {
      this.#turn((loaded) => {
        loaded.due.set(key, null)
        this.#commit(loaded, this.#domain.due(loaded.state, key, this.#around.moment))
      })
      this.#dueFailures.delete(key)
    } catch (error) {
      const failures = (this.#dueFailures.get(key) ?? 0) + 1
      this.#dueFailures.set(key, failures)
      this.#turn((loaded) => loaded.due.set(key, this.#around.moment.now + backoff(failures)))
      this.#around.report?.({ kind: 'due', key, failures, error })
    }
    for (const to of this.#load().outbox.takeTouched()) this.#deliveries.send(to)
  }

  /** One synchronous turn: all its rows or none, and memory that agrees with the rows. */
  #turn<T>(work: (loaded: Loaded<State>) => T): T {
    const loaded = this.#load()
    try {
      return this.#around.store.transaction(() => {
        const result = work(loaded)
        loaded.outbox.written(loaded.positions.flush())
        return result
      })
    } catch (fault) {
      this.#loaded = null
      throw fault
    }
  }

  #commit<Reply>(loaded: Loaded<State>, decision: Decision<Event, Reply>): Reply {
    for (const event of decision.events) {
      this.#domain.persist(this.#around.store, event, loaded.state)
      this.#domain.apply(loaded.state, event)
    }
    for (const message of decision.messages) loaded.outbox.append(message.to, message.body)
    for (const { key, at } of decision.timers) {
      loaded.due.set(key, at)
      if (at !== null) this.#earliestTimer = Math.min(at, this.#earliestTimer ?? at)
    }
    return decision.reply
  }

  /** Starts the deliveries of a turn, but for `answered`, whose messages go back in the receipt or leave with the next batch. */
  #leave(answered: Address | null): void {
    const { outbox } = this.#load()
    for (const to of outbox.takeTouched()) if (to !== answered) this.#deliveries.send(to)
    if (outbox.isUnwritten) this.#arm(this.#around.moment.now + CRASH_RETRY_MS)
    if (this.#earliestTimer !== null) this.#arm(this.#earliestTimer)
    this.#earliestTimer = null
  }

  /** Never later than it is armed already: see `Surroundings.armAlarm`. */
  #arm(at: number): void {
    if (this.#inAlarm || (this.#armed !== null && this.#armed <= at)) return
    this.#armed = at
    this.#around.armAlarm(at)
  }

  #armForAll(): void {
    const { outbox, due } = this.#load()
    const retry = this.#deliveries.earliestRetry(outbox.receivers())
    const timer = due.earliest()
    const earliest = Math.min(retry ?? Number.POSITIVE_INFINITY, timer ?? Number.POSITIVE_INFINITY)
    if (Number.isFinite(earliest)) this.#arm(earliest)
    this.#earliestTimer = null
  }

  #load(): Loaded<State> {
    if (this.#loaded !== null) return this.#loaded
    const { store } = this.#around
    migrate(store, 'stream', STREAM_TABLES)
    migrate(store, 'outbox', OUTBOX_TABLES)
    migrate(store, 'due', DUE_TABLES)
    const state = this.#domain.load(store)
    const positions = new Positions(store)
    this.#loaded = {
      state,
      positions,
      outbox: new Outbox(store, this.address, positions),
      inbox: new Inbox(positions),
      due: new DueTimes(store),
    }
    return this.#loaded
  }
}
