import type { Outcome } from '../../worker/contract/errors.ts'
import { MARKETS, type Market } from '../../worker/market/settings.ts'
import type { Random } from '../support/random.ts'
import { Reference } from './reference.ts'
import type { Venue, VirtualAccount } from './venue.ts'

export interface Size {
  readonly accounts: number
  readonly leaders: number
  readonly operations: number
  /** So many of the venue's markets are traded; all when left out. The fewer, the more meet. */
  readonly markets?: number
  /** Milliseconds between two operations, on average. */
  readonly pace?: number
}

export interface Resting {
  readonly account: string
  readonly order: string
  readonly market: string
}

export interface Following {
  readonly account: string
  readonly follow: string
  readonly leader: string
}

/** The markets that are traded. */
export const marketsOf = ({ markets = MARKETS.length }: Size): readonly Market[] => MARKETS.slice(0, markets)

/** Orders by which somebody might cancel, newest last; older ones are forgotten here, not at the venue. */
const REMEMBERED = 4_000

/** Times that a client sends the same again when it is not answered. */
const ATTEMPTS = 4

/** Everybody who does something at a venue: what they remember of it, and how they go about a command. */
export class Crowd {
  readonly venue: Venue
  readonly size: Size
  readonly markets: readonly Market[]
  readonly counts = new Map<string, number>()
  readonly resting: Resting[] = []
  readonly following: Following[] = []
  /** Orders that were accepted with an answer: durable from then on, whatever dies. */
  readonly promised: { account: string; order: string }[] = []
  /** Orders and follows whose own account asked for their end. */
  readonly asked = new Set<string>()
  readonly #references = new Map<string, Reference>()
  #names = 0

  constructor(venue: Venue, size: Size) {
    this.venue = venue
    this.size = size
    this.markets = marketsOf(size)
  }

  /** Chance of the chapter that the world is in. */
  get random(): Random {
    return this.venue.world.random
  }

  user(index: number): VirtualAccount {
    return this.venue.account(userId(index))
  }

  anybody(): VirtualAccount {
    return this.user(this.random.below(this.size.accounts))
  }

  aLeader(): VirtualAccount {
    return this.user(this.random.below(this.size.leaders))
  }

  aMarket(): Market {
    return this.random.pick(this.markets)
  }

  /** One of a list, or undefined when it is empty. */
  one<Item>(list: readonly Item[]): Item | undefined {
    return list[this.random.below(Math.max(1, list.length))]
  }

  /** One of a list, which it leaves. */
  take<Item>(list: Item[]): Item | undefined {
    return list.splice(this.random.below(Math.max(1, list.length)), 1)[0]
  }

  /** A new id of a client's own making. */
  name(kind: string): string {
    this.#names += 1
    return `${kind}-${this.#names}`
  }

  reference(market: Market): Reference {
    const reference = this.#references.get(market.id) ?? new Reference(market)
    this.#references.set(market.id, reference)
    return reference
  }

  /** Does it again after a fault, as a client with an idempotency key does; null when it keeps failing. */
  insist<Reply>(
    account: VirtualAccount,
    work: (account: VirtualAccount) => Reply,
    attempts = ATTEMPTS,
  ): Reply | null {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      try {
        return work(account)
      } catch {
        this.count('fault answered')
      }
    }
    this.venue.world.note(`${account.address} does not answer`)
    return null
  }

  /** As `insist`, told in words: what was asked, and what came of it. Null when it was refused or kept failing. */
  ask<Value>(
    account: VirtualAccount,
    what: string,
    details: unknown,
    work: (account: VirtualAccount) => Outcome<Value>,
  ): Value | null {
    this.count(what)
    const reply = this.insist(account, work)
    const came = reply === null ? 'no answer' : reply.ok ? 'ok' : reply.refusal.code
    this.venue.world.note(`${account.state.accountId}: ${what} ${JSON.stringify(details)}, ${came}`)
    if (reply === null) return null
    if (reply.ok) return reply.value
    this.count(`${what} refused: ${reply.refusal.code}`)
    return null
  }

  remember(order: Resting): void {
    this.resting.push(order)
    if (this.resting.length > REMEMBERED) this.resting.shift()
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }
}

export const userId = (index: number): string => `user-${index}`
