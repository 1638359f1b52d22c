import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { averageCost, increase, NO_POSITION, reduce } from '../../worker/account/position.ts'
import { toUnits, UNIT } from '../../worker/ledger/amount.ts'

const amount = fc.bigInt({ min: 1n, max: 10n ** 16n })

describe('a position at average cost', () => {
  it('realises what a sale brings above the average paid', () => {
    const bought = increase(increase(NO_POSITION, toUnits('1'), toUnits('100')), toUnits('1'), toUnits('200'))
    expect(averageCost(bought, UNIT)).toBe(toUnits('150'))
    const { position, realised, realisedBps } = reduce(bought, toUnits('0.5'), toUnits('90'))
    expect(realised).toBe(toUnits('15'))
    expect(realisedBps).toBe(2_000)
    expect(position).toEqual({ quantity: toUnits('1.5'), cost: toUnits('225') })
  })

  it('realises nothing on coins of unknown cost, and the known part of a mixed sale', () => {
    expect(reduce(NO_POSITION, toUnits('1'), toUnits('100'))).toEqual({
      position: NO_POSITION,
      realised: null,
      realisedBps: null,
    })
    const bought = increase(NO_POSITION, toUnits('1'), toUnits('100'))
    const sold = reduce(bought, toUnits('4'), toUnits('800'))
    expect(sold.realised).toBe(toUnits('100'))
    expect(sold.position).toEqual(NO_POSITION)
  })

  it('realises over its whole life exactly the proceeds less the cost', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ quantity: amount, paid: amount }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.record({ share: fc.integer({ min: 1, max: 99 }), proceeds: amount }), { maxLength: 6 }),
        amount,
        (buys, sales, last) => {
          let position = NO_POSITION
          let profit = 0n
          for (const { quantity, paid } of buys) position = increase(position, quantity, paid)
          const cost = position.cost
          let proceeds = 0n
          for (const sale of sales) {
            const sold = (position.quantity * BigInt(sale.share)) / 100n
            if (sold === 0n) continue
            const reduction = reduce(position, sold, sale.proceeds)
            position = reduction.position
            profit += reduction.realised ?? 0n
            proceeds += sale.proceeds
          }
          const end = reduce(position, position.quantity, last)
          expect(end.position).toEqual(NO_POSITION)
          expect(profit + (end.realised ?? 0n)).toBe(proceeds + last - cost)
        },
      ),
    )
  })
})
