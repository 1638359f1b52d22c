import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BASIS, feeOf, LARGEST_AMOUNT, toDecimal, toUnits, UNIT } from '../../worker/ledger/amount.ts'

const amount = fc.bigInt({ min: 0n, max: LARGEST_AMOUNT })

describe('an amount', () => {
  it('comes back from its decimal as it went', () => {
    fc.assert(
      fc.property(amount, (units) => {
        expect(toUnits(toDecimal(units))).toBe(units)
        expect(toDecimal(-units)).toBe(units === 0n ? '0' : `-${toDecimal(units)}`)
      }),
    )
  })

  it.each([
    ['0', 0n],
    ['1', UNIT],
    ['0.00000001', 1n],
    ['61837.63', 6_183_763_000_000n],
    ['999999999999.99999999', 10n ** 20n - 1n],
  ])('%s is exactly its units', (decimal, units) => {
    expect(toUnits(decimal)).toBe(units)
    expect(toDecimal(units)).toBe(decimal)
  })

  it.each(['', '.5', '5.', '-1', '+1', '1e3', '0.000000001', ' 1', '1,5', 'NaN', '٣'])(
    '%j is refused, never rounded',
    (decimal) => {
      expect(() => toUnits(decimal)).toThrow('not a plain decimal number')
    },
  )
})

describe('a fee', () => {
  it('is the exact one rounded down, with a unit of rounding when it was not whole', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 0, max: 10_000 }), (received, bps) => {
        const { fee, rounding } = feeOf(received, bps)
        const exact = received * BigInt(bps)
        expect(fee * BASIS).toBeLessThanOrEqual(exact)
        expect((fee + rounding) * BASIS).toBeGreaterThanOrEqual(exact)
        expect(rounding).toBe(fee * BASIS === exact ? 0n : 1n)
        expect(fee + rounding).toBeLessThanOrEqual(received)
      }),
    )
  })
})
