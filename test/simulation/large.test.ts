import { expect, it } from 'vitest'
import { simulate } from './simulate.ts'

const SEED = 20_261_125

/** A fifth of `npm run simulate -- --full`, which takes minutes. In a file of its own, since files run beside each other. */
const SIZE = { accounts: 200, leaders: 5, operations: 20_000 }

it(`a large venue keeps its laws over ${SIZE.operations} operations of ${SIZE.accounts} accounts`, async () => {
  const { broken, counts, trades, copies } = await simulate(SEED, SIZE)
  expect(
    broken,
    `npm run simulate -- --full --operations 20000 --accounts 200 --leaders 5 --from ${SEED}`,
  ).toEqual([])
  // A run in which little happened would prove little.
  expect(trades).toBeGreaterThan(5_000)
  expect(copies).toBeGreaterThan(2_000)
  for (const [what, count] of Object.entries(counts)) expect(count, what).toBeGreaterThan(40)
}, 600_000)
