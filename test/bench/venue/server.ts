import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { unstable_getMiniflareWorkerOptions } from 'wrangler'
import { localConfig } from '../../../scripts/local.ts'
import { root } from '../../../scripts/prepare.ts'
import { build } from '../build.ts'
import { COPIED_MARKETS } from './traders.ts'

/** What the bench's own build needs beside the venue's. */
const FLOOR = `
[[queues.producers]]
binding = "FLOOR_EVENTS"
queue = "floor-events"

[[queues.consumers]]
queue = "floor-events"
max_batch_size = 100
max_batch_timeout = 0
max_retries = 3
retry_delay = 2
max_concurrency = 4
`

/** A recorder of every sql.exec, on by default, that makes inserts ten times slower. */
const QUIET = { X_LOCAL_OBSERVABILITY: 'false', X_LOCAL_EXPLORER: 'false', WRANGLER_SEND_METRICS: 'false' }

/** The venue and its floor in one real workerd, with a state of its own on disk, at 127.0.0.1 only. */
export class Server {
  readonly address: string
  readonly #miniflare: Miniflare

  private constructor(address: string, miniflare: Miniflare) {
    this.address = address
    this.#miniflare = miniflare
  }

  /** Builds once, as `wrangler deploy` does. */
  static async build(folder: string): Promise<void> {
    Object.assign(process.env, QUIET)
    const venue = localConfig(readFileSync(path.join(root, 'wrangler.toml'), 'utf8'), root)
      .replace(/^main = .*$/m, `main = "${path.join(import.meta.dirname, 'worker/index.ts')}"`)
      .replace(
        '{ name = "DEMO_TRADERS"',
        '{ name = "FLOOR_ACCOUNT", class_name = "FloorAccount" },\n  { name = "FLOOR_MARKET", class_name = "FloorMarket" },\n  { name = "DEMO_TRADERS"',
      )
      .replace('"CopyPool", "DemoTraders"]', '"CopyPool", "DemoTraders", "FloorAccount", "FloorMarket"]')
    writeFileSync(path.join(folder, 'wrangler.toml'), venue + FLOOR)
    await build(path.join(folder, 'wrangler.toml'), path.join(folder, 'built'))
    addMarkets(path.join(folder, 'built', 'index.js'))
  }

  static async start(folder: string, port: number, vars: Readonly<Record<string, string>>): Promise<Server> {
    const state = path.join(folder, 'state')
    rmSync(state, { recursive: true, force: true })
    mkdirSync(state, { recursive: true })
    const { workerOptions } = unstable_getMiniflareWorkerOptions(path.join(folder, 'wrangler.toml'))
    const built = path.join(folder, 'built')
    const options = convertV4MiniflareOptions({
      ...workerOptions,
      // Of wrangler.toml; what a developer keeps in .dev.vars is beside another one.
      bindings: Object.assign({}, workerOptions.bindings, VARS, vars),
      modules: [{ type: 'ESModule', path: path.join(built, 'index.js') }],
      modulesRoot: built,
      host: '127.0.0.1',
      port,
      resourcePersistencePath: state,
    })
    const miniflare = new Miniflare(options)
    await miniflare.ready
    const database = await miniflare.getD1Database('DB')
    for (const { queries } of await readD1Migrations(path.join(root, 'migrations')))
      for (const query of queries) await database.prepare(query).run()
    await database.prepare('CREATE TABLE floor (id INTEGER PRIMARY KEY, body TEXT NOT NULL)').run()
    return new Server(`http://127.0.0.1:${port}`, miniflare)
  }

  stop(): Promise<void> {
    return this.#miniflare.dispose()
  }
}

/** The venue has six markets, and the bench wants sixteen: the others are copies of one, in the bench's own build alone. */
function addMarkets(file: string): void {
  const text = readFileSync(file, 'utf8')
  const [list, define] = /var MARKETS = \[\s*(\w+)\(\{/.exec(text) ?? []
  if (list === undefined || define === undefined)
    throw new Error('The build has no list of markets any more.')
  const figures = { quote: 'USDT', tick: '0.01', lot: '0.0001', minNotional: '5', maxPrice: '1000000' }
  const added = COPIED_MARKETS.map((id) => {
    const [base = ''] = id.split('-')
    return `${define}(${JSON.stringify({ base, ...figures, maxQuantity: '9000', simulatedPrice: '2685' })}),`
  })
  writeFileSync(
    file,
    text.replace(list, () => list.replace(`${define}(`, `${added.join('\n')}\n${define}(`)),
  )
}

/** Without the demonstration's traders: all load is the bench's own. */
const VARS = {
  BETTER_AUTH_SECRET: 'a secret of the bench only, of at least 32 characters',
  FEED: 'simulated',
  DEMO: 'off',
  // One account sends as much as it can.
  RATE_LIMITS: 'off',
}
