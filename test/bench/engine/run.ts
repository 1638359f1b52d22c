import { ours, peer, peerName, type Timing, timeEach, timeWhole } from './engines.ts'
import { type Cancels, makeStream, type Stream, widthOf } from './stream.ts'

/**
 * `node test/bench/engine/run.ts [--json]`: operations a second and time per operation of the matching engine, beside a peer on
 * the same stream in the same process. Figures are the best of some rounds, and throughput is by processor time: other work on
 * the machine only ever slows, and on a shared one the wall clock mostly measures the neighbours.
 */
const SIZES = [1_000, 100_000, 1_000_000]
const OPERATIONS = 500_000
const ROUNDS = 5
const LIMIT_MS = 5_000
/** The peer's rounds end after this long, for it takes microseconds to milliseconds an operation. */
const PEER_LIMIT_MS = 2_000
/** One round of the peer where building its book alone takes many seconds. */
const peerRounds = (resting: number) => (resting > 100_000 ? 1 : 2)

const json = process.argv.includes('--json')

function print(text: string): void {
  if (!json) console.log(text)
}

function report(
  name: string,
  value: number,
  unit: string,
  against: string | null,
  ratio: number | null,
): void {
  if (json) console.log(JSON.stringify({ bench: 'engine', case: name, value, unit, against, ratio }))
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function bestOf(rounds: number, time: () => Timing): Timing {
  const best = time()
  for (let round = 1; round < rounds; round++) {
    const next = time()
    best.perSecond = Math.max(best.perSecond, next.perSecond)
    best.operations = Math.max(best.operations, next.operations)
    best.p50 = Math.min(best.p50, next.p50)
    best.p99 = Math.min(best.p99, next.p99)
  }
  return best
}

function printTiming(who: string, { perSecond, p50, p99, operations }: Timing): void {
  const speed = `${whole(perSecond).padStart(10)} ops/s`
  print(
    `  ${who.padEnd(24)} ${speed}   p50 ${whole(p50)} ns   p99 ${whole(p99)} ns   ${whole(operations)} operations`,
  )
}

function compare(name: string, stream: Stream, own: Timing): void {
  // Timing each of its operations adds under a tenth of a microsecond to them, so one pass does for both figures.
  const other = bestOf(peerRounds(stream.resting), () => timeEach(peer(stream), stream, PEER_LIMIT_MS))
  const ratio = own.perSecond / other.perSecond
  printTiming(peerName, other)
  print(`  ${ratio.toFixed(1)} times as many operations a second`)
  report(name, own.perSecond, 'ops/s', peerName, ratio)
  report(`${name}, p50`, own.p50, 'ns', peerName, other.p50 / own.p50)
  report(`${name}, p99`, own.p99, 'ns', peerName, other.p99 / own.p99)
}

function main(): void {
  print(
    `Node ${process.version}. 50% limit adds, 40% cancels (of any order, then of recent ones), 10% market orders.`,
  )
  print(
    'Events and self-trade prevention on. ops/s by processor time; p50 and p99 include two reads of the clock.',
  )
  print(`Best of ${ROUNDS} rounds; the peer: of one or two, each ended after ${PEER_LIMIT_MS} ms.`)
  measure('any')
  measure('recent')
}

function measure(cancels: Cancels): void {
  let first: Timing | null = null
  for (const resting of SIZES) {
    const stream = makeStream(resting, OPERATIONS, cancels)
    const name = `mixed, ${cancels === 'any' ? '' : 'recent cancels, '}${whole(resting)} resting`
    const own = bestOf(ROUNDS, () => ({
      ...timeEach(ours(stream), stream, LIMIT_MS),
      ...timeWhole(ours(stream), stream, LIMIT_MS),
    }))
    print(
      `\n${name} (${whole(stream.finalCount)} at the end), prices over 2 x ${whole(widthOf(resting))} ticks`,
    )
    printTiming('ours', own)
    if (cancels === 'any') compare(name, stream, own)
    first ??= own
    const beside = own.perSecond / first.perSecond
    const bytes = own.bytes ?? 0
    print(
      `  ${beside.toFixed(2)} of our own speed at ${whole(SIZES[0] ?? 0)}; ${whole(bytes / 1024)} KB in buffers`,
    )
    report(`${name}, beside 1,000`, own.perSecond, 'ops/s', 'the same engine at 1,000', beside)
    if (cancels === 'any') report(`${name}, memory`, bytes / stream.finalCount, 'bytes an order', null, null)
  }
}

main()
