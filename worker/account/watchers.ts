import * as z from 'zod'
import type { AccountStreamMessage } from '../contract/stream.ts'
import type { StreamNews } from './privateStream.ts'

/** Connections of one account at once. One more closes the oldest: its device may be gone without having said so. */
export const WATCHERS_LIMIT = 20

/** What a connection needs after the object has slept: its place in its own sequence, and when it came. */
const Attachment = z.object({ sequence: z.number().int(), since: z.number() })

/** The WebSockets that watch an account. They sleep with the object and cost nothing while nothing happens. */
export class Watchers {
  readonly #ctx: DurableObjectState

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  /** Takes a connection and says hello. */
  accept(unread: number, now: number): Response {
    this.#makeRoom()
    const { 0: client, 1: server } = new WebSocketPair()
    this.#ctx.acceptWebSocket(server)
    server.serializeAttachment({ sequence: 0, since: now })
    send(server, { type: 'hello', sequence: 0, unread })
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Sends to everybody who watches. Called only for what is committed; it leaves once that is durable. */
  tell(news: readonly StreamNews[]): void {
    if (news.length === 0) return
    for (const socket of this.#ctx.getWebSockets()) {
      const attachment = Attachment.parse(socket.deserializeAttachment())
      let { sequence } = attachment
      for (const item of news) {
        sequence += 1
        send(socket, { ...item, sequence })
      }
      socket.serializeAttachment({ ...attachment, sequence })
    }
  }

  #makeRoom(): void {
    // One that has been closed here stays in the list until its client agrees, which it may never do.
    const sockets = this.#ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN)
    if (sockets.length < WATCHERS_LIMIT) return
    const since = (socket: WebSocket) => Attachment.parse(socket.deserializeAttachment()).since
    const [oldest] = sockets.sort((a, b) => since(a) - since(b))
    oldest?.close(1013, 'Too many connections of this account.')
  }
}

function send(socket: WebSocket, message: AccountStreamMessage): void {
  // One that is closing takes nothing more; whoever comes back is told to fetch.
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}
