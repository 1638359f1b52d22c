import type { LeaderboardRow, Window } from '../contract/traders.ts'
import { toDecimal } from '../ledger/amount.ts'
import { metricsOf, type Snapshot } from './metrics.ts'

const HOUR = 60 * 60 * 1000
export const WINDOW_MS: Readonly<Record<Window, number>> = {
  '24h': 24 * HOUR,
  '7d': 168 * HOUR,
  '30d': 720 * HOUR,
}
export const WINDOWS: readonly Window[] = ['24h', '7d', '30d']

/** A record shorter than this, or equity below it, says nothing about a trader: neither is ranked. */
export const LEAST_AGE_MS = 24 * HOUR
export const LEAST_EQUITY = 100n * 10n ** 8n

/** What the database knows of one trader. */
export interface TraderRecord {
  readonly id: string
  readonly name: string
  readonly style: string
  readonly kind: 'person' | 'bot'
  readonly openToFollowers: boolean
  readonly recordNote: string
  readonly recordStart: number
  readonly followers: number
  readonly copying: bigint
  /** Oldest first, reaching back to the start of the longest window. */
  readonly snapshots: readonly Snapshot[]
}

/** Traders of one window, best return first; ties by the smaller drawdown, then by id so that pages are stable. */
export function rank(records: readonly TraderRecord[], window: Window, now: number): LeaderboardRow[] {
  return records
    .flatMap((record) => rowOf(record, window, now))
    .sort(
      (a, b) => b.returnBps - a.returnBps || a.maxDrawdownBps - b.maxDrawdownBps || (a.id < b.id ? -1 : 1),
    )
    .map((row, place) => ({ ...row, rank: place + 1 }))
}

function rowOf(record: TraderRecord, window: Window, now: number): LeaderboardRow[] {
  const latest = record.snapshots.at(-1)
  const oldest = record.snapshots[0]
  if (latest === undefined || oldest === undefined) return []
  if (latest.equity < LEAST_EQUITY || now - record.recordStart < LEAST_AGE_MS) return []
  const from = now - WINDOW_MS[window]
  const metrics = metricsOf(snapshotsSince(record.snapshots, from))
  if (metrics === null) return []
  return [
    {
      rank: 0,
      id: record.id,
      name: record.name,
      style: record.style,
      kind: record.kind,
      openToFollowers: record.openToFollowers,
      returnBps: metrics.returnBps,
      realised: toDecimal(metrics.realised),
      maxDrawdownBps: metrics.maxDrawdownBps,
      equity: toDecimal(latest.equity),
      followers: record.followers,
      copying: toDecimal(record.copying),
      days: Math.floor((now - record.recordStart) / (24 * HOUR)),
      recordNote: record.recordNote === '' ? null : record.recordNote,
      line: [...metrics.line],
    },
  ]
}

/** Those in the window and the last before it, from which its first return counts. */
function snapshotsSince(snapshots: readonly Snapshot[], from: number): readonly Snapshot[] {
  const first = snapshots.findIndex((snapshot) => snapshot.at >= from)
  return first === -1 ? [] : snapshots.slice(Math.max(first - 1, 0))
}
