import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { AccountView } from '../../worker/contract/account.ts'
import { toProblem } from '../../worker/contract/errors.ts'
import { MarketSummary } from '../../worker/contract/markets.ts'
import { OcoDetail, OrderDetail } from '../../worker/contract/orders.ts'
import { Client } from '../support/client.ts'

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

/** A person with some BTC, and the price of the moment. */
async function trader(): Promise<{ ada: Client; last: number; at: (share: number) => string }> {
  const ada = new Client()
  await ada.signUp('Ada')
  const bought = await place(ada, { side: 'buy', type: 'market', quoteAmount: '2000' })
  expect(bought.order.status).toBe('filled')
  const { ticker } = MarketSummary.parse((await ada.call('GET', '/markets/BTC-USDT')).body)
  const last = Number(ticker.last)
  return { ada, last, at: (share) => String(Number((last * share).toFixed(2))) }
}

async function place(client: Client, order: object): Promise<z.infer<typeof OrderDetail>> {
  const answer = await client.call('POST', '/orders', { market: 'BTC-USDT', ...order })
  expect([answer.status, answer.body]).toEqual([200, expect.anything()])
  return OrderDetail.parse(answer.body)
}

const held = async (client: Client, asset: string): Promise<string | undefined> => {
  const { balances } = AccountView.parse((await client.call('GET', '/account')).body)
  return balances.find((balance) => balance.asset === asset)?.held
}

