import { describe, expect, it } from 'vitest'
import { cancelAllOrders, cancelOrder } from '../../worker/account/cancelOrder.ts'
import { readFillsOfOrder, readPastOrder } from '../../worker/account/orderRows.ts'
import { pageOfFills } from '../../worker/account/pages.ts'
import { ENDED_ORDERS_KEPT } from '../../worker/account/settle.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { readEntries } from '../../worker/ledger/journal.ts'
import { marketAddress, poolAddress } from '../../worker/messaging/address.ts'
import { OneAccount, orderCommand, sumsByAsset } from './oneAccount.ts'

const buy = orderCommand({ orderId: 'o1', side: 'buy', price: '60000', quantity: '0.01' })
const sell = orderCommand({ orderId: 's1', side: 'sell', price: '70000', quantity: '0.005' })

describe('settling a buy', () => {
  it('pays from the hold at the price traded, receives less the fee, and releases what was better', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'filled',
      fills: [account.fill('buy', 5_900_000, 400), account.fill('buy', 5_950_000, 600)],
    })
    // 0.004 at 59,000 and 0.006 at 59,500; a tenth of a percent of the base as fee
    expect(account.balance('available', 'USDT')).toBe(toUnits('407'))
    expect(account.balance('held', 'USDT')).toBe(0n)
    expect(account.balance('available', 'BTC')).toBe(toUnits('0.00999'))
    expect(account.balance('fees', 'BTC')).toBe(toUnits('0.00001'))
    expect(account.balance('clearing/BTC-USDT', 'USDT')).toBe(toUnits('593'))
    expect(account.balance('clearing/BTC-USDT', 'BTC')).toBe(-toUnits('0.01'))
    expect(account.state.orders.get('o1')).toMatchObject({
      status: 'filled',
      filledLots: 1_000,
      filledQuote: toUnits('593'),
      held: 0n,
    })
    expect(account.state.positions.get('BTC')).toEqual({
      quantity: toUnits('0.00999'),
      cost: toUnits('593'),
    })
    expect(sumsByAsset(account.state)).toEqual([0n, 0n])
    expect(account.stateOfRows()).toEqual(account.state)
  })

  it('keeps what is left at the limit held while it rests, and releases it when it is cancelled', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'partially_filled',
      fills: [account.fill('buy', 5_000_000, 400)],
    })
    expect(account.balance('held', 'USDT')).toBe(toUnits('360'))
    expect(account.balance('available', 'USDT')).toBe(toUnits('440'))
    expect(account.execute((state) => cancelOrder(state, 'o1'))).toMatchObject({
      ok: true,
      value: { status: 'partially_filled' },
    })
    expect(account.balance('held', 'USDT')).toBe(toUnits('360'))
    account.report({ orderId: 'o1', side: 'buy', status: 'cancelled', reason: 'user' })
    expect(account.balance('held', 'USDT')).toBe(0n)
    expect(account.balance('available', 'USDT')).toBe(toUnits('800'))
    expect(account.state.orders.get('o1')).toMatchObject({
      status: 'cancelled',
      reason: 'user',
      filledLots: 400,
    })
  })

  it('releases what a market order did not need', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(orderCommand({ orderId: 'o1', side: 'buy', type: 'market', quantity: '0.01' }), {
      estimate: { lots: 1_000, quote: toUnits('600') },
      marks: [],
    })
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'filled',
      fills: [account.fill('buy', 6_010_000, 1_000)],
    })
    expect(account.balance('available', 'USDT')).toBe(toUnits('399'))
    expect(account.balance('held', 'USDT')).toBe(0n)
  })

  it('posts the unit of rounding by itself', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'partially_filled',
      fills: [{ ...account.fill('buy', 6_000_000, 1), fee: 0n, rounding: 1n }],
    })
    expect(account.balance('rounding', 'BTC')).toBe(1n)
    expect(account.balance('fees', 'BTC')).toBe(0n)
    expect(account.balance('available', 'BTC')).toBe(999n)
  })
})

