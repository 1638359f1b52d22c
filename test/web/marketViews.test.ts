import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CandleSeries, intervals } from '../../web/src/lib/market/candleSeries.ts'
import { bookRows, groupSteps, spreadOf } from '../../web/src/lib/market/grouping.ts'
import { toDecimal, unitsOf } from '../../web/src/lib/money/decimal.ts'
import { INTERVAL_SECONDS } from '../../worker/contract/intervals.ts'
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

  const times = (series: CandleSeries) => series.candles?.map(({ time }) => time)

  test('those that were read go on with those that are told: the open one as it moves, a closed one as it ended', () => {
    const series = new CandleSeries('1m')
    series.read([candle(0, '1', '1', '1', '1'), candle(60, '1', '1', '1', '1')])
    series.take(candle(60, '1', '2', '1', '2'))
    expect(series.candles?.at(-1)?.close).toBe('2')
    const before = series.candles
    series.take(candle(60, '1', '3', '1', '3'))
    series.take(candle(120, '3', '3', '3', '3'))
    expect(series.candles).not.toBe(before)
    expect(series.candles?.map(({ close }) => close)).toEqual(['1', '3', '3'])
  })

  test('a span in which nothing traded stands at the close before, without volume', () => {
    const series = new CandleSeries('5m')
    series.read([candle(0, '1', '2', '1', '2')])
    expect(series.take(candle(900, '4', '4', '4', '4'))).toBe('taken')
    expect(series.candles?.slice(1, 3)).toEqual([
      candle(300, '2', '2', '2', '2', '0'),
      candle(600, '2', '2', '2', '2', '0'),
    ])
    expect(times(series)).toEqual([0, 300, 600, 900])
  })

  test('after a quiet that is too long to be believed they have to be read', () => {
    const series = new CandleSeries('1s')
    series.read([candle(0, '1', '1', '1', '1')])
    expect(series.take(candle(10_000, '2', '2', '2', '2'))).toBe('gap')
    expect(times(series)).toEqual([0])
  })

  test('what is told while they are read counts, and what was told before the reading does not', () => {
    const series = new CandleSeries('1m')
    series.take(candle(0, '1', '1', '1', '1'))
    series.reading()
    series.take(candle(60, '1', '7', '1', '7'))
    series.take(candle(120, '7', '8', '7', '8'))
    expect(series.candles).toBeNull()
    series.read([candle(0, '1', '2', '1', '2'), candle(60, '2', '6', '2', '6')])
    expect(series.candles?.map(({ close }) => close)).toEqual(['2', '7', '8'])
  })

  test('there are never more than so many, and the newest stay', () => {
    const series = new CandleSeries('1s')
    series.read([])
    for (let time = 0; time < 5_000; time++) series.take(candle(time, '1', '1', '1', '1'))
    expect(series.candles?.length).toBeLessThanOrEqual(2_000)
    expect(series.candles?.at(-1)?.time).toBe(4_999)
    expect(times(series)?.every((time, n, all) => n === 0 || time - 1 === all[n - 1])).toBe(true)
  })

  test('they are as long as the contract says, and every length can be chosen', () => {
    expect(intervals.map(({ value }) => value)).toEqual(Object.keys(INTERVAL_SECONDS))
  })
})
