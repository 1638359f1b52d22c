import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Candle, CandleSeries, DAY, MINUTE, minuteOf } from '../../worker/market/candles.ts'
import { printsFrom } from './prints.ts'

const START = 1_790_000_040_000

const prints = printsFrom(START, fc.integer({ min: 0, max: 150_000 }), 100)

test('each minute is the open, extremes, close and volume of its prints, and is told once when it closes', () => {
  fc.assert(
    fc.property(prints, (all) => {
      const series = new CandleSeries()
      const told = all
        .map(({ ticks, lots, at }) => series.add(ticks, lots, at))
        .filter((closed) => closed !== null)
      expect(told).toEqual(series.closed)
      const minutes = series.open === null ? told : [...told, series.open]
      expect(minutes.map(({ at }) => at)).toEqual([...new Set(all.map(({ at }) => minuteOf(at)))])
      for (const minute of minutes) {
        const own = all.filter(({ at }) => minuteOf(at) === minute.at)
        const prices = own.map(({ ticks }) => ticks)
        expect(minute).toEqual({
          at: minute.at,
          open: prices[0],
          high: Math.max(...prices),
          low: Math.min(...prices),
          close: prices.at(-1),
          lots: own.reduce((sum, { lots }) => sum + lots, 0),
        })
      }
    }),
  )
})

test('the day has every print of its minutes', () => {
  fc.assert(
    fc.property(prints, (all) => {
      const series = new CandleSeries()
      for (const { ticks, lots, at } of all) series.add(ticks, lots, at)
      const now = all.at(-1)?.at ?? START
      const own = all.filter(({ at }) => minuteOf(at) >= minuteOf(now) - DAY)
      expect(series.day(now)).toMatchObject({
        open: own[0]?.ticks,
        high: Math.max(...own.map(({ ticks }) => ticks)),
        low: Math.min(...own.map(({ ticks }) => ticks)),
        lots: own.reduce((sum, { lots }) => sum + lots, 0),
      })
    }),
  )
})

const flat = (at: number, ticks: number, lots = 1): Candle => {
  return { at, open: ticks, high: ticks, low: ticks, close: ticks, lots }
}

test('history fills what is missing, joins the open minute and changes no closed one', () => {
  const series = new CandleSeries()
  series.add(10, 1, START)
  series.add(20, 1, START + MINUTE)
  const history = [-2, -1, 0, 1].map((minute) => flat(START + minute * MINUTE, 99, 5))
  expect(series.fill(history)).toBeNull()
  expect(series.closed.map(({ at, close }) => [(at - START) / MINUTE, close])).toEqual([
    [-2, 99],
    [-1, 99],
    [0, 10],
  ])
  expect(series.open).toEqual({ at: START + MINUTE, open: 99, high: 99, low: 20, close: 20, lots: 6 })
})

test('history past the open minute closes it', () => {
  const series = new CandleSeries()
  series.add(10, 1, START)
  expect(series.fill([flat(START + 2 * MINUTE, 30)])).toEqual(flat(START, 10))
  expect(series.closed).toEqual([flat(START, 10)])
  expect(series.open).toEqual(flat(START + 2 * MINUTE, 30))
})
