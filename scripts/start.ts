import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { cronMatches, cronsOf } from './cron.ts'
import { Advice, BoundedLog, contentHash, devVar, devVars, oncePerContent } from './local.ts'
import { readRecordings, serveRecordings } from './recordings.ts'
import { killGroup, Supervisor } from './supervisor.ts'

// Starts everything on this machine: pages and API in one workerd, with local D1, KV, queues and Durable Objects.

const help = `npm start -- [options]

  --port NUMBER      where to serve (8788)
  --feed NAME        simulated (the default), recorded, or exchange (needs the network)
  --recording FILE   for the recorded feed; .jsonl or .jsonl.gz, once for each market
  --help             this text

State is kept in .local/ and .dev.vars; delete both to begin anew.`

const root = path.resolve(import.meta.dirname, '..')
const running = path.join('.local', 'running.json')
const logFile = path.join('.local', 'server.log')
const largestLog = 5_000_000

interface Options {
  readonly port: number
  readonly feed: 'simulated' | 'recorded' | 'exchange'
  readonly recordings: readonly string[]
}

function optionsOf(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8788' },
      feed: { type: 'string', default: 'simulated' },
      recording: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const port = Number(values.port)
  if (!(Number.isInteger(port) && port > 0 && port < 65536))
    throw new Advice(`"${values.port}" is no port number.`)
  const { feed, recording: recordings } = values
  if (feed !== 'simulated' && feed !== 'recorded' && feed !== 'exchange') {
    throw new Advice(`There is no feed "${feed}": choose simulated, recorded or exchange.`)
  }
  if (feed === 'recorded' && recordings.length === 0) {
    throw new Advice('The recorded feed needs a recording: npm start -- --feed recorded --recording FILE')
  }
  if (feed !== 'recorded' && recordings.length > 0) {
    throw new Advice('A recording is only played by the recorded feed: add --feed recorded')
  }
  return { port, feed, recordings }
}

/** Two processes on one state fight over its database, so a second start is refused. */
function refuseSecondStart(): void {
  if (!existsSync(running)) return
  const { pid, address }: { pid: number; address: string } = JSON.parse(readFileSync(running, 'utf8'))
  const bootedAt = Date.now() - os.uptime() * 1000
  const isAlive = () => {
    try {
      return process.kill(pid, 0)
    } catch (error) {
      // ESRCH: no such process; it was killed and could not tidy up.
      return error instanceof Error && 'code' in error && error.code === 'EPERM'
    }
  }
  if (statSync(running).mtimeMs > bootedAt && isAlive()) {
    throw new Advice(
      `It is running already, at ${address} (process ${pid}). Stop that first; if it is not so, delete ${running}.`,
    )
  }
}

async function refuseTakenPort(port: number): Promise<void> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(port, '127.0.0.1', resolve)
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') {
      throw new Advice(`Port ${port} is taken. Choose another: npm start -- --port ${port + 1}`)
    }
    throw new Advice(`Port ${port} cannot be used (${error.code}). Choose another: npm start -- --port 8788`)
  })
  await new Promise((resolve) => probe.close(resolve))
}

