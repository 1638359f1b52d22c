import * as z from 'zod'
import { type AccountStreamMessage, STREAM_LIMITS } from '../contract/stream.ts'
import { send } from '../streaming/sockets.ts'
import type { StreamNews } from './privateStream.ts'

/** Between two looks whether a connection that was behind has said "ping", and how long it may not have. */
const BEHIND_CHECK_MS = 1_000
const DEAD_AFTER_MS = 180_000

/** What a connection needs after the object has slept: its place in its own sequence, and when it came. */
const Attachment = z.object({
  sequence: z.number().int(),
  since: z.number(),
  /** Messages were kept from it, since it was slow. */
  behind: z.boolean(),
})
type Attachment = z.infer<typeof Attachment>

/** What watchers are told of besides the news. */
export interface Watched {
  readonly unread: number
  readonly now: number
}

/**
 * The WebSockets that watch an account. They sleep with the object and cost nothing while nothing happens. One that has not
 * said "ping" of late is sent nothing (see `Audience` of the markets) and, when it does again, a hello in its place.
 */
export class Watchers {
  readonly #ctx: DurableObjectState
  readonly #watched: () => Watched
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(ctx: DurableObjectState, watched: () => Watched) {
    this.#ctx = ctx
    this.#watched = watched
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  /** Takes a connection and says hello. */
  accept(): Response {
    this.#makeRoom()
    const { unread, now } = this.#watched()
    const { 0: client, 1: server } = new WebSocketPair()
    this.#ctx.acceptWebSocket(server)
    attach(server, { sequence: 0, since: now, behind: false })
    say(server, { type: 'hello', sequence: 0, unread })
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Sends to everybody who watches. Called only for what is committed; it leaves once that is durable. */
  tell(news: readonly StreamNews[]): void {
    if (news.length === 0) return
    const { now } = this.#watched()
    for (const socket of this.#ctx.getWebSockets()) {
      const attachment = attachmentOf(socket)
      const behind = attachment.behind || now - this.#heardAt(socket, attachment) > STREAM_LIMITS.slowAfterMs
      let { sequence } = attachment
      for (const item of news) {
        sequence += 1
        if (!behind) say(socket, { ...item, sequence })
      }
      attach(socket, { ...attachment, sequence, behind })
      if (behind) this.#checkLater()
    }
  }

  /** Says hello to each that was behind and has said "ping" since; it fetches what it was not told. */
  helloAgain(): void {
    const { unread, now } = this.#watched()
    for (const socket of this.#ctx.getWebSockets()) {
      const attachment = attachmentOf(socket)
      if (!attachment.behind || socket.readyState !== WebSocket.OPEN) continue
      const silent = now - this.#heardAt(socket, attachment)
      if (silent > DEAD_AFTER_MS) socket.close(1001, 'No ping for three minutes.')
      else if (silent > STREAM_LIMITS.slowAfterMs) this.#checkLater()
      else {
        say(socket, { type: 'hello', sequence: attachment.sequence, unread })
        attach(socket, { ...attachment, behind: false })
      }
    }
  }

  #checkLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.helloAgain()
    }, BEHIND_CHECK_MS)
  }

  /** Milliseconds: when it last said "ping", or came. */
  #heardAt(socket: WebSocket, { since }: Attachment): number {
    return Math.max(since, this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0)
  }

  #makeRoom(): void {
    // One that has been closed here stays in the list until its client agrees, which it may never do.
    const sockets = this.#ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN)
    if (sockets.length < STREAM_LIMITS.socketsOfAccount) return
    const since = (socket: WebSocket) => attachmentOf(socket).since
    const [oldest] = sockets.sort((a, b) => since(a) - since(b))
    oldest?.close(1013, 'Too many connections of this account.')
  }
}

const attachmentOf = (socket: WebSocket): Attachment => Attachment.parse(socket.deserializeAttachment())

const attach = (socket: WebSocket, attachment: Attachment): void => socket.serializeAttachment(attachment)

/** Whoever comes back is told to fetch. */
const say = (socket: WebSocket, message: AccountStreamMessage): void => send(socket, JSON.stringify(message))
