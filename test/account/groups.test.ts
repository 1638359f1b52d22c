import { describe, expect, it } from 'vitest'
import { amendOrder } from '../../worker/account/amendOrder.ts'
import { type PlaceOcoCommand, placeOco } from '../../worker/account/placeOrder.ts'
import { PlaceOco, PlaceOrder } from '../../worker/contract/orders.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import type { SubmitOrder, SubmitPair } from '../../worker/market/messages.ts'
import { marketById } from '../../worker/market/settings.ts'
import { marketAddress } from '../../worker/messaging/address.ts'
import { NOBODY, OneAccount, orderCommand, sumsByAsset } from './oneAccount.ts'

const BTC_MARKET = marketAddress('BTC-USDT')

function oco(change: Partial<PlaceOcoCommand> = {}): PlaceOcoCommand {
  const pair = {
    market: 'BTC-USDT',
    side: 'sell' as const,
    quantity: '0.01',
    takeProfit: { price: '65000' },
    stopLoss: { triggerPrice: '55000' },
  }
  return { ...PlaceOco.parse(pair), takeProfitId: 'gain', stopLossId: 'loss', ...change }
}

const placePair = (account: OneAccount, command: PlaceOcoCommand) =>
  account.execute((state, moment) => placeOco(state, command, NOBODY, moment))

const amend = (account: OneAccount, id: string, change: Parameters<typeof amendOrder>[2]) =>
  account.execute((state, moment) => amendOrder(state, id, change, moment))

const heldIn = (account: OneAccount, asset: string) => account.balance('held', asset)
const sound = (account: OneAccount) => {
  expect(account.stateOfRows()).toEqual(account.state)
  expect(sumsByAsset(account.state).every((sum) => sum === 0n)).toBe(true)
}

describe('a pair', () => {
  it('holds once, and is sent to its market as one', () => {
    const account = new OneAccount().open(['BTC', '0.01'])
    expect(placePair(account, oco())).toMatchObject({ ok: true, value: [{ id: 'gain' }, { id: 'loss' }] })
    expect(heldIn(account, 'BTC')).toBe(toUnits('0.01'))
    const [sent] = account.sent(BTC_MARKET) as SubmitPair[]
    expect(sent?.orders.map(({ terms }) => [terms.orderType, terms.lots])).toEqual([
      ['limit', 1_000],
      ['stop', 1_000],
    ])
    sound(account)
  })

  it('of a buy holds what the dearer of the two can cost', () => {
    const account = new OneAccount().open(['USDT', '1000'])
    const buy = oco({
      side: 'buy',
      takeProfit: { price: '55000' },
      stopLoss: { triggerPrice: '65000', price: '66000' },
    })
    placePair(account, buy)
    expect(heldIn(account, 'USDT')).toBe(toUnits('660'))
    account.report({ orderId: 'gain', side: 'buy', status: 'open' })
    account.report({
      orderId: 'gain',
      side: 'buy',
      status: 'partially_filled',
      fills: [account.fill('buy', 5_500_000, 400, 'maker')],
    })
    // The market has cancelled the other in the same turn; that report comes next, and may come late.
    expect(heldIn(account, 'USDT')).toBe(toUnits('330'))
    account.report({ orderId: 'loss', side: 'buy', status: 'cancelled', reason: 'oco' })
    expect(heldIn(account, 'USDT')).toBe(toUnits('330'))
    account.report({ orderId: 'gain', side: 'buy', status: 'cancelled', reason: 'user' })
    expect(heldIn(account, 'USDT')).toBe(0n)
    sound(account)
  })

  it('whose stop fires hands the hold over, in whichever order the reports come', () => {
    for (const cancelFirst of [true, false]) {
      const account = new OneAccount().open(['BTC', '0.01'])
      placePair(account, oco())
      account.report({ orderId: 'loss', side: 'sell', status: 'pending' })
      account.report({ orderId: 'gain', side: 'sell', status: 'open' })
      const cancelled = () =>
        account.report({ orderId: 'gain', side: 'sell', status: 'cancelled', reason: 'oco' })
      if (cancelFirst) cancelled()
      account.report({
        orderId: 'loss',
        side: 'sell',
        status: 'filled',
        triggered: true,
        fills: [account.fill('sell', 5_400_000, 1_000)],
      })
      if (!cancelFirst) cancelled()
      expect(heldIn(account, 'BTC')).toBe(0n)
      expect(account.balance('available', 'USDT')).toBe(toUnits('539.46'))
      sound(account)
    }
  })

  it('that is sent again is answered again, and another under its id is not', () => {
    const account = new OneAccount().open(['BTC', '0.02'])
    const command = oco({ clientOrderId: 'mine' })
    placePair(account, command)
    expect(placePair(account, { ...command, takeProfitId: 'x', stopLossId: 'y' })).toMatchObject({
      ok: true,
      value: [{ id: 'gain' }, { id: 'loss' }],
    })
    expect(placePair(account, { ...command, quantity: '0.005', takeProfitId: 'x' })).toMatchObject({
      refusal: { code: 'duplicate_id' },
    })
    expect(heldIn(account, 'BTC')).toBe(toUnits('0.01'))
  })

  it('with its profit on the side of the loss is refused, and nothing is held', () => {
    const account = new OneAccount().open(['BTC', '1'])
    expect(placePair(account, oco({ takeProfit: { price: '50000' } }))).toMatchObject({
      refusal: { code: 'invalid_input', field: 'takeProfit' },
    })
    expect(placePair(account, oco({ stopLoss: { triggerPrice: '55000.005' } }))).toMatchObject({
      refusal: { code: 'off_tick', field: 'stopLoss.triggerPrice' },
    })
    expect(heldIn(account, 'BTC')).toBe(0n)
  })
})

