import { spentMs } from './engines.ts'

const READS = 1_000_000
const BYTES_PER_LINE = 64

/** Nanoseconds for one read from so many bytes at random, when the next read's place is known only from it. Best of three. */
export function dependentReadNs(bytes: number): number {
  const next = circleOfLines(Math.ceil(bytes / BYTES_PER_LINE))
  let at = 0
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage()
    for (let read = 0; read < READS; read++) at = next[at] as number
    best = Math.min(best, (spentMs(before) / READS) * 1e6)
  }
  // Without a use of `at` the loop could be left out.
  if (at < 0) throw new Error('left the circle')
  return best
}

/** One cell in each cache line names that of another; all are one circle, in random order (Sattolo's shuffle). */
function circleOfLines(lines: number): Int32Array {
  const perLine = BYTES_PER_LINE / 4
  const order = Int32Array.from({ length: lines }, (_, line) => line)
  for (let last = lines - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * last)
    const line = order[last] as number
    order[last] = order[other] as number
    order[other] = line
  }
  const next = new Int32Array(lines * perLine)
  for (let at = 0; at < lines; at++) {
    next[(order[at] as number) * perLine] = (order[(at + 1) % lines] as number) * perLine
  }
  return next
}
