import type { Env } from '../env.ts'
import { type Comparison, compare, persisting } from './compare.ts'
import { addTotals, NO_TOTALS, type Totals, totalsOf } from './conservation.ts'
import { firstSubjects, subjectsAfter } from './database.ts'
import type { Difference } from './difference.ts'
import { readView } from './read.ts'
import type { Subjects, View } from './view.ts'

/** Looks at one portion: a difference counts when it is there, unchanged, in all of them. */
const LOOKS = 3
const BETWEEN_LOOKS_MS = 1_500

/** The world outside: a test has a clock and a pause of its own. */
export interface Pace {
  now(): number
  pause(): Promise<void>
}

export const PACE: Pace = {
  now: () => Date.now(),
  pause: () => new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS)),
}

/** What was found in one portion of the venue. */
export interface Portion extends Comparison {
  /** This portion's part of the sums over all objects. */
  readonly totals: Totals
  /** Where to go on; null when this was the last. */
  readonly next: string | null
}

/** Every account and pool is in exactly one portion; the houses and the markets are in the first. */
export const FIRST = ''

/** Reconciles one portion. Bounded: some accounts and what they touch; whoever calls goes on with `next`. */
export async function reconcilePortion(env: Env, cursor: string, pace: Pace = PACE): Promise<Portion> {
  const isFirst = cursor === FIRST
  const subjects = isFirst ? await firstSubjects(env) : await subjectsAfter(env, cursor)
  const { differences, underWay, totals } = await look(env, subjects, isFirst, pace)
  return { differences, underWay, totals, next: nextAfter(subjects, isFirst) }
}

/** Ids are UUIDs and names: the first of all is after `!`. */
const BEFORE_ALL = '!'

const nextAfter = ({ accounts }: Subjects, isFirst: boolean): string | null =>
  isFirst ? BEFORE_ALL : (accounts.at(-1) ?? null)

async function look(
  env: Env,
  subjects: Subjects,
  withMarkets: boolean,
  pace: Pace,
): Promise<Comparison & { totals: Totals }> {
  let found: readonly Difference[] | null = null
  for (let looks = 1; ; looks += 1) {
    const view = await readView(env, subjects, pace.now())
    const { differences, underWay } = compare(view)
    found = found === null ? differences : persisting(found, differences)
    if (found.length === 0 || looks === LOOKS)
      return { differences: found, underWay, totals: totalsOfView(view, withMarkets) }
    await pace.pause()
  }
}

function totalsOfView({ accounts, pools, markets }: View, withMarkets: boolean): Totals {
  let totals = NO_TOTALS
  for (const { ledger, streams } of [...accounts, ...pools]) {
    if (ledger === null) continue
    const objects = streams.filter(({ peer }) => !peer.startsWith('queue/'))
    const sum = (pick: 'sent' | 'applied') => objects.reduce((all, stream) => all + stream[pick], 0)
    const both = { sent: sum('sent'), applied: sum('applied') }
    totals = addTotals(totals, totalsOf(ledger.balances, ledger.last, both))
  }
  if (withMarkets)
    for (const market of markets)
      totals = addTotals(totals, totalsOf(new Map(), market.tradesMade, market.totals))
  return totals
}
