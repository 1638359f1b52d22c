import fc from 'fast-check'
import { test } from 'vitest'
import { compare } from './compare.ts'
import { histories } from './scenarios.ts'

/** More of the same: `NUM_RUNS=100000 npx vitest run --project pure test/market/engine/differential.test.ts`. */
const NUM_RUNS = Number(process.env.NUM_RUNS ?? 3_000)

test('events, results, books, queues and triggers are those of the naive engine after every call', () => {
  fc.assert(
    fc.property(histories(40), ({ rules, drafts }) => {
      compare(rules, drafts)
    }),
    { numRuns: NUM_RUNS },
  )
}, 3_600_000)
