import {
  applyD1Migrations,
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  BookSnapshot,
  CandlePage,
  CandlesQuery,
  MarketSummary,
  Print,
} from '../../worker/contract/markets.ts'
import type { OrderTerms, SubmitOrder } from '../../worker/market/messages.ts'
import { marketById } from '../../worker/market/settings.ts'
import { decode, encode } from '../../worker/messaging/codec.ts'
import type { Batch } from '../../worker/messaging/stream.ts'
import { termsOf } from './terms.ts'

beforeEach(async () => {
  await reset()
  // The queue's consumer runs by itself here, and writes.
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

const SOL = marketById('SOL-USDT')
const sol = () => env.MARKET.getByName('SOL-USDT')

/** What ann's account would send: her n-th message. */
function batch(first: number, ...messages: object[]): Batch {
  return {
    from: 'account/ann',
    to: 'market/SOL-USDT',
    first,
    messages: messages.map(encode),
    acknowledged: 0,
  }
}

const order = (orderId: string, more: Partial<OrderTerms>): SubmitOrder => ({
  type: 'submitOrder',
  orderId,
  terms: termsOf({ orderId, side: 'buy', ...more }),
  fireIfReached: false,
})

/** Half the price: rests below everything the house quotes. */
const LOW = Math.floor(SOL.simulatedTicks / 2)
const lowBid = ['77.15', '3']
const resting = order('rests', { ticks: LOW, lots: 300 })

describe('a market that nobody has touched', () => {
  it('has a book, a day of candles and a ticker at once', async () => {
    const { market, ticker, line } = MarketSummary.parse(await sol().summary())
    expect(market).toMatchObject({ id: 'SOL-USDT', tickSize: '0.01', minNotional: '10', feed: 'simulated' })
    expect(Number(ticker.bid)).toBeLessThan(Number(ticker.ask))
    expect(Number(ticker.volume24h)).toBeGreaterThan(0)
    expect(ticker.stale).toBe(false)
    expect(line.length).toBeGreaterThanOrEqual(24)
    const { bids, asks } = BookSnapshot.parse(await sol().snapshot(1_000))
    expect(bids.length).toBeGreaterThan(5)
    expect(asks.length).toBeGreaterThan(5)
    const candles = CandlePage.parse(await sol().candles(CandlesQuery.parse({}))).items
    expect(candles.length).toBeGreaterThanOrEqual(719)
    for (const [index, { time }] of candles.entries()) expect(time).toBe((candles[0]?.time ?? 0) + 60 * index)
  })

  it('answers candles of any length and span, page by page', async () => {
    const candles = async (query: object) => CandlePage.parse(await sol().candles(CandlesQuery.parse(query)))
    const now = Math.floor(Date.now() / 1_000)
    expect((await candles({ from: now - 1_800, to: now - 900 })).items).toHaveLength(15)
    expect((await candles({ from: now, to: now - 900 })).items).toEqual([])
    for (const [interval, seconds] of [
      ['1s', 1],
      ['5m', 300],
      ['15m', 900],
      ['1h', 3_600],
      ['4h', 14_400],
      ['1d', 86_400],
    ] as const) {
      const newest = await candles({ interval, limit: 30 })
      const before = await candles({ interval, limit: 30, to: newest.earlier })
      const both = [...before.items, ...newest.items]
      expect(both).toHaveLength(60)
      for (const [index, { time }] of both.entries())
        expect(time).toBe((both[0]?.time ?? 0) + seconds * index)
      expect((both[0]?.time ?? 1) % seconds).toBe(0)
      expect((both[59]?.time ?? 0) + seconds).toBeGreaterThan(now)
      for (const { open, high, low, close } of both)
        expect(
          [open, close].every((price) => Number(price) <= Number(high) && Number(price) >= Number(low)),
        ).toBe(true)
    }
  })
})

describe('a market that nobody needs', () => {
  it('has no alarm and no rows, however often it is read; an order that waits is looked after', async () => {
    await sol().summary()
    await sol().snapshot(10)
    const rows = () =>
      runInDurableObject(sol(), (_, { storage }) => {
        const query = `SELECT (SELECT count(*) FROM candle) + (SELECT count(*) FROM reserved)
          + (SELECT count(*) FROM live_order) AS rows, (SELECT count(*) FROM due_time) AS due`
        return storage.sql.exec<{ rows: number; due: number }>(query).one()
      })
    expect(await rows()).toEqual({ rows: 0, due: 0 })
    expect(await runDurableObjectAlarm(sol())).toBe(false)
    await sol().receive(batch(1, resting))
    expect(await runDurableObjectAlarm(sol())).toBe(true)
    const due = await runInDurableObject(sol(), (_, { storage }) =>
      storage.sql.exec<{ key: string }>('SELECT key FROM due_time ORDER BY key').toArray(),
    )
    expect(due).toEqual([{ key: 'feed' }, { key: 'sweep' }])
  })
})

describe('a batch from an account', () => {
  it('trades at once with the house, and the report is in the receipt', async () => {
    const receipt = await sol().receive(
      batch(1, order('buys', { orderType: 'market', timeInForce: 'IOC', lots: 20, quoteBudget: 10n ** 12n })),
    )
    expect(receipt.applied).toBe(1)
    expect(receipt.back?.messages.map(decode)).toMatchObject([
      { type: 'orderReport', orderId: 'buys', status: 'filled', fills: [{ lots: 20, liquidity: 'taker' }] },
    ])
    const [print] = (await sol().prints(200))
      .map((line) => Print.parse(line))
      .filter(({ source }) => source === 'venue')
    expect(print).toMatchObject({ quantity: '0.2', side: 'buy' })
  })

  it('that comes twice changes nothing more', async () => {
    await sol().receive(batch(1, resting))
    const again = await sol().receive(batch(1, resting))
    expect(again.applied).toBe(1)
    const { bids } = await sol().snapshot(1_000)
    expect(bids.filter(([price]) => price === lowBid[0])).toEqual([lowBid])
    expect((await sol().receive(batch(3, resting))).applied).toBe(1)
  })

  it('outlives the memory of the market', async () => {
    await sol().receive(batch(1, resting))
    await evictDurableObject(sol())
    const { bids } = await sol().snapshot(1_000)
    expect(bids).toContainEqual(lowBid)
    expect(bids.length).toBeGreaterThan(5)
    const receipt = await sol().receive(batch(2, { type: 'cancelOrder', orderId: 'rests' }))
    expect(receipt.back?.messages.map(decode)).toMatchObject([
      { status: 'open' },
      { status: 'cancelled', reason: 'user' },
    ])
    expect((await sol().snapshot(1_000)).bids).not.toContainEqual(lowBid)
  })

  it('is estimated as it would trade', async () => {
    const found = await sol().estimate({ side: 'buy', lots: 20, quote: null })
    expect(found?.lots).toBe(20)
    expect(found?.quote).toBeGreaterThan(0n)
    expect((await sol().mark()).ticks).toBeGreaterThan(1)
  })
})
