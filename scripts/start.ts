import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Advice, BoundedLog } from './local.ts'
import type { Place } from './prepare.ts'
import { placeAt, prepare, root, startServer } from './prepare.ts'
import { readRecordings, serveRecordings } from './recordings.ts'
import { cronsOf, Schedule } from './schedule.ts'
import { Supervisor } from './supervisor.ts'

// Starts everything on this machine: pages and API in one workerd, with local D1, KV, queues and Durable Objects.

const help = `npm start -- [options]

  --port NUMBER      where to serve (8788)
  --feed NAME        simulated (the default), recorded, or exchange (needs the network)
  --recording FILE   for the recorded feed; .jsonl or .jsonl.gz, once for each market
  --state FOLDER     where accounts, orders and trades are kept (.local); delete it to begin anew
  --help             this text`

const largestLog = 5_000_000

interface Options {
  readonly port: number
  readonly feed: 'simulated' | 'recorded' | 'exchange'
  readonly recordings: readonly string[]
  readonly state: string
}

function optionsOf(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8788' },
      feed: { type: 'string', default: 'simulated' },
      recording: { type: 'string', multiple: true, default: [] },
      state: { type: 'string', default: path.join(root, '.local') },
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
  // npm runs this in the project's folder; paths are meant from where the person stands.
  const from = process.env.INIT_CWD ?? process.cwd()
  return {
    port,
    feed,
    recordings: recordings.map((file) => path.resolve(from, file)),
    state: path.resolve(from, values.state),
  }
}

/** Two processes on one state fight over its database, so a second start is refused. */
function refuseSecondStart({ running }: Place): void {
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

async function isHealthy(address: string): Promise<boolean> {
  try {
    return (await fetch(`${address}/api/v1/health`, { signal: AbortSignal.timeout(10_000) })).ok
  } catch {
    // Not listening, not answering, or cut off: each of them means that it is not healthy.
    return false
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2))
  if (options === 'help') {
    console.log(help)
    return
  }
  const { port, feed } = options
  const address = `http://localhost:${port}`
  const place = placeAt(options.state)
  refuseSecondStart(place)
  await refuseTakenPort(port)
  const recordings = readRecordings(options.recordings)
  writeFileSync(place.running, JSON.stringify({ pid: process.pid, address }))
  process.once('exit', () => rmSync(place.running, { force: true }))

  // What has been started, to be stopped in reverse.
  const started: (() => unknown)[] = []
  let stopping = false
  const end = async (code: number) => {
    if (stopping) return
    stopping = true
    for (const stop of started.reverse()) await stop()
    console.log('Stopped.')
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0))
  // start.mjs was killed and could not pass that on.
  process.once('disconnect', () => void end(0))

  const recorder = feed === 'recorded' ? await serveRecordings(recordings) : null
  if (recorder !== null) started.push(() => recorder.close())
  const token = randomUUID()
  await prepare(place, { FEED: feed, RECORDING_URL: recorder?.url ?? '', LOCAL_TOKEN: token })

  console.log('Starting the server ...')
  const log = new BoundedLog(place.log, largestLog)
  const giveUp = (what: string) => {
    console.error(`${log.lastLines(30)}\n${what}; its last words are above, all of them in ${place.log}.`)
    return end(1)
  }
  const supervisor = new Supervisor({
    start: () => startServer(place, port, (chunk) => log.write(chunk)),
    ended: (how, next) => {
      if (next === 'given up') void giveUp(`The server keeps ending (${how})`)
      else console.error(`The server ended by itself (${how}). It is started again; nothing is lost.`)
    },
    ...{ firstDelay: 500, longestDelay: 30_000, runsWellAfter: 60_000, attempts: 6, grace: 8_000 },
  })
  supervisor.start()
  started.push(() => supervisor.stop())

  const startedAt = Date.now()
  while (!(await isHealthy(address))) {
    if (Date.now() - startedAt > 180_000) await giveUp('The server does not answer')
    await pause(200)
  }
  const crons = cronsOf(readFileSync(path.join(root, 'wrangler.toml'), 'utf8'))
  const schedule = new Schedule(address, token, crons)
  started.push(() => schedule.stop())
  await schedule.start()
  console.log(`\n  Open ${address}\n\nCtrl-C stops it. What the server says is in ${place.log}.`)
  await watch(address, supervisor)
}

/** A server that is there and has not answered for half a minute or more is started again. */
async function watch(address: string, supervisor: Supervisor): Promise<never> {
  let failures = 0
  for (;;) {
    await pause(5_000)
    failures = (await isHealthy(address)) ? 0 : failures + 1
    if (failures < 6) continue
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
