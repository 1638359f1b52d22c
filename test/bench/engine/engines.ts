import { createBook, type EngineEvents, MatchingEngine } from '../../../worker/market/engine/index.ts'
import { createPeer, namesOf, peerName, playPeer } from './peer.ts'
import { Counting, emptyTally, play, type Stream, type Tally } from './stream.ts'

/** An engine with a stream to play. `step(at)` plays operation `at`; `bytes` is null where it cannot be told. */
export type Engine = { step(at: number): void; tally: Tally; bytes(): number | null }

export function ours(stream: Stream): Engine {
  const events = new Counting()
  const book = createBook({ events, maxOrders: stream.kinds.length })
  return { step: (at) => play(book, stream, at), tally: events.tally, bytes: () => book.bytes }
}

class CountingAll extends Counting implements EngineEvents {
  taking(): void {}
  fired(): void {}
  activated(): void {}
  markMoved(): void {}
}

/** Our book inside the engine that also looks after triggers and pairs, of which the stream has none. */
export function oursWithTriggers(stream: Stream): Engine {
  const events = new CountingAll()
  const engine = new MatchingEngine({
    events,
    maxOrders: stream.kinds.length,
    worstTicks: () => 1,
  })
  return { step: (at) => play(engine, stream, at), tally: events.tally, bytes: () => engine.book.bytes }
}

export function peer(stream: Stream): Engine {
  const names = namesOf(stream)
  const book = createPeer()
  const tally = emptyTally()
  return { step: (at) => playPeer(book, stream, names, at, tally), tally, bytes: () => null }
}

export { peerName }

export type Timing = { operations: number; perSecond: number; p50: number; p99: number; bytes: number | null }

/** Operations between two looks at the processor's time, which cost as much as 20 of ours. */
const UNTIMED = 2_000

/**
 * Plays the stream's second part on a book built from the first, timed as a whole in processor time. Ends after `limitMs` of it;
 * the figures are then of the operations done, of the same stream.
 */
export function timeWhole(
  engine: Engine,
  stream: Stream,
  limitMs: number,
): { operations: number; perSecond: number } {
  build(engine, stream)
  const { resting, operations } = stream
  const before = process.cpuUsage()
  let done = 0
  while (done < operations && spentMs(before) < limitMs) {
    for (const pause = Math.min(operations, done + UNTIMED); done < pause; done++) engine.step(resting + done)
  }
  const perSecond = (done / spentMs(before)) * 1000
  if (done === operations) checkTally(engine.tally, stream.tally)
  return { operations: done, perSecond }
}

/** As `timeWhole`, and each operation by itself on the wall clock, whose two reads are in every figure. */
export function timeEach(engine: Engine, stream: Stream, limitMs: number): Timing {
  build(engine, stream)
  const { resting, operations } = stream
  const times = new Float64Array(operations)
  const before = process.cpuUsage()
  let done = 0
  while (done < operations && spentMs(before) < limitMs) {
    for (const pause = Math.min(operations, done + UNTIMED); done < pause; done++) {
      const start = performance.now()
      engine.step(resting + done)
      times[done] = performance.now() - start
    }
  }
  const perSecond = (done / spentMs(before)) * 1000
  if (done === operations) checkTally(engine.tally, stream.tally)
  const sorted = times.subarray(0, done).sort()
  const at = (share: number) => Math.round((sorted[Math.floor(done * share)] ?? 0) * 1e6)
  return { operations: done, perSecond, p50: at(0.5), p99: at(0.99), bytes: engine.bytes() }
}

export function spentMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

function build(engine: Engine, stream: Stream): void {
  for (let at = 0; at < stream.resting; at++) engine.step(at)
  Object.assign(engine.tally, emptyTally())
}

/** A figure counts only if the engine did the same trades. */
function checkTally(tally: Tally, expected: Tally): void {
  for (const key of ['trades', 'lots', 'cancelled', 'rested'] as const) {
    if (tally[key] !== expected[key]) throw new Error(`${key}: ${tally[key]} instead of ${expected[key]}`)
  }
}
