import { beforeAll, describe, expect, test } from 'vitest'
import { RECORD_MS, type SimulatedRecord, simulateRecords } from '../../worker/demo/history.ts'
import { ROSTER } from '../../worker/demo/roster.ts'

const HOUR = 3_600_000
const END = Date.UTC(2026, 10, 25, 9, 30)
const DAYS = 4 * 24 * HOUR

describe('the simulated record', () => {
  let records: SimulatedRecord[] = []
  beforeAll(() => {
    records = simulateRecords(ROSTER, 1, END, DAYS)
  }, 60_000)

  test('is thirty days long when nobody says otherwise', () => {
    expect(RECORD_MS).toBe(30 * 24 * HOUR)
  })

  test('is the same for the same seed and end, and another for another seed', () => {
    const again = simulateRecords(ROSTER, 1, END, DAYS)
    expect(again).toEqual(records)
    const other = simulateRecords(ROSTER, 2, END, DAYS)
    expect(other.map(({ cash }) => cash)).not.toEqual(records.map(({ cash }) => cash))
  }, 60_000)

  test('has a snapshot an hour, from the capital to the cash it ends with', () => {
    for (const trader of ROSTER) {
      const record = records.find(({ traderId }) => traderId === trader.id)
      const snapshots = record?.snapshots ?? []
      expect(snapshots).toHaveLength(DAYS / HOUR + 1)
      // At the first one it may have paid its first spread already.
      const first = snapshots[0]?.equity ?? 0n
      expect(Number(first) / Number(trader.capital)).toBeGreaterThan(0.999)
      expect(first <= trader.capital).toBe(true)
      expect(snapshots.at(-1)).toMatchObject({ at: END, equity: record?.cash })
      snapshots.forEach(({ at }, index) => {
        expect(at).toBe(END - DAYS + index * HOUR)
      })
    }
  })

  test('is honest: what was realised is what the capital has become, but for what is too small to sell', () => {
    for (const trader of ROSTER) {
      const record = records.find(({ traderId }) => traderId === trader.id)
      const realised = record?.snapshots.at(-1)?.realised ?? 0n
      const left = trader.capital + realised - (record?.cash ?? 0n)
      // Dust: less than a minimum notional in each market, at its cost.
      expect(left).toBeGreaterThanOrEqual(0n)
      expect(left).toBeLessThan(BigInt(trader.markets.length) * 12n * 10n ** 8n)
    }
  })

  test('is of traders that trade, in different ways and with different results', () => {
    for (const { orders } of records) expect(orders).toBeGreaterThan(20)
    const returns = records.map(({ cash, traderId }) => {
      const capital = ROSTER.find(({ id }) => id === traderId)?.capital ?? 1n
      return Number((cash * 10_000n) / capital)
    })
    expect(new Set(returns).size).toBe(ROSTER.length)
  })
})
