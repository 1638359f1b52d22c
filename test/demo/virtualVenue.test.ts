import { describe, expect, test } from 'vitest'
import { availableOf, openOrders, totalOf } from '../../worker/account/accountState.ts'
import { VirtualVenue } from '../../worker/demo/virtualVenue.ts'
import { UNIT } from '../../worker/ledger/amount.ts'
import type { ReferenceBook } from '../../worker/market/feed/feed.ts'

const MARKET = 'BTC-USDT'
const START = Date.UTC(2026, 10, 25, 9)
const LIMIT = {
  market: MARKET,
  type: 'limit',
  timeInForce: 'GTC',
  postOnly: false,
  selfTradePrevention: 'cancel_newest',
} as const

const bookAt = (middle: number): ReferenceBook => ({
  bids: [[middle - 1, 10_000_000]],
  asks: [[middle + 1, 10_000_000]],
})

function venue() {
  const made = new VirtualVenue()
  made.now = START
  made.open('trader', [{ asset: 'USDT', amount: 10_000n * UNIT }])
  made.quote(MARKET, bookAt(6_000_000))
  return made
}

/** Everything of one asset in all purses of all accounts: what was issued is in there as owed. */
function sums(of: VirtualVenue): Map<string, bigint> {
  const sum = new Map<string, bigint>()
  for (const account of of.accounts.values())
    for (const [key, amount] of account.balances) {
      const [, purse = '', asset = ''] = key.split('|')
      if (purse.startsWith('clearing/'))
        sum.set(`${purse} ${asset}`, (sum.get(`${purse} ${asset}`) ?? 0n) + amount)
      sum.set(asset, (sum.get(asset) ?? 0n) + amount)
      if (purse === 'available' || purse === 'held') expect(amount).toBeGreaterThanOrEqual(0n)
    }
  return sum
}

describe('the virtual venue', () => {
  test('trades against the house with fees, to the unit', () => {
    const made = venue()
    const order = {
      market: MARKET,
      type: 'market',
      timeInForce: 'IOC',
      postOnly: false,
      selfTradePrevention: 'cancel_newest',
    } as const
    const placed = made.place('trader', 'one', { ...order, side: 'buy', quoteAmount: '600.0001' })
    expect(placed).toMatchObject({ ok: true })
    const account = made.account('trader')
    // 600.0001 buys 0.01 at 60,000.01; a thousandth of it is the fee.
    expect(totalOf(account, 'BTC')).toBe(999_000n)
    expect(availableOf(account, 'USDT')).toBe(10_000n * UNIT - 60_000_010_000n)
  })

  test('fills a resting order when the reference moves through it, at its own price', () => {
    const made = venue()
    made.place('trader', 'bid', { ...LIMIT, side: 'buy', price: '59000', quantity: '0.1' })
    expect(openOrders(made.account('trader'))).toHaveLength(1)
    made.now = START + 1_000
    made.quote(MARKET, bookAt(5_800_000))
    expect(openOrders(made.account('trader'))).toHaveLength(0)
    expect(totalOf(made.account('trader'), 'USDT')).toBe(4_100n * UNIT)
    expect(totalOf(made.account('trader'), 'BTC')).toBe(9_990_000n)
  })

  test('releases what was held when orders are cancelled', () => {
    const made = venue()
    made.place('trader', 'bid', { ...LIMIT, side: 'buy', price: '59000', quantity: '0.1' })
    expect(availableOf(made.account('trader'), 'USDT')).toBe(4_100n * UNIT)
    made.cancelAll('trader')
    expect(availableOf(made.account('trader'), 'USDT')).toBe(10_000n * UNIT)
  })

  test('refuses as the venue does: off the grid, or more than there is', () => {
    const made = venue()
    expect(
      made.place('trader', 'a', { ...LIMIT, side: 'buy', price: '59000.001', quantity: '0.1' }),
    ).toMatchObject({
      ok: false,
      refusal: { code: 'off_tick' },
    })
    expect(made.place('trader', 'b', { ...LIMIT, side: 'buy', price: '59000', quantity: '1' })).toMatchObject(
      {
        ok: false,
        refusal: { code: 'insufficient_funds' },
      },
    )
  })

  test('creates and loses nothing: every asset, and each market’s clearing, comes to zero over all accounts', () => {
    const made = venue()
    for (let step = 1; step <= 40; step++) {
      made.now = START + step * 1_000
      made.quote(MARKET, bookAt(6_000_000 + Math.round(20_000 * Math.sin(step))))
      const side = step % 3 === 0 ? 'sell' : 'buy'
      made.place('trader', `limit ${step}`, { ...LIMIT, side, price: '60000', quantity: '0.003' })
    }
    made.cancelAll('trader')
    for (const [name, sum] of sums(made)) expect([name, sum]).toEqual([name, 0n])
  })
})
