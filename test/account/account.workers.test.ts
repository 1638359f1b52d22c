import { applyD1Migrations, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { uuidv7 } from 'uuidv7'
import { beforeEach, describe, expect, it } from 'vitest'
import type { PlaceOrder } from '../../worker/contract/orders.ts'
import { AccountStreamMessage, STREAM_LIMITS } from '../../worker/contract/stream.ts'
import { toUnits } from '../../worker/ledger/amount.ts'

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

const ada = () => env.ACCOUNT.getByName('ada')
const limitBuy: PlaceOrder = {
  market: 'BTC-USDT',
  side: 'buy',
  type: 'limit',
  price: '20000',
  quantity: '0.01',
  timeInForce: 'GTC',
  postOnly: false,
  selfTradePrevention: 'cancel_newest',
}
const marketBuy: PlaceOrder = {
  market: 'BTC-USDT',
  side: 'buy',
  type: 'market',
  quoteAmount: '1000',
  timeInForce: 'IOC',
  postOnly: false,
  selfTradePrevention: 'cancel_newest',
}
const page = { limit: 50 }

async function balanceOf(asset: string) {
  const { balances } = await ada().overview()
  return balances.find((balance) => balance.asset === asset)
}

async function placed(order: PlaceOrder, id = uuidv7()) {
  const outcome = await ada().placeOrder(id, order)
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  return outcome.value
}

/** Connects to the private stream; `next` waits for the next message. */
async function watch() {
  const response = await ada().fetch('http://account/stream', { headers: { upgrade: 'websocket' } })
  const socket = response.webSocket
  if (socket === null) throw new Error(`no socket: ${response.status}`)
  const waiting: ((message: AccountStreamMessage) => void)[] = []
  const arrived: AccountStreamMessage[] = []
  socket.addEventListener('message', ({ data }) => {
    const message = AccountStreamMessage.parse(JSON.parse(String(data)))
    const taker = waiting.shift()
    if (taker === undefined) arrived.push(message)
    else taker(message)
  })
  // Without an answer the close would stay under way.
  socket.addEventListener('close', () => socket.close())
  socket.accept()
  const next = () => {
    const message = arrived.shift()
    return message === undefined
      ? new Promise<AccountStreamMessage>((resolve) => waiting.push(resolve))
      : Promise.resolve(message)
  }
  /** Messages up to and including the first that fits. */
  const until = async (fits: (message: AccountStreamMessage) => boolean) => {
    const seen: AccountStreamMessage[] = []
    for (;;) {
      const message = await next()
      seen.push(message)
      if (fits(message)) return seen
    }
  }
  return { socket, next, until }
}

/** Waits until so many watch, and no close is under way: reset() would end this workerd in the middle of one. */
const watching = (count: number) =>
  expect.poll(() => runInDurableObject(ada(), (_account, state) => state.getWebSockets().length)).toBe(count)

describe('an account', () => {
  it('opens once, with its demo funds', async () => {
    const first = await ada().open()
    expect(await ada().open()).toEqual(first)
    expect(await balanceOf('USDT')).toMatchObject({ available: '10000', held: '0', total: '10000' })
    expect(await ada().equity()).toEqual({
      equity: toUnits('10000'),
      netDeposits: toUnits('10000'),
      realised: 0n,
      resetAt: null,
    })
  })

  it('rests a limit order with its funds held, and gets them back when it cancels', async () => {
    await ada().open()
    const { order } = await placed(limitBuy)
    expect(order).toMatchObject({ status: 'open', filledQuantity: '0' })
    expect(await balanceOf('USDT')).toMatchObject({ available: '9800', held: '200' })
    expect(await ada().cancelOrder(order.id)).toMatchObject({
      ok: true,
      value: { order: { status: 'cancelled', reason: 'user' } },
    })
    expect(await balanceOf('USDT')).toMatchObject({ available: '10000', held: '0' })
  })

  it('answers a market order with its fills, and both sides have settled', async () => {
    await ada().open()
    const { order, fills } = await placed(marketBuy)
    expect(order.status).toBe('filled')
    expect(fills.length).toBeGreaterThan(0)
    const paid = fills.reduce((sum, fill) => sum + toUnits(fill.total), 0n)
    const received = fills.reduce((sum, fill) => sum + toUnits(fill.quantity) - toUnits(fill.fee), 0n)
    const usdt = await balanceOf('USDT')
    expect(toUnits(usdt?.total ?? '0')).toBe(toUnits('10000') - paid)
    expect(usdt?.held).toBe('0')
    expect(toUnits((await balanceOf('BTC'))?.available ?? '0')).toBe(received)
    expect((await ada().equity()).equity).toBeTypeOf('bigint')
    const { items } = await ada().journal(page)
    expect(items.filter(({ kind }) => kind === 'trade')).toHaveLength(fills.length)
  })

  it('places a market order by quantity within the margin of its estimate', async () => {
    await ada().open()
    const { quoteAmount: _, ...byQuantity } = marketBuy
    const { order } = await placed({ ...byQuantity, quantity: '0.01' })
    expect(order).toMatchObject({ status: 'filled', filledQuantity: '0.01', quoteAmount: null })
    expect(await balanceOf('USDT')).toMatchObject({ held: '0' })
    const sale = await placed({ ...byQuantity, side: 'sell', quantity: '0.00999' })
    expect(sale.order.status).toBe('filled')
    expect(sale.fills.every(({ realised }) => realised !== null)).toBe(true)
  })

  it('answers the same client order id with the same order', async () => {
    await ada().open()
    const first = await placed({ ...limitBuy, clientOrderId: 'mine' })
    const again = await placed({ ...limitBuy, clientOrderId: 'mine' })
    expect(again.order.id).toBe(first.order.id)
    expect((await ada().orders({ ...page, status: 'all' })).items).toHaveLength(1)
    expect(
      await ada().placeOrder(uuidv7(), { ...limitBuy, clientOrderId: 'mine', price: '21000' }),
    ).toMatchObject({ ok: false, refusal: { code: 'duplicate_id' } })
  })

  it('cancels all it has in a market', async () => {
    await ada().open()
    await placed(limitBuy)
    await placed({ ...limitBuy, price: '20001' })
    await placed({ ...limitBuy, market: 'ETH-USDT', price: '2000', quantity: '0.1' })
    expect(await ada().cancelAll('BTC-USDT')).toEqual({ requested: 2 })
    const open = await ada().orders({ ...page, status: 'open' })
    expect(open.items.map(({ market }) => market)).toEqual(['ETH-USDT'])
  })

  it('pages its orders newest first', async () => {
    await ada().open()
    const ids: string[] = []
    for (const price of ['20000', '20001', '20002'])
      ids.unshift((await placed({ ...limitBuy, price })).order.id)
    const first = await ada().orders({ limit: 2, status: 'all' })
    const second = await ada().orders({ limit: 2, status: 'all', cursor: first.next ?? '' })
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids)
    expect(second.next).toBeNull()
  })
})

