import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import * as z from 'zod'
import { placeAt, root } from '../../scripts/prepare.ts'
import { MARKETS } from '../../worker/market/settings.ts'
import { freePort } from '../browser/support/venue.ts'
import { type Audit, audit } from '../crash/audit.ts'
import { Ledger, Prices, Trader } from '../crash/load.ts'
import { Server } from '../crash/server.ts'
import { Random } from '../support/random.ts'
import { Latency } from './latency.ts'
import { Watched, watch } from './watchers.ts'

/**
 * npm run soak -- [--accounts N] [--seconds N] [--rate N] [--sockets N] [--seed N]
 * Trades on all markets under the real workerd, about `rate` things a second, while sockets come and go, markets are put out,
 * consumers of queues fail, and in the second half one account sends orders without a pause. Prints what came of it and
 * reconciles. Ends with 1 when anything is lost, doubled, does not add up, or when a stream had a hole.
 */
const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '120' },
    rate: { type: 'string', default: '20' },
    sockets: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
  },
})
const [accounts, seconds, rate, sockets, seed] = [
  Number(values.accounts),
  Number(values.seconds),
  Number(values.rate),
  Number(values.sockets),
  Number(values.seed),
]

/** Between two markets put out. */
const PUT_OUT_MS = 5_000

/** Between two orders of the account whose answers are timed. */
const PROBE_MS = 150

/** Orders that the flooding account has under way at once. */
const FLOODS = 40

/** How long the venue may take to come to rest. */
const REST_MS = 120_000

const SIGN_UPS_AT_ONCE = 4

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const folder = mkdtempSync(path.join(os.tmpdir(), 'soak-'))
const server = new Server(placeAt(folder), await freePort(), { RATE_LIMITS: 'on', LOCAL_TOKEN: 'soak' })
await server.prepare()
const config = path.join(folder, 'wrangler.toml')
const main = `main = "${path.join(root, 'test/soak/worker.ts')}"`
writeFileSync(config, readFileSync(config, 'utf8').replace(/^main = .*$/m, main))
await server.start()

const ledger = new Ledger()
const prices = new Prices(server.address)
const pause = (random: Random) => later(random.between(0, Math.round((2_000 * accounts) / rate)))
const traderOf = (name: string, index: number, restless: boolean, of = ledger) =>
  new Trader(server.address, name, of, seed * 100_000 + index, {
    markets: MARKETS,
    prices,
    from: `10.0.${Math.floor(index / 200)}.${index % 200}`,
    ...(restless ? {} : { pause }),
  })
const traders = Array.from({ length: accounts }, (_, index) => traderOf(`trader${index}`, index, false))
const flooding = new Ledger()
const flooder = traderOf('flooder', accounts, true, flooding)
const probing = new Ledger()
const probe = traderOf('probe', accounts + 1, true, probing)

process.stdout.write(`${accounts} accounts sign up `)
const waiting = [...traders, flooder, probe]
await Promise.all(
  Array.from({ length: SIGN_UPS_AT_ONCE }, async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await next.signUp()
  }),
)
const [leader, ...others] = traders
if (leader === undefined) throw new Error('Nobody trades: --accounts is at least 1.')
await leader.takeFollowers()
for (const follower of others.slice(0, 20)) await follower.follow(leader.id)

const memory = [server.memory()]
const began = performance.now()
const elapsed = () => (performance.now() - began) / 1_000
const over = () => elapsed() >= seconds
const isFlooded = () => elapsed() >= seconds / 2
const watched = new Watched()
const [quiet, flooded] = [new Latency(), new Latency()]
let putOut = 0

console.log(`and trade on ${MARKETS.length} markets for ${seconds} s`)
await Promise.all([
  ...traders.map((trader) => trader.trade(over)),
  ...Array.from({ length: sockets }, (_, index) =>
    watch(server.address, MARKETS, new Random(seed * 1_000 + index), watched, over),
  ),
  flood(),
  timeAnswers(),
  putMarketsOut(),
  tellProgress(),
])
const lasted = elapsed()
memory.push(server.memory())
const faults = z
  .object({ batches: z.number(), failed: z.number() })
  .parse(await soak('batches').then((a) => a.json()))

const audited = await comeToRest()
const reconciled = await reconcile()
await server.kill()
say()

/** One account sends orders without a pause, several at once. */
async function flood(): Promise<void> {
  while (!isFlooded()) await later(100)
  await Promise.all(Array.from({ length: FLOODS }, () => flooder.trade(over)))
}

/** An account that is not flooding places an order now and then, and waits for its answer. */
async function timeAnswers(): Promise<void> {
  while (!over()) {
    await (isFlooded() ? flooded : quiet).of(() => probe.rest())
    await later(PROBE_MS)
  }
}

