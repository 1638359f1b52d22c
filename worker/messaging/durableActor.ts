import { DurableObject } from 'cloudflare:workers'
import { uuidv7 } from 'uuidv7'
import { Actor } from './actor.ts'
import { type AddressKind, toAddress } from './address.ts'
import type { Domain, Moment } from './domain.ts'
import { durableStore } from './durable.ts'
import type { Fault } from './fault.ts'
import { RETRY_LONGEST_MS } from './retries.ts'
import type { Batch, Receipt } from './stream.ts'
import { bindingTransport, type MessagingBindings } from './transport.ts'

/** The clock and the ids of a running object. */
export const systemMoment: Moment = {
  get now() {
    return Date.now()
  },
  newId: () => uuidv7(),
}

/**
 * The shell of an object that is an `Actor`: Account, Market and CopyPool extend it. It gives the actor its rows, clock,
 * alarm and way out, and takes batches in. The object's name is the id in its address, so it is only reached by name.
 */
export abstract class DurableActor<Env extends MessagingBindings, State, Event> extends DurableObject<Env> {
  protected readonly actor: Actor<State, Event>
  /** The id of the account, market or leader that this object is. */
  protected readonly id: string

  constructor(
    ctx: DurableObjectState,
    env: Env,
    kind: Exclude<AddressKind, 'queue'>,
    domainOf: (id: string) => Domain<State, Event>,
  ) {
    super(ctx, env)
    const { name } = ctx.id
    if (name === undefined) throw new Error(`an object of kind ${kind} was reached by id: use getByName`)
    this.id = name
    this.actor = new Actor(toAddress(`${kind}/${name}`), domainOf(name), {
      store: durableStore(ctx.storage),
      transport: bindingTransport(env),
      moment: systemMoment,
      armAlarm: (at) => void ctx.storage.setAlarm(at),
      report: (fault) => this.#tell(fault),
    })
    this.actor.wake()
  }

  /** The only way in for messages of other objects. */
  receive(batch: Batch): Receipt | Promise<Receipt> {
    return this.actor.receive(batch)
  }

  /** An alarm that throws six times is gone, so none throws: what waits is tried again later. */
  override alarm(): void | Promise<void> {
    try {
      this.actor.alarm()
    } catch (error) {
      console.error({ object: this.actor.address, kind: 'alarm', error: textOf(error) })
      void this.ctx.storage.setAlarm(Date.now() + RETRY_LONGEST_MS)
    }
  }

  #tell(fault: Fault): void {
    console.error({ object: this.actor.address, ...fault, error: textOf(fault.error) })
  }
}

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
