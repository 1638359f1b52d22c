import type { Moment } from '../messaging/domain.ts'
import { Audience } from './audience.ts'
import type { MarketState } from './marketState.ts'
import { StreamTexts } from './streamTexts.ts'

/** Between two looks whether somebody who was behind has said "ping". */
const BEHIND_CHECK_MS = 1_000

export interface BroadcastSettings {
  /** Milliseconds over which what happens is gathered into one frame. */
  readonly interval: number
  /** Sockets that one address may have here. */
  readonly perAddress: number
}

/**
 * The public stream of a market: what happens is gathered for an interval and told to all who listen. It has a timer only
 * while there is something to tell, so the object can sleep with its sockets.
 */
export class Broadcast {
  readonly #audience: Audience
  readonly #texts = new StreamTexts()
  readonly #settings: BroadcastSettings
  readonly #moment: Pick<Moment, 'now'>
  /** The state as it is now. It may be another than before, after a fault. */
  readonly #state: () => MarketState
  #timer: { at: number; handle: ReturnType<typeof setTimeout> } | null = null
  #flushedAt = 0
  /** Somebody waits to be told where the market stands. */
  #asked = false

  constructor(
    ctx: DurableObjectState,
    settings: BroadcastSettings,
    moment: Pick<Moment, 'now'>,
    state: () => MarketState,
  ) {
    this.#audience = new Audience(ctx, settings.perAddress, moment.now)
    this.#settings = settings
    this.#moment = moment
    this.#state = state
  }

  get isHeard(): boolean {
    return !this.#audience.isEmpty
  }

  /**
   * The memory was lost, and everybody has to be told where the market stands: at once, or when the object has only slept
   * with the next change. It slept because all had been told.
   */
  begin(state: MarketState, slept: boolean): void {
    state.stream.begin(this.#moment.now)
    this.#texts.begin(state)
    this.#audience.everybodyWaits()
    this.#asked ||= !slept
  }

  admit(request: Request): Response {
    const response = this.#audience.admit(request, this.#moment.now)
    this.#asked ||= response.status === 101
    this.schedule()
    return response
  }

  hear(socket: WebSocket, text: string | ArrayBuffer): void {
    this.#asked = this.#audience.hear(socket, text, this.#moment.now) || this.#asked
    this.schedule()
  }

  dismiss(socket: WebSocket): void {
    this.#audience.dismiss(socket)
  }

  /** After whatever may have changed something: sees to it that it is told, an interval after what was told before. */
  schedule(): void {
    const { now } = this.#moment
    const state = this.#state()
    const { pending } = state.stream
    if (pending && !this.isHeard && !this.#texts.keeps(now)) this.#texts.begin(state)
    else if (pending || this.#asked) this.#at(Math.max(now, this.#flushedAt + this.#settings.interval))
    else if (this.#audience.someAreBehind) this.#at(now + BEHIND_CHECK_MS)
  }

  /** One timer, never moved to later. */
  #at(at: number): void {
    if (this.#timer !== null && this.#timer.at <= at) return
    if (this.#timer !== null) clearTimeout(this.#timer.handle)
    this.#timer = { at, handle: setTimeout(() => this.#flush(), at - this.#moment.now) }
  }

  /** Tells everybody what has changed, then whoever waits where the market stands. */
  #flush(): void {
    this.#timer = null
    const { now } = this.#moment
    this.#flushedAt = now
    const state = this.#state()
    this.#asked = false
    if (state.stream.pending)
      for (const [channel, text] of this.#texts.news(state, (channel) => this.#audience.hears(channel), now))
        this.#audience.tell(channel, text, now)
    this.#audience.answerWaiting((channel, after) => this.#texts.standing(state, channel, after, now), now)
    this.schedule()
  }
}
