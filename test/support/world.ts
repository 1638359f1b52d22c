import type { Address } from '../../worker/messaging/address.ts'
import type { Fault } from '../../worker/messaging/fault.ts'
import type { Batch, Receipt } from '../../worker/messaging/stream.ts'
import { Agenda } from './agenda.ts'
import { Random } from './random.ts'
import { Steps } from './sqliteStore.ts'
import type { AnyObject } from './virtualObject.ts'

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
  /** Of a turn, and of a wake: the object dies at one of its next writes, or right after they are durable. */
  readonly crash: number
  /** Of a turn: a write fails, and the object lives on. */
  readonly fail: number
  /** Of a turn: the object is put out of memory before it, deliveries under way included. */
  readonly evict: number
  /** Of a turn: the object's clock jumps, forwards or back, by up to three minutes. */
  readonly jump?: number
  /** Of an alarm: it fires later than it was armed for. */
  readonly lateAlarm?: number
  /** Of a queue's batch: its consumer fails, before or after its work. */
  readonly failConsumer?: number
}

/** Something that happened, in words. */
export interface LogLine {
  readonly at: number
  /** What the world was at: see `World.begin`. */
  readonly chapter: string
  readonly what: string
  /** Of a fault: its name. */
  readonly fault: string | null
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
  random: Random
  dials: Dials
  now: number
  /** What was done and what went wrong, in order. */
  readonly log: LogLine[] = []
  /** Steps of the objects' stores, by the kind of the object. */
  readonly steps = new Map<string, Steps>()
  readonly agenda = new Agenda()
  /** What waits besides the outboxes of objects. */
  alsoWaiting: () => number = () => 0
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
  readonly #mayStrike: ReadonlySet<string> | null
  #chapter = 'start'
  #struck = 0
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
    /** Of the faults that the dice decide on, only these strike, by name: see `begin`. All when left out. */
    mayStrike?: ReadonlySet<string> | undefined
  }) {
    this.#mayStrike = options.mayStrike ?? null
    this.random = new Random(options.seed)
    this.dials = options.dials
    this.now = options.start
    this.#make = (address) => options.make(address, this)
    this.#queue = options.queue ?? (() => {})
  }

  /**
   * From here on chance is drawn from a salt of its own, and faults are named after the chapter and counted in it: what
   * is left out of the chapters before changes little of this one.
   */
  begin(chapter: string, salt: number): void {
    this.#chapter = chapter
    this.#struck = 0
    this.random = new Random(salt)
  }

  /** Whether a fault of that kind strikes now. */
  strike(dial: keyof Dials, what: () => string): boolean {
    if (!this.random.chance(this.dials[dial] ?? 0)) return false
    this.#struck += 1
    const name = `${this.#chapter}.${this.#struck}`
    if (this.#mayStrike?.has(name) === false) return false
    this.log.push({ at: this.now, chapter: this.#chapter, what: what(), fault: name })
    return true
  }

  /** Puts a line into the log. */
  note(what: string): void {
    this.log.push({ at: this.now, chapter: this.#chapter, what, fault: null })
  }

  /** The steps of all objects of that kind. */
  stepsOf(kind: string): Steps {
    const known = this.steps.get(kind)
    if (known !== undefined) return known
    const steps = new Steps()
    this.steps.set(kind, steps)
    return steps
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

  after(ms: number, action: () => unknown): void {
    this.agenda.add(this.now + ms, action)
  }

  /** Works off everything that happens until the time. */
  async runUntil(time: number): Promise<void> {
    for (let at = this.agenda.nextAt; at !== null && at <= time; at = this.agenda.nextAt) await this.#step()
    this.now = Math.max(this.now, time)
  }

  /** Nothing goes wrong from now on. */
  calm(): void {
    this.dials = CALM
    for (const steps of this.steps.values()) steps.disarm()
    for (const object of this.#objects.values()) object.calm()
  }

  /** Nothing goes wrong any more: runs until no object has anything waiting; throws if some have after `limitMs`. */
  async quiesce(limitMs = 3_600_000): Promise<void> {
    this.calm()
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
    const name = () => `${batch.from} to ${batch.to}, ${batch.messages.length} from ${batch.first} on`
    if (this.strike('duplicate', () => `a repeat of ${name()}`))
      this.after(this.#latency(name) * 3, () => this.#repeat(batch))
    if (this.strike('loseBatch', () => `lost: ${name()}`)) {
      this.counts.lost += 1
      this.after(UNANSWERED_MS, fail)
      return promise
    }
    // What takes longer than the sender waits arrives all the same, after what the sender has sent since.
    const sent = this.now
    this.#deadline(sent, this.#latency(name), fail, () => {
      let receipt: Receipt
      try {
        receipt = this.#arrive(batch)
      } catch {
        this.after(this.#latency(name), fail)
        return
      }
      if (this.strike('loseReceipt', () => `the answer lost: ${name()}`)) {
        this.counts.lost += 1
        this.after(Math.max(0, sent + UNANSWERED_MS - this.now), fail)
        return
      }
      this.#deadline(sent, this.#latency(name), fail, () => {
        if (!isAlive()) return
        this.#answered = true
        resolve(receipt)
      })
    })
    return promise
  }

  /** Does it after `ms`; the sender gives up when that is later than it waits. */
  #deadline(sent: number, ms: number, giveUp: () => void, action: () => void): void {
    const last = sent + UNANSWERED_MS
    if (this.now <= last && this.now + ms > last) this.agenda.add(last, giveUp)
    this.after(ms, action)
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

  #latency(name: () => string): number {
    return this.strike('delay', () => `held up: ${name()}`)
      ? this.random.between(50, 30_000)
      : this.random.between(1, 20)
  }

  async #step(): Promise<void> {
    const item = this.agenda.take()
    if (item === null) return
    this.now = Math.max(this.now, item.at)
    const work = item.action()
    if (work instanceof Promise) await work
    if (!this.#answered) return
    this.#answered = false
    // As many turns of the microtask queue as an answer needs to have had its whole effect.
    for (let turn = 0; turn < 6; turn += 1) await null
  }

  #isBusy(): boolean {
    for (const object of this.#objects.values()) if (object.waiting() > 0) return true
    return this.alsoWaiting() > 0
  }

  #whatWaits(): string {
    return [...this.#objects.values()]
      .filter((object) => object.waiting() > 0)
      .map((object) => `${object.address} has ${object.waiting()}`)
      .join(', ')
  }
}
