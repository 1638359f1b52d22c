import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { metricsOf, type Snapshot } from '../../worker/leaderboard/metrics.ts'

const USDT = 10n ** 8n
const snapshot = (at: number, equity: number, netDeposits = 0, rest: Partial<Snapshot> = {}): Snapshot => ({
  at,
  equity: BigInt(equity) * USDT,
  netDeposits: BigInt(netDeposits) * USDT,
  realised: 0n,
  source: 'venue',
  ...rest,
})

describe('time-weighted return', () => {
  it('is the growth of equity where nothing flows', () => {
    expect(metricsOf([snapshot(0, 100), snapshot(1, 110), snapshot(2, 99)])?.returnBps).toBe(-100)
  })

  it('leaves out a deposit and a withdrawal', () => {
    // 100 grows to 110, 90 come in, 200 grow to 220, 120 go out, 100 stay: 10% twice.
    const record = [snapshot(0, 100, 100), snapshot(1, 200, 190), snapshot(2, 100, 70)]
    expect(metricsOf(record)?.returnBps).toBe(2_100)
  })

  it('is the same however much flows in between, for the same growth', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            growth: fc.integer({ min: 50, max: 200 }),
            flow: fc.integer({ min: 0, max: 1_000_000 }),
          }),
          {
            minLength: 1,
            maxLength: 20,
          },
        ),
        (steps) => {
          const build = (withFlows: boolean) => {
            let equity = 1_000_000n * USDT
            let netDeposits = 0n
            const record: Snapshot[] = [{ ...snapshot(0, 0), equity, netDeposits }]
            steps.forEach(({ growth, flow }, step) => {
              const added = withFlows ? BigInt(flow) * USDT : 0n
              equity = (equity * BigInt(growth)) / 100n + added
              netDeposits += added
              record.push({ ...snapshot(step + 1, 0), equity, netDeposits })
            })
            return metricsOf(record)
          }
          const [plain, flowing] = [build(false), build(true)]
          expect(Math.abs((plain?.returnBps ?? 0) - (flowing?.returnBps ?? 0))).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('counts no flow, and realised profit from zero, where the simulated record ends and the live one begins', () => {
    const record = [
      snapshot(0, 100, 100, { source: 'simulated', realised: 5n }),
      snapshot(1, 110, 100, { source: 'simulated', realised: 9n }),
      snapshot(2, 110, 6_000, { realised: 2n }),
    ]
    expect(metricsOf(record)).toMatchObject({ returnBps: 1_000, realised: 6n })
  })

  it('says nothing of less than two snapshots, or of equity that is gone', () => {
    expect(metricsOf([])).toBeNull()
    expect(metricsOf([snapshot(0, 100)])).toBeNull()
    expect(metricsOf([snapshot(0, 0), snapshot(1, 100)])).toBeNull()
  })
})

describe('maximum drawdown', () => {
  it('is the deepest fall from a high before it', () => {
    expect(
      metricsOf([100, 120, 90, 130, 104].map((equity, at) => snapshot(at, equity)))?.maxDrawdownBps,
    ).toBe(2_500)
  })

  it('is zero where equity never falls, and never negative', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 2, maxLength: 30 }),
        (equities) => {
          const metrics = metricsOf(equities.map((equity, at) => snapshot(at, equity)))
          const falls = equities.some((equity, at) => at > 0 && equity < (equities[at - 1] ?? 0))
          if (!falls) expect(metrics?.maxDrawdownBps).toBe(0)
          expect(metrics?.maxDrawdownBps).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })
})
