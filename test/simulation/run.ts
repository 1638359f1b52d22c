import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import type { Tally } from '../support/sqliteStore.ts'
import { addWrites, writesOf } from './crashes.ts'
import { replayOf, shortest, story } from './shrink.ts'
import { type Excerpt, FULL_SIZE, type Outcome, simulate } from './simulate.ts'
import { moreFaults, type Variety, varietyOf } from './variety.ts'

/**
 * npm run simulate -- [--seeds N] [--from K] [--only N,N…|none] [--strike N.N,…|none] [--workers N] [--shrink SECONDS]
 *   [--full] [--operations N] [--accounts N] [--leaders N] [--markets N] [--faults N]
 * Runs N seeds from K on, each a whole small venue of the variety that its seed says. `--full` makes it large, and the
 * other figures replace those of the variety (`--faults 10`: everything goes wrong ten times as often as usual). Ends with
 * 1 when a law was broken; then the shortest history that shows it is printed, and the command that replays it: `--only`
 * leaves out all other operations, `--strike` all other faults. A replay prints its history whether it breaks a law or not.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    only: { type: 'string' },
    strike: { type: 'string' },
    workers: { type: 'string', default: '2' },
    shrink: { type: 'string', default: '60' },
    full: { type: 'boolean', default: false },
    operations: { type: 'string' },
    accounts: { type: 'string' },
    leaders: { type: 'string' },
    markets: { type: 'string' },
    faults: { type: 'string' },
  },
})

/** How often to say how far it is, in milliseconds. */
const TELL_EVERY = 10_000

const listed = (text: string): string[] => (text === 'none' ? [] : text.split(','))

/** The part of a seed's history that the command asks for; null when it asks for all. */
function excerpt(): Excerpt | null {
  const { only, strike } = values
  if (only === undefined && strike === undefined) return null
  return {
    ...(only === undefined ? {} : { only: new Set(listed(only).map(Number)) }),
    ...(strike === undefined ? {} : { mayStrike: new Set(listed(strike)) }),
  }
}

/** What a run of one seed is told as, from the thread that made it. */
interface Report {
  readonly seed: number
  readonly name: string
  readonly outcome: Pick<Outcome, 'broken' | 'trades' | 'copies' | 'counts'>
  /** Kinds of writes, as `market: INSERT trade`. */
  readonly writes: ReadonlyMap<string, Tally>
  /** What to print of it. */
  readonly lines: readonly string[]
}

/** The figures of the command in place of the variety's, and as they were given: a replay needs them again. */
function variety(seed: number): { chosen: Variety; given: string } {
  const base = values.full ? { name: 'full size', dials: moreFaults(1), ...FULL_SIZE } : varietyOf(seed)
  const names = ['operations', 'accounts', 'leaders', 'markets'] as const
  const figures = names.flatMap((name) =>
    values[name] === undefined ? [] : [[name, Number(values[name])] as const],
  )
  const { faults } = values
  const chosen = {
    ...base,
    ...Object.fromEntries(figures),
    ...(faults === undefined ? {} : { dials: moreFaults(Number(faults)) }),
  }
  const given = [
    ...(values.full ? [' --full'] : []),
    ...[...figures, ...(faults === undefined ? [] : [['faults', faults] as const])].map(
      ([name, figure]) => ` --${name} ${figure}`,
    ),
  ]
  return { chosen, given: given.join('') }
}

async function report(seed: number): Promise<Report> {
  const { chosen, given } = variety(seed)
  const part = excerpt()
  const outcome = await simulate(seed, chosen, chosen.dials, {}, part ?? {})
  const { broken, trades, copies, counts } = outcome
  const told = {
    seed,
    name: chosen.name,
    outcome: { broken, trades, copies, counts },
    writes: writesOf(outcome),
  }
  if (part !== null) return { ...told, lines: story(outcome) }
  if (broken.length === 0) return { ...told, lines: [] }
  const found = await shortest(seed, chosen, Number(values.shrink) * 1_000)
  if (found === null)
    return { ...told, lines: [...broken, 'it broke no law the second time: it is not deterministic'] }
  return { ...told, lines: [...story(found.outcome), `replay: ${replayOf(seed, found.excerpt)}${given}`] }
}

/** What all seeds came to. */
class Sum {
  readonly began = performance.now()
  seeds = 0
  failed = 0
  trades = 0
  copies = 0
  readonly counts = new Map<string, number>()
  readonly writes = new Map<string, Tally>()

  add({ seed, name, outcome, writes, lines }: Report): void {
    this.seeds += 1
    this.trades += outcome.trades
    this.copies += outcome.copies
    for (const [what, count] of Object.entries(outcome.counts))
      this.counts.set(what, (this.counts.get(what) ?? 0) + count)
    addWrites(this.writes, writes)
    const isBroken = outcome.broken.length > 0
    if (isBroken) this.failed += 1
    if (lines.length > 0)
      console.log(`\nseed ${seed} (${name})${isBroken ? ' BREAKS A LAW; the shortest history found:' : ''}`)
    for (const line of lines) console.log(`  ${line}`)
  }

  tell(): void {
    const seconds = Math.round((performance.now() - this.began) / 1_000)
    console.log(
      `${this.seeds} seeds in ${seconds} s, ${this.failed} broke a law, ${this.trades} trades, ${this.copies} copies`,
    )
  }

  end(): void {
    this.tell()
    console.log([...this.counts].map(([what, count]) => `${count} ${what}`).join(', '))
    const kinds = [...this.writes]
    const of = (what: 'crashed' | 'failed') => kinds.filter(([, tally]) => tally[what] > 0).length
    console.log(
      `${kinds.length} kinds of writes: a crash at ${of('crashed')} of them, a failure at ${of('failed')}`,
    )
    const spared = kinds
      .filter(([, { crashed }]) => crashed === 0)
      .map(([kind, { taken }]) => `${kind} (${taken})`)
    if (spared.length > 0) console.log(`no crash yet at ${spared.join(', ')}`)
  }
}

function conduct(): void {
  const first = Number(values.from)
  const seeds = Number(values.seeds)
  let next = first
  const sum = new Sum()
  const telling = setInterval(() => sum.tell(), TELL_EVERY)
  let running = Math.min(Number(values.workers), seeds)
  for (let index = running; index > 0; index -= 1) {
    const worker = new Worker(import.meta.filename, { argv: process.argv.slice(2) })
    const give = () => worker.postMessage(next < first + seeds ? next++ : null)
    worker.on('message', (told: Report) => {
      sum.add(told)
      give()
    })
    worker.on('error', (error) => {
      console.error(error)
      process.exitCode = 1
    })
    worker.on('exit', () => {
      running -= 1
      if (running > 0) return
      clearInterval(telling)
      sum.end()
      if (sum.failed > 0 || sum.seeds < seeds) process.exitCode = 1
    })
    give()
  }
}

if (isMainThread) conduct()
else
  parentPort?.on('message', async (seed: number | null) => {
    if (seed === null) parentPort?.close()
    else parentPort?.postMessage(await report(seed))
  })
