import { Actor } from '../../worker/messaging/actor.ts'
import type { Address } from '../../worker/messaging/address.ts'
import type { Decision, Domain, Moment } from '../../worker/messaging/domain.ts'
import type { Fault } from '../../worker/messaging/fault.ts'
import type { Store } from '../../worker/messaging/store.ts'
import type { Batch, Receipt } from '../../worker/messaging/stream.ts'
import { Agenda } from './agenda.ts'
import { Random } from './random.ts'
import { Disk, type SqliteStore } from './sqliteStore.ts'

/** Probabilities of what can go wrong, each from 0 to 1. */
export interface Dials {
  /** A batch never arrives; the sender learns only that it does not know. */
  readonly loseBatch: number
  /** It arrived, and the answer to it is lost. */
  readonly loseReceipt: number
  /** It arrives again, later. */
  readonly duplicate: number
  /** It is held up for so long that others overtake it. */
  readonly delay: number
  /** Of a turn: the object dies at one of its writes, or right after they are durable. */
  readonly crash: number
  /** Of a turn: a write fails, and the object lives on. */
  readonly fail: number
  /** Of a turn: the object is put out of memory before it, deliveries under way included. */
  readonly evict: number
}

export const CALM: Dials = {
  loseBatch: 0,
  loseReceipt: 0,
  duplicate: 0,
  delay: 0,
  crash: 0,
  fail: 0,
  evict: 0,
}

/** After which a sender knows that it does not know. */
const UNANSWERED_MS = 15_000

export type QueueSink = (queue: Address, source: Address, sequence: number, body: string) => void

/**
 * Objects with real messaging code on real rows, a clock that jumps from one event to the next, and a network between
 * them that does all a network may. The same seed gives the same run, to the last byte.
 */
export class World {
  readonly random: Random
  dials: Dials
  now: number
  readonly agenda = new Agenda()
  readonly faults: { address: Address; fault: Fault }[] = []
  readonly counts = {
    batches: 0,
    messages: 0,
    lost: 0,
    repeated: 0,
    crashes: 0,
    failures: 0,
    evictions: 0,
    alarms: 0,
  }
  readonly #objects = new Map<Address, AnyObject>()
  readonly #make: (address: Address) => AnyObject
  readonly #queue: QueueSink
  #ids = 0
  #answered = false

  constructor(options: {
    seed: number
    dials: Dials
    start: number
    /** Makes an object at its first message. */
    make: (address: Address, world: World) => AnyObject
    queue?: QueueSink
  }) {
    this.random = new Random(options.seed)
    this.dials = options.dials
    this.now = options.start
    this.#make = (address) => options.make(address, this)
    this.#queue = options.queue ?? (() => {})
  }

  object(address: Address): AnyObject {
    const known = this.#objects.get(address)
    if (known !== undefined) return known
    const made = this.#make(address)
    this.#objects.set(address, made)
    return made
  }

  /** Puts an object into the world that nobody has written to yet. */
  place(object: AnyObject): void {
    this.#objects.set(object.address, object)
  }

  objects(): Iterable<AnyObject> {
    return this.#objects.values()
  }

  /** In the form of a UUIDv7, rising. */
  newId(): string {
    this.#ids += 1
    const time = Math.floor(this.now).toString(16).padStart(12, '0')
    const rest = this.#ids.toString(16).padStart(12, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`
  }

  after(ms: number, action: () => void): void {
    this.agenda.add(this.now + ms, action)
  }

  /** Works off everything that happens until the time. */
  async runUntil(time: number): Promise<void> {
    for (let at = this.agenda.nextAt; at !== null && at <= time; at = this.agenda.nextAt) await this.#step()
    this.now = Math.max(this.now, time)
  }

