import { expect, it } from 'vitest'
import { atPrices } from '../../web/src/lib/copying/valuation.ts'
import type { FollowView } from '../../worker/contract/follows.ts'
import type { Ticker } from '../../worker/contract/markets.ts'

const follow = {
  cash: '100',
  equity: '700',
  profit: '-300',
  holdings: [
    { asset: 'BTC', quantity: '0.01', cost: '610', value: '600' },
    { asset: 'ETH', quantity: '1', cost: '10', value: null },
  ],
} as FollowView
const at = (last: string | null) => new Map([['BTC-USDT', { last } as Ticker]])

it('moves equity and profit with the price of what is held', () => {
  expect(atPrices(follow, at('65000.5'))).toMatchObject({ equity: '750.005', profit: '-249.995' })
})

it('keeps what the pool said where there is no price', () => {
  expect(atPrices(follow, at(null))).toEqual(follow)
  expect(atPrices(follow, new Map())).toEqual(follow)
})

it('does not invent an equity that the pool could not tell', () => {
  expect(atPrices({ ...follow, equity: null }, at('65000'))).toMatchObject({ equity: null })
})
