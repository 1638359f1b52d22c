import { describe, expect, test } from 'vitest'
import { rulesOf } from '../../web/src/lib/market/rules.ts'
import { unitsOf } from '../../web/src/lib/money/decimal.ts'
import {
  type Amendment,
  amendable,
  amendFault,
  amendmentOf,
  amendWords,
  changeOf,
} from '../../web/src/lib/trading/amendment.ts'
import { market } from '../../web/src/routes/states/samples.ts'
import { AmendOrder, type OrderView } from '../../worker/contract/orders.ts'
import { sampleOrder } from './sampleOrder.ts'

const rules = rulesOf(market)
const last = unitsOf('60000')
const order = (change: Partial<OrderView>): OrderView => ({ ...sampleOrder, ...change })
const limit = order({})
const stopLimit = order({ type: 'stop_limit', status: 'pending', side: 'sell', triggerPrice: '58000' })
const entered = (from: OrderView, change: Partial<Amendment>): Amendment => ({
  ...amendmentOf(from),
  ...change,
})

test.each<[string, OrderView, readonly string[]]>([
  ['a limit', limit, ['price', 'quantity']],
  ['a stop limit that waits', stopLimit, ['triggerPrice', 'price', 'quantity']],
  ['one that has fired', { ...stopLimit, triggered: true, status: 'open' }, ['price', 'quantity']],
  ['a stop', order({ type: 'stop', price: null, triggerPrice: '1' }), ['triggerPrice', 'quantity']],
  [
    'a stop by quote amount',
    order({ type: 'stop', price: null, quantity: null, triggerPrice: '1' }),
    ['triggerPrice'],
  ],
  ['a trailing stop', order({ type: 'trailing_stop', price: null, trailingBps: 100 }), ['quantity']],
  ['a market order', order({ type: 'market', price: null }), []],
  ['a stop that has fired', order({ type: 'stop', price: null, triggerPrice: '1', triggered: true }), []],
])('%s can be changed where the venue allows it', (_, from, fields) => {
  expect(amendable(from)).toEqual(fields)
})

describe('a change', () => {
  test('sends only what differs, however it is written', () => {
    const change = changeOf(limit, entered(limit, { price: '59000.00', quantity: '0.02' }))
    expect(change).toEqual({ quantity: '0.02' })
    expect(AmendOrder.safeParse(change).success).toBe(true)
    expect(changeOf(limit, amendmentOf(limit))).toEqual({})
  })

  test('says whether the order keeps its place', () => {
    const words = (change: Partial<Amendment>, from = limit) =>
      amendWords(from, changeOf(from, entered(from, change)))
    expect(words({})).toBe('')
    expect(words({ quantity: '0.005' })).toMatch(/keeps its place/)
    expect(words({ quantity: '0.02' })).toMatch(/back of the queue.*trades at once/)
    expect(words({ price: '59001', quantity: '0.005' })).toMatch(/back of the queue/)
    expect(words({ price: '59001' }, { ...limit, postOnly: true })).not.toMatch(/trades/)
    expect(words({ price: '1' }, stopLimit)).toMatch(/waiting/)
  })

  test.each<[string, OrderView, Partial<Amendment>, string, RegExp]>([
    ['a price between ticks', limit, { price: '59000.001' }, 'price', /try 59000\./],
    ['a price that is none', limit, { price: '5,9' }, 'price', /digits/],
    ['an amount between lots', limit, { quantity: '0.000001' }, 'quantity', /steps of 0\.00001\.$/],
    [
      'less than has filled',
      { ...limit, filledQuantity: '0.004' },
      { quantity: '0.004' },
      'quantity',
      /filled already/,
    ],
    ['too little', limit, { quantity: '0.00001' }, 'quantity', /at least 5 USDT/],
    ['a trigger already reached', stopLimit, { triggerPrice: '60000' }, 'triggerPrice', /below 60000/],
  ])('%s is said at its field', (_, from, change, field, message) => {
    const fault = amendFault(from, entered(from, change), rules, last)
    expect(fault).toMatchObject({ field, message: expect.stringMatching(message) })
    expect(fault?.quiet).toBeUndefined()
  })

  test('is not sent while nothing differs, and nothing is red', () => {
    expect(amendFault(limit, amendmentOf(limit), rules, last)?.quiet).toBe(true)
    expect(amendFault(limit, entered(limit, { price: '58000' }), rules, last)).toBeNull()
    // An untouched trigger that the price has passed is the venue's to judge.
    expect(
      amendFault(
        { ...stopLimit, triggerPrice: '61000' },
        entered(stopLimit, { triggerPrice: '61000', price: '57000' }),
        rules,
        last,
      ),
    ).toBeNull()
  })
})