  /** Nothing goes wrong any more: runs until no object has anything waiting; throws if some have after `limitMs`. */
  async quiesce(limitMs = 3_600_000): Promise<void> {
    this.dials = CALM
    for (const object of this.#objects.values()) object.calm()
    const deadline = this.now + limitMs
    // Asking every object is slow, so it is done after each minute of the virtual clock.
    do {
      if (this.now >= deadline) throw new Error(`still busy after ${limitMs} ms: ${this.#whatWaits()}`)
      await this.runUntil(this.now + 60_000)
    } while (this.#isBusy())
  }

  /** Called by an object: hands a batch to the network. A dead object's answer reaches nobody. */
  send(batch: Batch, isAlive: () => boolean): Promise<Receipt> {
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>()
    const fail = () => {
      if (!isAlive()) return
      this.#answered = true
      reject(new Error('unanswered'))
    }
    this.counts.batches += 1
    this.counts.messages += batch.messages.length
    if (this.random.chance(this.dials.duplicate)) this.after(this.#latency() * 3, () => this.#repeat(batch))
    if (this.random.chance(this.dials.loseBatch)) {
      this.counts.lost += 1
      this.after(UNANSWERED_MS, fail)
      return promise
    }
    this.after(this.#latency(), () => {
      let receipt: Receipt
      try {
        receipt = this.#arrive(batch)
      } catch {
        this.after(this.#latency(), fail)
        return
      }
      if (this.random.chance(this.dials.loseReceipt)) {
        this.counts.lost += 1
        this.after(UNANSWERED_MS, fail)
        return
      }
      this.after(this.#latency(), () => {
        if (!isAlive()) return
        this.#answered = true
        resolve(receipt)
      })
    })
    return promise
  }

  #repeat(batch: Batch): void {
    this.counts.repeated += 1
    try {
      this.#arrive(batch)
    } catch {
      // Nobody waits for the answer to a repeat.
    }
  }

  #arrive(batch: Batch): Receipt {
    if (!batch.to.startsWith('queue/')) return this.object(batch.to).receive(batch)
    // A queue may take a part of a batch.
    const taken = this.dials === CALM ? batch.messages.length : this.random.between(1, batch.messages.length)
    batch.messages.slice(0, taken).forEach((body, index) => {
      this.#queue(batch.to, batch.from, batch.first + index, body)
    })
    return { applied: batch.first + taken - 1, back: null }
  }

  #latency(): number {
    return this.random.chance(this.dials.delay) ? this.random.between(50, 30_000) : this.random.between(1, 20)
  }

  async #step(): Promise<void> {
    const item = this.agenda.take()
    if (item === null) return
    this.now = Math.max(this.now, item.at)
    item.action()
    if (!this.#answered) return
    this.#answered = false
    // As many turns of the microtask queue as an answer needs to have had its whole effect.
    for (let turn = 0; turn < 6; turn += 1) await null
  }

  #isBusy(): boolean {
    for (const object of this.#objects.values()) if (object.waiting() > 0) return true
    return false
  }

  #whatWaits(): string {
    return [...this.#objects.values()]
      .filter((object) => object.waiting() > 0)
      .map((object) => `${object.address} has ${object.waiting()}`)
      .join(', ')
  }
}

/** An object as the world and the network see it, whatever its rules. */
export interface AnyObject {
  readonly address: Address
  receive(batch: Batch): Receipt
  /** Messages in its outbox. */
  waiting(): number
  /** No crash that was dialled comes any more. */
  calm(): void
  readonly disk: Disk
}

/** One object of the world: its rows, and the actor that lives on them until it is killed. */
export class VirtualObject<State, Event> implements AnyObject {
  readonly address: Address
  readonly disk: Disk
  #rowsWritten = 0
  #steps = 0
  #crashStep: number | null = null
  #dialled = false
  readonly #world: World
  readonly #domain: Domain<State, Event>
  readonly #moment: Moment
  #life: { actor: Actor<State, Event>; store: SqliteStore } | null = null
  #alarmAt: number | null = null

