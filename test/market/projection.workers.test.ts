import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  reset,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import type { MarketTurn, OrderRecord, TradeRecord } from '../../worker/market/messages.ts'
import { projectMarketEvents } from '../../worker/market/projection.ts'
import { encode } from '../../worker/messaging/codec.ts'
import { termsOf } from './terms.ts'

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

const order = (more: Partial<OrderRecord>): OrderRecord => ({
  id: 'order-1',
  accountId: 'ann',
  sequence: 1,
  terms: termsOf({ orderId: 'order-1', side: 'buy', ticks: 15_000, lots: 30 }),
  filledLots: 0,
  filledQuote: 0n,
  status: 'open',
  reason: null,
  createdAt: 1_000,
  updatedAt: 1_000,
  ...more,
})

const trade: TradeRecord = {
  id: 'trade-1',
  sequence: 1,
  ticks: 15_000,
  lots: 30,
  quote: 9_007_199_254_740_993n,
  takerSide: 'sell',
  maker: 'account/ann',
  taker: 'pool/lea',
  makerOrderId: 'order-1',
  takerOrderId: 'block-1',
  makerFee: 30_000n,
  takerFee: 4_500_000n,
  at: 2_000,
}

async function project(...messages: { sequence: number; orders?: OrderRecord[]; trades?: TradeRecord[] }[]) {
  const bodies = messages.map(({ sequence, orders = [], trades = [] }) => {
    const turn: MarketTurn = { type: 'marketTurn', market: 'SOL-USDT', orders, trades }
    return { source: 'market/SOL-USDT', sequence, body: encode(turn) }
  })
  return consume(bodies)
}

async function consume(bodies: readonly unknown[]) {
  const batch = createMessageBatch(
    'market-events',
    bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(0), attempts: 1, body })),
  )
  await projectMarketEvents(batch, env)
  return getQueueResult(batch, createExecutionContext())
}

const all = async (query: string) => (await env.DB.prepare(query).all()).results
const orders = () => all('SELECT id, status, CAST(filled AS TEXT) AS filled, sequence FROM orders')

it('writes trades and orders exactly, in units', async () => {
  await project({ sequence: 1, orders: [order({})], trades: [trade] })
  expect(
    await all(
      `SELECT CAST(price AS TEXT) AS price, CAST(quantity AS TEXT) AS quantity, CAST(quote AS TEXT) AS quote,
         maker_account_id, taker_account_id, maker_fee_asset, taker_fee_asset FROM trades`,
    ),
  ).toEqual([
    {
      price: '15000000000',
      quantity: '30000000',
      quote: '9007199254740993',
      maker_account_id: 'ann',
      taker_account_id: 'pool/lea',
      maker_fee_asset: 'SOL',
      taker_fee_asset: 'USDT',
    },
  ])
  expect(await orders()).toEqual([{ id: 'order-1', status: 'open', filled: '0', sequence: 1 }])
})

it('comes to the same whatever is repeated or late', async () => {
  const filled = order({ status: 'filled', filledLots: 30, sequence: 9, updatedAt: 3_000 })
  const cancelled = order({ id: 'order-2', status: 'cancelled', reason: 'user', sequence: 5 })
  await project({ sequence: 7, orders: [filled, cancelled], trades: [trade] })
  await project(
    { sequence: 3, orders: [order({ sequence: 4 })] },
    { sequence: 7, orders: [filled], trades: [trade] },
  )
  expect(await orders()).toEqual([
    { id: 'order-1', status: 'filled', filled: '30000000', sequence: 9 },
    { id: 'order-2', status: 'cancelled', filled: '0', sequence: 5 },
  ])
  expect(await all('SELECT count(*) AS n FROM trades')).toEqual([{ n: 1 }])
  expect(await all('SELECT source, sequence FROM projection_positions')).toEqual([
    { source: 'market/SOL-USDT', sequence: 7 },
  ])
})

it('takes a batch of any size, and in one batch the highest sequence of an order wins', async () => {
  const many = Array.from({ length: 1_300 }, (_, index) => order({ id: `o${index}` }))
  await project(
    { sequence: 2, orders: [order({ sequence: 8, status: 'filled' })] },
    { sequence: 1, orders: [...many, order({ sequence: 2 })] },
  )
  expect(await all('SELECT count(*) AS n FROM orders')).toEqual([{ n: 1_301 }])
  expect(await all(`SELECT status FROM orders WHERE id = 'order-1'`)).toEqual([{ status: 'filled' }])
})

it('sends an unreadable message its own way and takes the others', async () => {
  const result = await consume([
    { nonsense: true },
    { source: 'market/SOL-USDT', sequence: 1, body: encode({ type: 'other' }) },
    {
      source: 'market/SOL-USDT',
      sequence: 2,
      body: encode({
        type: 'marketTurn',
        market: 'SOL-USDT',
        orders: [order({})],
        trades: [],
      } satisfies MarketTurn),
    },
  ])
  expect(result.retryMessages.map(({ msgId }: { msgId: string }) => msgId)).toEqual(['m0', 'm1'])
  expect(await orders()).toHaveLength(1)
})
