import { expect, test } from 'vitest'
import { rulesOf } from '../../web/src/lib/market/rules.ts'
import { unitsOf } from '../../web/src/lib/money/decimal.ts'
import { changed, type Entry, emptyEntry, ocoOf, orderOf, rests } from '../../web/src/lib/trading/entry.ts'
import { entryFault } from '../../web/src/lib/trading/entryCheck.ts'
import { promiseWords } from '../../web/src/lib/trading/summary.ts'
import { PlaceOco, PlaceOrder } from '../../worker/contract/orders.ts'

const rules = rulesOf({
  id: 'BTC-USDT',
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.00001',
  minQuantity: '0.00001',
  maxQuantity: '900',
  minNotional: '5',
  makerFeeBps: 10,
  takerFeeBps: 20,
  bandDownBps: 8000,
  bandUpBps: 40_000,
  maxOpenOrders: 200,
  maxIcebergParts: 10,
  status: 'open',
  feed: 'simulated',
})
const last = unitsOf('60000')
const entry = (change: Partial<Entry>): Entry => ({
  ...emptyEntry(),
  side: 'sell',
  amount: '0.01',
  ...change,
})

test.each<[Partial<Entry>, Record<string, unknown>]>([
  [
    { type: 'limit', price: '61000', displayQuantity: '0.002' },
    { type: 'limit', displayQuantity: '0.002' },
  ],
  [
    { type: 'market', takeProfit: '50000' },
    { type: 'market', timeInForce: 'IOC', takeProfit: { price: '50000' } },
  ],
  [
    { type: 'stop', triggerPrice: '58000' },
    { type: 'stop', triggerPrice: '58000', timeInForce: 'GTC' },
  ],
  [
    { type: 'stop', triggerPrice: '58000', limited: true, price: '57900' },
    { type: 'stop_limit', price: '57900' },
  ],
  [{ type: 'take_profit', triggerPrice: '62000' }, { type: 'take_profit' }],
  [
    { type: 'take_profit', triggerPrice: '62000', limited: true, price: '61900' },
    { type: 'take_profit_limit' },
  ],
  [
    { type: 'trailing_stop', trailing: '1.5' },
    { type: 'trailing_stop', trailingBps: 150 },
  ],
  [{ type: 'trailing_stop', trailing: '500', trailBy: 'amount' }, { trailingAmount: '500' }],
])('%o is sent as the contract has it', (change, sent) => {
  const typed = entry(change)
  expect(entryFault(typed, rules, last, 0)).toBeNull()
  const order = orderOf(typed, rules)
  expect(order).toMatchObject(sent)
  expect(PlaceOrder.safeParse(order).error).toBeUndefined()
})

test('a pair is sent as the contract has it', () => {
  const typed = entry({ type: 'oco', takeProfit: '62000', stopLoss: '58000' })
  expect(entryFault(typed, rules, last, 0)).toBeNull()
  expect(PlaceOco.safeParse(ocoOf(typed, rules)).error).toBeUndefined()
})

test.each<[string, Partial<Entry>, string]>([
  ['a trigger already reached', { type: 'stop', triggerPrice: '61000' }, 'triggerPrice'],
  ['a pair with its stop above', { type: 'oco', takeProfit: '62000', stopLoss: '61000' }, 'stopLoss'],
  ['too wide an offset', { type: 'trailing_stop', trailing: '95' }, 'trailing'],
  ['too many parts', { price: '61000', displayQuantity: '0.0001' }, 'displayQuantity'],
  ['a time that is past', { price: '61000', timeInForce: 'GTD', expiresAt: '1969-01-01T00:00' }, 'expiresAt'],
])('%s is said at its field', (_, change, field) => {
  expect(entryFault(entry(change), rules, last, 0)?.field).toBe(field)
})

test('a sentence says what will happen', () => {
  expect(promiseWords(entry({ type: 'stop', triggerPrice: '58000' }), rules)).toBe(
    'When the price falls to 58,000.00, sell 0.01 BTC at the market.',
  )
})

test('exits typed for one type or side are not sent with another', () => {
  const typed = entry({ type: 'oco', takeProfit: '62000', stopLoss: '58000' })
  expect(changed(typed, { type: 'limit' })).toMatchObject({ takeProfit: '', stopLoss: '' })
  expect(changed(typed, { side: 'buy' })).toMatchObject({ takeProfit: '', stopLoss: '' })
  expect(changed(typed, { amount: '1' })).toMatchObject({ takeProfit: '62000', stopLoss: '58000' })
  expect(changed(entry({ unit: 'quote' }), { type: 'oco' }).unit).toBe('base')
})

test.each(['IOC', 'FOK'] as const)('post-only is neither offered nor sent with %s', (timeInForce) => {
  const typed = entry({ price: '61000', postOnly: true, timeInForce })
  expect(rests(typed)).toBe(false)
  expect(orderOf(typed, rules).postOnly).toBe(false)
})
