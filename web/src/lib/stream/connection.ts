/** How a connection stands. `closed`: on purpose, from this side. */
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
  /** Runs once after so many milliseconds; what is returned prevents it. */
  after(milliseconds: number, run: () => void): () => void
  /** From 0 to 1. */
  random(): number
}

/** Who is told of what happens on a connection. */
export interface ConnectionListener {
  /** A socket is open and takes messages; nothing that was said on the one before holds on it. */
  opened(): void
  /** The socket is gone; called for one that never opened, too. */
  lost(): void
  message(text: string): void
  state(state: ConnectionState): void
}

export const timing = {
  firstDelay: 500,
  longestDelay: 15_000,
  /** The venue sends nothing more to whoever has not pinged for 25 s. */
  pingEvery: 10_000,
  /** A socket that does not open, or says nothing at all after a ping, is given up after this. */
  patience: 8_000,
  /** A connection that has held for so long is no longer one that fails: the next wait is short again. */
  steadyAfter: 10_000,
  /** Failures in a row, without a word in between, after which a page says that it is offline; it goes on trying. */
  offlineAfter: 3,
} as const

/** Closed on purpose by the venue: trying again would be refused again. */
const refusals = new Set([1008, 4401, 4403])

/**
 * Milliseconds before try number `attempt` (from 0): anything up to a ceiling that doubles, so that clients cut off at one
 * moment do not come back at one moment ("full jitter": Brooker, Exponential Backoff And Jitter, AWS 2015).
 */
export function backoff(attempt: number, random: number): number {
  return Math.round(random * Math.min(timing.longestDelay, timing.firstDelay * 2 ** attempt))
}

/**
 * Keeps one socket open. It pings at once, so that a socket that is open and dead shows, and then every 10 s, never
 * before the last `pong` has come: a pong lies behind all that was sent before it, and so tells the venue how far this
 * reader is. Every late callback asks first whether its socket is still the current one, since a closed socket can speak
 * after its successor has been opened.
 */
export class Connection {
  readonly #url: string
  readonly #listener: ConnectionListener
  readonly #outside: Surroundings
  #socket: Socket | null = null
  #state: ConnectionState = 'closed'
  /** Tries since the connection last held, for the wait; and since the venue last said anything, for what a page shows. */
  #attempts = 0
  #unheard = 0
  #ping: 'none' | 'unanswered' | 'overdue' = 'none'
  readonly #timers = new Map<'retry' | 'patience' | 'beat' | 'steady', () => void>()

  constructor(url: string, listener: ConnectionListener, outside: Surroundings) {
    this.#url = url
    this.#listener = listener
    this.#outside = outside
  }

  get state(): ConnectionState {
    return this.#state
  }

  open(): void {
    if (this.#socket !== null) return
    this.#stop('retry')
    this.#setState(this.#unheard === 0 ? 'connecting' : this.#failing)
    const socket = this.#outside.open(this.#url)
    this.#socket = socket
    this.#wait()
    socket.onopen = () => {
      if (socket !== this.#socket) return
      this.#beat()
      this.#listener.opened()
    }
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#hear(data)
    }
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code)
    }
  }

  /** Between `opened` and `lost`. */
  send(text: string): void {
    this.#socket?.send(text)
  }

  /** What came cannot be right, so what else was sent is not known either: another socket, after the usual wait. */
  distrust(): void {
    this.#abandon(4400)
  }

  /** The network is said to have come or gone: try at once, or see whether the socket still answers. */
  check(): void {
    if (this.#socket !== null) {
      if (this.#state === 'live' && this.#ping === 'none') this.#beat()
    } else if (this.#timers.has('retry')) this.open()
  }

  close(): void {
    const socket = this.#socket
    this.#forget()
    this.#attempts = 0
    this.#unheard = 0
    this.#setState('closed')
    socket?.close(1000)
  }

  get #failing(): ConnectionState {
    return this.#unheard < timing.offlineAfter ? 'reconnecting' : 'offline'
  }

  #hear(data: unknown): void {
    this.#unheard = 0
    if (this.#ping !== 'none') this.#wait()
    if (!this.#timers.has('steady') && this.#attempts > 0)
      this.#start('steady', timing.steadyAfter, () => {
        this.#attempts = 0
      })
    this.#setState('live')
    if (data === 'pong') this.#ponged()
    else if (typeof data === 'string') this.#listener.message(data)
    else this.distrust()
  }

  #beat(): void {
    this.#ping = 'unanswered'
    this.#socket?.send('ping')
    this.#wait()
    this.#start('beat', timing.pingEvery, () => {
      if (this.#ping === 'none') this.#beat()
      else this.#ping = 'overdue'
    })
  }

  #ponged(): void {
    const overdue = this.#ping === 'overdue'
    this.#ping = 'none'
    this.#stop('patience')
    if (overdue) this.#beat()
  }

  /** For anything at all: a slow reader's pong may be far behind, but something comes. */
  #wait(): void {
    this.#start('patience', timing.patience, () => this.#abandon(1000))
  }

  #abandon(code: number): void {
    const socket = this.#socket
    if (socket === null) return
    this.#lost(1006)
    socket.close(code)
  }

  #lost(code: number): void {
    this.#forget()
    if (refusals.has(code)) {
      this.#setState('refused')
      return
    }
    const delay = backoff(this.#attempts, this.#outside.random())
    this.#attempts += 1
    this.#unheard += 1
    this.#setState(this.#failing)
    this.#start('retry', delay, () => this.open())
  }

  #forget(): void {
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
    this.#ping = 'none'
    if (this.#socket === null) return
    this.#socket = null
    this.#listener.lost()
  }

  #start(name: 'retry' | 'patience' | 'beat' | 'steady', milliseconds: number, run: () => void): void {
    this.#stop(name)
    const cancel = this.#outside.after(milliseconds, () => {
      this.#timers.delete(name)
      run()
    })
    this.#timers.set(name, cancel)
  }

  #stop(name: 'retry' | 'patience' | 'beat' | 'steady'): void {
    this.#timers.get(name)?.()
    this.#timers.delete(name)
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state) return
    this.#state = state
    this.#listener.state(state)
  }
}
