import type { Subscription } from '$contract/stream.ts'
import type { Channel, Taken } from './channels.ts'
import { backoff, type ConnectionState, type Surroundings, timing } from './connection.ts'
import type { StreamMessage } from './messages.ts'

/** How a subscription stands. `resyncing`: the connection is there, something was missed, and it is being fetched. */
export type StreamState = ConnectionState | 'resyncing'

/** Why the venue refuses a subscription for good. */
export interface StreamRefusal {
  code: string
  /** A sentence that says what to do. */
  message: string
}

/** Whoever subscribed. */
export interface StreamListener<T> {
  /** Something came. Where the channel keeps books it is the same object each time. */
  update(value: T): void
  /** At once, and on each change. What was told last is the venue's of now only while this is `live`. */
  state?(state: StreamState, refusal: StreamRefusal | null): void
}

/** What a topic needs of the connection that it is on. */
export interface Line {
  readonly state: ConnectionState
  say(request: object): void
  /** Something went wrong; how often is told to whoever asks. */
  count(what: Extract<Taken, 'behind' | 'wrong'>): void
}

/** Refused for what was asked and not for the moment: asking again would be refused again. */
const FINAL = new Set([
  'invalid_input',
  'unknown_market',
  'unauthenticated',
  'forbidden',
  'bad_origin',
  'not_found',
  'too_many_subscriptions',
])

/**
 * One subscription of a connection, for all who want the same, and what keeps it whole. It is asked for on every new
 * connection, again when no answer comes or when the venue has ended it, and what was missed is asked for once at a time.
 * The first time nothing is waited for; after that each asking waits as a new connection does, until all was well for long.
 */
export class Topic<T> {
  readonly #subscription: Subscription
  readonly #channel: Channel<T>
  readonly #line: Line
  readonly #outside: Surroundings
  readonly #listeners = new Set<StreamListener<T>>()
  #standing: 'asked' | 'live' | 'resyncing' | 'refused' = 'asked'
  /** As far as is known the venue has it. */
  #subscribed = false
  #wasLive = false
  #refusal: StreamRefusal | null = null
  /** Askings that were needed since all was well for long. */
  #tries = 0
  #cancelAsk: (() => void) | null = null
  #cancelSteady: (() => void) | null = null
  #told: StreamState | null = null

  constructor(subscription: Subscription, channel: Channel<T>, line: Line, outside: Surroundings) {
    this.#subscription = subscription
    this.#channel = channel
    this.#line = line
    this.#outside = outside
  }

  get isWanted(): boolean {
    return this.#listeners.size > 0
  }

  get state(): StreamState {
    if (this.#standing === 'refused') return 'refused'
    if (this.#line.state !== 'live' || this.#standing === 'live') return this.#line.state
    if (this.#tries >= timing.offlineAfter) return 'offline'
    if (this.#standing === 'resyncing') return 'resyncing'
    return this.#wasLive || this.#tries > 0 ? 'reconnecting' : 'connecting'
  }

  listen(listener: StreamListener<T>): void {
    this.tell()
    this.#listeners.add(listener)
    const { known } = this.#channel
    if (known !== undefined) listener.update(known)
    listener.state?.(this.state, this.#refusal)
  }

  leave(listener: StreamListener<T>): void {
    this.#listeners.delete(listener)
  }

  /** A connection is there, or this is new on one. */
  open(): void {
    this.#ask({ resume: true })
  }

  /** Somebody is there again: what was refused may not be any more. */
  retry(): void {
    if (this.#standing !== 'refused') return
    this.#standing = 'asked'
    this.open()
    this.tell()
  }

  /** The connection is gone. */
  lost(): void {
    this.#rest()
    this.#channel.detach()
    this.#subscribed = false
    this.#refusal = null
    this.#standing = 'asked'
  }

  take(message: StreamMessage): void {
    const taken = this.#channel.take(message, (value) => {
      for (const listener of this.#listeners) listener.update(value)
    })
    if (taken === 'ignored') return
    this.#subscribed = true
    if (taken === 'whole') this.#whole()
    else this.#missed(taken)
    this.tell()
  }

  subscribed(): void {
    this.#subscribed = true
    if (!this.#channel.mayBeSilent) return
    this.#whole()
    this.tell()
  }

  /**
   * The venue has ended it, or does not begin it. One that was ended since its owner has too many is not asked for again:
   * that would end another, which would be asked for in turn.
   */
  ended({ code, message }: StreamRefusal, how: 'ended' | 'refused'): void {
    this.#subscribed = code === 'already_subscribed'
    if (this.#subscribed) return
    this.#channel.detach()
    if (FINAL.has(code) || (how === 'ended' && code === 'too_many_streams')) {
      this.#rest()
      this.#refusal = { code, message }
      this.#standing = 'refused'
    } else {
      this.#standing = 'asked'
      this.#askLater()
    }
    this.tell()
  }

  /** Nobody wants it; nothing of it is left running. */
  end(): void {
    this.#rest()
    this.#line.say({ type: 'unsubscribe', ...this.#subscription })
  }

  /** Tells the listeners how it stands, if that has changed. */
  tell(): void {
    const { state } = this
    if (state === this.#told) return
    this.#told = state
    for (const listener of this.#listeners) listener.state?.(state, this.#refusal)
  }

  #whole(): void {
    this.#cancelAsk?.()
    this.#cancelAsk = null
    this.#standing = 'live'
    this.#wasLive = true
    if (this.#tries > 0)
      this.#cancelSteady ??= this.#outside.after(timing.steadyAfter, () => {
        this.#cancelSteady = null
        this.#tries = 0
      })
  }

  #missed(how: 'behind' | 'wrong'): void {
    const asked = this.#standing === 'resyncing' && this.#cancelAsk !== null
    this.#standing = 'resyncing'
    if (asked && how === 'behind') return
    this.#line.count(how)
    if (this.#tries > 0) {
      this.#askLater()
      return
    }
    this.#tries = 1
    this.#ask({ resume: true })
  }

  #ask({ resume }: { resume: boolean }): void {
    const after = resume ? this.#channel.after : null
    const from = after === null ? {} : { after }
    this.#cancelAsk?.()
    this.#cancelAsk = this.#outside.after(timing.patience, () => this.#askLater())
    if (this.#subscribed && this.#subscription.channel === 'book') {
      this.#line.say({ type: 'resync', market: this.#subscription.market, ...from })
      return
    }
    if (this.#subscribed) this.#line.say({ type: 'unsubscribe', ...this.#subscription })
    this.#subscribed = false
    this.#line.say({ type: 'subscribe', ...this.#subscription, ...from })
  }

  /** Without `after`: whatever is wrong, a snapshot mends it. */
  #askLater(): void {
    this.#cancelAsk?.()
    this.#cancelSteady?.()
    this.#cancelSteady = null
    const wait = backoff(this.#tries, this.#outside.random())
    this.#tries += 1
    this.#cancelAsk = this.#outside.after(wait, () => this.#ask({ resume: false }))
    this.tell()
  }

  #rest(): void {
    this.#cancelAsk?.()
    this.#cancelAsk = null
    this.#cancelSteady?.()
    this.#cancelSteady = null
  }
}
