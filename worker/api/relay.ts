import type { Outcome, Refusal } from '../contract/errors.ts'
import {
  type ControlMessage,
  type MarketResyncRequest,
  type ResyncRequest,
  STREAM_LIMITS,
  StreamRequest,
  type SubscribeRequest,
  type Subscription,
} from '../contract/stream.ts'
import { Allowance } from '../limits/allowance.ts'
import { parsed, send } from '../streaming/sockets.ts'
import { refusalOf } from './problem.ts'

/** Opens the socket of a subscription to its object, not yet accepted. */
export type Open = (request: SubscribeRequest) => Promise<Outcome<WebSocket>>

/** A subscription, whose socket is null while it is being opened. */
interface Line {
  readonly about: Subscription
  socket: WebSocket | null
}

/**
 * One connection of a client to many streams. Each subscription is a socket of its own to its object, whose texts are
 * passed on as they come, so the objects know nothing of relays and go on sleeping with their sockets.
 *
 * "ping" is answered here, behind all that was passed on before it, and goes on to the objects: they stop sending to a
 * client that does not read, which bounds what waits here for it.
 */
export class Relay {
  readonly #client: WebSocket
  readonly #open: Open
  readonly #now: () => number
  readonly #lines = new Map<string, Line>()
  readonly #allowance: Allowance

  /** `client` is our end of its connection, not yet accepted. */
  constructor(client: WebSocket, open: Open, now: () => number) {
    this.#client = client
    this.#open = open
    this.#now = now
    this.#allowance = new Allowance(STREAM_LIMITS.controlsAtOnce, STREAM_LIMITS.controlsPerSecond, now())
    client.addEventListener('message', ({ data }) => this.#hear(data))
    client.addEventListener('close', () => this.#end(1000, ''))
    client.addEventListener('error', () => this.#end(1011, ''))
    client.accept()
  }

  #hear(text: unknown): void {
    if (typeof text !== 'string' || text.length > STREAM_LIMITS.textLength)
      this.#end(1009, `Say at most ${STREAM_LIMITS.textLength} characters.`)
    else if (!this.#allowance.take(this.#now())) this.#end(1008, 'Say less, and connect again.')
    else if (text === 'ping') this.#ping()
    else this.#read(text)
  }

  #read(text: string): void {
    const asked = parsed(text)
    const { success, data: request, error } = StreamRequest.safeParse(asked)
    if (!success) this.#refuse(refusalOf(error), asked)
    else if (request.type === 'subscribe') void this.#subscribe(request)
    else if (request.type === 'unsubscribe') this.#unsubscribe(request)
    else this.#resync(request)
  }

  #ping(): void {
    this.#send('pong')
    for (const { socket } of this.#lines.values()) if (socket !== null) send(socket, 'ping')
  }

  async #subscribe(request: SubscribeRequest): Promise<void> {
    const about = subscriptionOf(request)
    const key = keyOf(about)
    if (this.#lines.has(key))
      return this.#refuse(
        { code: 'already_subscribed', message: 'You are subscribed to this already.' },
        request,
      )
    if (this.#lines.size >= STREAM_LIMITS.subscriptions) {
      const message = `A connection holds ${STREAM_LIMITS.subscriptions} subscriptions: end one, or open another connection.`
      return this.#refuse({ code: 'too_many_subscriptions', message }, request)
    }
    const line: Line = { about, socket: null }
    this.#lines.set(key, line)
    const opened = await this.#open(request)
    const wanted = this.#lines.get(key) === line
    if (!opened.ok) {
      if (!wanted) return
      this.#lines.delete(key)
      this.#refuse(opened.refusal, request)
    } else if (wanted) this.#begin(key, line, opened.value)
    else drop(opened.value)
  }

  #begin(key: string, line: Line, socket: WebSocket): void {
    line.socket = socket
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string' && data !== 'pong' && this.#lines.get(key) === line) this.#send(data)
    })
    socket.addEventListener('close', ({ code, reason }) => this.#ended(key, line, code, reason))
    socket.addEventListener('error', () => this.#ended(key, line, 1011, ''))
    this.#say({ type: 'subscribed', ...line.about })
    socket.accept()
  }

  /** The object has ended a subscription, or cannot be reached any more. */
  #ended(key: string, line: Line, closeCode: number, reason: string): void {
    if (this.#lines.get(key) !== line) return
    this.#lines.delete(key)
    if (line.socket !== null) close(line.socket, 1000, '')
    const code = closeCode === 1013 ? 'too_many_streams' : 'stream_ended'
    const message = reason === '' ? 'The stream has ended: subscribe again in a moment.' : reason
    this.#say({ type: 'unsubscribed', ...line.about, code, message })
  }

  #unsubscribe(request: Extract<StreamRequest, { type: 'unsubscribe' }>): void {
    const { type: _, ...about } = request
    const key = keyOf(about)
    const line = this.#lines.get(key)
    if (this.#lines.delete(key)) this.#say({ type: 'unsubscribed', ...about })
    else this.#refuse(NOT_SUBSCRIBED, request)
    // One that is being opened is dropped when it has been.
    if (line !== undefined && line.socket !== null) close(line.socket, 1000, '')
  }

  #resync(request: MarketResyncRequest): void {
    const { market, ...resync } = request
    const line = this.#lines.get(keyOf({ channel: 'book', market }))
    if (line === undefined) this.#refuse(NOT_SUBSCRIBED, request)
    // One that is being opened begins with where the book stands.
    else if (line.socket !== null) send(line.socket, JSON.stringify(resync satisfies ResyncRequest))
  }

  #refuse(refusal: Refusal, request: unknown): void {
    this.#say({ type: 'refused', ...refusal, request })
  }

  #say(message: ControlMessage): void {
    this.#send(JSON.stringify(message))
  }

  #send(text: string): void {
    send(this.#client, text)
  }

  #end(code: number, reason: string): void {
    const lines = [...this.#lines.values()]
    this.#lines.clear()
    for (const { socket } of lines) if (socket !== null) close(socket, 1000, '')
    close(this.#client, code, reason)
  }
}

const NOT_SUBSCRIBED: Refusal = { code: 'not_subscribed', message: 'Subscribe to this first.' }

function subscriptionOf(request: SubscribeRequest): Subscription {
  if (request.channel !== 'book') {
    const { type: _, ...about } = request
    return about
  }
  const { type: _, after: __, ...about } = request
  return about
}

const keyOf = (about: Subscription): string => {
  if (about.channel === 'account') return about.channel
  const key = `${about.channel} ${about.market}`
  return about.channel === 'candles' ? `${key} ${about.interval}` : key
}

function close(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState !== WebSocket.CLOSED) socket.close(code, reason)
}

/** Ends a socket that nobody wants any more. */
function drop(socket: WebSocket): void {
  socket.accept()
  socket.close(1000)
}
