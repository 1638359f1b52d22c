import type { Socket, Surroundings } from '../../../web/src/lib/stream/connection.ts'
import { Random } from '../../support/random.ts'
import { CALM, type Dials, Faults } from './faults.ts'
import type { ModelVenue } from './modelVenue.ts'
import type { VirtualTime } from './virtualTime.ts'

/** Of each way. */
export const LATENCY = 20

/** A try to connect: when, and the chance that was drawn last before it. */
interface Attempt {
  at: number
  opened: boolean
}

/** The way between a client and the venue, in virtual time: what is sent one after another comes so, but for what goes wrong. */
export class VirtualNetwork implements Surroundings {
  readonly faults: Faults
  readonly attempts: Attempt[] = []
  /** Draws of chance that the client made: one for each wait. */
  readonly draws: number[] = []
  /** Whether connections can be made at all. */
  reachable = true
  readonly #time: VirtualTime
  readonly #venue: ModelVenue
  readonly #random: Random
  readonly #cuts = new Set<() => void>()

  constructor(time: VirtualTime, venue: ModelVenue, seed: number, dials: Dials = CALM) {
    this.#time = time
    this.#venue = venue
    this.#random = new Random(seed)
    this.faults = new Faults(new Random(seed + 1), dials)
  }

  after(milliseconds: number, run: () => void): () => void {
    return this.#time.after(milliseconds, run)
  }

  random(): number {
    const draw = this.#random.below(1_000_000) / 1_000_000
    this.draws.push(draw)
    return draw
  }

  /** Every connection ends at once. */
  cut(): void {
    for (const cut of [...this.#cuts]) cut()
  }

  open(_url: string): Socket {
    const attempt: Attempt = { at: this.#time.now, opened: false }
    this.attempts.push(attempt)
    const socket: Socket = {
      send: (text) => this.#carry(text, (whole) => alive && line?.hear(whole), cut),
      close: () => end(false),
      onopen: null,
      onmessage: null,
      onclose: null,
    }
    let alive = true
    let line: { hear: (text: string) => void; gone: () => void } | null = null
    const end = (tell: boolean): void => {
      if (!alive) return
      alive = false
      this.#cuts.delete(cut)
      line?.gone()
      if (tell) this.#time.after(LATENCY, () => socket.onclose?.({ code: 1006 }))
    }
    const cut = (): void => end(true)
    this.#cuts.add(cut)
    this.#time.after(LATENCY, () => {
      if (!alive) return
      if (!this.reachable) {
        cut()
        return
      }
      attempt.opened = true
      const say = (text: string): void =>
        this.#carry(text, (data) => alive && socket.onmessage?.({ data }), cut)
      line = this.#venue.connect(say)
      socket.onopen?.()
    })
    return socket
  }

  #carry(text: string, arrive: (text: string) => void, cut: () => void): void {
    const fault = this.faults.next()
    const bring = (what: string, late = 0): void => {
      this.#time.after(LATENCY + late, () => arrive(what))
    }
    if (fault === 'drop') return
    if (fault === 'truncate') bring(text.slice(0, this.faults.below(text.length)))
    else if (fault === 'corrupt') bring(this.faults.corrupted(text))
    else if (fault === 'delay') bring(text, this.faults.below(1_000))
    else if (fault === 'close') {
      if (this.faults.below(2) === 0) bring(text)
      this.#time.after(LATENCY, cut)
    } else {
      bring(text)
      if (fault === 'repeat') bring(text, this.faults.below(5_000))
    }
  }
}
