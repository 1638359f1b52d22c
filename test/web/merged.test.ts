import fc from 'fast-check'
import { expect, test } from 'vitest'
import { merged } from '../../web/src/lib/ui/merged.ts'

interface Row {
  readonly id: string
  readonly at: string
  readonly told: string
}
const row = (at: number, told = 'read'): Row => ({ id: `row-${at}`, at: new Date(at).toISOString(), told })

test('rows that came and rows that were read are one list, newest first, each as it came', () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 1_000_000 }))
  fc.assert(
    fc.property(times, times, (fresh, read) => {
      const rows = merged(
        fresh.map((at) => row(at, 'fresh')),
        read.map((at) => row(at)),
        ({ id }) => id,
        ({ at }) => at,
      )
      const all = [...new Set([...fresh, ...read])].sort((a, b) => b - a)
      expect(rows).toEqual(all.map((at) => row(at, fresh.includes(at) ? 'fresh' : 'read')))
    }),
  )
  const unread = merged<Row>(
    null,
    null,
    ({ id }) => id,
    ({ at }) => at,
  )
  expect(unread).toBeNull()
})
