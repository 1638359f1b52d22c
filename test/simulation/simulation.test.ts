import { describe, expect, it } from 'vitest'
import { brokenBySeed } from './shrink.ts'
import { FULL_SIZE, simulate } from './simulate.ts'
import { varietyOf } from './variety.ts'

/** Other ones each day would find more, and fail for reasons of yesterday: `npm run simulate` is for looking. */
const SEED = 20_261_125
const FIRST = 1_000
const SEEDS = 200
/** Seeds of one test: enough that it takes seconds, few enough that its name says where to look. */
const TOGETHER = 20

const groups = Array.from({ length: SEEDS / TOGETHER }, (_, index) => FIRST + index * TOGETHER)

describe('small venues of every variety', () => {
  it.each(groups)(
    `keep their laws on ${TOGETHER} seeds from %i on`,
    async (first) => {
      for (let seed = first; seed < first + TOGETHER; seed += 1) {
        const variety = varietyOf(seed)
        const broken = await brokenBySeed(seed, variety, 60_000)
        expect(broken, `${variety.name}\n${broken.join('\n')}`).toEqual([])
      }
    },
    300_000,
  )
})

describe('the venue, with everything going wrong', () => {
  it(`keeps its laws over ${FULL_SIZE.operations} operations of ${FULL_SIZE.accounts} accounts`, async () => {
    const { broken, counts, trades, copies } = await simulate(SEED)
    expect(broken, `npm run simulate -- --full --from ${SEED}`).toEqual([])
    // A run in which little happened would prove little.
    expect(trades).toBeGreaterThan(20_000)
    expect(copies).toBeGreaterThan(20_000)
    for (const [what, count] of Object.entries(counts)) expect(count, what).toBeGreaterThan(200)
  }, 600_000)

  it('is the same to the last row for the same seed, and another for another', async () => {
    const size = { accounts: 60, leaders: 3, operations: 400 }
    const first = await simulate(1, size)
    const again = await simulate(1, size)
    const other = await simulate(2, size)
    expect(first.broken).toEqual([])
    expect(again.digest).toBe(first.digest)
    expect(other.digest).not.toBe(first.digest)
  }, 60_000)
})
