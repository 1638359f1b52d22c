/** What a page shows of a connection. */
export type ConnectionState = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'refused' | 'closed'

/** The part of a WebSocket that is used here; a test brings its own. */
export interface Socket {
  send(text: string): void
  close(code?: number): void
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
}

/** Everything from outside: sockets, time, chance. */
export interface Surroundings {
  open(url: string): Socket
  after(milliseconds: number, run: () => void): () => void
  random(): number
}

export interface Listener {
  message(message: unknown): void
  state(state: ConnectionState): void
}

export const timing = {
  firstDelay: 500,
  longestDelay: 15_000,
  /** A ping goes out when nothing has come for so long, and the socket is given up when nothing comes after it. */
  pingAfter: 20_000,
  patience: 8_000,
  /** Failures in a row after which a page says that it is offline; it goes on trying. */
  offlineAfter: 3,
} as const

/** Closed on purpose by the venue: trying again would be refused again. */
const refusals = new Set([1008, 4401, 4403])

/** Milliseconds before try number `attempt` (from 0): doubling, with the upper half left to chance so that clients spread out. */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(timing.longestDelay, timing.firstDelay * 2 ** attempt)
  return Math.round(ceiling / 2 + (ceiling / 2) * random)
}

/**
 * Keeps one socket open. Every late callback asks first whether its socket is still the current one, since a closed
 * socket can speak after its successor has been opened.
 */
export class Connection {
  readonly #url: string
  readonly #listener: Listener
  readonly #outside: Surroundings
  #socket: Socket | null = null
  #failures = 0
  #cancelTimer: (() => void) | null = null
  #state: ConnectionState = 'closed'

  constructor(url: string, listener: Listener, outside: Surroundings) {
    this.#url = url
    this.#listener = listener
    this.#outside = outside
  }

  get state(): ConnectionState {
    return this.#state
  }

  open(): void {
    if (this.#socket !== null) return
    this.#clearTimer()
    this.#setState(
      this.#failures === 0 ? 'connecting' : this.#failures < timing.offlineAfter ? 'reconnecting' : 'offline',
    )
    const socket = this.#outside.open(this.#url)
    this.#socket = socket
    // A socket that never opens is given up like one that fell silent.
    this.#expect(timing.patience, socket)
    socket.onopen = () => {
      if (socket === this.#socket) this.#listen(socket)
    }
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return
      this.#failures = 0
      this.#setState('live')
      this.#listen(socket)
      if (typeof data === 'string' && data !== 'pong') this.#deliver(data)
    }
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code)
    }
  }

  send(message: object): void {
    if (this.#state === 'live') this.#socket?.send(JSON.stringify(message))
  }

  /** The network is said to be back: do not wait for the next try. */
  retryNow(): void {
    if (this.#socket === null && this.#state !== 'closed') this.open()
  }

  close(): void {
    this.#clearTimer()
    const socket = this.#socket
    this.#socket = null
    this.#setState('closed')
    socket?.close(1000)
  }

  #deliver(data: string): void {
    let parsed: unknown
    try {
      parsed = JSON.parse(data)
    } catch (cause) {
      console.warn('A stream message was not JSON.', cause)
      return
    }
    this.#listener.message(parsed)
  }

  /** Waits for the next message, asks once, then gives the socket up. */
  #listen(socket: Socket): void {
    this.#clearTimer()
    this.#cancelTimer = this.#outside.after(timing.pingAfter, () => {
      if (socket !== this.#socket) return
      socket.send('ping')
      this.#expect(timing.patience, socket)
    })
  }

  #expect(milliseconds: number, socket: Socket): void {
    this.#clearTimer()
    this.#cancelTimer = this.#outside.after(milliseconds, () => {
      if (socket !== this.#socket) return
      this.#lost(1006)
      socket.close(1000)
    })
  }

  #lost(code: number): void {
    this.#clearTimer()
    this.#socket = null
    if (refusals.has(code)) {
      this.#setState('refused')
      return
    }
    const delay = backoff(this.#failures, this.#outside.random())
    this.#failures += 1
    this.#setState(this.#failures < timing.offlineAfter ? 'reconnecting' : 'offline')
    this.#cancelTimer = this.#outside.after(delay, () => this.open())
  }

  #clearTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state) return
    this.#state = state
    this.#listener.state(state)
  }
}
