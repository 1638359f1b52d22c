import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { unstable_getMiniflareWorkerOptions } from 'wrangler'
import { localConfig } from '../../../scripts/local.ts'
import { root } from '../../../scripts/prepare.ts'

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
  static async start(folder: string, port: number): Promise<Server> {
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
      host: '127.0.0.1',
      port,
      resourcePersistencePath: state,
    })
    const miniflare = new Miniflare(options)
    await miniflare.ready
    return new Server(port, miniflare)
  }

  /** What the bench's own routes answer. */
  async ask(what: string, query: Readonly<Record<string, string | number>>): Promise<number> {
    const values = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])
    const response = await fetch(`http://127.0.0.1:${this.port}/bench/${what}?${new URLSearchParams(values)}`)
    if (!response.ok) throw new Error(`${what} answered ${response.status}: ${await response.text()}`)
    return Number(await response.json())
  }

  /** Bytes that workerd has in memory, as the system counts them. */
  memory(): number {
    const lines = execFileSync('ps', ['-eo', 'ppid=,rss=,comm='], { encoding: 'utf8' }).split('\n')
    return lines
      .map((line) => line.trim().split(/\s+/))
      .filter(([parent, , name]) => Number(parent) === process.pid && name?.startsWith('workerd') === true)
      .reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1_024, 0)
  }

  stop(): Promise<void> {
    return this.#miniflare.dispose()
  }
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

async function build(config: string, built: string): Promise<void> {
  const wrangler = path.join(root, 'node_modules/wrangler/wrangler-dist/cli.js')
  const child = spawn(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', built, '-c', config], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: '1', NO_COLOR: '1' },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += String(chunk)))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`The Worker could not be built.\n${said}`)
}