describe('a hold', () => {
  const place = (account: OneAccount, command: Partial<PlaceOrder>) =>
    account.place(orderCommand({ orderId: 'o', side: 'buy', ...command }))

  it('for a stop to buy a quantity is its trigger and a margin; by quote amount it is that', () => {
    const account = new OneAccount().open(['USDT', '10000'])
    place(account, { type: 'stop', triggerPrice: '65000', quantity: '0.01' })
    expect(heldIn(account, 'USDT')).toBe(toUnits('682.5'))
    account.place(
      orderCommand({ orderId: 'q', side: 'buy', type: 'stop', triggerPrice: '65000', quoteAmount: '100' }),
    )
    expect(heldIn(account, 'USDT')).toBe(toUnits('782.5'))
    account.report({
      orderId: 'o',
      side: 'buy',
      status: 'filled',
      triggered: true,
      fills: [account.fill('buy', 6_510_000, 1_000)],
    })
    expect(heldIn(account, 'USDT')).toBe(toUnits('100'))
    sound(account)
  })

  it('for what trails by more than the price is refused at the offset, not put off', () => {
    const account = new OneAccount().open(['BTC', '1'])
    const known = { estimate: null, marks: [{ market: 'BTC-USDT', ticks: 6_000_000, at: account.now }] }
    const trail = (offset: Partial<PlaceOrder>) =>
      account.place(
        orderCommand({ orderId: 'o', side: 'sell', type: 'trailing_stop', quoteAmount: '100', ...offset }),
        known,
      )
    expect(trail({ trailingAmount: '60000' })).toMatchObject({
      refusal: { code: 'invalid_input', field: 'trailingAmount' },
    })
    expect(trail({ trailingBps: 9_000, activationPrice: '0.01' })).toMatchObject({
      refusal: { code: 'invalid_input', field: 'trailingBps' },
    })
  })

  it('for an iceberg is for all of it', () => {
    const account = new OneAccount().open(['USDT', '10000'])
    place(account, { type: 'limit', price: '60000', quantity: '0.1', displayQuantity: '0.01' })
    expect(heldIn(account, 'USDT')).toBe(toUnits('6000'))
  })

  it('shrinks with what self-trade prevention takes off', () => {
    const account = new OneAccount().open(['USDT', '10000'])
    place(account, { type: 'limit', price: '60000', quantity: '0.1', selfTradePrevention: 'decrement' })
    account.report({ orderId: 'o', side: 'buy', status: 'open', preventedLots: 4_000 })
    expect(heldIn(account, 'USDT')).toBe(toUnits('3600'))
    sound(account)
  })
})

