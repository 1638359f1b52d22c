import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { candlesOf, joinCandles, withOpenMinute } from '../../web/src/lib/market/candleSeries.ts'
import { bookRows, groupSteps, spreadOf } from '../../web/src/lib/market/grouping.ts'
import { toDecimal, unitsOf } from '../../web/src/lib/money/decimal.ts'
import type { BookLevel, Candle } from '../../worker/contract/markets.ts'

describe('a grouped book', () => {
  test('never shows a better price than its levels have', () => {
    const bids: BookLevel[] = [
      ['100.19', '1'],
      ['100.11', '2'],
      ['99.99', '4'],
    ]
    const asks: BookLevel[] = [
      ['100.21', '1'],
      ['100.29', '2'],
      ['100.31', '4'],
    ]
    const rows = bookRows(bids, asks, '0.1', 10)
    expect(rows.bids.map(({ price, quantity }) => [price, quantity])).toEqual([
      ['100.1', '3'],
      ['99.9', '4'],
    ])
    expect(rows.asks.map(({ price, quantity }) => [price, quantity])).toEqual([
      ['100.3', '3'],
      ['100.4', '4'],
    ])
  })

  test('shows everything that is there, whatever the step', () => {
    const level = fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 1_000_000 }))
    const levels = fc.uniqueArray(level, { selector: ([price]) => price, minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(levels, fc.constantFrom('0.01', '0.1', '1', '10'), (drawn, step) => {
        const asks = drawn
          .sort(([a], [b]) => a - b)
          .map(([price, lots]): BookLevel => [(price / 100).toFixed(2), `${lots}`])
        const rows = bookRows([], asks, step, 1_000).asks
        const total = asks.reduce((sum, [, quantity]) => sum + unitsOf(quantity), 0n)
        expect(rows.at(-1)?.cumulative).toBe(toDecimal(total))
        expect(rows.at(-1)?.depth).toBe(1)
      }),
    )
  })

  test('the steps begin with the tick and leave several rows', () => {
    expect(groupSteps('0.01', '61838')).toEqual(['0.01', '0.1', '1', '10', '100'])
    expect(groupSteps('0.0001', '0.6084')).toEqual(['0.0001', '0.001'])
  })

  test('the spread is known only with both sides', () => {
    expect(spreadOf([['99.99', '1']], [['100.01', '1']])).toEqual({ amount: '0.02', bps: '2.00' })
    expect(spreadOf([], [['100', '1']])).toBeNull()
  })
})

describe('candles', () => {
  const candle = (
    time: number,
    open: string,
    high: string,
    low: string,
    close: string,
    volume = '1',
  ): Candle => ({ time, open, high, low, close, volume })

  test('minutes join into longer ones, and an order or repeat of the source does not matter', () => {
    const minutes = [
      candle(360, '4', '9', '3', '5'),
      candle(300, '1', '5', '1', '4'),
      candle(360, '4', '8', '2', '6'),
      candle(600, '7', '7', '7', '7'),
    ]
    expect(joinCandles(minutes, 5)).toEqual([
      { time: 300, open: '1', high: '8', low: '1', close: '6', volume: '2' },
      { time: 600, open: '7', high: '7', low: '7', close: '7', volume: '1' },
    ])
  })

  test('candles that were fetched go on with the minutes, and the one that the minutes begin in follows their prices', () => {
    const past = [candle(0, '1', '2', '1', '2'), candle(300, '2', '4', '2', '3', '9')]
    const minutes = [
      candle(480, '3', '5', '3', '5'),
      candle(540, '5', '6', '1', '4'),
      candle(600, '4', '4', '4', '4'),
    ]
    expect(candlesOf(past, minutes, 5)).toEqual([
      past[0],
      { time: 300, open: '2', high: '6', low: '1', close: '4', volume: '9' },
      { time: 600, open: '4', high: '4', low: '4', close: '4', volume: '1' },
    ])
    // Of a span that the minutes have whole they know more than the fetch.
    expect(candlesOf(past, [candle(300, '2', '7', '2', '6')], 5)).toEqual([
      past[0],
      candle(300, '2', '7', '2', '6'),
    ])
    expect(candlesOf(past, [], 5)).toEqual(past)
    expect(candlesOf([], minutes, 5).map(({ time }) => time)).toEqual([300, 600])
  })

  test('the open minute replaces itself, follows on, or shows that minutes are missing', () => {
    const minutes = [candle(0, '1', '1', '1', '1'), candle(60, '1', '1', '1', '1')]
    expect(withOpenMinute(minutes, candle(60, '1', '2', '1', '2')).minutes.at(-1)?.close).toBe('2')
    expect(withOpenMinute(minutes, candle(120, '1', '2', '1', '2'))).toMatchObject({ gap: false })
    expect(withOpenMinute(minutes, candle(240, '1', '2', '1', '2'))).toMatchObject({ gap: true })
    expect(withOpenMinute(minutes, candle(0, '9', '9', '9', '9')).minutes).toEqual(minutes)
  })
})
