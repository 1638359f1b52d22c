import { dispatchCopies } from '../../worker/copying/dispatch.ts'
import type { Env } from '../../worker/env.ts'
import { projectMarketEvents } from '../../worker/market/projection.ts'
import type { Address } from '../../worker/messaging/address.ts'
import type { QueueMessage } from '../../worker/messaging/transport.ts'
import type { SqliteDatabase } from '../support/database.ts'
import type { World } from '../support/world.ts'

/** As the platform's: a consumer is given so many at most. */
const BATCH = 100

interface Waiting {
  readonly id: string
  readonly body: QueueMessage
  attempts: number
}

const CONSUMERS = new Map([
  ['queue/market-events', projectMarketEvents],
  ['queue/copy-fills', dispatchCopies],
])

/**
 * The queues between objects and the database, with their real consumers: messages wait a while, come out in any order,
 * now and then twice, and a consumer may fail before it has done anything or after it has done everything.
 */
export class Queues {
  readonly #world: World
  readonly #env: Env
  readonly #waiting = new Map<Address, Waiting[]>()
  #taken = 0

  constructor(world: World, database: SqliteDatabase) {
    this.#world = world
    // What these two consumers use of it; nobody in the simulation asks to be told of copies.
    const used = { DB: database, NOTIFICATIONS: { sendBatch: () => Promise.resolve() } }
    this.#env = used as unknown as Env
  }

  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, messages) => sum + messages.length, 0)
  }

  put(queue: Address, body: QueueMessage): void {
    const before = this.#waiting.get(queue)?.length ?? 0
    this.#add(queue, body)
    if (this.#world.strike('duplicate', () => `${queue} has a message of ${body.source} twice`))
      this.#add(queue, body)
    if (before === 0) this.#consumeSoon(queue)
  }

  /** Has the consumers take these at once, in any order. */
  async work(queue: Address, bodies: readonly QueueMessage[]): Promise<void> {
    for (const body of bodies) this.#add(queue, body)
    while ((this.#waiting.get(queue)?.length ?? 0) > 0) await this.#consume(queue, () => false)
  }

  #add(queue: Address, body: QueueMessage): void {
    const waiting = this.#waiting.get(queue) ?? []
    this.#waiting.set(queue, waiting)
    this.#taken += 1
    waiting.push({ id: `${queue} ${this.#taken}`, body, attempts: 1 })
  }

  #consumeSoon(queue: Address): void {
    const { random } = this.#world
    this.#world.after(random.between(1, 3_000), async () => {
      await this.#consume(queue, (when) =>
        this.#world.strike('failConsumer', () => `the consumer of ${queue} fails ${when} its work`),
      )
      if ((this.#waiting.get(queue)?.length ?? 0) > 0) this.#consumeSoon(queue)
    })
  }

  async #consume(queue: Address, fails: (when: 'before' | 'after') => boolean): Promise<void> {
    const waiting = this.#waiting.get(queue) ?? []
    if (fails('before')) return
    const taken: Waiting[] = []
    while (taken.length < BATCH && waiting.length > 0)
      taken.push(...waiting.splice(this.#world.random.below(waiting.length), 1))
    const again = new Set<Waiting>()
    await CONSUMERS.get(queue)?.(batchOf(queue, taken, again), this.#env)
    for (const message of fails('after') ? taken : again) {
      message.attempts += 1
      waiting.push(message)
    }
  }
}

/** A batch as a consumer is given it; what it wants to see again goes to `again`. */
function batchOf(queue: Address, taken: readonly Waiting[], again: Set<Waiting>): MessageBatch {
  const messages = taken.map((waiting): Message => {
    const { id, body, attempts } = waiting
    return { id, body, attempts, timestamp: new Date(0), ack: () => {}, retry: () => void again.add(waiting) }
  })
  return {
    queue,
    messages,
    metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
    ackAll: () => {},
    retryAll: () => {
      for (const waiting of taken) again.add(waiting)
    },
  }
}