describe('an amendment', () => {
  const resting = () => {
    const account = new OneAccount().open(['USDT', '1000'])
    account.place(orderCommand({ orderId: 'o', side: 'buy', price: '60000', quantity: '0.01' }))
    account.report({ orderId: 'o', side: 'buy', status: 'open' })
    return account
  }
  const amendmentOf = (account: OneAccount) => account.state.orders.get('o')?.amendment?.id ?? ''
  const answered = (account: OneAccount, code?: 'would_trigger') => ({
    amendmentId: amendmentOf(account),
    refusal: code === undefined ? null : { code, message: 'No.' },
  })

  it('to more holds more before it is asked for, and gives it back when it is refused', () => {
    const account = resting()
    expect(amend(account, 'o', { quantity: '0.015' })).toMatchObject({ ok: true })
    expect(heldIn(account, 'USDT')).toBe(toUnits('900'))
    expect(amend(account, 'o', { quantity: '0.012' })).toMatchObject({
      refusal: { code: 'amendment_under_way' },
    })
    account.report({ orderId: 'o', side: 'buy', status: 'open', answer: answered(account, 'would_trigger') })
    expect(heldIn(account, 'USDT')).toBe(toUnits('600'))
    expect(account.state.orders.get('o')).toMatchObject({ amendment: null, refusal: { message: 'No.' } })
    sound(account)
  })

  it('to less gives back when the market has done it, and not before: it may still fill', () => {
    const account = resting()
    amend(account, 'o', { price: '50000' })
    expect(heldIn(account, 'USDT')).toBe(toUnits('600'))
    account.report({
      orderId: 'o',
      side: 'buy',
      status: 'partially_filled',
      fills: [account.fill('buy', 6_000_000, 400, 'maker')],
    })
    expect(heldIn(account, 'USDT')).toBe(toUnits('360'))
    account.report({ orderId: 'o', side: 'buy', status: 'partially_filled', answer: answered(account) })
    expect(heldIn(account, 'USDT')).toBe(toUnits('300'))
    expect(account.state.orders.get('o')?.terms.ticks).toBe(5_000_000)
    sound(account)
  })

  it('to more at a lower price is still covered when the order fills at the old one on the way', () => {
    const account = resting()
    expect(amend(account, 'o', { price: '50000', quantity: '0.015' })).toMatchObject({ ok: true })
    expect(heldIn(account, 'USDT')).toBe(toUnits('850'))
    account.report({
      orderId: 'o',
      side: 'buy',
      status: 'partially_filled',
      fills: [account.fill('buy', 6_000_000, 400, 'maker')],
    })
    expect(heldIn(account, 'USDT')).toBe(toUnits('610'))
    account.report({ orderId: 'o', side: 'buy', status: 'partially_filled', answer: answered(account) })
    expect(heldIn(account, 'USDT')).toBe(toUnits('550'))
    sound(account)
  })

  it('beyond what is available is refused, and nothing is sent', () => {
    const account = resting()
    const before = account.sent().length
    expect(amend(account, 'o', { quantity: '0.02' })).toMatchObject({
      refusal: { code: 'insufficient_funds' },
    })
    expect(amend(account, 'o', { triggerPrice: '1' })).toMatchObject({ refusal: { code: 'cannot_amend' } })
    expect(amend(account, 'nobody', { quantity: '1' })).toMatchObject({ refusal: { code: 'unknown_order' } })
    expect(account.sent().length).toBe(before)
  })

  it('under way when the order ends leaves nothing held', () => {
    const account = resting()
    amend(account, 'o', { quantity: '0.015' })
    account.report({ orderId: 'o', side: 'buy', status: 'cancelled', reason: 'user' })
    expect(heldIn(account, 'USDT')).toBe(0n)
    sound(account)
  })
})