async function putMarketsOut(): Promise<void> {
  const random = new Random(seed)
  for (let at = PUT_OUT_MS; !over(); at += PUT_OUT_MS) {
    while (!over() && elapsed() * 1_000 < at) await later(100)
    if (over()) return
    await soak(`put-out?market=${random.pick(MARKETS).id}`)
    putOut += 1
  }
}

async function tellProgress(): Promise<void> {
  while (!over()) {
    await later(1_000)
    // Whether it goes on rising is of more interest than what it came to.
    if (elapsed() >= (memory.length * seconds) / 4 && memory.length < 4) memory.push(server.memory())
    process.stdout.write(`\r${Math.round(elapsed())} s, ${ledger.acknowledged.length} orders `)
  }
}

function soak(what: string): Promise<Response> {
  return fetch(`${server.address}/api/soak/${what}`, { headers: { authorization: 'Bearer soak' } })
}

/** Reads the rows until nothing is under way: a failed batch comes again after a while. */
async function comeToRest(): Promise<Audit> {
  const end = performance.now() + REST_MS
  for (;;) {
    const found = audit(path.join(folder, 'state'), ledger.acknowledged)
    if ((found.waiting === 0 && found.differences.length === 0) || performance.now() > end) return found
    await later(3_000)
  }
}

/** As an operator does, by the command, until the venue stands still. */
async function reconcile(): Promise<string> {
  const end = performance.now() + REST_MS
  for (;;) {
    const command = [path.join(root, 'scripts/reconcile.ts'), '--url', server.address]
    const { stdout } = await promisify(execFile)(process.execPath, command, {
      env: { ...process.env, OPERATOR_TOKEN: server.operatorToken },
    }).catch((error: unknown) => z.object({ stdout: z.string() }).parse(error))
    const atRest = / 0 differences/.test(stdout) && !/under way|did not stand still/.test(stdout)
    if (atRest || performance.now() > end) return stdout.trim()
    await later(3_000)
  }
}

function say(): void {
  const whole = (value: number) => Math.round(value).toLocaleString('en')
  const perSecond = (count: number) => `${whole(count)} (${(count / lasted).toFixed(1)} a second)`
  const list = (problems: ReadonlyMap<string, number>) =>
    [...problems]
      .sort(([, a], [, b]) => b - a)
      .map(([code, count]) => `${code} ${whole(count)}`)
      .join(', ')
  const slower = flooded.percentile(0.99) / quiet.percentile(0.99)
  const lines: [string, string][] = [
    [
      'orders',
      `${perSecond(ledger.acknowledged.length)} taken, ${whole(ledger.refused)} refused; ${whole(ledger.amended)} changed, ${whole(ledger.cancelled)} cancelled`,
    ],
    ['trades', whole(audited.trades)],
    ['problems', list(ledger.problems) || 'none'],
    ['sent again', `${whole(ledger.retried)} of ${whole(ledger.sent)}`],
    [
      'sockets',
      `${whole(watched.opened)} opened, ${whole(watched.refused)} not; ${perSecond(watched.messages)} messages, ${whole(watched.bytes / 1e6)} MB, ${watched.gaps} holes`,
    ],
    ['faults', `${putOut} markets put out, ${faults.failed} of ${faults.batches} batches failed`],
    ['the flood', `${perSecond(flooding.answers)} answers: ${list(flooding.problems) || 'nothing refused'}`],
    [
      'another account',
      `quiet p50 ${quiet.percentile(0.5).toFixed(1)} ms, p99 ${quiet.percentile(0.99).toFixed(1)} ms of ${quiet.count}; in the flood p50 ${flooded.percentile(0.5).toFixed(1)} ms, p99 ${flooded.percentile(0.99).toFixed(1)} ms of ${flooded.count}: ${slower.toFixed(2)} times (at most 2)`,
    ],
    [
      'memory',
      `${memory.map((bytes) => whole(bytes / 1e6)).join(', ')} MB, at the start and after each quarter`,
    ],
    ['reconciliation', reconciled],
    [
      'audit of the rows',
      `${audited.accounts} accounts, ${audited.pools} pools, ${audited.orders} orders; ${audited.waiting} messages under way, ${audited.differences.length} differences`,
    ],
  ]
  console.log('')
  for (const [name, text] of lines) console.log(`${name.padEnd(18)}${text}`)
  for (const difference of audited.differences.slice(0, 40)) console.log(`- ${difference}`)
  const clean = / 0 differences/.test(reconciled) && audited.differences.length === 0 && watched.gaps === 0
  if (clean) rmSync(folder, { recursive: true })
  else console.log(`The state is in ${folder}.`)
  process.exitCode = clean ? 0 : 1
}
