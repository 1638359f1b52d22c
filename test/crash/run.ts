import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { placeAt } from '../../scripts/prepare.ts'
import { marketById } from '../../worker/market/settings.ts'
import { freePort } from '../browser/support/venue.ts'
import { Random } from '../support/random.ts'
import { type Audit, audit } from './audit.ts'
import { Ledger, Prices, Trader } from './load.ts'
import { Server } from './server.ts'

/**
 * npm run crash -- [--kills N] [--accounts N] [--seed N]
 * Trades under the real workerd, kills it N times in the middle of the load, and audits the rows that are left. Ends with 1
 * when anything is lost, doubled, or does not add up.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    accounts: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
  },
})
const kills = Number(values.kills)
const random = new Random(Number(values.seed))

/** Answers between two kills, at least and at most. */
const [LEAST, MOST] = [15, 90]

/** How long the venue may take to come to rest after the load. */
const REST_MS = 90_000

/** Kills at the end, of which one has to find nothing under way. */
const LAST_KILLS = 4

const folder = mkdtempSync(path.join(os.tmpdir(), 'crash-'))
const server = new Server(placeAt(folder), await freePort())
await server.prepare()
await server.start()

const ledger = new Ledger()
const habits = {
  prices: new Prices(server.address),
  markets: ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'].map(marketById),
}
const traders = Array.from(
  { length: Number(values.accounts) },
  (_, index) =>
    new Trader(server.address, `trader${index}`, ledger, Number(values.seed) * 100 + index, habits),
)
const [leader, ...others] = traders
if (leader === undefined) throw new Error('Nobody trades: --accounts is at least 1.')
for (const trader of traders) await trader.signUp()
await leader.takeFollowers()
for (const follower of others.slice(0, 3)) await follower.follow(leader.id)

let done = false
const load = Promise.all(traders.map((trader) => trader.trade(() => done)))
const restarts: number[] = []
for (let kill = 0; kill < kills; kill += 1) {
  const enough = ledger.answers + random.between(LEAST, MOST)
  await until(() => ledger.answers >= enough)
  await server.kill()
  restarts.push(await server.start())
  process.stdout.write(`\r${kill + 1} kills, ${ledger.acknowledged.length} orders acknowledged `)
}
const enough = ledger.answers + MOST
await until(() => ledger.answers >= enough)
done = true
await load

// The house goes on quoting, so an order may fill between the last look and the last kill: then its messages are under way
// in the rows that are left, and the venue is started once more to deliver them.
await rebuildProjection()
let result = await comeToRest()
for (let last = 0; last < LAST_KILLS; last += 1) {
  await server.kill()
  result = audit(path.join(folder, 'state'), ledger.acknowledged)
  if (result.waiting === 0) break
  await server.start()
  await comeToRest()
}

/** Whoever slept through an alarm is woken by a look, and the queues empty. */
async function comeToRest(): Promise<Audit> {
  const began = performance.now()
  let found = await look()
  while ((found.waiting > 0 || found.differences.length > 0) && performance.now() - began < REST_MS) {
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    found = await look()
  }
  return found
}

async function look() {
  await Promise.all(traders.map((trader) => trader.look()))
  return audit(path.join(folder, 'state'), ledger.acknowledged)
}

/**
 * Cloudflare's queues keep their messages; the local ones keep them in memory, so what a queue had taken when it was killed
 * never reaches the database. The venue tells it again.
 */
async function rebuildProjection(): Promise<void> {
  const token = server.operatorToken
  for (let after: string | null = ''; after !== null; ) {
    const answer: Response = await fetch(`${server.address}/api/v1/operator/projection`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ after }),
    })
    after = z.object({ next: z.string().nullable() }).parse(await answer.json()).next
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20))
}

const sorted = restarts.sort((a, b) => a - b)
const seconds = (ms: number | undefined) => ((ms ?? 0) / 1_000).toFixed(1)
console.log(`\n${kills} kills; back after ${seconds(sorted[0])} to ${seconds(sorted.at(-1))} s`)
console.log(
  `${ledger.sent} requests sent, ${ledger.retried} times again; ${ledger.acknowledged.length} orders acknowledged, ${ledger.refused} refused`,
)
console.log(
  `${result.accounts} accounts, ${result.pools} pools, ${result.trades} trades, ${result.orders} orders; ${result.waiting} messages under way`,
)
console.log(`${result.differences.length} differences`)
for (const difference of result.differences.slice(0, 40)) console.log(`- ${difference}`)
const failed = result.differences.length > 0 || result.waiting > 0
if (failed) console.log(`The state is in ${folder}.`)
else rmSync(folder, { recursive: true })
process.exitCode = failed ? 1 : 0
