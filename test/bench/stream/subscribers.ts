import { BareSocket } from './socket.ts'

/** Milliseconds counted one by one; what is longer counts as the last. */
const LONGEST_MS = 5_000

/** Connections opened at once. */
const AT_ONCE = 50

/** How often each whole number of milliseconds was seen. */
export class Delays {
  readonly #counts = new Float64Array(LONGEST_MS + 1)
  #total = 0

  add(ms: number, times = 1): void {
    const at = Math.min(Math.max(Math.round(ms), 0), LONGEST_MS)
    this.#counts[at] = (this.#counts[at] ?? 0) + times
    this.#total += times
  }

  get total(): number {
    return this.#total
  }

  /** The least that so large a share (0 to 1) does not exceed. */
  quantile(share: number): number {
    let seen = 0
    for (const [ms, count] of this.#counts.entries()) {
      seen += count
      if (seen >= share * this.#total) return ms
    }
    return LONGEST_MS
  }

  /** Each of these with each of those: what came in a frame, by how late the frame was. */
  addSums(delays: Delays, ages: readonly number[]): void {
    for (const [ms, count] of delays.#counts.entries())
      if (count > 0) for (const age of ages) this.add(ms + age, count)
  }
}

/** One text that all were sent: when, and how late it came to each. */
interface Sent {
  readonly text: Buffer
  readonly lags: Delays
}

/** Some sockets to one stream, with what they were sent since the last reset. */
export class Subscribers {
  readonly #sockets: BareSocket[] = []
  #sent = new Map<string, Sent>()
  #bytesBefore = 0
  #since = performance.now()
  readonly #pings: ReturnType<typeof setInterval>

  private constructor() {
    this.#pings = setInterval(() => {
      for (const socket of this.#sockets) socket.say('ping')
    }, 10_000)
  }

  /** `ask` is said on each connection, if the path alone does not say it all. */
  static async connect(port: number, path: string, count: number, ask?: object): Promise<Subscribers> {
    const all = new Subscribers()
    for (let opened = 0; opened < count; opened += AT_ONCE) {
      const some = Math.min(AT_ONCE, count - opened)
      const open = () => BareSocket.open(port, path, (text) => all.#take(text))
      all.#sockets.push(...(await Promise.all(Array.from({ length: some }, open))))
    }
    if (ask !== undefined) for (const socket of all.#sockets) socket.say(JSON.stringify(ask))
    return all
  }

  get count(): number {
    return this.#sockets.filter(({ isOpen }) => isOpen).length
  }

  /** Begins to count anew. */
  reset(): void {
    this.#sent = new Map()
    this.#bytesBefore = this.#bytes
    this.#since = performance.now()
  }

  /** Of each text that had a time, that time in its end; all that were sent, by text. */
  get sent(): readonly Sent[] {
    return [...this.#sent.values()]
  }

  get bytesPerSecond(): number {
    return (
      (this.#bytes - this.#bytesBefore) / ((performance.now() - this.#since) / 1_000) / this.#sockets.length
    )
  }

  close(): void {
    clearInterval(this.#pings)
    for (const socket of this.#sockets) socket.close()
  }

  get #bytes(): number {
    return this.#sockets.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  #take(text: Buffer): void {
    const tail = text.toString('latin1', Math.max(0, text.length - 20))
    const at = /"at":(\d{13})\}$/.exec(tail)?.[1]
    if (at === undefined) return
    const key = `${at} ${text.length}`
    const known = this.#sent.get(key) ?? { text: Buffer.from(text), lags: new Delays() }
    this.#sent.set(key, known)
    known.lags.add(Date.now() - Number(at))
  }
}
