import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { cronMatches, cronsOf } from '../../scripts/schedule.ts'

const minutesOfADay = Array.from({ length: 24 * 60 }, (_, minute) => Date.UTC(2026, 10, 25) + minute * 60_000)

it.each([
  ['* * * * *', 1440],
  ['*/5 * * * *', 288],
  ['17 3 * * *', 1],
  ['0,30 */6 * * *', 8],
  ['0 0 25 11 3', 1],
  ['0 0 26 11 *', 0],
  ['0 0 * * 0', 0],
])('%s comes %i times on Wednesday 25 November 2026', (expression, times) => {
  expect(minutesOfADay.filter((at) => cronMatches(expression, at))).toHaveLength(times)
})

it('comes at the minute it names', () => {
  expect(cronMatches('17 3 * * *', Date.UTC(2026, 10, 25, 3, 17, 59))).toBe(true)
  expect(cronMatches('17 3 * * *', Date.UTC(2026, 10, 25, 3, 18))).toBe(false)
})

it.each(['* * *', 'a * * * *', '1-5 * * * *'])('refuses %s, which it does not understand', (expression) => {
  expect(() => cronMatches(expression, Date.UTC(2026, 0, 1))).toThrow(expression)
})

it("understands every expression of the project's wrangler.toml", () => {
  const crons = cronsOf(readFileSync(path.resolve(import.meta.dirname, '../../wrangler.toml'), 'utf8'))
  expect(crons.length).toBeGreaterThan(0)
  for (const cron of crons) expect(minutesOfADay.some((at) => cronMatches(cron, at))).toBe(true)
})
