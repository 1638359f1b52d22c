import { createBook } from '../../../worker/market/engine/index.ts'
import { createPeer, namesOf, peerName, playPeer } from './peer.ts'
import { emptyTally, play, type Stream, type Tally, tallying } from './stream.ts'

/** An engine with a stream to play. `step(at)` plays operation `at`; `bytes` is null where it cannot be told. */
export type Engine = { step(at: number): void; tally: Tally; bytes(): number | null }

export function ours(stream: Stream): Engine {
  const { events, tally } = tallying()
  const book = createBook({ events, maxOrders: stream.kinds.length })
  return { step: (at) => play(book, stream, at), tally, bytes: () => book.bytes }
}

export function peer(stream: Stream): Engine {
  const names = namesOf(stream)
  const book = createPeer()
  const tally = emptyTally()
  return { step: (at) => playPeer(book, stream, names, at, tally), tally, bytes: () => null }
}

export { peerName }

export type Timing = { operations: number; perSecond: number; p50: number; p99: number; bytes: number | null }

/**
 * Builds the book with the stream's first part, then plays the second twice on new engines: once timed as a whole, in processor
 * time, and once each operation by itself, on the wall clock (its two reads are in the figure). Stops after `limitMs` a pass.
 */
export function timeEngine(engine: (stream: Stream) => Engine, stream: Stream, limitMs: number): Timing {
  const { operations, perSecond, bytes } = timeWhole(engine(stream), stream, limitMs)
  return { operations, perSecond, bytes, ...timeEach(engine(stream), stream, limitMs) }
}

function timeWhole(engine: Engine, stream: Stream, limitMs: number) {
  build(engine, stream)
  const { resting, operations } = stream
  const before = process.cpuUsage()
  const deadline = performance.now() + limitMs
  let done = 0
  while (done < operations && performance.now() < deadline) {
    for (const pause = Math.min(operations, done + 100); done < pause; done++) engine.step(resting + done)
  }
  const { user, system } = process.cpuUsage(before)
  if (done === operations) checkTally(engine.tally, stream.tally)
  return { operations: done, perSecond: (done / (user + system)) * 1e6, bytes: engine.bytes() }
}

function timeEach(engine: Engine, stream: Stream, limitMs: number): { p50: number; p99: number } {
  build(engine, stream)
  const { resting, operations } = stream
  const times = new Float64Array(operations)
  const deadline = performance.now() + limitMs
  let done = 0
  for (let now = 0; done < operations && now < deadline; done++) {
    const start = performance.now()
    engine.step(resting + done)
    now = performance.now()
    times[done] = now - start
  }
  const sorted = times.subarray(0, done).sort()
  const at = (share: number) => Math.round((sorted[Math.floor(done * share)] ?? 0) * 1e6)
  return { p50: at(0.5), p99: at(0.99) }
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
