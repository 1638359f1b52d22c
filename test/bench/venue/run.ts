import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { freePort } from '../../browser/support/venue.ts'
import { print, reporter, whole } from '../report.ts'
import { Client, type Timing, timed } from './client.ts'
import { type Counted, countCosts, shapeOf } from './cost.ts'
import { printCosts } from './costTable.ts'
import { Server } from './server.ts'
import { fillingOrder, MARKETS, openAccounts, orderOf, restingOrder, type Trader } from './traders.ts'
import type { Shape } from './worker/shape.ts'

/**
 * npm run bench:venue [-- --json] [--quick]
 * What one order costs, as workerd itself counts it; then orders a second and how long they take, through HTTP, Account and
 * Market under the real workerd on this machine, beside a floor in the same workerd and the same run: as many calls of objects,
 * transactions and rows as were counted for the order, and the same question who is asking, to no purpose. Figures are the
 * best of some rounds, ours and the floor's by turns: other work on the machine only ever slows.
 */
const quick = process.argv.includes('--quick')
const ROUNDS = quick ? 2 : 4
/** Orders of one round. The account may have 200 open in a market. */
const ORDERS = quick ? 60 : 150
/** Connections at once where throughput of one account is measured, and where load is spread. */
const AT_ONCE = 16
const AT_ONCE_SPREAD = 32
/** Ours may take so many times as long as the floor. */
const WITHIN = 1.5
const SPREAD_ORDERS = quick ? 200 : 600
const SPREAD_ROUNDS = quick ? 1 : 2
const ACCOUNTS = quick ? [1, 10, 100] : [1, 10, 100, 1_000]

const BTC = 'BTC-USDT'
const report = reporter('venue')

interface Sent {
  readonly trader: Trader
  readonly market: string
  readonly method: string
  readonly path: string
  readonly body?: string
}

interface Case {
  readonly name: string
  readonly shape: Shape
  readonly sent: readonly Sent[]
}

type Pair = { readonly ours: Timing; readonly floor: Timing }

