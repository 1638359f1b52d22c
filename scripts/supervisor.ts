import type { ChildProcess } from 'node:child_process'

export interface Supervised {
  /** Starts the process, as the leader of a process group of its own (`detached`). */
  start(): ChildProcess
  /** Called when it has ended by itself, with what is going to be done about it. */
  ended(how: string, next: { readonly restartIn: number } | 'given up'): void
  /** Milliseconds. */
  readonly firstDelay: number
  readonly longestDelay: number
  /** Milliseconds after which a process counts as running well, and the delays begin anew. */
  readonly runsWellAfter: number
  /** Ends in a row, none of them after it ran well, before it is given up. */
  readonly attempts: number
  /** Milliseconds that it is given to end when told to, before it is killed. */
  readonly grace: number
}

/** Keeps one process running, starts it again when it ends by itself, and stops it with everything it started. */
export class Supervisor {
  readonly #supervised: Supervised
  #child: ChildProcess | null = null
  #stopping = false
  #failures = 0
  #timer: NodeJS.Timeout | undefined

  constructor(supervised: Supervised) {
    this.#supervised = supervised
  }

  start(): void {
    const startedAt = Date.now()
    const child = this.#supervised.start()
    this.#child = child
    let over = false
    const end = (how: string) => {
      if (over) return
      over = true
      killGroup(child)
      this.#child = null
      if (!this.#stopping) this.#startAgain(how, Date.now() - startedAt)
    }
    child.once('error', (error) => end(error.message))
    child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : signal))
  }

  /** Ends a process that no longer answers; it is then started again like one that ended by itself. */
  restart(): void {
    if (this.#child !== null) killGroup(this.#child)
  }

  /** Resolves when the process and all that it started are gone. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    const child = this.#child
    if (child === null) return
    await new Promise<void>((resolve) => {
      const kill = setTimeout(() => killGroup(child), this.#supervised.grace)
      child.once('exit', () => {
        clearTimeout(kill)
        resolve()
      })
      child.kill('SIGTERM')
    })
    killGroup(child)
  }

  #startAgain(how: string, ran: number): void {
    const { attempts, firstDelay, longestDelay, runsWellAfter, ended } = this.#supervised
    this.#failures = ran >= runsWellAfter ? 1 : this.#failures + 1
    if (this.#failures >= attempts) {
      ended(how, 'given up')
      return
    }
    const restartIn = Math.min(longestDelay, firstDelay * 2 ** (this.#failures - 1))
    ended(how, { restartIn })
    this.#timer = setTimeout(() => this.start(), restartIn)
  }
}

/** Ends a process and whatever it left behind: workerd outlives a wrangler that dies. */
export function killGroup(leader: ChildProcess): void {
  if (leader.pid === undefined) return
  try {
    process.kill(-leader.pid, 'SIGKILL')
  } catch (error) {
    // The whole group is gone already: that is what was asked for.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