describe('orders by the API', () => {
  it('of every type are taken, wait or rest, and give back what they hold when they are cancelled', async () => {
    const { ada, at } = await trader()
    const orders = [
      { side: 'sell', type: 'stop', triggerPrice: at(0.9), quantity: '0.001' },
      { side: 'sell', type: 'stop_limit', triggerPrice: at(0.9), price: at(0.89), quantity: '0.001' },
      { side: 'sell', type: 'take_profit', triggerPrice: at(1.1), quantity: '0.001' },
      { side: 'sell', type: 'take_profit_limit', triggerPrice: at(1.1), price: at(1.1), quantity: '0.001' },
      { side: 'sell', type: 'trailing_stop', trailingBps: 500, quantity: '0.001' },
      {
        side: 'sell',
        type: 'trailing_stop',
        trailingAmount: '1000',
        activationPrice: at(1.1),
        quantity: '0.001',
      },
      { side: 'buy', type: 'stop', triggerPrice: at(1.1), quoteAmount: '100' },
      { side: 'buy', type: 'limit', price: at(0.9), quantity: '0.01', displayQuantity: '0.002' },
      {
        side: 'buy',
        type: 'limit',
        price: at(0.9),
        quantity: '0.01',
        timeInForce: 'GTD',
        expiresAt: '2099-01-01T00:00:00Z',
      },
    ]
    for (const order of orders) {
      const { order: placed } = await place(ada, order)
      expect(placed).toMatchObject({
        ...order,
        status: order.type === 'limit' ? 'open' : 'pending',
        expiresAt: order.expiresAt === undefined ? null : '2099-01-01T00:00:00.000Z',
      })
    }
    expect(await held(ada, 'BTC')).toBe('0.006')
    expect((await ada.call('DELETE', '/orders')).body).toEqual({ requested: orders.length })
    expect([await held(ada, 'BTC'), await held(ada, 'USDT')]).toEqual(['0', '0'])
  })

  it('that trail a price are taken of a leader, too, in a market of which they own nothing', async () => {
    const [ada, bob] = [new Client(), new Client()]
    await ada.signUp('Ada')
    await bob.signUp('Bob')
    await ada.call('PATCH', '/account/profile', { openToFollowers: true })
    const { id: leaderId } = AccountView.parse((await ada.call('GET', '/account')).body)
    const settings = { mode: 'fixed', fixedAmount: '40', maxPerOrder: '200' }
    expect((await bob.call('POST', '/follows', { leaderId, amount: '1000', settings })).status).toBe(200)

    const trailing = { side: 'buy', type: 'trailing_stop', trailingBps: 100, quantity: '0.01' }
    expect((await place(ada, { ...trailing, market: 'ETH-USDT' })).order.status).toBe('pending')
  })

  it('that a trigger would fire at once are refused, and nothing stays held', async () => {
    const { ada, at } = await trader()
    const answer = await ada.call('POST', '/orders', {
      market: 'BTC-USDT',
      side: 'sell',
      type: 'stop',
      triggerPrice: at(1.1),
      quantity: '0.001',
    })
    expect(answer.body).toMatchObject({ code: 'would_trigger', field: 'triggerPrice', status: 422 })
    expect(await held(ada, 'BTC')).toBe('0')
  })

  it('in a pair hold once, and are cancelled together', async () => {
    const { ada, at } = await trader()
    const answer = await ada.call('POST', '/orders/oco', {
      market: 'BTC-USDT',
      side: 'sell',
      quantity: '0.01',
      takeProfit: { price: at(1.1) },
      stopLoss: { triggerPrice: at(0.9), price: at(0.89) },
      clientOrderId: 'pair-1',
    })
    const { takeProfit, stopLoss } = OcoDetail.parse(answer.body)
    expect([takeProfit.order.status, stopLoss.order.status]).toEqual(['open', 'pending'])
    expect(takeProfit.order.pairedWith).toBe(stopLoss.order.id)
    expect(await held(ada, 'BTC')).toBe('0.01')
    await ada.call('DELETE', `/orders/${stopLoss.order.id}`)
    const other = OrderDetail.parse((await ada.call('GET', `/orders/${takeProfit.order.id}`)).body)
    expect(other.order).toMatchObject({ status: 'cancelled', reason: 'oco' })
    expect(await held(ada, 'BTC')).toBe('0')
  })

  it('are changed in place, or say why not', async () => {
    const { ada, at } = await trader()
    const { order } = await place(ada, { side: 'buy', type: 'limit', price: at(0.9), quantity: '0.01' })
    const path = `/orders/${order.id}`
    const changed = OrderDetail.parse(
      (await ada.call('PATCH', path, { price: at(0.8), quantity: '0.02' })).body,
    )
    expect(changed.order).toMatchObject({ status: 'open', price: at(0.8), quantity: '0.02', amendment: null })
    const far = await ada.call('PATCH', path, { price: at(9) })
    expect(far.body).toMatchObject({ code: 'outside_band', field: 'price' })
    expect((await ada.call('PATCH', path, {})).status).toBe(400)
    expect((await ada.call('PATCH', path, { triggerPrice: '1' })).body).toMatchObject({
      code: 'cannot_amend',
    })
  })

  it('as a bracket sell what the entry bought', async () => {
    const { ada, at } = await trader()
    const entry = await place(ada, {
      side: 'buy',
      type: 'market',
      quoteAmount: '500',
      takeProfit: { price: at(1.1) },
      stopLoss: { trailingBps: 300 },
    })
    expect(entry.order).toMatchObject({ status: 'filled', takeProfit: { price: at(1.1) } })
    const list = z.object({ items: z.array(OrderDetail.shape.order) })
    const { items } = list.parse((await ada.call('GET', '/orders?status=open')).body)
    expect(items.map(({ type, side, entryId }) => [type, side, entryId]).sort()).toEqual([
      ['limit', 'sell', entry.order.id],
      ['trailing_stop', 'sell', entry.order.id],
    ])
  })

  it('wait while their market is halted, and say so', async () => {
    const { ada, at } = await trader()
    const { order } = await place(ada, { side: 'buy', type: 'limit', price: at(0.9), quantity: '0.01' })
    const operator = { authorization: `Bearer ${env.OPERATOR_TOKEN}` }
    const status = (to: string) =>
      ada.call('PUT', '/operator/markets/BTC-USDT/status', { status: to }, operator)
    expect(MarketSummary.parse((await status('halted')).body).market.status).toBe('halted')
    const problem = toProblem({ code: 'market_closed', message: '' })
    const refusedBy = async (call: Promise<{ body: unknown }>) =>
      expect((await call).body).toMatchObject({ code: problem.code })
    await refusedBy(ada.call('DELETE', `/orders/${order.id}`))
    await refusedBy(ada.call('PATCH', `/orders/${order.id}`, { quantity: '0.005' }))
    await refusedBy(
      ada.call('POST', '/orders', {
        market: 'BTC-USDT',
        side: 'buy',
        type: 'limit',
        price: at(0.9),
        quantity: '0.01',
      }),
    )
    await status('open')
    expect((await ada.call('DELETE', `/orders/${order.id}`)).body).toMatchObject({
      order: { status: 'cancelled' },
    })
  })
})