describe('settling a sell', () => {
  it('receives quote less the fee and says what it realised', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'filled',
      fills: [account.fill('buy', 6_000_000, 1_000)],
    })
    account.place(sell)
    account.report({
      orderId: 's1',
      side: 'sell',
      status: 'filled',
      fills: [account.fill('sell', 7_000_000, 500, 'maker')],
    })
    // 350 less 0.35 of fee; cost of 0.005 of the 0.00999 that 600 bought: 300.3003003…
    expect(account.balance('available', 'USDT')).toBe(toUnits('749.65'))
    const [fill] = readFillsOfOrder(account.store, 's1')
    expect(fill?.realised).toBe(toUnits('349.65') - (toUnits('600') * 500_000n) / 999_000n)
    expect(fill?.realisedBps).toBe(1_643)
    expect(account.state.realised).toBe(fill?.realised)
    expect(sumsByAsset(account.state)).toEqual([0n, 0n])
    expect(account.stateOfRows()).toEqual(account.state)
  })

  it('realises nothing on coins that were granted', () => {
    const account = new OneAccount().open(['BTC', '1'])
    account.place(sell)
    account.report({
      orderId: 's1',
      side: 'sell',
      status: 'filled',
      fills: [account.fill('sell', 7_000_000, 500)],
    })
    expect(pageOfFills(account.store, { limit: 10 }).items).toMatchObject([{ realised: null }])
    expect(account.state.realised).toBe(0n)
  })
})

describe('a report', () => {
  it('that rejects gives everything back', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    account.report({ orderId: 'o1', side: 'buy', status: 'rejected', reason: 'outside_band' })
    expect(account.balance('available', 'USDT')).toBe(toUnits('1000'))
    expect(account.state.orders.get('o1')).toMatchObject({ status: 'rejected', reason: 'outside_band' })
  })

  it('of an order that nobody knows changes no balance, and its fills are kept as a dispute', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    const before = new Map(account.state.balances)
    account.report({ orderId: 'stranger', side: 'buy', status: 'cancelled' })
    expect(account.store.all('SELECT * FROM disputed_report')).toHaveLength(0)
    account.report({
      orderId: 'stranger',
      side: 'buy',
      status: 'filled',
      fills: [account.fill('buy', 6_000_000, 10)],
    })
    expect(account.state.balances).toEqual(before)
    expect(account.store.all('SELECT * FROM disputed_report')).toHaveLength(1)
  })

  it('that comes after the end of its order changes nothing', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    account.report({ orderId: 'o1', side: 'buy', status: 'cancelled', reason: 'user' })
    const before = new Map(account.state.balances)
    account.report({ orderId: 'o1', side: 'buy', status: 'open' })
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'filled',
      fills: [account.fill('buy', 6_000_000, 10)],
    })
    expect(account.state.balances).toEqual(before)
    expect(account.state.orders.get('o1')).toMatchObject({ status: 'cancelled', filledLots: 0 })
  })

  it('that another market sends for this one counts for nothing', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    account.take(marketAddress('ETH-USDT'), {
      type: 'orderReport',
      market: 'BTC-USDT',
      orderId: 'o1',
      side: 'buy',
      status: 'filled',
      reason: null,
      fills: [account.fill('buy', 6_000_000, 1_000)],
      sequence: 1,
      triggered: false,
      preventedLots: 0,
      answer: null,
      mark: { market: 'BTC-USDT', ticks: 1, at: 1 },
      at: 1,
    })
    expect(account.state.orders.get('o1')?.status).toBe('pending')
  })

  it('posts nothing when the market trades beyond the hold', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    const before = new Map(account.state.balances)
    expect(() =>
      account.report({
        orderId: 'o1',
        side: 'buy',
        status: 'filled',
        fills: [account.fill('buy', 6_000_001, 1_000)],
      }),
    ).toThrow()
    expect(account.state.balances).toEqual(before)
  })
})