describe('a bracket', () => {
  const entry = (change: Partial<PlaceOrder> = {}) =>
    orderCommand({
      orderId: 'entry',
      side: 'buy',
      price: '60000',
      quantity: '0.02',
      takeProfit: { price: '66000' },
      stopLoss: { triggerPrice: '57000' },
      ...change,
    })
  const exits = (account: OneAccount) =>
    [...account.state.orders.values()].filter(({ entryId }) => entryId === 'entry')
  const lastPair = (account: OneAccount) => account.sent(BTC_MARKET).at(-1) as SubmitPair

  it('is refused where its exits would have no room among the open orders, and arms where they have', () => {
    const account = new OneAccount().open(['USDT', '100000'])
    const rest = (index: number) =>
      account.place(orderCommand({ orderId: `rest${index}`, side: 'buy', price: '50000', quantity: '0.001' }))
    for (let index = 0; index < marketById('BTC-USDT').maxOpenOrders - 3; index += 1) rest(index)
    expect(account.place(entry())).toMatchObject({ ok: true })
    // One order and two to come: all places are taken.
    expect(rest(1_000)).toMatchObject({ ok: false, refusal: { code: 'too_many_open_orders' } })
    const market = orderCommand({
      orderId: 'other',
      side: 'buy',
      type: 'market',
      quoteAmount: '1000',
      takeProfit: { price: '66000' },
    })
    expect(account.place(market)).toMatchObject({
      ok: false,
      refusal: { code: 'too_many_open_orders' },
    })
    account.report({
      orderId: 'entry',
      side: 'buy',
      status: 'filled',
      fills: [account.fill('buy', 6_000_000, 2_000, 'maker')],
    })
    expect(exits(account)).toHaveLength(2)
  })

  it('arms its exits for what has filled, fees aside, as it fills', () => {
    // What the person has besides is none of the bracket's.
    const account = new OneAccount().open(['USDT', '10000'], ['BTC', '1'])
    account.place(entry())
    expect(exits(account)).toEqual([])
    account.report({
      orderId: 'entry',
      side: 'buy',
      status: 'partially_filled',
      fills: [account.fill('buy', 6_000_000, 1_000, 'maker')],
    })
    // 0.01 less a fee of 0.00001 is 999 lots.
    expect(lastPair(account)).toMatchObject({
      type: 'submitPair',
      orders: [
        { terms: { side: 'sell', orderType: 'limit', ticks: 6_600_000, lots: 999 }, fireIfReached: true },
        { terms: { side: 'sell', orderType: 'stop', lots: 999 }, fireIfReached: true },
      ],
    })
    expect(heldIn(account, 'BTC')).toBe(toUnits('0.00999'))
    account.report({
      orderId: 'entry',
      side: 'buy',
      status: 'filled',
      fills: [account.fill('buy', 6_000_000, 1_000, 'maker')],
    })
    expect(exits(account)).toHaveLength(4)
    expect(heldIn(account, 'BTC')).toBe(toUnits('0.01998'))
    expect(account.balance('available', 'BTC')).toBe(toUnits('1'))
    sound(account)
  })

  it('waits until what has come in is worth an order', () => {
    const account = new OneAccount().open(['USDT', '10000'])
    account.place(entry())
    const fill = (lots: number) =>
      account.report({
        orderId: 'entry',
        side: 'buy',
        status: 'partially_filled',
        fills: [account.fill('buy', 6_000_000, lots, 'maker')],
      })
    fill(5)
    expect(exits(account)).toEqual([])
    expect(account.state.orders.get('entry')?.exits?.unarmed).toBe(4_995n)
    fill(10)
    expect((account.sent(BTC_MARKET).at(-1) as SubmitPair).orders[0].terms.lots).toBe(14)
    sound(account)
  })

  it('of a sell buys back what its proceeds pay for, with one exit alone too', () => {
    const account = new OneAccount().open(['BTC', '0.02'])
    const { takeProfit: _, ...alone } = entry({
      side: 'sell',
      stopLoss: { triggerPrice: '63000', price: '64000' },
    })
    account.place(alone)
    account.report({
      orderId: 'entry',
      side: 'sell',
      status: 'filled',
      fills: [account.fill('sell', 6_000_000, 2_000)],
    })
    const sent = account.sent(BTC_MARKET).at(-1) as SubmitOrder
    expect(sent).toMatchObject({ type: 'submitOrder', terms: { side: 'buy', orderType: 'stop_limit' } })
    expect(heldIn(account, 'USDT')).toBeLessThanOrEqual(toUnits('1198.8'))
    expect(heldIn(account, 'USDT')).toBeGreaterThan(toUnits('1198'))
    sound(account)
  })

  it('with an exit on the wrong side of its entry is refused at the field', () => {
    const account = new OneAccount().open(['USDT', '10000'])
    expect(account.place(entry({ stopLoss: { triggerPrice: '61000' } }))).toMatchObject({
      refusal: { code: 'invalid_input', field: 'stopLoss' },
    })
    expect(account.place(entry({ takeProfit: { price: '59000' } }))).toMatchObject({
      refusal: { code: 'invalid_input', field: 'takeProfit' },
    })
  })

  it('keeps its entry between its exits when that is changed', () => {
    const account = new OneAccount().open(['USDT', '10000'])
    account.place(entry())
    account.report({ orderId: 'entry', side: 'buy', status: 'open' })
    for (const price of ['57000', '66000'])
      expect(amend(account, 'entry', { price })).toMatchObject({
        refusal: { code: 'cannot_amend', field: 'price' },
      })
    expect(amend(account, 'entry', { price: '65000' })).toMatchObject({ ok: true })
    sound(account)
  })
})