describe('the private stream', () => {
  it('says hello, then tells of orders, fills and balances in sequence', async () => {
    await ada().open()
    const stream = await watch()
    expect(await stream.next()).toEqual({ type: 'hello', sequence: 0, unread: 0 })
    const { order, fills } = await placed(marketBuy)
    const told = await stream.until(
      (message) => message.type === 'balances' && message.balances.some(({ asset }) => asset === 'BTC'),
    )
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => index + 1))
    expect(told.filter(({ type }) => type === 'fill')).toHaveLength(fills.length)
    const orders = told.filter((message) => message.type === 'order')
    expect(orders.map((message) => [message.order.id, message.order.status])).toEqual([
      [order.id, 'pending'],
      [order.id, 'filled'],
    ])
    stream.socket.close(1000)
    await watching(0)
  })

  it('tells of a notice and of a copy once, however often a queue delivers them', async () => {
    const stream = await watch()
    const notice = {
      id: uuidv7(),
      accountId: 'ada',
      type: 'trade' as const,
      priority: 'medium' as const,
      title: 'Copied',
      body: 'Bought.',
      link: null,
      at: 1_000,
    }
    const copy = {
      id: uuidv7(),
      followId: uuidv7(),
      leaderId: uuidv7(),
      market: 'BTC-USDT',
      side: 'buy' as const,
      outcome: 'filled' as const,
      reason: null,
      quantity: '0.01',
      total: '600',
      slippageBps: '0.12',
      delayMs: 80,
      at: new Date(1_000).toISOString(),
    }
    for (let time = 0; time < 2; time += 1) {
      await ada().notify([notice])
      await ada().copied([copy])
    }
    await ada().notify([{ ...notice, id: uuidv7() }])
    const told = await stream.until((message) => message.type === 'notification' && message.unread === 2)
    expect(told.map(({ type }) => type)).toEqual(['hello', 'notification', 'copies', 'notification'])
    expect(await ada().inbox({ ...page, unread: 1 })).toMatchObject({ unread: 2 })
    expect(await ada().markRead()).toEqual({ unread: 0 })
    stream.socket.close(1000)
    await watching(0)
  })

  it('has a bound, and the oldest connection makes room', async () => {
    const oldest = await watch()
    const closed = new Promise<number>((resolve) =>
      oldest.socket.addEventListener('close', ({ code }) => resolve(code)),
    )
    for (let number = 0; number < STREAM_LIMITS.socketsOfAccount; number += 1) await watch()
    expect(await closed).toBe(1013)
    await watching(STREAM_LIMITS.socketsOfAccount)
  })

  it('has the bound also when those it closes do not answer', async () => {
    const sockets: WebSocket[] = []
    for (let number = 0; number < STREAM_LIMITS.socketsOfAccount + 3; number += 1) {
      const response = await ada().fetch('http://account/stream', { headers: { upgrade: 'websocket' } })
      if (response.webSocket !== null) sockets.push(response.webSocket)
    }
    const open = await runInDurableObject(
      ada(),
      (_account, state) =>
        state.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN).length,
    )
    expect(open).toBe(STREAM_LIMITS.socketsOfAccount)
    for (const socket of sockets) {
      socket.accept()
      socket.close(1000)
    }
    await watching(0)
  })

  it('takes nothing in', async () => {
    const stream = await watch()
    const closed = new Promise<number>((resolve) =>
      stream.socket.addEventListener('close', ({ code }) => resolve(code)),
    )
    stream.socket.send('give me everything')
    expect(await closed).toBe(1008)
    await watching(0)
  })
})
