import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import path from 'node:path'
import { type Place, prepare, startServer } from '../../scripts/prepare.ts'
import { killGroup } from '../../scripts/supervisor.ts'
import { workerdBytes } from '../support/workerdBytes.ts'

/** How long the server may take until it answers; it takes a few seconds. */
const READY_MS = 120_000

/** The venue under the real workerd, as `npm start` runs it, killed and started again on the same state. */
export class Server {
  readonly address: string
  readonly #place: Place
  readonly #port: number
  readonly #log
  readonly #vars: Readonly<Record<string, string>>
  #child: ChildProcess | null = null

  /** `vars` are variables of the Worker that the test sets besides. */
  constructor(place: Place, port: number, vars: Readonly<Record<string, string>> = {}) {
    this.#place = place
    this.#port = port
    this.#vars = vars
    this.address = `http://localhost:${port}`
    this.#log = createWriteStream(place.log)
  }

  /**
   * Makes database and pages. Without the demonstration's traders, since all load is the test's own, and without limits, since
   * it all comes from one address.
   */
  async prepare(): Promise<void> {
    const vars = {
      FEED: 'simulated',
      DEMO: 'off',
      EMAIL: 'off',
      RATE_LIMITS: 'off',
      PUBLIC_URL: this.address,
    }
    await prepare(this.#place, { ...vars, ...this.#vars })
  }

  /** Bytes that its workerds have in memory. */
  memory(): number {
    return this.#child?.pid === undefined ? 0 : workerdBytes(this.#child.pid)
  }

  get operatorToken(): string {
    const vars = readFileSync(path.join(this.#place.folder, '.dev.vars'), 'utf8')
    return /^OPERATOR_TOKEN="?([^"\n]+)/m.exec(vars)?.[1] ?? ''
  }

  /** Resolves when it answers, with the milliseconds that took. */
  async start(): Promise<number> {
    const began = performance.now()
    this.#child = startServer(this.#place, this.#port, (chunk) => this.#log.write(chunk))
    while (performance.now() - began < READY_MS) {
      if (await isReady(this.address)) return performance.now() - began
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`The venue does not answer after ${READY_MS} ms; see ${this.#place.log}.`)
  }

  /** SIGKILL to everything at once, workerd included: nothing is told, nothing is finished. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null) return
    const closed = once(child, 'close')
    killGroup(child)
    await closed
  }
}

async function isReady(address: string): Promise<boolean> {
  try {
    return (await fetch(`${address}/api/v1/health`, { signal: AbortSignal.timeout(5_000) })).ok
  } catch {
    // Not there yet, which is an answer.
    return false
  }
}