describe('the journal', () => {
  it('holds a balanced entry for every movement', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'cancelled',
      reason: 'user',
      fills: [account.fill('buy', 5_900_000, 400)],
    })
    const entries = readEntries(account.store, Number.MAX_SAFE_INTEGER, 10)
    expect(entries.map(({ kind, reference }) => [kind, reference])).toEqual([
      ['release', 'o1'],
      ['trade', 'trade-1'],
      ['hold', 'o1'],
      ['grant', 'ada'],
    ])
  })
})

describe('cancelling', () => {
  it('asks the market and refuses what is unknown or has ended', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    account.execute((state) => cancelOrder(state, 'o1'))
    expect(account.sent(marketAddress('BTC-USDT'))).toMatchObject([
      { type: 'submitOrder' },
      { type: 'cancelOrder', orderId: 'o1' },
    ])
    account.report({ orderId: 'o1', side: 'buy', status: 'cancelled', reason: 'user' })
    expect(account.execute((state) => cancelOrder(state, 'o1'))).toMatchObject({
      refusal: { code: 'order_already_closed' },
    })
    expect(account.execute((state) => cancelOrder(state, 'someone-elses'))).toMatchObject({
      refusal: { code: 'unknown_order' },
    })
  })

  it('asks for all open orders of a market, or of all', () => {
    const account = new OneAccount().open(['USDT', '10000'])
    account.place(buy)
    account.place({ ...buy, orderId: 'o2' })
    account.place({ ...buy, orderId: 'e1', market: 'ETH-USDT', price: '2000', quantity: '1' })
    account.report({ orderId: 'o2', side: 'buy', status: 'cancelled', reason: 'user' })
    const ids = (market?: string) =>
      account.execute((state) => cancelAllOrders(state, market)).map(({ id }) => id)
    expect(ids('BTC-USDT')).toEqual(['o1'])
    expect(ids()).toEqual(['o1', 'e1'])
  })
})

describe('what an account keeps', () => {
  it('is every open order and the newest that have ended, in memory; others in rows', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place({ ...buy, orderId: 'open', quantity: '0.001' })
    for (let number = 0; number < ENDED_ORDERS_KEPT + 3; number += 1) {
      account.now += 1
      const orderId = `o${number}`
      account.place({ ...buy, orderId, clientOrderId: orderId, quantity: '0.001' })
      account.report({
        orderId,
        side: 'buy',
        status: 'cancelled',
        reason: 'ioc',
        fills: number === 0 ? [account.fill('buy', 1_000_000, 1)] : [],
      })
    }
    expect(account.state.orders.size).toBe(ENDED_ORDERS_KEPT + 1)
    expect(account.state.orders.has('open')).toBe(true)
    expect(account.state.orders.has('o2')).toBe(false)
    expect(account.state.orders.has('o3')).toBe(true)
    expect(account.state.orderByClientId.has('o0')).toBe(false)
    expect(readPastOrder(account.store, 'o0')).toMatchObject({ status: 'cancelled', filledLots: 1 })
    expect(readFillsOfOrder(account.store, 'o0')).toHaveLength(1)
    expect(account.stateOfRows()).toEqual(account.state)
  })
})

