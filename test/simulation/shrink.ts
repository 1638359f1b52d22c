import { type Excerpt, type Outcome, simulate } from './simulate.ts'
import type { Variety } from './variety.ts'
import type { Plant } from './venue.ts'

export interface Shortest {
  readonly excerpt: Excerpt
  readonly outcome: Outcome
}

/** What a broken law says, without the ids and figures that differ from run to run. */
const saying = (line: string): string => line.split('\n')[0]?.replace(/[\w./-]*\d[\w./-]*/g, '#') ?? ''

const operationsOf = ({ log }: Outcome): Set<number> =>
  new Set(log.map(({ chapter }) => Number(chapter)).filter((number) => number > 0))

const faultsOf = ({ log }: Outcome): string[] => log.flatMap(({ fault }) => fault ?? [])

/**
 * The shortest history of a seed that still breaks the same law: operations and faults are left out, all of them first,
 * then halves, quarters and so on (Zeller and Hildebrandt's delta debugging), until no one of them can be spared, or the
 * time is up (`milliseconds`). Null when the seed breaks none.
 */
export async function shortest(
  seed: number,
  variety: Variety,
  milliseconds: number,
  plant: () => Plant = () => ({}),
): Promise<Shortest | null> {
  const until = performance.now() + milliseconds
  const run = (excerpt: Excerpt) => simulate(seed, variety, variety.dials, plant(), excerpt)
  let outcome = await run({})
  const [first] = outcome.broken
  if (first === undefined) return null
  const wanted = saying(first)
  let excerpt: Excerpt = {}
  const breaks = async (tried: Excerpt): Promise<boolean> => {
    if (performance.now() > until) return false
    const came = await run(tried)
    if (!came.broken.some((line) => saying(line) === wanted)) return false
    outcome = came
    excerpt = tried
    return true
  }
  // Fewer operations let more faults be spared, and the other way.
  for (let round = 0; round < 2; round += 1) {
    await spare(faultsOf(outcome), (kept) => breaks({ ...excerpt, mayStrike: new Set(kept) }))
    await spare([...operationsOf(outcome)], (kept) => breaks({ ...excerpt, only: new Set(kept) }))
  }
  return { excerpt: { only: operationsOf(outcome), mayStrike: new Set(faultsOf(outcome)) }, outcome }
}

/** The fewest items that still do it: parts are left out, smaller ones each time, and the last first, on which least rests. */
async function spare<Item>(
  items: readonly Item[],
  does: (kept: readonly Item[]) => Promise<boolean>,
): Promise<void> {
  let kept = [...items]
  for (let size = kept.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let end = kept.length; end > 0; end -= size) {
      const without = [...kept.slice(0, Math.max(0, end - size)), ...kept.slice(end)]
      if (await does(without)) kept = without
    }
  }
}

/** What replays an excerpt of a seed, as arguments of the command. */
export const replayOf = (seed: number, { only, mayStrike }: Excerpt): string =>
  [
    `npm run simulate -- --from ${seed} --seeds 1`,
    ...(only === undefined ? [] : [`--only ${[...only].join(',') || 'none'}`]),
    ...(mayStrike === undefined ? [] : [`--strike ${[...mayStrike].join(',') || 'none'}`]),
  ].join(' ')

/** An outcome as lines for people: what was done and what struck, in order, then the broken laws. */
export function story({ log, broken }: Outcome): string[] {
  const told = log.filter(({ chapter, what }) => chapter !== 'end' && !isFirstQuote(chapter, what))
  const began = log[0]?.at ?? 0
  return [
    ...told.map(
      ({ at, chapter, what, fault }) =>
        `${String(at - began).padStart(7)} ms  ${fault === null ? `${chapter}.` : `FAULT ${fault}:`} ${what}`,
    ),
    ...broken.slice(0, 10).map((line) => `BROKEN ${line}`),
  ]
}

const isFirstQuote = (chapter: string, what: string): boolean =>
  chapter === 'start' && what.startsWith('house: ')

/** Runs a seed. What it broke, with the shortest history that shows it and the command that replays that; else nothing. */
export async function brokenBySeed(
  seed: number,
  variety: Variety,
  milliseconds: number,
): Promise<{ broken: readonly string[]; outcome: Outcome }> {
  const outcome = await simulate(seed, variety, variety.dials)
  if (outcome.broken.length === 0) return { broken: [], outcome }
  const found = await shortest(seed, variety, milliseconds)
  const broken =
    found === null
      ? [...outcome.broken, `seed ${seed} broke no law the second time: it is not deterministic`]
      : [...story(found.outcome), replayOf(seed, found.excerpt)]
  return { broken, outcome }
}
