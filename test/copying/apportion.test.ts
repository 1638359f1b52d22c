import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apportion, type Claim, rankOf } from '../../worker/copying/apportion.ts'

const PART = 2n ** 48n

const claimsOf = (weights: readonly bigint[], remainders: readonly bigint[] = [], block = 'block'): Claim[] =>
  weights.map((weight, index) => ({
    weight,
    most: weight,
    remainder: remainders[index] ?? 0n,
    rank: rankOf(block, `follow-${index}`),
  }))

const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { minLength: 1, maxLength: 40 })
const total = (list: readonly bigint[]) => list.reduce((sum, item) => sum + item, 0n)

/** Weights with a total that they can take. */
const cases = weights
  .filter((list) => total(list) > 0n)
  .chain((list) => fc.tuple(fc.constant(list), fc.bigInt({ min: 0n, max: total(list) })))

describe('apportion', () => {
  it('gives out exactly the total, and nobody more than wanted', () => {
    fc.assert(
      fc.property(cases, ([list, amount]) => {
        const shares = apportion(amount, claimsOf(list))
        expect(total(shares.map(({ units }) => units))).toBe(amount)
        shares.forEach(({ units }, index) => {
          expect(units).toBeGreaterThanOrEqual(0n)
          expect(units).toBeLessThanOrEqual(list[index] ?? 0n)
        })
      }),
    )
  })

  it('gives each the whole units of its exact share, and at most one more', () => {
    fc.assert(
      fc.property(cases, ([list, amount]) => {
        const shares = apportion(amount, claimsOf(list))
        shares.forEach(({ units }, index) => {
          const exact = (amount * (list[index] ?? 0n)) / total(list)
          expect(units === exact || units === exact + 1n).toBe(true)
        })
      }),
    )
  })

  it('gives equal wants the same to the last unit', () => {
    fc.assert(
      fc.property(cases, ([list, amount]) => {
        const twice = [...list, ...list]
        const shares = apportion(2n * amount, claimsOf(twice))
        list.forEach((_, index) => {
          const first = shares[index]?.units ?? 0n
          const second = shares[index + list.length]?.units ?? 0n
          expect(first - second >= -1n && first - second <= 1n).toBe(true)
        })
      }),
    )
  })

  it('case 21: a fill that grows takes nothing back, and ends within a unit of the exact share', () => {
    fc.assert(
      fc.property(
        weights.filter((list) => total(list) > 0n),
        fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 12 }),
        (list, cuts) => {
          const all = total(list)
          const steps = [...cuts.map((cut) => (all * BigInt(cut)) / 1_000n), all].sort((a, b) =>
            a < b ? -1 : 1,
          )
          const given = list.map(() => 0n)
          let remainders = list.map(() => 0n)
          let before = 0n
          for (const step of steps) {
            const claims = claimsOf(list, remainders).map((claim, index) => ({
              ...claim,
              most: claim.weight - (given[index] ?? 0n),
            }))
            const shares = apportion(step - before, claims)
            shares.forEach(({ units }, index) => {
              expect(units).toBeGreaterThanOrEqual(0n)
              given[index] = (given[index] ?? 0n) + units
            })
            remainders = shares.map(({ remainder }) => remainder)
            before = step
          }
          expect(given).toEqual(list)
        },
      ),
    )
  })

  it('does not run the Alabama paradox, which the method without remainders runs', () => {
    // The example of 1880: with these weights Hamilton gives the third 2 of 10 seats and 1 of 11.
    const list = [6n, 6n, 2n].map((weight) => weight * 100n)
    const first = apportion(10n, claimsOf(list))
    const again = apportion(11n, claimsOf(list))
    expect(first.map(({ units }) => units)).toEqual([4n, 4n, 2n])
    expect(again[2]?.units).toBe(1n)
    const further = apportion(
      1n,
      claimsOf(
        list,
        first.map(({ remainder }) => remainder),
      ),
    )
    expect(further.every(({ units }) => units >= 0n)).toBe(true)
  })

  it('case 8: a share below a unit is nothing, and is remembered', () => {
    const shares = apportion(1n, claimsOf([1_000_000n, 1n]))
    expect(shares.map(({ units }) => units)).toEqual([1n, 0n])
    expect(shares[1]?.remainder).toBe(PART / 1_000_001n)
  })

  it.each([
    { count: 10_000, blocks: 100 },
    { count: 500, blocks: 1_000 },
  ])(
    'case 22: $count follows of very different sizes stay within a unit of their exact share over $blocks small blocks',
    ({ count, blocks }) => {
      // From 1 to about 10^9, in no order.
      const sizes = Array.from({ length: count }, (_, index) => 1n + BigInt((index * 7_919) % 1_000) ** 3n)
      const all = total(sizes)
      const given = sizes.map(() => 0n)
      let remainders = sizes.map(() => 0n)
      let sum = 0n
      for (let block = 0; block < blocks; block += 1) {
        const amount = BigInt(((block * 6_151) % 997) + 1)
        sum += amount
        const shares = apportion(amount, claimsOf(sizes, remainders, `block-${block}`))
        remainders = shares.map(({ remainder }) => remainder)
        shares.forEach(({ units }, index) => {
          given[index] = (given[index] ?? 0n) + units
        })
      }
      expect(total(given)).toBe(sum)
      const furthest = Math.max(
        ...sizes.map(
          (size, index) => Math.abs(Number((given[index] ?? 0n) * all - size * sum)) / Number(all),
        ),
      )
      expect(furthest).toBeLessThanOrEqual(1)
    },
    60_000,
  )

  it('refuses to give out more than all may get', () => {
    expect(() => apportion(11n, claimsOf([4n, 6n]))).toThrow(/cannot be given/)
    expect(() => apportion(1n, claimsOf([0n]))).toThrow(/nobody claims/)
  })
})
