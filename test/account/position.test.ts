import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { averageCost, increase, NO_POSITION, reduce } from '../../worker/account/position.ts'
import { toDecimal, toUnits, UNIT } from '../../worker/ledger/amount.ts'
import { BTC, OneAccount, orderCommand } from './oneAccount.ts'

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

  it('never holds less than nothing, nor a cost without a quantity, whatever is bought and sold', () => {
    const step = fc.oneof(
      fc.record({ buys: fc.constant(true), quantity: amount, quote: amount }),
      fc.record({
        buys: fc.constant(false),
        quantity: amount,
        quote: fc.bigInt({ min: 0n, max: 10n ** 16n }),
      }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let position = NO_POSITION
        for (const { buys, quantity, quote } of steps) {
          const before = position
          if (buys) position = increase(position, quantity, quote)
          else {
            const { position: after, realised } = reduce(position, quantity, quote)
            position = after
            const covered = quantity < before.quantity ? quantity : before.quantity
            // What leaves with a sale is the covered part and its cost, and no more than was there.
            expect(after.quantity).toBe(before.quantity - covered)
            expect(realised === null).toBe(covered === 0n)
            if (realised !== null) {
              const cost = before.cost - after.cost
              expect(realised).toBe((quote * covered) / quantity - cost)
              // To a unit of the exact average, except that the last sale takes what is left.
              if (after.quantity > 0n) expect(cost).toBe((before.cost * covered) / before.quantity)
            }
          }
          expect(position.quantity >= 0n && position.cost >= 0n).toBe(true)
          if (position.quantity === 0n) expect(position.cost).toBe(0n)
        }
      }),
    )
  })

  it('leaves the average of what is kept as it was, to a unit for each sale', () => {
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 8 }),
        (quantity, paid, shares) => {
          let position = increase(NO_POSITION, quantity, paid)
          let sales = 0n
          for (const share of shares) {
            const sold = (position.quantity * BigInt(share)) / 100n
            if (sold === 0n) continue
            position = reduce(position, sold, 0n).position
            sales += 1n
          }
          // cost / quantity of the rest against paid / quantity of the whole, without a division.
          const drift = position.cost * quantity - paid * position.quantity
          expect(drift >= 0n).toBe(true)
          expect(drift <= sales * quantity).toBe(true)
        },
      ),
    )
  })
})

describe('the books of one side of its trades', () => {
  const fee = (received: bigint) => received / 1_000n + (received % 1_000n === 0n ? 0n : 1n)

  it('hold what was received less the fee, and the venue has the fee with its unit of rounding', () => {
    const trade = fc.record({
      ticks: fc.integer({ min: 1, max: 9_000_000 }),
      lots: fc.integer({ min: 1, max: 100_000 }),
      sells: fc.integer({ min: 1, max: 100 }),
    })
    fc.assert(
      fc.property(fc.array(trade, { minLength: 1, maxLength: 6 }), (trades) => {
        const account = new OneAccount().open(['USDT', '100000000'])
        let [bought, sold, paid, got, feesBase, feesQuote] = [0n, 0n, 0n, 0n, 0n, 0n]
        trades.forEach(({ ticks, lots, sells }, index) => {
          const price = toDecimal(BigInt(ticks) * BTC.tickSize)
          const order = (id: string, side: 'buy' | 'sell', count: number) => {
            account.place(
              orderCommand({ orderId: id, side, price, quantity: toDecimal(BigInt(count) * BTC.lotSize) }),
            )
            if (!account.state.orders.has(id)) return
            const fill = account.fill(side, ticks, count)
            account.report({ orderId: id, side, status: 'filled', fills: [fill] })
            const base = BigInt(count) * BTC.lotSize
            if (side === 'buy') {
              bought += base
              paid += fill.quote
              feesBase += fee(base)
            } else {
              sold += base
              got += fill.quote
              feesQuote += fee(fill.quote)
            }
          }
          order(`b${index}`, 'buy', lots)
          const sellable = account.balance('available', 'BTC') / BTC.lotSize
          const count = Number((sellable * BigInt(sells)) / 100n)
          if (count > 0) order(`s${index}`, 'sell', count)
        })
        expect(account.balance('available', 'BTC')).toBe(bought - feesBase - sold)
        expect(account.balance('fees', 'BTC') + account.balance('rounding', 'BTC')).toBe(feesBase)
        expect(account.balance('fees', 'USDT') + account.balance('rounding', 'USDT')).toBe(feesQuote)
        const position = account.state.positions.get('BTC') ?? NO_POSITION
        expect(position.quantity).toBe(bought - feesBase - sold)
        // What is realised and what is still invested is all that has moved.
        expect(account.state.realised).toBe(got - feesQuote - paid + position.cost)
        expect(account.stateOfRows()).toEqual(account.state)
      }),
      { numRuns: 40 },
    )
  })
})