  /** On a copy of the disk of `like`, an object of the same kind that has only just begun. */
  constructor(world: World, address: Address, domain: Domain<State, Event>, like?: Disk) {
    this.address = address
    this.disk = new Disk(like)
    this.#world = world
    this.#domain = domain
    this.#moment = {
      get now() {
        return world.now
      },
      newId: () => world.newId(),
    }
  }

  get state(): State {
    return this.#live().actor.state
  }

  /** Its rows, for reading. */
  get store(): Store {
    return this.#live().store
  }

  /** The state as the rows tell it, to compare with the one in memory. */
  stateOfRows(): State {
    this.#end()
    return this.state
  }

  execute<Reply>(decide: (state: State, moment: Moment) => Decision<Event, Reply>): Reply {
    return this.#turn((actor) => actor.execute(decide))
  }

  receive(batch: Batch): Receipt {
    return this.#turn((actor) => actor.receive(batch))
  }

  waiting(): number {
    const { store } = this.#live()
    return store.all<{ waiting: number }>('SELECT count(*) AS waiting FROM outbox')[0]?.waiting ?? 0
  }

  calm(): void {
    if (!this.#dialled) this.#life?.store.disarm()
  }

  /** Dies once, at the n-th step of its first life. */
  crashAt(step: number): void {
    if (this.#life !== null) throw new Error(`${this.address} lives already`)
    this.#crashStep = step
    this.#dialled = true
  }

  /** Steps taken in all lives. */
  get steps(): number {
    return this.#steps + (this.#life?.store.steps ?? 0)
  }

  /** Rows written in all lives, as they are billed. */
  get rowsWritten(): number {
    return this.#rowsWritten + (this.#life?.store.rowsWritten ?? 0)
  }

  /** Ends the life of the actor: memory, deliveries under way and all. */
  #end(): void {
    if (this.#life === null) return
    this.#rowsWritten += this.#life.store.rowsWritten
    this.#steps += this.#life.store.steps
    this.#life.store.kill()
    this.#life = null
  }

  #turn<T>(work: (actor: Actor<State, Event>) => T): T {
    const { random, dials, counts } = this.#world
    if (random.chance(dials.evict)) {
      counts.evictions += 1
      this.#end()
    }
    const { actor, store } = this.#live()
    if (random.chance(dials.crash)) store.crashAt(random.between(1, 20))
    if (random.chance(dials.fail)) {
      counts.failures += 1
      store.failAt(random.between(1, 20))
    }
    return work(actor)
  }

  #live(): { actor: Actor<State, Event>; store: SqliteStore } {
    if (this.#life !== null) return this.#life
    const world = this.#world
    const store = this.disk.open((committed) => {
      world.counts.crashes += 1
      this.#end()
      // The platform makes an alarm durable together with the rows of the turn that armed it, before we could be told.
      if (committed) this.#armAlarm(world.now + 1_000)
    })
    const actor = new Actor(this.address, this.#domain, {
      store,
      moment: this.#moment,
      transport: {
        deliver: (batch) =>
          store.alive ? world.send(batch, () => store.alive) : new Promise<never>(() => {}),
      },
      armAlarm: (at) => {
        if (store.alive) this.#armAlarm(at)
      },
      report: (fault) => {
        if (store.alive) world.faults.push({ address: this.address, fault })
      },
    })
    if (this.#crashStep !== null) store.crashAt(this.#crashStep)
    this.#crashStep = null
    const life = { actor, store }
    this.#life = life
    actor.wake()
    return life
  }

  #armAlarm(at: number): void {
    this.#alarmAt = at
    this.#world.agenda.add(Math.max(at, this.#world.now), () => this.#alarm(at))
  }

  /** An alarm is used up when it fires; one whose object died or threw is fired again by the platform. */
  #alarm(at: number): void {
    if (this.#alarmAt !== at) return
    this.#alarmAt = null
    this.#world.counts.alarms += 1
    try {
      this.#turn((actor) => actor.alarm())
    } catch {
      this.#armAlarm(this.#world.now + 2_000)
    }
  }
}
