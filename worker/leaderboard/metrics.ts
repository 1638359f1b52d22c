import { BASIS } from '../ledger/amount.ts'

/** Equity at a time, and what had come in less what had gone out until then. Quote units; `at` in milliseconds. */
export interface Snapshot {
  readonly at: number
  readonly equity: bigint
  readonly netDeposits: bigint
  /** Running total of realised profit, from zero within one source. */
  readonly realised: bigint
  /** Totals count within one source: where it changes nothing has flowed, and realised profit begins at zero again. */
  readonly source: 'venue' | 'simulated'
}

export interface WindowMetrics {
  /** Time-weighted return, basis points. */
  readonly returnBps: number
  /** Deepest fall of the return index from a high before it, basis points, not negative. */
  readonly maxDrawdownBps: number
  /** Profit realised within the window, quote units. */
  readonly realised: bigint
  /** Return in basis points since the start, at `LINE_POINTS` times spread evenly over the snapshots. */
  readonly line: readonly number[]
}

export const LINE_POINTS = 24

/** Fixed-point one of the return index: integers keep the result the same on every machine. */
const ONE = 10n ** 12n

/**
 * Time-weighted return: the product over the intervals between snapshots of equity after the interval, less what flowed
 * in during it, over equity before it (modified to flows at the end of each interval; CFA Institute, GIPS 2020, 2.A.23).
 * Null when fewer than two snapshots lie in the window, or equity was not above zero.
 */
export function metricsOf(snapshots: readonly Snapshot[]): WindowMetrics | null {
  const index: bigint[] = [ONE]
  let realised = 0n
  let before = snapshots[0]
  if (before === undefined || snapshots.length < 2) return null
  for (const after of snapshots.slice(1)) {
    if (before.equity <= 0n) return null
    const continues = after.source === before.source
    const flow = continues ? after.netDeposits - before.netDeposits : 0n
    realised += continues ? after.realised - before.realised : after.realised
    const last = index.at(-1) ?? ONE
    index.push((last * (after.equity - flow)) / before.equity)
    before = after
  }
  return {
    returnBps: toBps(index.at(-1) ?? ONE),
    maxDrawdownBps: drawdownBps(index),
    realised,
    line: evenly(index, LINE_POINTS).map(toBps),
  }
}

const toBps = (index: bigint): number => Number(((index - ONE) * BASIS) / ONE)

function drawdownBps(index: readonly bigint[]): number {
  let high = ONE
  let deepest = 0n
  for (const value of index) {
    if (value > high) high = value
    const fall = ((high - value) * BASIS) / high
    if (fall > deepest) deepest = fall
  }
  return Number(deepest)
}

/** First and last included. */
function evenly<T>(values: readonly T[], count: number): T[] {
  if (values.length <= count) return [...values]
  return Array.from({ length: count }, (_, step) =>
    Math.round((step * (values.length - 1)) / (count - 1)),
  ).flatMap((position) => values.slice(position, position + 1))
}
