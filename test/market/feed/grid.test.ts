import { describe, expect, test } from 'vitest'
import { isUncrossed, lotsOf, ticksAbove, ticksBelow, ticksOf } from '../../../worker/market/feed/grid.ts'
import { marketById } from '../../../worker/market/settings.ts'

const BTC = marketById('BTC-USDT')

describe('another venue’s figures on our grid', () => {
  test('are exact on it, with any padding', () => {
    expect(ticksOf(BTC, '61837.63')).toBe(6_183_763)
    expect(ticksOf(BTC, '61837.630000000000')).toBe(6_183_763)
    expect(lotsOf(BTC, '3.78826')).toBe(378_826)
    expect(lotsOf(BTC, '100')).toBe(10_000_000)
  })

  test('between two ticks are no price of ours, or the neighbour that was asked for', () => {
    expect(ticksOf(BTC, '61837.635')).toBeNull()
    expect(ticksBelow(BTC, '61837.635')).toBe(6_183_763)
    expect(ticksAbove(BTC, '61837.635')).toBe(6_183_764)
    expect(ticksAbove(BTC, '61837.63')).toBe(6_183_763)
  })

  test('lose what is finer than a lot', () => {
    expect(lotsOf(BTC, '0.00001999')).toBe(1)
    expect(lotsOf(BTC, '0.00000999')).toBe(0)
  })

  test.each(['', '-1', '1e5', ' 1', '1.', '.5', 'NaN', '1000000000000000', '1.123456789'])(
    'are none where the text is %j',
    (text) => {
      expect(ticksBelow(BTC, text)).toBeNull()
      expect(lotsOf(BTC, text)).toBeNull()
    },
  )

  test('are no price at zero or past the end of the grid', () => {
    expect(ticksBelow(BTC, '0')).toBeNull()
    expect(ticksAbove(BTC, '0')).toBeNull()
    expect(ticksOf(BTC, '1000000.01')).toBeNull()
  })

  test('make a book only when there is something on both sides and they do not meet', () => {
    expect(isUncrossed([[1, 1]], [[2, 1]])).toBe(true)
    expect(isUncrossed([[2, 1]], [[2, 1]])).toBe(false)
    expect(isUncrossed([], [[2, 1]])).toBe(false)
  })
})
