import * as z from 'zod'
import { problemAnswer, type Refusal } from '../contract/errors.ts'
import { ResyncRequest, STREAM_LIMITS, StreamQuery } from '../contract/stream.ts'
import { Allowance } from '../limits/allowance.ts'
import { networkOf } from '../limits/network.ts'
import { parsed, send } from '../streaming/sockets.ts'
import type { Channel } from './streamTexts.ts'

/** A socket that has not said "ping" for so long has nobody behind it. A browser lets a page that is not seen run once a minute. */
const DEAD_AFTER_MS = 180_000

/** What a socket needs after the object has slept. */
const Attachment = z.object({
  channel: z.custom<Channel>((value) => typeof value === 'string'),
  address: z.string(),
  /** Milliseconds: when it came. */
  since: z.number(),
  /** Frames were kept from it, since it was slow. */
  behind: z.boolean(),
})

interface Listener extends z.infer<typeof Attachment> {
  readonly socket: WebSocket
  readonly allowance: Allowance
  /** Where it is: live on its channel, waiting, or behind. */
  place: Set<Listener>
  /** What it has, of the book; null when it wants a snapshot. */
  after: number | null
  /** Milliseconds: until then its last known "ping" is recent enough. */
  freshUntil: number
}

/** What is sent to a listener that waits: where its channel stands, or what it missed since `after`. */
export type Answer = (channel: Channel, after: number | null) => readonly string[]

/**
 * Who listens to a market: hibernatable sockets, each with its channel and address attached, so that an object that has
 * lost its memory still knows what each one wants. "ping" is answered without waking the object.
 *
 * What a socket has not taken yet is held in memory, and nothing says how much that is. But a client says "ping" only
 * after the last "pong", which lies behind all that was sent before it: so the time of its last "ping" says how far its
 * reader has come. Who has not said it of late is behind: it is sent nothing until it does, and then where the market stands.
 */
export class Audience {
  readonly #ctx: DurableObjectState
  readonly #perAddress: number
  readonly #listeners = new Map<WebSocket, Listener>()
  readonly #live = new Map<Channel, Set<Listener>>()
  readonly #waiting = new Set<Listener>()
  readonly #behind = new Set<Listener>()
  readonly #addresses = new Map<string, number>()

  constructor(ctx: DurableObjectState, perAddress: number, now: number) {
    this.#ctx = ctx
    this.#perAddress = perAddress
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
    for (const socket of ctx.getWebSockets()) {
      const { data } = Attachment.safeParse(socket.deserializeAttachment())
      if (data === undefined) socket.close(1012, 'Connect again.')
      else if (socket.readyState === WebSocket.OPEN) this.#add(socket, data, null, now)
    }
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0
  }

  get someAreBehind(): boolean {
    return this.#behind.size > 0
  }