describe('the contract of an order', () => {
  const base = { market: 'BTC-USDT', side: 'sell', quantity: '1' }
  const faultsOf = (order: object): string[] => {
    const parsed = PlaceOrder.safeParse({ ...base, ...order })
    return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'))
  }

  it.each<[string, object, string[]]>([
    ['a stop without a trigger', { type: 'stop' }, ['triggerPrice']],
    ['a stop with a price', { type: 'stop', triggerPrice: '1', price: '1' }, ['price']],
    ['a stop-limit', { type: 'stop_limit', triggerPrice: '1', price: '1' }, []],
    [
      'a stop-limit by quote amount',
      { type: 'stop_limit', triggerPrice: '1', price: '1', quoteAmount: '1' },
      ['quoteAmount', 'quoteAmount'],
    ],
    [
      'a trailing stop with two offsets',
      { type: 'trailing_stop', trailingBps: 100, trailingAmount: '1' },
      ['trailingBps'],
    ],
    ['a trailing stop', { type: 'trailing_stop', trailingBps: 100, activationPrice: '5' }, []],
    ['a limit order that trails', { type: 'limit', price: '1', trailingBps: 100 }, ['trailingBps']],
    ['GTD without a time', { type: 'limit', price: '1', timeInForce: 'GTD' }, ['expiresAt']],
    ['a stop that is IOC', { type: 'stop', triggerPrice: '1', timeInForce: 'IOC' }, ['timeInForce']],
    [
      'an iceberg that is IOC',
      { type: 'limit', price: '1', timeInForce: 'IOC', displayQuantity: '0.1' },
      ['displayQuantity'],
    ],
    ['a market order that is post-only', { type: 'market', postOnly: true }, ['postOnly']],
    ['both sizes', { type: 'market', quoteAmount: '1' }, ['quantity']],
  ])('%s', (_what, order, fields) => {
    expect(faultsOf(order)).toEqual(fields)
  })
})
