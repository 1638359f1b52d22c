import type { Balances } from '../ledger/ledger.ts'
import type { StreamTotals } from '../messaging/streamPositions.ts'
import type { Difference } from './difference.ts'

/** One object's part of a sum over all: its purses by name and asset, and how much has ever happened to it. */
export interface Totals {
  readonly objects: number
  /** Entries ever posted, and of a market trades ever made. */
  readonly heads: number
  readonly sent: number
  readonly applied: number
  /** By `purse asset`. */
  readonly purses: Readonly<Record<string, bigint>>
}

export const NO_TOTALS: Totals = { objects: 0, heads: 0, sent: 0, applied: 0, purses: {} }

export function totalsOf(balances: Balances, head: number, streams: StreamTotals): Totals {
  const purses: Record<string, bigint> = {}
  for (const [key, amount] of balances) {
    const [, purse, asset] = key.split('|')
    const name = `${purse} ${asset}`
    purses[name] = (purses[name] ?? 0n) + amount
  }
  return { objects: 1, heads: head, ...streams, purses }
}

export function addTotals(one: Totals, other: Totals): Totals {
  const purses = { ...one.purses }
  for (const [name, amount] of Object.entries(other.purses)) purses[name] = (purses[name] ?? 0n) + amount
  return {
    objects: one.objects + other.objects,
    heads: one.heads + other.heads,
    sent: one.sent + other.sent,
    applied: one.applied + other.applied,
    purses,
  }
}

/**
 * Whether nothing has happened between two readings of all objects, one after the other, and nothing was under way. Each
 * of the three sums is of numbers that only rise, so equal sums mean that no object has changed: the second reading and
 * the first are of one and the same moment, the one between them.
 */
export const isStill = (first: Totals, second: Totals): boolean =>
  first.objects === second.objects &&
  first.heads === second.heads &&
  first.sent === second.sent &&
  first.applied === second.applied &&
  second.sent === second.applied

/**
 * That over all objects nothing was made or lost: for each asset everything sums to what was issued (which counts as
 * negative, so to zero), and what is between two books is nothing. True of the totals of a moment with nothing under way.
 */
export function conservationDifferences({ purses }: Totals): Difference[] {
  const sums = new Map<string, bigint>()
  for (const [name, amount] of Object.entries(purses)) {
    const [purse = '', asset] = name.split(' ')
    const all = `everything in ${asset}`
    sums.set(all, (sums.get(all) ?? 0n) + amount)
    if (/^(?:clearing|pool|residue)\//.test(purse)) sums.set(name, (sums.get(name) ?? 0n) + amount)
  }
  return [...sums]
    .filter(([, sum]) => sum !== 0n)
    .map(([name, sum]) => ({
      kind: 'conservation',
      where: 'venue',
      about: name,
      expected: '0 over all objects',
      found: `${sum}`,
      entries: [],
    }))
}