/** For everything started here: the project's Node first, nothing interactive, nothing sent anywhere. */
const childEnv = {
  ...process.env,
  PATH: `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
  CI: '1',
  NO_COLOR: '1',
  FORCE_COLOR: '0',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_WRITE_LOGS: 'false',
  // Workers of another clone on this machine have the same names: a registry of our own keeps them apart.
  WRANGLER_REGISTRY_PATH: path.join(root, '.local', 'registry'),
  // A recorder of every sql.exec, on by default, that makes inserts ten times slower.
  X_LOCAL_OBSERVABILITY: 'false',
  X_LOCAL_EXPLORER: 'false',
}

/** Runs one of package.json's scripts; shows its output only where it fails. */
async function runScript(script: string, doing: string): Promise<void> {
  const startedAt = performance.now()
  console.log(`${doing} ...`)
  const child = spawn('npm', ['run', '--silent', script], {
    env: childEnv,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const abandon = () => killGroup(child)
  process.once('exit', abandon)
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (status, signal) => resolve(status ?? signal ?? 'unknown'))
  })
  process.removeListener('exit', abandon)
  // A build of prerendered pages leaves a workerd behind.
  killGroup(child)
  if (code !== 0) {
    throw new Advice(`${Buffer.concat(output).toString('utf8')}\n${doing}: failed (${code}), see above.`)
  }
  console.log(`${doing}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

async function prepare(feed: string, recordingUrl: string): Promise<{ operatorToken: string }> {
  const existing = existsSync('.dev.vars') ? readFileSync('.dev.vars', 'utf8') : ''
  const secrets = devVars(existing, ['BETTER_AUTH_SECRET', 'OPERATOR_TOKEN'], {
    FEED: feed,
    RECORDING_URL: recordingUrl,
  })
  if (secrets !== existing) writeFileSync('.dev.vars', secrets, { mode: 0o600 })
  const migrations = contentHash(['migrations/'])
  const pages = contentHash(
    ['web/', 'worker/contract/', 'package-lock.json'],
    ['node_modules', '.svelte-kit', '.wrangler', 'wrangler.toml', path.join('web', 'static', 'reference')],
  )
  await oncePerContent('.local/state/migrations', migrations, () =>
    runScript('migrate', 'Preparing the database'),
  )
  // The stamp speaks of what has been built: where that was deleted, it says nothing.
  if (!existsSync('web/.svelte-kit/cloudflare/_worker.js')) rmSync('.local/pages', { force: true })
  await oncePerContent('.local/pages', pages, () => runScript('build', 'Building the pages'))
  return { operatorToken: devVar(secrets, 'OPERATOR_TOKEN') ?? '' }
}

/** The development server, written to the log. wrangler itself, not npx: ending npx leaves workerd serving. */
function startServer(port: number, log: BoundedLog) {
  const wrangler = path.join(root, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js')
  const state = path.join(root, '.local', 'state')
  const child = spawn(
    process.execPath,
    [
      ...[wrangler, 'pages', 'dev', '-c', 'wrangler.toml', '-c', '../wrangler.toml'],
      ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
      ...['--persist-to', state, '--show-interactive-dev-session=false'],
    ],
    { cwd: path.join(root, 'web'), env: childEnv, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  child.stdout.on('data', (chunk: Buffer) => log.write(chunk))
  child.stderr.on('data', (chunk: Buffer) => log.write(chunk))
  return child
}

async function isHealthy(address: string): Promise<boolean> {
  try {
    return (await fetch(`${address}/api/v1/health`, { signal: AbortSignal.timeout(10_000) })).ok
  } catch {
    // Not listening, not answering, or cut off: each of them means that it is not healthy.
    return false
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/**
 * Does what Cloudflare's cron does, by the operator's route of the API: under `wrangler pages dev` the
 * /cdn-cgi/handler/scheduled of wrangler reaches only the pages' Worker. Every expression runs once at the start too.
 */
class Schedule {
  readonly #address: string
  readonly #token: string
  readonly #crons = cronsOf(readFileSync('wrangler.toml', 'utf8'))
  #minute = Math.floor(Date.now() / 60_000)
  #timer: NodeJS.Timeout | undefined

  constructor(address: string, token: string) {
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
      const response = await fetch(`${this.#address}/api/v1/operations/scheduled`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ cron }),
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

async function main(): Promise<void> {
  process.chdir(root)
  const options = optionsOf(process.argv.slice(2))
  if (options === 'help') {
    console.log(help)
    return
  }
  const { port, feed } = options
  const address = `http://localhost:${port}`
  mkdirSync('.local', { recursive: true })
  refuseSecondStart()
  await refuseTakenPort(port)
  const recordings = readRecordings(options.recordings)
  writeFileSync(running, JSON.stringify({ pid: process.pid, address }))
  process.once('exit', () => rmSync(running, { force: true }))

  let stop: () => Promise<void> = async () => undefined
  let stopping = false
  const end = async (code: number) => {
    if (stopping) return
    stopping = true
    await stop()
    console.log('Stopped.')
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0))
  // start.mjs was killed and could not pass that on.
  process.once('disconnect', () => void end(0))

  const recorder = feed === 'recorded' ? await serveRecordings(recordings) : null
  const { operatorToken } = await prepare(feed, recorder?.url ?? '')

  console.log('Starting the server ...')
  const log = new BoundedLog(logFile, largestLog)
  const schedule = new Schedule(address, operatorToken)
  const supervisor = new Supervisor({
    start: () => startServer(port, log),
    ended: (how, next) => {
      if (next === 'given up') {
        console.error(
          `${log.lastLines(30)}\nThe server keeps ending (${how}); its last words are above, all of them in ${logFile}.`,
        )
        void end(1)
      } else {
        console.error(
          `The server ended by itself (${how}). Starting it again; nothing is lost, its state is in .local/state.`,
        )
      }
    },
    ...{ firstDelay: 500, longestDelay: 30_000, runsWellAfter: 60_000, attempts: 6, grace: 8_000 },
  })
  stop = async () => {
    schedule.stop()
    await supervisor.stop()
    recorder?.close()
  }
  supervisor.start()

  const startedAt = Date.now()
  while (!(await isHealthy(address))) {
    if (Date.now() - startedAt > 180_000) {
      console.error(
        `${log.lastLines(30)}\nThe server does not answer; its last words are above, all of them in ${logFile}.`,
      )
      await end(1)
    }
    await pause(200)
  }
  await schedule.start()
  console.log(`\n  Open ${address}\n\nCtrl-C stops it. What the server says is in ${logFile}.`)
  await watch(address, supervisor)
}

/** A server that is there and does not answer, three times in a row, is started again. */
async function watch(address: string, supervisor: Supervisor): Promise<never> {
  let failures = 0
  for (;;) {
    await pause(5_000)
    failures = (await isHealthy(address)) ? 0 : failures + 1
    if (failures < 3) continue
    failures = 0
    console.error('The server does not answer any more.')
    supervisor.restart()
  }
}

try {
  await main()
} catch (error) {
  // parseArgs reports an unknown option as a TypeError with a code of its own.
  const isUsage = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  console.error(error instanceof Advice || isUsage ? error.message : error)
  process.exit(1)
}
