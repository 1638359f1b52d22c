import { describe, expect, it } from 'vitest'
import { estimateFor, type PlaceOrderCommand } from '../../worker/account/placeOrder.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { BTC, NOBODY, OneAccount, orderCommand } from './oneAccount.ts'

const limitBuy = orderCommand({ orderId: 'o1', side: 'buy', price: '60000', quantity: '0.01' })

describe('placing an order', () => {
  it.each([
    {
      what: 'a limit buy holds its quantity at its limit',
      command: limitBuy,
      asset: 'USDT',
      held: '600',
      bounds: { ticks: 6_000_000, lots: 1_000, quoteBudget: null },
    },
    {
      what: 'a limit sell holds its quantity',
      command: orderCommand({ orderId: 'o1', side: 'sell', price: '60000', quantity: '0.01' }),
      asset: 'BTC',
      held: '0.01',
      bounds: { ticks: 6_000_000, lots: 1_000, quoteBudget: null },
    },
    {
      what: 'a market buy by quote amount holds that',
      command: orderCommand({ orderId: 'o1', side: 'buy', type: 'market', quoteAmount: '250.5' }),
      asset: 'USDT',
      held: '250.5',
      bounds: { ticks: null, lots: null, quoteBudget: toUnits('250.5') },
    },
    {
      what: 'a market sell holds its quantity',
      command: orderCommand({ orderId: 'o1', side: 'sell', type: 'market', quantity: '0.02' }),
      asset: 'BTC',
      held: '0.02',
      bounds: { ticks: null, lots: 2_000, quoteBudget: null },
    },
    {
      what: 'a market buy by quantity holds the estimate and 5%, and tells the market to stop there',
      command: orderCommand({ orderId: 'o1', side: 'buy', type: 'market', quantity: '0.01' }),
      estimate: { lots: 1_000, quote: toUnits('600') },
      asset: 'USDT',
      held: '630',
      bounds: { ticks: null, lots: 1_000, quoteBudget: toUnits('630') },
    },
    {
      what: 'a market buy by quantity holds what is available when that is less than the margin',
      command: orderCommand({ orderId: 'o1', side: 'buy', type: 'market', quantity: '0.16' }),
      estimate: { lots: 16_000, quote: toUnits('9900') },
      asset: 'USDT',
      held: '10000',
      bounds: { ticks: null, lots: 16_000, quoteBudget: toUnits('10000') },
    },
    {
      what: 'a market sell by quote amount holds the estimate and 5%, in whole lots',
      command: orderCommand({ orderId: 'o1', side: 'sell', type: 'market', quoteAmount: '600' }),
      estimate: { lots: 1_001, quote: toUnits('600.1') },
      asset: 'BTC',
      held: '0.01052',
      bounds: { ticks: null, lots: 1_052, quoteBudget: toUnits('600') },
    },
  ])('$what', ({ command, estimate, asset, held, bounds }) => {
    const account = new OneAccount().open(['USDT', '10000'], ['BTC', '1'])
    const before = account.balance('available', asset)
    const outcome = account.place(command, { estimate: estimate ?? null, marks: [] })
    expect(outcome).toMatchObject({ ok: true, value: { status: 'pending', held: toUnits(held) } })
    expect(account.balance('held', asset)).toBe(toUnits(held))
    expect(account.balance('available', asset)).toBe(before - toUnits(held))
    expect(account.sent()).toMatchObject([{ type: 'submitOrder', orderId: 'o1', terms: bounds }])
    expect(account.stateOfRows()).toEqual(account.state)
  })

  it('asks for an estimate only where the order names neither a price nor its cost', () => {
    const market = (command: Partial<PlaceOrderCommand> & { side: 'buy' | 'sell' }) =>
      estimateFor(orderCommand({ orderId: 'o', type: 'market', ...command }))
    expect(market({ side: 'buy', quantity: '0.01' })).toEqual({ side: 'buy', lots: 1_000, quote: null })
    expect(market({ side: 'sell', quoteAmount: '5' })).toEqual({
      side: 'sell',
      lots: null,
      quote: toUnits('5'),
    })
    expect(market({ side: 'buy', quoteAmount: '5' })).toBeNull()
    expect(market({ side: 'sell', quantity: '0.01' })).toBeNull()
    expect(market({ side: 'sell', quantity: '0.000001' })).toBeNull()
    expect(estimateFor(limitBuy)).toBeNull()
  })

  it('sends a market order as IOC when nothing is said', () => {
    const account = new OneAccount().open(['USDT', '100'])
    account.place(orderCommand({ orderId: 'o1', side: 'buy', type: 'market', quoteAmount: '50' }))
    expect(account.sent()).toMatchObject([{ terms: { timeInForce: 'IOC' } }])
  })

  it.each([
    { why: 'unknown_market', command: { ...limitBuy, market: 'DOGE-USDT' } },
    { why: 'off_tick', command: { ...limitBuy, price: '60000.001' } },
    { why: 'off_lot', command: { ...limitBuy, quantity: '0.010001' } },
    { why: 'above_maximum', command: { ...limitBuy, price: '999999999999' } },
    { why: 'below_minimum', command: { ...limitBuy, quantity: '0.00001' } },
    { why: 'insufficient_funds', command: { ...limitBuy, quantity: '1' } },
    {
      why: 'insufficient_funds',
      command: orderCommand({ orderId: 'o', side: 'sell', price: '60000', quantity: '1' }),
    },
    {
      why: 'insufficient_funds',
      command: orderCommand({ orderId: 'o', side: 'buy', type: 'market', quantity: '1' }),
      estimate: { lots: 100_000, quote: toUnits('60000') },
    },
    {
      why: 'insufficient_funds',
      command: orderCommand({ orderId: 'o', side: 'sell', type: 'market', quoteAmount: '600' }),
      estimate: { lots: 1_000, quote: toUnits('600') },
    },
    {
      why: 'no_liquidity',
      command: orderCommand({ orderId: 'o', side: 'buy', type: 'market', quantity: '0.01' }),
    },
    {
      why: 'outside_band',
      command: { ...limitBuy, price: '10', quantity: '1' },
      marks: [{ market: 'BTC-USDT', ticks: 6_000_000, at: 1_000_000 }],
    },
  ])('refuses $why and changes nothing', ({ why, command, estimate, marks }) => {
    const account = new OneAccount().open(['USDT', '1000'])
    const outcome = account.place(command, { estimate: estimate ?? null, marks: marks ?? [] })
    expect(outcome).toMatchObject({ ok: false, refusal: { code: why } })
    expect(account.balance('available', 'USDT')).toBe(toUnits('1000'))
    expect(account.balance('held', 'USDT')).toBe(0n)
    expect(account.state.orders.size).toBe(0)
    expect(account.sent()).toEqual([])
  })

  it('refuses one open order more than the market allows', () => {
    const account = new OneAccount().open(['USDT', '10000'])
    for (let number = 0; number < BTC.maxOpenOrders; number += 1)
      account.place({ ...limitBuy, orderId: `o${number}`, price: '1000' })
    const outcome = account.place({ ...limitBuy, orderId: 'more', price: '1000' })
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'too_many_open_orders' } })
  })
})

