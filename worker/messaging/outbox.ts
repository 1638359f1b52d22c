import { type Address, toAddress } from './address.ts'
import { encode } from './codec.ts'
import type { Positions } from './positions.ts'
import type { Migrations, Store } from './store.ts'
import type { Batch } from './stream.ts'

export const OUTBOX_TABLES: Migrations = [
  `CREATE TABLE outbox (receiver TEXT NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (receiver, sequence)) WITHOUT ROWID`,
]

/** At most so many messages leave in one batch: the receiver applies a batch in one turn. */
export const BATCH_LIMIT = 100

/** Characters after which a batch is closed, whatever its count: what one call carries is bounded too. */
const BATCH_CHARACTERS = 1_000_000

/** Characters of waiting messages that are kept in memory, over all receivers. */
const HELD_CHARACTERS = 4_000_000

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
  #touched = new Set<Address>()
  /** The bodies of all that waits for a receiver, where it is little and was sent in this life: rows need not be read back. */
  readonly #held = new Map<Address, string[]>()
  #heldCharacters = 0

  constructor(store: Store, self: Address, positions: Positions) {
    this.#store = store
    this.#self = self
    this.#positions = positions
    for (const row of store.all<{ receiver: string; waiting: number; last: number }>(
      'SELECT receiver, count(*) AS waiting, max(sequence) AS last FROM outbox GROUP BY receiver',
    )) {
      const to = toAddress(row.receiver)
      const position = positions.of(to)
      position.waiting = row.waiting
      position.sent = row.last
      this.#addReceiver(to)
    }
  }

  append(to: Address, body: unknown): void {
    const position = this.#positions.of(to)
    const sequence = position.sent + 1
    const text = encode(body)
    this.#store.run('INSERT INTO outbox (receiver, sequence, body) VALUES (?, ?, ?)', to, sequence, text)
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
    const rows = this.#store.all<{ sequence: number; body: string }>(
      'SELECT sequence, body FROM outbox WHERE receiver = ? ORDER BY sequence LIMIT ?',
      to,
      BATCH_LIMIT,
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
   * Forgets what `to` has. A receipt that comes late or twice says nothing new and deletes nothing more. Throws when `to`
   * claims what was never sent: one side has lost rows, and to go on would make it pass over new messages as repeats.
   */
  acknowledge(to: Address, applied: number): void {
    const position = this.#positions.of(to)
    if (applied > position.sent)
      throw new Error(`outbox: ${to} has applied ${applied} of ${position.sent} messages`)
    if (position.waiting === 0 || applied <= position.sent - position.waiting) return
    this.#store.run('DELETE FROM outbox WHERE receiver = ? AND sequence <= ?', to, applied)
    this.#release(to, applied - (position.sent - position.waiting))
    position.waiting = position.sent - applied
    if (position.waiting > 0) return
    this.#receivers.delete(to)
    this.#queues.delete(to)
    this.#positions.touch(to)
  }
}
