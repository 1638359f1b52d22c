import { describe, expect, it } from 'vitest'
import { CALM } from '../support/world.ts'
import { replayOf, type Shortest, shortest, story } from './shrink.ts'
import { simulate } from './simulate.ts'
import { moreFaults, type Variety } from './variety.ts'
import type { Plant } from './venue.ts'

const SEED = 3
const SMALL = { name: 'small', accounts: 6, leaders: 1, markets: 1, operations: 120 }

/** An account that settles nothing of what it is told, when `forgets` says so. */
const forgetful = (forgets: (now: number) => boolean): Plant => ({
  account: (domain) => ({
    receive: (state, from, message, moment) => {
      const decision = domain.receive(state, from, message, moment)
      return !state.isHouse && forgets(moment.now)
        ? { ...decision, events: decision.events.filter(({ type }) => type !== 'posted') }
        : decision
    },
  }),
})

const ALWAYS = forgetful(() => true)

/** As above, but only when the clock has gone back: a fault of the world is needed to see it. */
function whenTheClockWentBack(): Plant {
  let latest = 0
  return forgetful((now) => {
    latest = Math.max(latest, now)
    return now < latest - 30_000
  })
}

/** The laws broken by what is left of a history without one of its operations or faults. */
async function without(variety: Variety, plant: () => Plant, { excerpt }: Shortest): Promise<string[][]> {
  const only = [...(excerpt.only ?? [])]
  const mayStrike = [...(excerpt.mayStrike ?? [])]
  const fewer = [
    ...only.map((left) => ({
      only: new Set(only.filter((one) => one !== left)),
      mayStrike: new Set(mayStrike),
    })),
    ...mayStrike.map((left) => ({
      only: new Set(only),
      mayStrike: new Set(mayStrike.filter((one) => one !== left)),
    })),
  ]
  const broken: string[][] = []
  for (const part of fewer)
    broken.push([...(await simulate(SEED, variety, variety.dials, plant(), part)).broken])
  return broken
}

describe('a seed that breaks a law', () => {
  it.each([
    ['a settlement that is forgotten, and nothing else goes wrong', () => ALWAYS, CALM, 0],
    ['a settlement that is forgotten, and much goes wrong', () => ALWAYS, moreFaults(10), 0],
    ['one that is forgotten when the clock has gone back', whenTheClockWentBack, { ...CALM, jump: 0.05 }, 2],
  ] as const)(
    'is told by the shortest history that shows it: %s',
    async (_name, plant, dials, faults) => {
      const variety = { ...SMALL, dials }
      const whole = await simulate(SEED, variety, dials, plant())
      expect(whole.broken.length).toBeGreaterThan(0)

      const found = await shortest(SEED, variety, 60_000, plant)
      if (found === null) throw new Error('nothing was found')
      const { excerpt, outcome } = found
      const [says = ''] = outcome.broken.map((line) => line.slice(0, 'law 2: clearing'.length))
      expect(excerpt.only?.size).toBeLessThanOrEqual(4)
      expect(excerpt.mayStrike?.size).toBeLessThanOrEqual(faults)
      expect(excerpt.mayStrike?.size === 0).toBe(faults === 0)

      // What the command would do with it comes to the same, and without any one part of it nothing shows.
      const replayed = await simulate(SEED, variety, dials, plant(), excerpt)
      expect(replayed.digest).toBe(outcome.digest)
      expect(replayed.broken).toEqual(outcome.broken)
      for (const broken of await without(variety, plant, found)) expect(broken.join('\n')).not.toContain(says)
    },
    120_000,
  )

  it('is told in words, with the command that replays it', async () => {
    const variety = { ...SMALL, dials: CALM }
    const found = await shortest(SEED, variety, 60_000, () => ALWAYS)
    if (found === null) throw new Error('nothing was found')
    const lines = story(found.outcome)
    expect(lines[0]).toMatch(/ ms {2}(start|\d+)\. [\w-]+: /)
    expect(lines.at(-1)).toMatch(/^BROKEN law/)
    expect(replayOf(SEED, found.excerpt)).toBe(
      `npm run simulate -- --from ${SEED} --seeds 1 --only ${[...(found.excerpt.only ?? [])].join(',')} --strike none`,
    )
  }, 60_000)

  it('is not told when it breaks none', async () => {
    expect(await shortest(SEED, { ...SMALL, dials: moreFaults(3) }, 60_000)).toBeNull()
  }, 60_000)
})
