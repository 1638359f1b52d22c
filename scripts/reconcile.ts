import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { ReconcileResult } from '../worker/contract/reconciliation.ts'
import {
  addTotals,
  conservationDifferences,
  isStill,
  NO_TOTALS,
  type Totals,
} from '../worker/reconciliation/conservation.ts'
import type { Difference } from '../worker/reconciliation/difference.ts'

/**
 * npm run reconcile -- [--url ADDRESS] [--json] [--rounds N]
 * Reconciles a running venue, portion by portion, and prints every difference with the entries behind it. Goes round a second
 * time, and up to N times while the venue moves, until the sums over all objects stand still and can be judged. Ends with 1
 * when anything differs, with 2 when it could not look. The token is OPERATOR_TOKEN of the environment, or of .dev.vars, where
 * `npm start` puts one.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost:8788' },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
  },
})

const BETWEEN_ROUNDS_MS = 2_000

interface Round {
  readonly differences: readonly Difference[]
  readonly underWay: readonly string[]
  readonly totals: Totals
}

function tokenOf(): string {
  const file = path.join(import.meta.dirname, '..', '.dev.vars')
  const kept = existsSync(file)
    ? /^OPERATOR_TOKEN="?([^"\n]+)/m.exec(readFileSync(file, 'utf8'))?.[1]
    : undefined
  const token = process.env.OPERATOR_TOKEN ?? kept
  if (token === undefined) throw new Error('Give the operator\u2019s token in OPERATOR_TOKEN.')
  return token
}

async function portion(cursor: string, token: string): Promise<ReconcileResult> {
  const answer = await fetch(`${values.url}/api/v1/operator/reconciliation`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ cursor }),
  })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  return (await answer.json()) as ReconcileResult
}

async function round(token: string): Promise<Round> {
  const differences: Difference[] = []
  const underWay: string[] = []
  let totals = NO_TOTALS
  for (let cursor: string | null = ''; cursor !== null; ) {
    const result = await portion(cursor, token)
    differences.push(...result.differences)
    underWay.push(...result.underWay)
    const purses = Object.fromEntries(
      Object.entries(result.totals.purses).map(([name, units]) => [name, BigInt(units)]),
    )
    totals = addTotals(totals, { ...result.totals, purses })
    cursor = result.next
  }
  return { differences, underWay, totals }
}

async function main(): Promise<void> {
  const token = tokenOf()
  let before = await round(token)
  const differences = new Map(before.differences.map((one) => [JSON.stringify(one), one]))
  let judged = false
  for (let rounds = 1; rounds < Number(values.rounds) && !judged; rounds += 1) {
    await new Promise((resolve) => setTimeout(resolve, rounds === 1 ? 0 : BETWEEN_ROUNDS_MS))
    const after = await round(token)
    for (const one of after.differences) differences.set(JSON.stringify(one), one)
    judged = isStill(before.totals, after.totals)
    if (judged)
      for (const one of conservationDifferences(after.totals)) differences.set(JSON.stringify(one), one)
    before = after
  }
  say([...differences.values()], before, judged)
  process.exitCode = differences.size === 0 ? 0 : 1
}

function say(differences: readonly Difference[], { underWay, totals }: Round, judged: boolean): void {
  if (values.json) {
    console.log(JSON.stringify({ differences, underWay, objects: totals.objects, judged }))
    return
  }
  for (const { kind, where, about, expected, found, entries } of differences) {
    console.log(`${kind} at ${where}, ${about}\n  expected ${expected}\n  found    ${found}`)
    for (const { object, number, kind: of, reference, postings } of entries)
      console.log(`    ${object} entry ${number} ${of} ${reference}: ${postings.join('; ')}`)
  }
  console.log(
    `${totals.objects} objects, ${totals.heads} entries and trades, ${differences.length} differences.`,
  )
  if (underWay.length > 0)
    console.log(
      `Between ${underWay.length} pairs messages were under way; what they will change was not judged.`,
    )
  if (!judged) console.log('The venue did not stand still: the sums over all objects were not judged.')
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
