import { parseArgs } from 'node:util'
import { FULL_SIZE, simulate, timesFaults } from './simulate.ts'

/**
 * npm run simulate -- [--seeds N] [--from K] [--operations N] [--accounts N] [--leaders N] [--faults N]
 * Runs N seeds from K on, each a whole venue; `--faults 10` makes everything go wrong ten times as often. Ends with 1 when
 * a law was broken: the seed, with the same numbers, reproduces it.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    operations: { type: 'string', default: String(FULL_SIZE.operations) },
    accounts: { type: 'string', default: String(FULL_SIZE.accounts) },
    leaders: { type: 'string', default: String(FULL_SIZE.leaders) },
    faults: { type: 'string', default: '1' },
  },
})

const size = {
  accounts: Number(values.accounts),
  leaders: Number(values.leaders),
  operations: Number(values.operations),
}
const faults = timesFaults(Number(values.faults))
let failed = 0
for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds); seed += 1) {
  const began = performance.now()
  const outcome = await simulate(seed, size, faults)
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  console.log(`seed ${seed}: ${seconds} s for ${outcome.virtualSeconds} s of the venue`)
  console.log(`  ${outcome.trades} trades, ${outcome.copies} copies, ${outcome.rowsWritten} rows written`)
  console.log(`  ${[...outcome.operations].map(([what, count]) => `${count} ${what}`).join(', ')}`)
  console.log(
    `  ${Object.entries(outcome.counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
  )
  if (outcome.broken.length === 0) continue
  failed += 1
  console.log(`  BROKEN, ${outcome.broken.length} times, and the same again with --from ${seed}`)
  for (const line of outcome.broken.slice(0, 20)) console.log(`  - ${line}`)
}
process.exitCode = failed === 0 ? 0 : 1
