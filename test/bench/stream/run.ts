import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { MarketStreamMessage } from '../../../worker/contract/stream.ts'
import { print, reporter, whole } from '../report.ts'
import { Server } from './server.ts'
import { showSleep } from './sleep.ts'
import { Delays, Subscribers } from './subscribers.ts'

/**
 * npm run bench:stream [-- --json]
 * How late an update comes to each of 1, 100 and 2,000 subscribers of one market at 500 orders a second, beside a floor in the
 * same workerd and the same run: an object that sends as many bytes as often to as many sockets, and does nothing else.
 */
const SUBSCRIBERS = [1, 100, 2_000]
const ORDERS_PER_SECOND = 500
const SECONDS = 8
/** By turns with the floor; the best counts, since other work on the machine only ever slows. */
const ROUNDS = 2
const INTERVAL_MS = 100
/** An update may be 50 ms later than the interval over which it was gathered. */
const LIMIT_MS = INTERVAL_MS + 50
const RELAYED = 100
const MARKET = 'BTC-USDT'

const report = reporter('stream')

interface Measured {
  readonly delays: Delays
  readonly frames: number
  readonly bytesPerSecond: number
  readonly memory: number
  /** Microseconds of workerd's processor time for each message that came to a subscriber. */
  readonly processor: number
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-stream-'))
  const server = await Server.start(folder)
  try {
    print(
      `Node ${process.version}, real workerd, both on this machine, whose load is ${os.loadavg()[0]?.toFixed(1)}.`,
    )
    print(
      `${ORDERS_PER_SECOND} orders a second, four of five resting near the touch, one taking, and cancels besides; they`,
    )
    print(
      'are handed to the Market object itself, since HTTP and Account beside the sockets need more than this machine.',
    )
    print(
      `Frames every ${INTERVAL_MS} ms. Delay: from a trade in the object to its arrival, of every subscriber and trade.`,
    )
    for (const count of SUBSCRIBERS) await compare(server, count)
    await relayed(server)
    await showSleep(server, report)
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compare(server: Server, count: number): Promise<void> {
  let ours = await measure(server, count)
  let floor = await measureFloor(server, count, ours.size, ours.ages)
  for (let round = 1; round < ROUNDS; round += 1) {
    ours = better(ours, await measure(server, count))
    floor = better(floor, await measureFloor(server, count, ours.size, ours.ages))
  }
  const name = `${whole(count)} subscriber${count === 1 ? '' : 's'}`
  const [p50, p99] = [ours.delays.quantile(0.5), ours.delays.quantile(0.99)]
  const [floor50, floor99] = [floor.delays.quantile(0.5), floor.delays.quantile(0.99)]
  print(`\n${name}, ${whole(ours.orders / SECONDS)} orders a second placed`)
  print(
    `  ours   p50 ${p50} ms   p99 ${p99} ms (asked: under ${LIMIT_MS}${p99 < LIMIT_MS ? '' : ', missed'})   ${told(ours)}`,
  )
  print(`  floor  p50 ${floor50} ms   p99 ${floor99} ms   ${told(floor)}`)
  report(`${name}, update delay p50`, p50, 'ms', 'the floor', floor50 / p50)
  report(`${name}, update delay p99`, p99, 'ms', 'the floor', floor99 / p99)
  report(`${name}, update delay p99 against what is asked`, p99, 'ms', `${LIMIT_MS} ms`, LIMIT_MS / p99)
  report(`${name}, bytes`, ours.bytesPerSecond, 'bytes a second a subscriber', null, null)
  report(
    `${name}, processor time`,
    ours.processor,
    'us a message',
    'the floor',
    floor.processor / ours.processor,
  )
  report(`${name}, memory`, ours.memory, 'bytes of workerd', 'the floor', floor.memory / ours.memory)
}

const better = <Of extends Measured>(one: Of, other: Of): Of =>
  other.delays.quantile(0.99) < one.delays.quantile(0.99) ? other : one

const told = ({ frames, bytesPerSecond, memory, processor }: Measured): string =>
  `${whole(frames)} frames   ${whole(bytesPerSecond)} bytes/s each   workerd ${whole(memory / 1e6)} MB, ${whole(processor)} us a message`

/** The same by way of `/api/v1/stream`, which passes on what the market sends. */
async function relayed(server: Server): Promise<void> {
  const { delays } = await measure(server, RELAYED, '/api/v1/stream', {
    type: 'subscribe',
    channel: 'book',
    market: MARKET,
  })
  const [p50, p99] = [delays.quantile(0.5), delays.quantile(0.99)]
  print(`\n${RELAYED} subscribers by way of /api/v1/stream   p50 ${p50} ms   p99 ${p99} ms`)
  report(`${RELAYED} subscribers, relayed, update delay p50`, p50, 'ms', null, null)
  report(`${RELAYED} subscribers, relayed, update delay p99`, p99, 'ms', `${LIMIT_MS} ms`, LIMIT_MS / p99)
}

async function measure(
  server: Server,
  count: number,
  path = `/api/v1/stream/markets/${MARKET}`,
  ask?: object,
): Promise<Measured & { orders: number; size: number; ages: readonly number[] }> {
  const subscribers = await Subscribers.connect(server.port, path, count, ask)
  await server.ask('trade', { name: MARKET, rate: ORDERS_PER_SECOND, seconds: 2 })
  subscribers.reset()
  const before = server.used().processor
  const orders = await server.ask('trade', { name: MARKET, rate: ORDERS_PER_SECOND, seconds: SECONDS })
  const { bytesPerSecond, sent } = subscribers
  const { memory, processor } = server.used()
  if (subscribers.count < count) throw new Error(`${count - subscribers.count} of ${count} were cut off`)
  subscribers.close()
  const delays = new Delays()
  const ages: number[] = []
  let size = 0
  for (const { text, lags } of sent) {
    size += text.length
    const own = agesIn(text)
    ages.push(...own)
    delays.addSums(lags, own)
  }
  return {
    delays,
    frames: sent.length,
    bytesPerSecond,
    memory,
    processor: ((processor - before) * 1_000) / (sent.length * count),
    orders,
    size: Math.round(size / sent.length),
    ages,
  }
}

/** Milliseconds from each trade of a frame to the frame. */
function agesIn(text: Buffer): number[] {
  const message = MarketStreamMessage.parse(JSON.parse(String(text)))
  if (message.type !== 'frame') return []
  const ours = message.prints?.filter(({ source }) => source === 'venue') ?? []
  return ours.map(({ at }) => message.at - Date.parse(at))
}

/** As late as the floor's texts are, and as old as ours were when they left. */
async function measureFloor(
  server: Server,
  count: number,
  size: number,
  ages: readonly number[],
): Promise<Measured> {
  const subscribers = await Subscribers.connect(server.port, '/bench/floor', count)
  subscribers.reset()
  const before = server.used().processor
  await server.ask('floor/send', { size, interval: INTERVAL_MS, seconds: SECONDS })
  const { bytesPerSecond, sent } = subscribers
  const { memory, processor } = server.used()
  subscribers.close()
  const lags = new Delays()
  for (const each of sent) lags.addSums(each.lags, [0])
  const delays = new Delays()
  delays.addSums(lags, ages)
  const spent = ((processor - before) * 1_000) / (sent.length * count)
  return { delays, frames: sent.length, bytesPerSecond, memory, processor: spent }
}

await main()
