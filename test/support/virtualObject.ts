import { Actor } from '../../worker/messaging/actor.ts'
import type { Address } from '../../worker/messaging/address.ts'
import type { Decision, Domain, Moment } from '../../worker/messaging/domain.ts'
import type { Store } from '../../worker/messaging/store.ts'
import type { Batch, Receipt } from '../../worker/messaging/stream.ts'
import { Crash, Disk, type SqliteStore, type StepKind } from './sqliteStore.ts'
import { CALM, type World } from './world.ts'

/** A crash or a failure that is for one object comes within so many of its steps. */
const STEPS_AHEAD = 20

/** About as many as an object takes that has no tables yet. */
const STEPS_OF_FIRST_WAKE = 60

/** How far an object's clock may be off. */
const JUMP_MS = 180_000

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
  /** The first part of its address. */
  readonly #kind: string
  readonly #moment: Moment
  #life: { actor: Actor<State, Event>; store: SqliteStore } | null = null
  #alarmAt: number | null = null
  /** Milliseconds that its clock is ahead of the world's. */
  #ahead = 0

  /** On a copy of the disk of `like`, an object of the same kind that has only just begun. */
  constructor(world: World, address: Address, domain: Domain<State, Event>, like?: Disk) {
    this.address = address
    this.disk = new Disk(like)
    this.#world = world
    this.#domain = domain
    this.#kind = address.slice(0, address.indexOf('/'))
    const clock = () => this.now
    this.#moment = {
      get now() {
        return clock()
      },
      newId: () => world.newId(),
    }
  }

  /** By its own clock. */
  get now(): number {
    return this.#world.now + this.#ahead
  }

  get state(): State {
    return this.#alive().actor.state
  }

  /** Its rows, for reading. */
  get store(): Store {
    return this.#alive().store
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
    const { store } = this.#alive()
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
    const world = this.#world
    const { random, counts } = world
    if (world.strike('evict', () => `${this.address} is put out of memory`)) {
      counts.evictions += 1
      this.#end()
    }
    if (world.strike('jump', () => `the clock of ${this.address} jumps`))
      this.#ahead = random.chance(0.3) ? 0 : random.between(-JUMP_MS, JUMP_MS)
    const { actor, store } = this.#live()
    const crash = this.#point()
    if (world.strike('crash', () => this.#planned('die', crash))) {
      if (typeof crash === 'number') store.crashAt(crash)
      else world.stepsOf(this.#kind).crashOn = crash
    }
    const fail = this.#point()
    if (world.strike('fail', () => this.#planned('fail', fail))) {
      counts.failures += 1
      if (typeof fail === 'number') store.failAt(fail)
      else world.stepsOf(this.#kind).failOn = fail
    }
    return work(actor)
  }

  #planned(what: 'die' | 'fail', point: number | StepKind): string {
    return typeof point === 'number'
      ? `${this.address} is to ${what} at the ${point}. write from now on`
      : `the next object like ${this.address} is to ${what} at ${point}`
  }

  /**
   * Where to die or fail: this object at one of its next steps, or any of its kind at the next step of a kind that they
   * have taken, those first at which none has died yet.
   */
  #point(): number | StepKind {
    const { random } = this.#world
    const dice = random.below(2 ** 20)
    if (dice % 2 === 0) return 1 + ((dice >> 1) % STEPS_AHEAD)
    const tallies = [...this.#world.stepsOf(this.#kind).tallies]
    const spared = tallies.filter(([, { crashed }]) => crashed === 0)
    const kinds = spared.length > 0 ? spared : tallies
    return kinds[(dice >> 1) % Math.max(1, kinds.length)]?.[0] ?? 1
  }

  /** As `#live`, again and again until it does not die on the way. */
  #alive(): { actor: Actor<State, Event>; store: SqliteStore } {
    for (;;) {
      try {
        return this.#live()
      } catch (fault) {
        if (!(fault instanceof Crash) && this.#world.dials === CALM) throw fault
      }
    }
  }

  #live(): { actor: Actor<State, Event>; store: SqliteStore } {
    if (this.#life !== null) return this.#life
    const world = this.#world
    const store = this.disk.open((committed, kind) => {
      world.counts.crashes += 1
      world.note(`${this.address} dies ${committed ? 'after a commit' : `at ${kind}`}`)
      this.#end()
      // The platform makes an alarm durable together with the rows of the turn that armed it, before we could be told.
      if (committed) this.#armAlarm(this.now + 1_000)
    }, world.stepsOf(this.#kind))
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
    const { random } = world
    if (world.strike('crash', () => `${this.address} is to die as it wakes`))
      store.crashAt(1 + random.below(STEPS_OF_FIRST_WAKE))
    try {
      actor.wake()
    } catch (fault) {
      this.#end()
      throw fault
    }
    return life
  }

  /** `at` is told by the object's own clock; the platform counts the time until then. */
  #armAlarm(at: number): void {
    this.#alarmAt = at
    const world = this.#world
    const late = world.strike('lateAlarm', () => `an alarm of ${this.address} comes late`)
    const due = at - this.#ahead + (late ? world.random.between(1_000, 60_000) : 0)
    world.agenda.add(Math.max(due, world.now), () => this.#alarm(at))
  }

  /** An alarm is used up when it fires; one whose object died or threw is fired again by the platform. */
  #alarm(at: number): void {
    if (this.#alarmAt !== at) return
    this.#alarmAt = null
    this.#world.counts.alarms += 1
    try {
      this.#turn((actor) => actor.alarm())
    } catch {
      this.#armAlarm(this.now + 2_000)
    }
  }
}
