import { describe, expect, it } from 'vitest'
import type { Tally } from '../support/sqliteStore.ts'
import { addWrites, crashingAt, writesOf } from './crashes.ts'
import { brokenBySeed } from './shrink.ts'
import { simulate } from './simulate.ts'
import { varietyOf } from './variety.ts'

/** Other ones each day would find more, and fail for reasons of yesterday: `npm run simulate` is for looking. */
const FIRST = 1_000
const SEEDS = 200
/** Seeds of one test: enough that it takes seconds, few enough that its name says where to look. */
const TOGETHER = 20

const WRITES_OF_MONEY = ['account', 'market', 'pool'].flatMap((object) => [
  `${object}: INSERT message`,
  `${object}: INSERT stream`,
  `${object}: ${object === 'market' ? 'INSERT trade' : 'INSERT entry'}`,
  `${object}: commit`,
  `${object}: committed`,
])

const groups = Array.from({ length: SEEDS / TOGETHER }, (_, index) => FIRST + index * TOGETHER)

/** What the seeds below have written, and a seed that has made each kind of write. */
const writes = new Map<string, Tally>()
const seedOf = new Map<string, number>()

describe('small venues of every variety', () => {
  it.each(groups)(
    `keep their laws on ${TOGETHER} seeds from %i on`,
    async (first) => {
      for (let seed = first; seed < first + TOGETHER; seed += 1) {
        const variety = varietyOf(seed)
        const { broken, outcome } = await brokenBySeed(seed, variety, 60_000)
        expect(broken, `${variety.name}\n${broken.join('\n')}`).toEqual([])
        const written = writesOf(outcome)
        for (const kind of written.keys()) if (!seedOf.has(kind)) seedOf.set(kind, seed)
        addWrites(writes, written)
      }
    },
    300_000,
  )

  it('and a crash has come at every kind of write that any of them made', async () => {
    // What chance has spared dies on purpose, at the first such write of a seed that has one.
    for (const [kind, { crashed }] of [...writes]) {
      if (crashed > 0) continue
      const seed = seedOf.get(kind) ?? 0
      const outcome = await simulate(seed, varietyOf(seed), varietyOf(seed).dials, {}, crashingAt(kind))
      expect(outcome.broken, `seed ${seed}, crashing at ${kind}`).toEqual([])
      addWrites(writes, writesOf(outcome))
    }
    expect([...writes].filter(([, { crashed }]) => crashed === 0)).toEqual([])
    // Of every object, the rows that its money and its messages are in.
    expect([...writes.keys()]).toEqual(expect.arrayContaining(WRITES_OF_MONEY))
  }, 300_000)
})

it('a seed is the same to the last row each time, and another is another', async () => {
  const size = { accounts: 60, leaders: 3, operations: 400 }
  const first = await simulate(1, size)
  const again = await simulate(1, size)
  const other = await simulate(2, size)
  expect(first.broken).toEqual([])
  expect(again.digest).toBe(first.digest)
  expect(other.digest).not.toBe(first.digest)
}, 60_000)
