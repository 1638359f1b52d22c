import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createSimulatedFeed } from '../../worker/market/feed/simulated.ts'
import { type Market, marketById } from '../../worker/market/settings.ts'
import { sharedData } from '../support/sharedData.ts'
import { type Figures, mean, recordedFigures, rootMeanSquare, simulatedFigures } from './figures.ts'

const BEGIN = Date.UTC(2026, 9, 1)
const MINUTE = 60_000

/** By how much a simulated figure may differ from the recorded one, as a factor either way. */
const WITHIN: Record<keyof Figures, number> = {
  meanSpread: 2,
  meanGap: 1.3,
  medianTouchLots: 2,
  meanTouchLots: 2,
  meanLotsAt5: 2,
  meanLotsAt20: 2,
  meanLotsAt49: 2,
  ordersASecond: 1.6,
  varianceOverMean: 2.5,
  // Most of a mean of heavy tails is in a few orders, of which eleven minutes have few.
  medianOrderLots: 2,
  meanOrderLots: 2.5,
  deviationOf1s: 1.8,
  deviationOf10s: 1.8,
  touchMoves: 2,
  levelsKept: 1.1,
}

const BOOKS: readonly [string, Market, string | null][] = [
  ['BTC', marketById('BTC-USDT'), sharedData('book/binance-spot-btcusdt-20240808.jsonl.gz')],
  ['ETH', marketById('ETH-USDT'), sharedData('book/binance-spot-ethusdt-20240808.jsonl.gz')],
]

const CANDLES: readonly [string, Market, readonly (string | null)[]][] = [
  [
    'BTC',
    marketById('BTC-USDT'),
    [
      sharedData('candles/binance-spot-btcusdt-1m-202509.csv.gz'),
      sharedData('candles/binance-spot-btcusdt-1m-202510.csv.gz'),
      sharedData('candles/btc-perp-1m-202201.csv.gz'),
    ],
  ],
  [
    'ETH',
    marketById('ETH-USDT'),
    [
      sharedData('candles/binance-spot-ethusdt-1m-202509.csv.gz'),
      sharedData('candles/binance-spot-ethusdt-1m-202510.csv.gz'),
    ],
  ],
]

/** Changes of the logarithm of the close over `minutes`, in basis points; gaps are left out. */
function changes(candles: readonly { at: number; close: number }[], minutes: number): number[] {
  return candles.slice(minutes).flatMap(({ at, close }, index) => {
    const before = candles[index]
    return before !== undefined && at - before.at === minutes * MINUTE
      ? [Math.log(close / before.close) * 10_000]
      : []
  })
}

function recordedCandles(file: string): { at: number; close: number }[] {
  const text = new TextDecoder().decode(gunzipSync(readFileSync(file)))
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [at, , , , close] = line.split(',').map(Number)
      return { at: at ?? 0, close: close ?? 0 }
    })
}

const kurtosis = (values: readonly number[]): number =>
  mean(values.map((value) => value ** 4)) / rootMeanSquare(values) ** 4

/** Correlation of the size of a change with that of the next: bursts and calm come in stretches. */
function clustering(values: readonly number[]): number {
  const sizes = values.map(Math.abs)
  const average = mean(sizes)
  const variance = mean(sizes.map((size) => (size - average) ** 2))
  const products = sizes.slice(1).map((size, index) => (size - average) * ((sizes[index] ?? 0) - average))
  return mean(products) / variance
}

describe('the simulated market beside the recorded one', () => {
  describe.each(BOOKS)('%s', (name, market, file) => {
    test.skipIf(file === null)(
      `has the book and the trades of ${name} within stated factors (needs ../shared/data)`,
      () => {
        const recorded = recordedFigures(market, file ?? '')
        const simulated = simulatedFigures(market, BEGIN, 50, 24)
        const outside = (Object.keys(WITHIN) as (keyof Figures)[]).filter((figure) => {
          const factor = simulated[figure] / recorded[figure]
          return !(factor <= WITHIN[figure] && factor >= 1 / WITHIN[figure])
        })
        const report = outside.map((figure) => `${figure}: ${simulated[figure]} for ${recorded[figure]}`)
        expect(report).toEqual([])
      },
      60_000,
    )
  })

  describe.each(CANDLES)('%s', (name, market, files) => {
    test.skipIf(files.includes(null))(
      `moves over minutes and hours as ${name} has in quiet and in busy months (needs ../shared/data)`,
      () => {
        const month = createSimulatedFeed(market, 1).history?.(BEGIN, BEGIN + 10 * 1_440 * MINUTE) ?? []
        for (const minutes of [1, 5, 60, 240]) {
          const recorded = files.map((file) => rootMeanSquare(changes(recordedCandles(file ?? ''), minutes)))
          const simulated = rootMeanSquare(changes(month, minutes))
          expect(simulated).toBeGreaterThan(Math.min(...recorded))
          expect(simulated).toBeLessThan(Math.max(...recorded) * 1.6)
        }
        const [first = ''] = files.filter((file) => file !== null)
        const recorded = changes(recordedCandles(first), 1)
        const simulated = changes(month, 1)
        // Far from the 3 of a normal distribution and from no clustering at all, as the recorded ones are.
        expect(Math.min(kurtosis(recorded), kurtosis(simulated))).toBeGreaterThan(6)
        expect(Math.min(clustering(recorded), clustering(simulated))).toBeGreaterThan(0.12)
        expect(clustering(simulated)).toBeLessThan(0.6)
        // The bursts thin out: over hours the tails are lighter.
        expect(kurtosis(changes(month, 240))).toBeLessThan(kurtosis(simulated))
      },
      60_000,
    )
  })
})
