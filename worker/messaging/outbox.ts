import { type Address, toAddress } from './address.ts'
import { encode } from './codec.ts'
import type { Positions } from './positions.ts'
import type { Migrations, Store } from './store.ts'
import type { Batch } from './stream.ts'

/**
 * Messages lie in numbered slots, which are used again once the receiver has what was in them: a message costs the row that
 * writes it and none to delete it. What waits is what its stream's row does not say to be acknowledged; `outbox` is the
 * view of that. The statements between carry over the table before.
 */
export const OUTBOX_TABLES: Migrations = [
  `CREATE TABLE outbox (receiver TEXT NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (receiver, sequence)) WITHOUT ROWID`,
  'ALTER TABLE stream RENAME COLUMN sent TO acknowledged',
  `UPDATE stream SET acknowledged = (SELECT min(sequence) - 1 FROM outbox WHERE receiver = peer)
     WHERE peer IN (SELECT receiver FROM outbox)`,
  `CREATE TABLE message (slot INTEGER PRIMARY KEY, receiver TEXT NOT NULL, sequence INTEGER NOT NULL,
     body TEXT NOT NULL)`,
  `INSERT INTO message (receiver, sequence, body)
     SELECT receiver, sequence, body FROM outbox ORDER BY receiver, sequence`,
  'DROP TABLE outbox',
  `CREATE VIEW outbox AS SELECT receiver, sequence, body FROM message LEFT JOIN stream ON peer = receiver
     WHERE sequence > coalesce(acknowledged, 0)`,
]

/** At most so many messages leave in one batch: the receiver applies a batch in one turn. */
export const BATCH_LIMIT = 100

/** Characters after which a batch is closed, whatever its count: what one call carries is bounded too. */
const BATCH_CHARACTERS = 1_000_000

/** Characters of waiting messages that are kept in memory, over all receivers. */
const HELD_CHARACTERS = 4_000_000

/** Slots that are kept free to be used again; twice as many, and the half is deleted. */
export const SLOTS_KEPT = 500

/** Acknowledged messages of one receiver after which that is written for itself: a sender that wakes sends no more of them again. */
const UNWRITTEN_LIMIT = 100

/**
 * The sending end of every stream of one object. `append` runs inside the transaction of the decision that sends;
 * a message stays until its receiver says that it has it.
 */
export class Outbox {
  readonly #store: Store
  readonly #self: Address
  readonly #positions: Positions
  readonly #receivers = new Set<Address>()
  /** Those receivers that are queues: few, and asked after with every batch that comes in. */
  readonly #queues = new Set<Address>()
  /** Of the messages that wait for each, oldest first. */
  readonly #slots = new Map<Address, number[]>()
  /** Of messages whose acknowledgement is in memory only. */
  readonly #unwritten = new Map<Address, number[]>()
  readonly #free: number[] = []
  #lastSlot = 0
  #touched = new Set<Address>()
  /** The bodies of all that waits for a receiver, where it is little and was sent in this life: rows need not be read back. */
  readonly #held = new Map<Address, string[]>()
  #heldCharacters = 0

  constructor(store: Store, self: Address, positions: Positions) {
    this.#store = store
    this.#self = self
    this.#positions = positions
    for (const { slot, receiver, sequence } of store.all<{
      slot: number
      receiver: string
      sequence: number
    }>('SELECT slot, receiver, sequence FROM message ORDER BY receiver, sequence'))
      this.#wake(slot, toAddress(receiver), sequence)
  }