describe('placing the same order again', () => {
  it('answers the order as it is and holds nothing twice', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    const named = { ...limitBuy, clientOrderId: 'mine-1' }
    account.place(named)
    account.report({ orderId: 'o1', side: 'buy', status: 'open' })
    const again = account.place({ ...named, orderId: 'o2' })
    expect(again).toMatchObject({ ok: true, value: { id: 'o1', status: 'open' } })
    expect(account.balance('held', 'USDT')).toBe(toUnits('600'))
    expect(account.sent()).toHaveLength(1)
  })

  it('answers it after an eviction, and after it has ended', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    const named = { ...limitBuy, clientOrderId: 'mine-1' }
    account.place(named)
    account.report({ orderId: 'o1', side: 'buy', status: 'cancelled', reason: 'user' })
    expect(account.stateOfRows().orderByClientId.get('mine-1')).toBe('o1')
    expect(account.place({ ...named, orderId: 'o2' })).toMatchObject({
      ok: true,
      value: { id: 'o1', status: 'cancelled' },
    })
  })

  it('refuses other content under the same id', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place({ ...limitBuy, clientOrderId: 'mine-1' })
    for (const other of [
      { quantity: '0.011' },
      { price: '60000.01' },
      { postOnly: true },
      { side: 'sell' as const },
    ])
      expect(account.place({ ...limitBuy, orderId: 'o2', clientOrderId: 'mine-1', ...other })).toMatchObject({
        ok: false,
        refusal: { code: 'duplicate_id', field: 'clientOrderId' },
      })
    expect(account.sent()).toHaveLength(1)
  })

  it('takes a repeat of the command by the id of the order itself', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(limitBuy, NOBODY)
    expect(account.place(limitBuy, NOBODY)).toMatchObject({ ok: true, value: { id: 'o1' } })
    expect(account.sent()).toHaveLength(1)
  })
})
