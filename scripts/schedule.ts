/** Where localWorker.ts takes a cron expression. */
const schedulePath = '/api/local/scheduled'

/** Whether a cron expression (five fields of `*`, steps, numbers and lists of them; UTC) names the minute of `at` (ms). */
export function cronMatches(expression: string, at: number): boolean {
  const date = new Date(at)
  const values = [
    date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDate(),
    date.getUTCMonth() + 1,
    date.getUTCDay(),
  ]
  const fields = expression.trim().split(/\s+/)
  if (fields.length !== values.length)
    throw new Error(`"${expression}" is not a cron expression of five fields.`)
  return fields.every((field, index) => {
    const value = values[index]
    return value !== undefined && field.split(',').some((part) => partMatches(part, value, expression))
  })
}

function partMatches(part: string, value: number, expression: string): boolean {
  if (part === '*') return true
  const step = /^\*\/(\d+)$/.exec(part)?.[1]
  if (step !== undefined) return value % Number(step) === 0
  if (/^\d+$/.test(part)) return value === Number(part)
  throw new Error(`"${expression}": "${part}" is more than this schedule understands.`)
}

/** The cron expressions of the `[triggers]` of a wrangler.toml. */
export function cronsOf(wranglerToml: string): string[] {
  const list = /^crons\s*=\s*\[([^\]]*)\]/m.exec(wranglerToml)?.[1] ?? ''
  return [...list.matchAll(/"([^"]+)"/g)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]))
}

/**
 * Does what Cloudflare's cron does, by the path of localWorker.ts. Every expression runs once at the start too: a
 * machine that sleeps at night would never come to the daily one.
 */
export class Schedule {
  readonly #address: string
  readonly #token: string
  readonly #crons: readonly string[]
  #minute = Math.floor(Date.now() / 60_000)
  #timer: NodeJS.Timeout | undefined

  constructor(address: string, token: string, crons: readonly string[]) {
    this.#crons = crons
    this.#address = address
    this.#token = token
  }

  async start(): Promise<void> {
    for (const cron of this.#crons) await this.#run(cron)
    this.#timer = setInterval(() => this.#tick(), 5_000)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    const minute = Math.floor(Date.now() / 60_000)
    if (minute === this.#minute) return
    this.#minute = minute
    for (const cron of this.#crons) if (cronMatches(cron, minute * 60_000)) void this.#run(cron)
  }

  async #run(cron: string): Promise<void> {
    try {
      const response = await fetch(`${this.#address}${schedulePath}?cron=${encodeURIComponent(cron)}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.timeout(60_000),
      })
      if (!response.ok)
        console.error(`The schedule "${cron}" failed: ${response.status} ${await response.text()}`)
    } catch (error) {
      // The server is being started again; the next time is soon.
      console.error(`The schedule "${cron}" did not run: ${error instanceof Error ? error.message : error}`)
    }
  }
}