  #wake(slot: number, to: Address, sequence: number): void {
    this.#lastSlot = Math.max(this.#lastSlot, slot)
    const position = this.#positions.of(to)
    if (sequence <= position.sent) {
      this.#free.push(slot)
      return
    }
    if (sequence !== position.sent + 1)
      throw new Error(`outbox: after ${position.sent} for ${to} comes ${sequence}`)
    position.sent = sequence
    position.waiting += 1
    this.#addReceiver(to)
    this.#takeSlot(to, slot)
  }

  #takeSlot(to: Address, slot: number): void {
    const slots = this.#slots.get(to)
    if (slots === undefined) this.#slots.set(to, [slot])
    else slots.push(slot)
  }

  append(to: Address, body: unknown): void {
    const position = this.#positions.of(to)
    const sequence = position.sent + 1
    const text = encode(body)
    const slot = this.#free.pop() ?? this.#lastSlot + 1
    this.#lastSlot = Math.max(this.#lastSlot, slot)
    this.#store.run(
      'INSERT OR REPLACE INTO message (slot, receiver, sequence, body) VALUES (?, ?, ?, ?)',
      slot,
      to,
      sequence,
      text,
    )
    this.#takeSlot(to, slot)
    this.#hold(to, position.waiting, text)
    position.sent = sequence
    position.waiting += 1
    this.#addReceiver(to)
    this.#touched.add(to)
  }

  #addReceiver(to: Address): void {
    this.#receivers.add(to)
    if (to.startsWith('queue/')) this.#queues.add(to)
  }

  /** Who was sent to since the last call. */
  takeTouched(): Iterable<Address> {
    const touched = this.#touched
    if (touched.size > 0) this.#touched = new Set()
    return touched
  }

  lastSequence(to: Address): number {
    return this.#positions.of(to).sent
  }

  /** How many messages to `to` are not acknowledged yet. */
  waiting(to: Address): number {
    return this.#receivers.has(to) ? this.#positions.of(to).waiting : 0
  }

  /** Messages that wait for the queue that has taken the fewest of its own. */
  waitingForQueues(): number {
    let most = 0
    for (const queue of this.#queues) most = Math.max(most, this.waiting(queue))
    return most
  }

  /** Who has messages waiting. */
  receivers(): ReadonlySet<Address> {
    return this.#receivers
  }

  /** The oldest waiting messages to `to`, or null when none waits. */
  next(to: Address, acknowledged: number): Batch | null {
    if (this.waiting(to) === 0) return null
    const bodies = this.#held.get(to) ?? this.#read(to)
    const messages: string[] = []
    let characters = 0
    for (const body of bodies) {
      characters += body.length
      if (messages.length > 0 && characters > BATCH_CHARACTERS) break
      messages.push(body)
    }
    const { sent, waiting } = this.#positions.of(to)
    return { from: this.#self, to, first: sent - waiting + 1, messages, acknowledged }
  }

  #read(to: Address): string[] {
    const { sent, waiting } = this.#positions.of(to)
    const slots = (this.#slots.get(to) ?? []).slice(0, BATCH_LIMIT)
    const rows = this.#store.all<{ sequence: number; body: string }>(
      'SELECT sequence, body FROM message WHERE slot IN (SELECT value FROM json_each(?)) ORDER BY sequence',
      JSON.stringify(slots),
    )
    const first = rows[0]?.sequence
    if (first !== sent - waiting + 1)
      throw new Error(`outbox: ${waiting} of ${sent} wait for ${to}, and its rows begin with ${first}`)
    return rows.map((row) => row.body)
  }

  /** `waiting` were waiting before this one. */
  #hold(to: Address, waiting: number, text: string): void {
    const held = this.#held.get(to) ?? []
    const fits = held.length < BATCH_LIMIT && this.#heldCharacters + text.length <= HELD_CHARACTERS
    if (held.length !== waiting || !fits) {
      this.#release(to, held.length)
      return
    }
    held.push(text)
    this.#heldCharacters += text.length
    this.#held.set(to, held)
  }

  #release(to: Address, count: number): void {
    const held = this.#held.get(to)
    if (held === undefined) return
    for (const text of held.splice(0, count)) this.#heldCharacters -= text.length
    if (held.length === 0) this.#held.delete(to)
  }

  /**
   * Forgets what `to` has. A receipt that comes late or twice says nothing new and forgets nothing more. Throws when `to`
   * claims what was never sent: one side has lost rows, and to go on would make it pass over new messages as repeats.
   *
   * That they are acknowledged is written with the next row of that stream, at the latest by alarm (`settle`): until then
   * their slots are not used again, and an object that wakes meanwhile sends them once more.
   */
  acknowledge(to: Address, applied: number): void {
    const position = this.#positions.of(to)
    if (applied > position.sent)
      throw new Error(`outbox: ${to} has applied ${applied} of ${position.sent} messages`)
    const count = applied - (position.sent - position.waiting)
    if (position.waiting === 0 || count <= 0) return
    this.#release(to, count)
    position.waiting -= count
    const slots = this.#slots.get(to) ?? []
    const unwritten = this.#unwritten.get(to) ?? []
    unwritten.push(...slots.splice(0, count))
    this.#unwritten.set(to, unwritten)
    if (unwritten.length >= UNWRITTEN_LIMIT) this.#positions.touch(to)
    if (position.waiting > 0) return
    this.#slots.delete(to)
    this.#receivers.delete(to)
    this.#queues.delete(to)
  }

  /** Whether an acknowledgement is not written yet. */
  get isUnwritten(): boolean {
    return this.#unwritten.size > 0
  }

  /** Has every acknowledgement written with the turn under way. */
  settle(): void {
    for (const to of this.#unwritten.keys()) this.#positions.touch(to)
  }

  /** The rows of those streams have been written: what they acknowledge leaves its slots. Runs last in a turn's transaction. */
  written(peers: readonly Address[]): void {
    for (const to of peers) {
      const slots = this.#unwritten.get(to)
      if (slots === undefined) continue
      this.#free.push(...slots)
      this.#unwritten.delete(to)
    }
    if (this.#free.length > 2 * SLOTS_KEPT)
      this.#store.run(
        'DELETE FROM message WHERE slot IN (SELECT value FROM json_each(?))',
        JSON.stringify(this.#free.splice(SLOTS_KEPT)),
      )
    this.#positions.forgetIdle(new Set(this.#unwritten.keys()))
  }
}
