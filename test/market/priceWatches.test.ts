import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PriceWatches } from '../../worker/market/priceWatches.ts'
import type { Address } from '../../worker/messaging/address.ts'
import { MarketHarness } from './marketHarness.ts'

const POOL = 'pool/leader'

/** The reference trades at a price, and its book stands around it. */
function trades(market: MarketHarness, ticks: number) {
  market.now += 1_000
  const book = { bids: [[ticks - 5, 1_000]], asks: [[ticks + 5, 1_000]] } as const
  const print = { ticks, lots: 1, side: 'buy', at: market.now } as const
  return market.step({ at: market.now, book, prints: [print] }).filter(({ to }) => to === POOL)
}

const watch = (market: MarketHarness, below: number | null, above: number | null, pool: Address = POOL) =>
  market.receive(pool, { type: 'watchPrice', below, above }).filter(({ to }) => to === pool)

it('a pool is told once when the price has come, with the price as it is', () => {
  const market = new MarketHarness()
  trades(market, 10_000)
  expect(watch(market, 9_900, 10_200)).toEqual([])
  expect(trades(market, 9_901)).toEqual([])
  expect(trades(market, 9_880)).toEqual([
    {
      to: POOL,
      body: {
        type: 'priceReached',
        market: 'SOL-USDT',
        mark: { market: 'SOL-USDT', ticks: 9_880, at: market.now },
        at: market.now,
      },
    },
  ])
  expect(trades(market, 9_700)).toEqual([])
})

it('a price that is there already is told at once, and a watch that is taken back never', () => {
  const market = new MarketHarness()
  trades(market, 10_000)
  expect(watch(market, null, 10_000)).toHaveLength(1)
  watch(market, 9_900, null)
  watch(market, null, null)
  expect(trades(market, 9_000)).toEqual([])
  expect(market.state.awaitsPrice).toBe(false)
})

it('a watch outlives the memory of the market, and one that has come does not come again', () => {
  const market = new MarketHarness()
  trades(market, 10_000)
  watch(market, 9_900, null)
  market.wake()
  expect(market.state.awaitsPrice).toBe(true)
  expect(trades(market, 9_890)).toHaveLength(1)
  market.wake()
  expect(market.state.awaitsPrice).toBe(false)
  expect(trades(market, 9_000)).toEqual([])
})

it('only a pool watches', () => {
  const market = new MarketHarness()
  trades(market, 10_000)
  expect(watch(market, 20_000, null, 'account/ada')).toEqual([])
  expect(market.state.awaitsPrice).toBe(false)
})

it('those whose price has come are told, and nobody else, whatever is set and taken', () => {
  const prices = fc.option(fc.integer({ min: 1, max: 50 }), { nil: null })
  const step = fc.oneof(
    fc.record({ of: fc.integer({ min: 0, max: 4 }), below: prices, above: prices }),
    fc.record({ ticks: fc.integer({ min: 1, max: 50 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const watches = new PriceWatches()
      const model = new Map<Address, { below: number; above: number }>()
      for (const one of steps) {
        if ('of' in one) {
          const of: Address = `pool/${one.of}`
          const { below, above } = one
          watches.set(of, below === null && above === null ? null : { below, above })
          if (below === null && above === null) model.delete(of)
          else model.set(of, { below: below ?? -1, above: above ?? 99 })
          continue
        }
        const due = [...model].filter(([, { below, above }]) => one.ticks <= below || one.ticks >= above)
        expect(watches.take(one.ticks).sort()).toEqual(due.map(([of]) => of).sort())
        for (const [of] of due) model.delete(of)
      }
    }),
  )
})
