import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { unstable_getMiniflareWorkerOptions } from 'wrangler'
import { localConfig } from '../../../scripts/local.ts'
import { root } from '../../../scripts/prepare.ts'
import { build } from '../build.ts'

/** A recorder of every sql.exec, on by default, that makes inserts ten times slower. */
const QUIET = { X_LOCAL_OBSERVABILITY: 'false', X_LOCAL_EXPLORER: 'false', WRANGLER_SEND_METRICS: 'false' }

const VARS = {
  BETTER_AUTH_SECRET: 'a secret of the bench only, of at least 32 characters',
  FEED: 'simulated',
  DEMO: 'off',
  // All sockets come from one address.
  RATE_LIMITS: 'off',
  STREAM_SOCKETS_PER_ADDRESS: '5000',
}

/** The bench's build of the venue in one real workerd, with a state of its own on disk, at 127.0.0.1 only. */
export class Server {
  readonly port: number
  readonly #miniflare: Miniflare

  private constructor(port: number, miniflare: Miniflare) {
    this.port = port
    this.#miniflare = miniflare
  }

  /** Builds as `wrangler deploy` does, and starts what was built. */
  static async start(folder: string): Promise<Server> {
    Object.assign(process.env, QUIET)
    const config = path.join(folder, 'wrangler.toml')
    writeFileSync(config, benchConfig())
    const built = path.join(folder, 'built')
    await build(config, built)
    const state = path.join(folder, 'state')
    mkdirSync(state)
    const { workerOptions } = unstable_getMiniflareWorkerOptions(config)
    const options = convertV4MiniflareOptions({
      ...workerOptions,
      // Of wrangler.toml; what a developer keeps in .dev.vars is beside another one.
      bindings: Object.assign({}, workerOptions.bindings, VARS),
      modules: [{ type: 'ESModule', path: path.join(built, 'index.js') }],
      modulesRoot: built,
      // Straight to the Worker: the emulator's own front would pass on every message once more.
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      host: '127.0.0.1',
      port: 0,
      resourcePersistencePath: state,
    })
    const miniflare = new Miniflare(options)
    await miniflare.ready
    return new Server(Number((await miniflare.unsafeGetDirectURL()).port), miniflare)
  }

  /** What the bench's own routes answer. */
  async ask(what: string, query: Readonly<Record<string, string | number>>): Promise<number> {
    const values = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])
    const url = `http://127.0.0.1:${this.port}/bench/${what}?${new URLSearchParams(values)}`
    // On a connection of its own: one that is kept for the next question may just be closing.
    const request = get(url, { agent: false })
    const [response]: IncomingMessage[] = await once(request, 'response').catch((cause: unknown) => {
      throw new Error(`${what} was not answered`, { cause })
    })
    const answer = response === undefined ? '' : await text(response)
    if (response?.statusCode !== 200) throw new Error(`${what} answered ${response?.statusCode}: ${answer}`)
    return Number(JSON.parse(answer))
  }

  /** What workerd has used, as the system counts it: bytes in memory now, and milliseconds of processor time so far. */
  used(): { memory: number; processor: number } {
    const used = { memory: 0, processor: 0 }
    for (const line of execFileSync('ps', ['-eo', 'ppid=,pid=,rss=,comm='], { encoding: 'utf8' }).split(
      '\n',
    )) {
      const [parent, pid, kilobytes, name] = line.trim().split(/\s+/)
      if (Number(parent) !== process.pid || name?.startsWith('workerd') !== true) continue
      used.memory += Number(kilobytes) * 1_024
      used.processor += processorMs(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    }
    return used
  }

  stop(): Promise<void> {
    return this.#miniflare.dispose()
  }
}

/** User and system time are the 14th and 15th field, in hundredths of a second: proc_pid_stat(5). A name may hold spaces. */
function processorMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 13).reduce((sum, ticks) => sum + Number(ticks) * 10, 0)
}

/** The venue's own configuration with the bench's Worker and the floor's object. */
function benchConfig(): string {
  return localConfig(readFileSync(path.join(root, 'wrangler.toml'), 'utf8'), root)
    .replace(/^main = .*$/m, `main = "${path.join(import.meta.dirname, 'worker/index.ts')}"`)
    .replace(
      '{ name = "DEMO_TRADERS"',
      '{ name = "FLOOR", class_name = "Floor" },\n  { name = "DEMO_TRADERS"',
    )
    .replace('"CopyPool", "DemoTraders"]', '"CopyPool", "DemoTraders", "Floor"]')
}