/** Orders that were placed and not cancelled yet. */
let open: { id: string; order: Sent }[] = []

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-venue-'))
  const port = await freePort()
  const withServer = <T>(meter: 'on' | 'off', work: (client: Client) => Promise<T>) =>
    served(folder, port, meter, work)
  try {
    await Server.build(folder)
    const counted = await withServer('on', async (client) => {
      const [trader] = await openAccounts(client, 1)
      if (trader === undefined) throw new Error('no account')
      return countCosts(client, trader)
    })
    printCosts(counted, report)
    await withServer('off', (client) => measure(client, counted))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function served<T>(
  folder: string,
  port: number,
  meter: 'on' | 'off',
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const server = await Server.start(folder, port, { METER: meter })
  const client = new Client(port, 64)
  try {
    return await work(client)
  } finally {
    client.close()
    await server.stop()
  }
}

async function measure(client: Client, counted: readonly Counted[]): Promise<void> {
  const shapes = new Map(counted.map((each) => [each.name, shapeOf(each)]))
  const shape = (name: string): Shape => shapes.get(name) ?? fail(`nothing was counted of ${name}`)
  const resting = shape('order that rests')
  const cancelled = shape('cancel')
  const traders = await openAccounts(client, 1)

  print(`\nOne account on one market; best of ${ROUNDS} rounds. The load of this machine is ${load()}.`)
  await pair(client, { name: '', shape: resting, sent: places(traders, [BTC], 2) }, 1)
  await pair(client, { name: '', shape: cancelled, sent: cancels() }, 1)
  for (const atOnce of [1, AT_ONCE]) {
    const best = new Map<string, Pair>()
    for (let round = 0; round < ROUNDS; round += 1)
      for (const make of [
        () => ({ name: 'order that rests', shape: resting, sent: places(traders, [BTC], ORDERS) }),
        () => ({ name: 'cancel', shape: cancelled, sent: cancels() }),
        () => ({ name: 'order that fills', shape: shape('order that fills'), sent: fills(traders) }),
      ]) {
        const each = make()
        best.set(each.name, better(best.get(each.name), await pair(client, each, atOnce)))
      }
    for (const [name, found] of best) tell(`${name}, ${atOnce} at once`, found)
  }

  print(`\nOrders that rest and their cancels, ${AT_ONCE_SPREAD} at once; the load is ${load()}.`)
  const many = await openAccounts(client, Math.max(...ACCOUNTS), 1)
  const spread = async (name: string, among: readonly Trader[], markets: readonly string[]) => {
    await pair(
      client,
      { name: '', shape: resting, sent: places(among, markets, among.length) },
      AT_ONCE_SPREAD,
    )
    await pair(client, { name: '', shape: cancelled, sent: cancels() }, AT_ONCE_SPREAD)
    let best: Pair | undefined
    for (let round = 0; round < SPREAD_ROUNDS; round += 1)
      for (let left = SPREAD_ORDERS; left > 0; left -= ORDERS * among.length) {
        const count = Math.min(left, ORDERS * among.length)
        const placed = await pair(
          client,
          { name, shape: resting, sent: places(among, markets, count) },
          AT_ONCE_SPREAD,
        )
        const ended = await pair(client, { name, shape: cancelled, sent: cancels() }, AT_ONCE_SPREAD)
        best = better(best, {
          ours: joined(placed.ours, ended.ours),
          floor: joined(placed.floor, ended.floor),
        })
      }
    if (best !== undefined) tell(name, best)
  }
  for (const count of ACCOUNTS)
    await spread(`${whole(count)} account${count === 1 ? '' : 's'}, one market`, many.slice(0, count), [BTC])
  for (const count of [1, 4, 16])
    await spread(
      `100 accounts, ${count} market${count === 1 ? '' : 's'}`,
      many.slice(0, 100),
      MARKETS.slice(0, count),
    )
  print(
    'All objects of a local workerd share one thread: more of them do not add processors here, as they do when deployed.',
  )
}

const places = (traders: readonly Trader[], markets: readonly string[], count: number): Sent[] =>
  Array.from({ length: count }, (_, index) => {
    const trader = traders[index % traders.length] ?? fail('no trader')
    const market = markets[index % markets.length] ?? fail('no market')
    return { trader, market, method: 'POST', path: '/api/v1/orders', body: restingOrder(market) }
  })

/** Of all that is open. */
function cancels(): Sent[] {
  const all = open
  open = []
  return all.map(({ id, order: { trader, market } }) => ({
    trader,
    market,
    method: 'DELETE',
    path: `/api/v1/orders/${id}`,
  }))
}

/** Buys, then sells of as much but for the fee, so that neither runs out. */
const fills = ([trader = fail('no trader')]: readonly Trader[]): Sent[] =>
  Array.from({ length: ORDERS }, (_, index) => {
    const body = fillingOrder(BTC, index < ORDERS / 2 ? 'buy' : 'sell')
    return { trader, market: BTC, method: 'POST', path: '/api/v1/orders', body }
  })

/** Ours, then the floor's. */
async function pair(client: Client, { shape, sent }: Case, atOnce: number): Promise<Pair> {
  const ours = await timed(sent, atOnce, async (order) => {
    const { method, path: where, body, trader } = order
    const { status, text } = await client.send(method, where, { cookie: trader.cookie }, body)
    if (status !== 200) throw new Error(`${method} ${where}: ${status} ${text}`)
    if (method !== 'POST') return
    const { id, status: became } = orderOf(text).order
    if (became === 'open') open.push({ id, order })
  })
  const floor = await timed(sent, atOnce, async ({ method, trader, market, body }) => {
    const headers = { 'x-floor': JSON.stringify({ shape, market, account: trader.id }) }
    const { status, text } = await client.send(method, '/floor', headers, body)
    if (status !== 200) throw new Error(`floor: ${status} ${text}`)
  })
  return { ours, floor }
}

const better = (one: Pair | undefined, other: Pair): Pair =>
  one === undefined ? other : { ours: best(one.ours, other.ours), floor: best(one.floor, other.floor) }

const best = (one: Timing, other: Timing): Timing => ({
  count: one.count,
  perSecond: Math.max(one.perSecond, other.perSecond),
  p50: Math.min(one.p50, other.p50),
  p95: Math.min(one.p95, other.p95),
  p99: Math.min(one.p99, other.p99),
})

/** Two kinds of requests, as many of each, one after the other. */
const joined = (one: Timing, other: Timing): Timing => ({
  count: one.count + other.count,
  perSecond: 2 / (1 / one.perSecond + 1 / other.perSecond),
  p50: (one.p50 + other.p50) / 2,
  p95: Math.max(one.p95, other.p95),
  p99: Math.max(one.p99, other.p99),
})

function tell(name: string, { ours, floor }: Pair): void {
  const times = floor.perSecond / ours.perSecond
  const line = ({ perSecond, p50, p95, p99 }: Timing) =>
    `${whole(perSecond).padStart(6)} a second   p50 ${ms(p50)}   p95 ${ms(p95)}   p99 ${ms(p99)}`
  print(`${name}`)
  print(
    `  ours   ${line(ours)}   ${times.toFixed(2)} times the floor${times > WITHIN ? `, over ${WITHIN}` : ''}`,
  )
  print(`  floor  ${line(floor)}`)
  const against = 'the floor in the same run'
  report(name, ours.perSecond, 'a second', against, ours.perSecond / floor.perSecond)
  for (const part of ['p50', 'p95', 'p99'] as const)
    report(`${name}, ${part}`, ours[part], 'ms', against, floor[part] / ours[part])
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`.padStart(8)

const load = (): string => (os.loadavg()[0] ?? 0).toFixed(1)

function fail(what: string): never {
  throw new Error(what)
}

await main()
