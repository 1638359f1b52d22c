import type * as z from 'zod'
import { StreamQuery } from '../contract/stream.ts'

export type Channel = z.infer<typeof StreamQuery>['channel']

/** Sockets of one market; the next ones are asked to come back. The platform's own bound is about 32,000. */
const MAX_LISTENERS = 5_000

/** What a client says is a word or two. */
const LONGEST_MESSAGE = 1_000

/**
 * Who listens to a market: hibernatable sockets, each with its channel as its tag, so that an object that has lost its
 * memory still knows what each one wants. "ping" is answered without waking the object.
 */
export class Audience {
  readonly #ctx: DurableObjectState
  /** Who waits for a snapshot. Answered with the next frame, so that asking often costs no more. */
  readonly #waiting = new Set<WebSocket>()

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  get isEmpty(): boolean {
    return this.#ctx.getWebSockets().length === 0
  }

  get waiting(): boolean {
    return this.#waiting.size > 0
  }

  /** Answers an upgrade. The new listener waits for its snapshot. */
  admit(request: Request): Response {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
      return new Response('Connect with a WebSocket.', { status: 426, headers: { upgrade: 'websocket' } })
    const query = StreamQuery.safeParse(Object.fromEntries(new URL(request.url).searchParams))
    if (!query.success) return new Response('channel is book or ticker.', { status: 400 })
    if (this.#ctx.getWebSockets().length >= MAX_LISTENERS)
      return new Response('Too many listen to this market now. Try again later.', { status: 503 })
    const { 0: client, 1: server } = new WebSocketPair()
    this.#ctx.acceptWebSocket(server, [query.data.channel])
    this.#waiting.add(server)
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Takes what a client says: it has missed a frame and wants a snapshot. Anything else is ignored. */
  hear(socket: WebSocket, text: string | ArrayBuffer): void {
    if (typeof text !== 'string' || text.length > LONGEST_MESSAGE) socket.close(1009, 'Too long.')
    else if (/^\s*\{\s*"type"\s*:\s*"resync"\s*\}\s*$/.test(text)) this.#waiting.add(socket)
  }

  /** Everybody needs a snapshot: the object has woken without its memory. */
  everybodyWaits(): void {
    for (const socket of this.#ctx.getWebSockets()) this.#waiting.add(socket)
  }

  /** Hands the snapshot of its channel to each that waits. Each is made once, and only when somebody wants it. */
  serveWaiting(snapshot: (channel: Channel) => string): void {
    const made = new Map<Channel, string>()
    for (const socket of this.#waiting) {
      const channel = this.#ctx.getTags(socket)[0] === 'ticker' ? 'ticker' : 'book'
      const text = made.get(channel) ?? snapshot(channel)
      made.set(channel, text)
      send(socket, text)
    }
    this.#waiting.clear()
  }

  /** To all of a channel but those that still wait for their snapshot. */
  tell(channel: Channel, text: string): void {
    for (const socket of this.#ctx.getWebSockets(channel)) if (!this.#waiting.has(socket)) send(socket, text)
  }

  /**
   * A hibernatable socket does not answer a client's close by itself. The client's code is not sent back: several
   * (1004, 1005, 1006, 1015) cannot be sent, and throw.
   */
  dismiss(socket: WebSocket): void {
    this.#waiting.delete(socket)
    if (socket.readyState !== WebSocket.CLOSED) socket.close(1000)
  }
}

function send(socket: WebSocket, text: string): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(text)
}