describe('as a leader', () => {
  const wanted = (account: OneAccount) =>
    account.take(poolAddress('ada'), { type: 'fillsWanted', wanted: true })

  it('sends nothing to the pool until it is wanted', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(buy)
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'filled',
      fills: [account.fill('buy', 6_000_000, 1_000)],
    })
    expect(account.sent(poolAddress('ada'))).toEqual([])
  })

  it('sends one message for each report with fills, with equity as of the order and holdings around it', () => {
    const account = new OneAccount().open(['USDT', '1000'], ['BTC', '0.1'])
    wanted(account)
    const mark = { market: 'BTC-USDT', ticks: 6_000_000, at: account.now }
    account.place(buy, { estimate: null, marks: [mark] })
    account.report({ orderId: 'o1', side: 'buy', status: 'open' })
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'partially_filled',
      fills: [account.fill('buy', 6_000_000, 100), account.fill('buy', 5_900_000, 200)],
    })
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'filled',
      fills: [account.fill('buy', 6_000_000, 700)],
    })
    expect(account.sent(poolAddress('ada'))).toMatchObject([
      {
        type: 'leaderTraded',
        orderId: 'o1',
        lots: 300,
        filledBefore: 0,
        orderLots: 1_000,
        quote: toUnits('178'),
        equity: toUnits('7000'),
        heldBefore: toUnits('0.1'),
        heldAfter: toUnits('0.102997'),
      },
      {
        lots: 700,
        filledBefore: 300,
        equity: toUnits('7000'),
        heldBefore: toUnits('0.102997'),
        heldAfter: toUnits('0.10999'),
      },
    ])
  })

  it('has no equity when a mark that it needs is older than a minute', () => {
    const account = new OneAccount().open(['USDT', '1000'], ['BTC', '0.1'])
    wanted(account)
    account.place(buy, {
      estimate: null,
      marks: [{ market: 'BTC-USDT', ticks: 6_000_000, at: account.now - 60_001 }],
    })
    account.report({
      orderId: 'o1',
      side: 'buy',
      status: 'filled',
      fills: [account.fill('buy', 6_000_000, 1_000)],
    })
    expect(account.sent(poolAddress('ada'))).toMatchObject([{ equity: null }])
  })

  it('has left when less than a lot remains, since nobody can sell that', () => {
    const account = new OneAccount().open(['BTC', '0.01000999'])
    wanted(account)
    account.place({ ...sell, quantity: '0.01' })
    account.report({
      orderId: 's1',
      side: 'sell',
      status: 'filled',
      fills: [account.fill('sell', 7_000_000, 1_000)],
    })
    expect(account.sent(poolAddress('ada'))).toMatchObject([
      { heldBefore: toUnits('0.01000999'), heldAfter: 0n },
    ])
  })

  it('is asked only by its own pool', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.take(poolAddress('mallory'), { type: 'fillsWanted', wanted: true })
    expect(account.state.fillsWanted).toBe(false)
  })
})

describe('the house', () => {
  it('settles quotes that it has no record of, and issues what is missing', () => {
    const house = new OneAccount('house.BTC-USDT')
    house.report({
      orderId: 'quote-1',
      side: 'sell',
      status: 'filled',
      fills: [house.fill('sell', 6_000_000, 100, 'maker')],
    })
    house.report({
      orderId: 'quote-2',
      side: 'buy',
      status: 'filled',
      fills: [house.fill('buy', 5_000_000, 500, 'maker')],
    })
    expect(house.balance('clearing/BTC-USDT', 'BTC')).toBe(toUnits('0.001') - toUnits('0.005'))
    expect(house.balance('clearing/BTC-USDT', 'USDT')).toBe(toUnits('250') - toUnits('60'))
    expect(house.balance('issued', 'BTC')).toBeLessThan(0n)
    expect(house.balance('issued', 'USDT')).toBeLessThan(0n)
    expect(sumsByAsset(house.state)).toEqual([0n, 0n])
    expect(house.state.orders.size).toBe(0)
    expect(house.stateOfRows()).toEqual(house.state)
  })

  it('takes what a pool could not sell, and pays for it', () => {
    const house = new OneAccount('house.BTC-USDT')
    house.take(poolAddress('grace'), {
      type: 'takeResidue',
      blockId: 'b1',
      market: 'BTC-USDT',
      quantity: 777n,
      quote: 466_200n,
    })
    expect(house.balance('residue/BTC-USDT', 'BTC')).toBe(-777n)
    expect(house.balance('residue/BTC-USDT', 'USDT')).toBe(466_200n)
    expect(house.balance('available', 'BTC')).toBe(777n)
    expect(sumsByAsset(house.state)).toEqual([0n, 0n])
  })

  it('is the only one who does', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.take(poolAddress('grace'), {
      type: 'takeResidue',
      blockId: 'b1',
      market: 'BTC-USDT',
      quantity: 777n,
      quote: 466_200n,
    })
    expect(account.balance('available', 'USDT')).toBe(toUnits('1000'))
  })
})