  /** Whether anybody is sent the texts of a channel as they come. */
  hears(channel: Channel): boolean {
    return (this.#live.get(channel)?.size ?? 0) > 0
  }

  /** Answers an upgrade. The new listener waits to be told where its channel stands. */
  admit(request: Request, now: number): Response {
    const query = StreamQuery.safeParse(Object.fromEntries(new URL(request.url).searchParams))
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket' || !query.success)
      return problemAnswer({ code: 'invalid_input', message: 'Connect with a WebSocket, to a channel.' })
    const address = networkOf(request.headers.get('cf-connecting-ip') ?? 'unknown')
    const refusal = this.#refusalOf(address)
    if (refusal !== null) return problemAnswer(refusal)
    const { interval, after = null } = query.data
    const channel = query.data.channel === 'candles' ? (`candles ${interval}` as const) : query.data.channel
    const { 0: client, 1: server } = new WebSocketPair()
    this.#ctx.acceptWebSocket(server)
    attach(this.#add(server, { channel, address, since: now, behind: false }, after, now))
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Takes what a client says: it has missed a frame, or has another book. Whether it waits for an answer now. */
  hear(socket: WebSocket, text: string | ArrayBuffer, now: number): boolean {
    const listener = this.#listeners.get(socket)
    if (listener === undefined) return false
    if (typeof text !== 'string' || text.length > STREAM_LIMITS.textLength) {
      this.#close(listener, 1009, 'Say at most 1,000 characters.')
      return false
    }
    if (!listener.allowance.take(now)) {
      this.#close(listener, 1008, 'Say less, and connect again.')
      return false
    }
    const request = ResyncRequest.safeParse(parsed(text))
    if (!request.success || listener.channel !== 'book') return false
    // Who is behind is told everything, once it has read what there is.
    if (listener.behind) return false
    listener.after = request.data.after ?? null
    this.#put(listener, this.#waiting)
    return true
  }

  /** The object has woken without its memory: nobody can go on from where they are. */
  everybodyWaits(): void {
    for (const listener of this.#listeners.values()) {
      listener.after = null
      if (!listener.behind) this.#put(listener, this.#waiting)
    }
  }

  /** To all who are live on a channel, but for those who turn out to be behind. */
  tell(channel: Channel, text: string, now: number): void {
    for (const listener of this.#live.get(channel) ?? [])
      if (this.#isFresh(listener, now)) send(listener.socket, text)
      else this.#fallBehind(listener)
  }

  /** Tells each that waits, or is behind no longer, where its channel stands; the same text for all who have nothing. */
  answerWaiting(answer: Answer, now: number): void {
    const told = new Map<Channel, readonly string[]>()
    for (const listener of [...this.#waiting, ...this.#behind]) {
      if (!this.#isFresh(listener, now)) {
        if (now > listener.freshUntil - STREAM_LIMITS.slowAfterMs + DEAD_AFTER_MS)
          this.#close(listener, 1001, 'No ping for three minutes.')
        else if (!listener.behind) this.#fallBehind(listener)
        continue
      }
      const { channel, after } = listener
      const texts = (after === null ? told.get(channel) : undefined) ?? answer(channel, after)
      if (after === null) told.set(channel, texts)
      for (const text of texts) send(listener.socket, text)
      this.#goLive(listener)
    }
  }

  /**
   * A hibernatable socket does not answer a client's close by itself. The client's code is not sent back: several
   * (1004, 1005, 1006, 1015) cannot be sent, and throw.
   */
  dismiss(socket: WebSocket): void {
    const listener = this.#listeners.get(socket)
    if (listener !== undefined) this.#forget(listener)
    if (socket.readyState !== WebSocket.CLOSED) socket.close(1000)
  }

  #add(
    socket: WebSocket,
    attachment: z.infer<typeof Attachment>,
    after: number | null,
    now: number,
  ): Listener {
    const place = attachment.behind ? this.#behind : this.#waiting
    const { controlsAtOnce, controlsPerSecond } = STREAM_LIMITS
    const allowance = new Allowance(controlsAtOnce, controlsPerSecond, now)
    const listener: Listener = { ...attachment, socket, allowance, place, after, freshUntil: 0 }
    place.add(listener)
    this.#listeners.set(socket, listener)
    this.#addresses.set(listener.address, (this.#addresses.get(listener.address) ?? 0) + 1)
    return listener
  }

  #forget(listener: Listener): void {
    listener.place.delete(listener)
    this.#listeners.delete(listener.socket)
    const left = (this.#addresses.get(listener.address) ?? 1) - 1
    if (left > 0) this.#addresses.set(listener.address, left)
    else this.#addresses.delete(listener.address)
  }

  /** It may stay in the platform's list until its client agrees, which it may never do. */
  #close(listener: Listener, code: number, reason: string): void {
    this.#forget(listener)
    listener.socket.close(code, reason)
  }

  #refusalOf(address: string): Refusal | null {
    if ((this.#addresses.get(address) ?? 0) >= this.#perAddress)
      return {
        code: 'too_many_streams',
        message: `At most ${this.#perAddress} streams of one market go to an address: close one first.`,
      }
    if (this.#listeners.size >= STREAM_LIMITS.socketsOfMarket)
      return { code: 'stream_full', message: 'Too many listen to this market now. Try again later.' }
    return null
  }

  #isFresh(listener: Listener, now: number): boolean {
    if (now <= listener.freshUntil) return true
    const pinged = this.#ctx.getWebSocketAutoResponseTimestamp(listener.socket)?.getTime() ?? 0
    listener.freshUntil = Math.max(listener.since, pinged) + STREAM_LIMITS.slowAfterMs
    return now <= listener.freshUntil
  }

  #put(listener: Listener, place: Set<Listener>): void {
    listener.place.delete(listener)
    listener.place = place
    place.add(listener)
  }

  #fallBehind(listener: Listener): void {
    this.#put(listener, this.#behind)
    listener.after = null
    listener.behind = true
    attach(listener)
  }

  #goLive(listener: Listener): void {
    const live = this.#live.get(listener.channel) ?? new Set<Listener>()
    this.#live.set(listener.channel, live)
    this.#put(listener, live)
    listener.after = null
    if (!listener.behind) return
    listener.behind = false
    attach(listener)
  }
}

const attach = ({ socket, channel, address, since, behind }: Listener): void =>
  socket.serializeAttachment({ channel, address, since, behind } satisfies z.infer<typeof Attachment>)
