import type { Tally } from '../support/sqliteStore.ts'
import type { Excerpt, Outcome } from './simulate.ts'

const BETWEEN = ': '

/** Kinds of writes of a run by what makes them, as `market: INSERT trade`. Derived from the statements: reads are no steps. */
export function writesOf({ steps }: Pick<Outcome, 'steps'>): Map<string, Tally> {
  return new Map(
    [...steps].flatMap(([object, { tallies }]) =>
      [...tallies].map(([kind, tally]) => [`${object}${BETWEEN}${kind}`, tally] as const),
    ),
  )
}

/** Adds the writes of a run to those of others. */
export function addWrites(sums: Map<string, Tally>, writes: ReadonlyMap<string, Tally>): void {
  for (const [kind, { taken, crashed, failed }] of writes) {
    const sum = sums.get(kind) ?? { taken: 0, crashed: 0, failed: 0 }
    sums.set(kind, {
      taken: sum.taken + taken,
      crashed: sum.crashed + crashed,
      failed: sum.failed + failed,
    })
  }
}

/** An excerpt of all of a seed in which a crash comes at the first write of that kind. */
export function crashingAt(write: string): Excerpt {
  const between = write.indexOf(BETWEEN)
  return { crashOn: { object: write.slice(0, between), kind: write.slice(between + BETWEEN.length) } }
}
