import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  createExchangeFeed,
  ExchangeFeed,
  POLLING_POLICY,
} from '../../../../worker/market/feed/exchange/exchangeFeed.ts'
import type { TradeAnswer } from '../../../../worker/market/feed/exchange/parse.ts'
import { marketById } from '../../../../worker/market/settings.ts'
import { sharedData } from '../../../support/sharedData.ts'

const BTC = marketById('BTC-USDT')
const START = Date.UTC(2026, 10, 25, 9)
const DEPTH = sharedData('wire/binance/http-depth-BTCUSDT.json')
const TRADES = sharedData('wire/binance/nt-http-spot-market-agg-trades.json')

/** An exchange that answers as it is told to. */
function exchange() {
  const state = {
    polls: 0,
    failing: false,
    trades: [] as TradeAnswer[],
    bids: [['100.00', '1']] as [string, string][],
  }
  return {
    state,
    open: async () => ({
      orderBook: async () => {
        state.polls += 1
        if (state.failing) throw new Error('no answer')
        return { bids: state.bids, asks: [['100.01', '1']] }
      },
      trades: async () => state.trades,
    }),
  }
}

const feedOf = (source: ReturnType<typeof exchange>) =>
  new ExchangeFeed(BTC, source.open, POLLING_POLICY, () => 1)

/** Lets the feed poll, if it is time, and waits for the answers. */
async function poll(feed: ExchangeFeed, now: number): Promise<void> {
  await feed.prepare(now)
  await feed.polled
}

const trade = (id: string, at: number): TradeAnswer => ({
  id,
  timestamp: at,
  side: 'buy',
  price: '100.01',
  amount: '0.1',
})

describe('the exchange feed', () => {
  let warn: ReturnType<typeof vi.spyOn>
  beforeEach(() => {
    warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  })
  afterEach(() => {
    warn.mockRestore()
  })

  test('has nothing before the first answer, then its book', async () => {
    const feed = feedOf(exchange())
    expect(feed.step(START)).toBeNull()
    await poll(feed, START)
    expect(feed.step(START)).toEqual({
      at: START,
      book: { bids: [[10_000, 100_000]], asks: [[10_001, 100_000]] },
      prints: [],
    })
  })

  test('polls at its interval, however often it is prepared, and not while a poll is out', async () => {
    const source = exchange()
    const feed = feedOf(source)
    const first = feed.prepare(START)
    const second = feed.prepare(START + 50)
    await Promise.all([first, second, feed.polled])
    expect(source.state.polls).toBe(1)
    for (let now = START + 100; now <= START + 10_000; now += 100) await poll(feed, now)
    expect(source.state.polls).toBe(11)
  })

  test('holds nobody up while it has a book: only the first answer is waited for', async () => {
    const source = exchange()
    const feed = feedOf(source)
    await feed.prepare(START)
    expect(feed.step(START)).not.toBeNull()
    source.state.bids = [['99.00', '1']]
    await feed.prepare(START + 1_000)
    expect(feed.step(START + 1_000)?.book.bids).toEqual([[10_000, 100_000]])
    await feed.polled
    expect(feed.step(START + 1_100)?.book.bids).toEqual([[9_900, 100_000]])
  })

  test('prints each trade once, none of those before it began', async () => {
    const source = exchange()
    const feed = feedOf(source)
    source.state.trades = [trade('1', START - 50), trade('2', START - 40)]
    await poll(feed, START)
    expect(feed.step(START)?.prints).toEqual([])
    source.state.trades = [trade('2', START - 40), trade('3', START + 300), trade('4', START + 5_000)]
    await poll(feed, START + 1_000)
    const prints = feed.step(START + 1_000)?.prints ?? []
    expect(prints.map((print) => print.at)).toEqual([START + 300, START + 1_000])
    expect(feed.step(START + 1_100)?.prints).toEqual([])
  })

  test('waits longer after each error, at most its longest', async () => {
    const source = exchange()
    source.state.failing = true
    const feed = feedOf(source)
    const waits: number[] = []
    let now = START
    for (let error = 0; error < 7; error++) {
      await poll(feed, now)
      waits.push(feed.nextAt - now)
      now = feed.nextAt
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 30_000, 30_000, 30_000])
    const halved = new ExchangeFeed(BTC, source.open, POLLING_POLICY, () => 0)
    await poll(halved, START)
    expect(halved.nextAt - START).toBe(250)
  })

  test('is stale after five errors in a row, says so once, and recovers with the first good answer', async () => {
    const source = exchange()
    // Nothing but the number of errors may make it stale here.
    const feed = new ExchangeFeed(BTC, source.open, { ...POLLING_POLICY, longestAge: 10 ** 9 }, () => 1)
    await poll(feed, START)
    source.state.failing = true
    let now = START + 1_000
    for (let error = 1; error <= 5; error++) {
      expect(feed.step(now)).not.toBeNull()
      await poll(feed, now)
      now = feed.nextAt
    }
    expect(feed.step(now)).toBeNull()
    await poll(feed, now)
    expect(warn.mock.calls.map((call: unknown[]) => call[0])).toMatchObject([
      { event: 'exchangeFeedError' },
      { event: 'exchangeFeedStale', errors: 5 },
    ])
    source.state.failing = false
    await poll(feed, feed.nextAt)
    expect(feed.step(feed.nextAt)).not.toBeNull()
  })

  test('is stale when its book is old, errors or not', async () => {
    const feed = feedOf(exchange())
    await poll(feed, START)
    expect(feed.step(START + POLLING_POLICY.longestAge)).not.toBeNull()
    expect(feed.step(START + POLLING_POLICY.longestAge + 1)).toBeNull()
  })

  test('takes a crossed book for an error', async () => {
    const source = exchange()
    source.state.bids = [['100.01', '1']]
    const feed = feedOf(source)
    await poll(feed, START)
    expect(feed.step(START)).toBeNull()
    expect(feed.nextAt).toBe(START + 500)
  })
})

describe('the exchange feed through ccxt', () => {
  let server: Server | null = null
  const asked: string[] = []
  let broken = 0

  async function listen(): Promise<string> {
    asked.length = 0
    server = createServer((request, response) => {
      asked.push(request.url ?? '')
      if (broken > 0) {
        broken -= 1
        response.writeHead(503).end('down for maintenance')
        return
      }
      const file = (request.url ?? '').startsWith('/api/v3/depth') ? DEPTH : TRADES
      response.writeHead(200, { 'content-type': 'application/json' }).end(readFileSync(file ?? ''))
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : ''
  }

  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
    vi.restoreAllMocks()
  })

  test.skipIf(DEPTH === null || TRADES === null)(
    'follows captured answers served over loopback (needs ../shared/data)',
    async () => {
      const feed = createExchangeFeed(BTC, { exchange: 'binance', baseUrl: await listen() })
      await poll(feed, START)
      const step = feed.step(START)
      expect(step?.book.asks.slice(0, 2)).toEqual([
        [3_208_566, 204_843],
        [3_208_688, 3_778],
      ])
      expect(step?.prints).toEqual([])
      await poll(feed, START + 1_000)
      expect(feed.step(START + 1_000)?.prints).toEqual([])
      expect(asked.map((url) => url.replace(/limit=\d+/, 'limit')).sort()).toEqual([
        '/api/v3/aggTrades?symbol=BTCUSDT&limit',
        '/api/v3/aggTrades?symbol=BTCUSDT&limit',
        '/api/v3/depth?symbol=BTCUSDT&limit',
        '/api/v3/depth?symbol=BTCUSDT&limit',
      ])
    },
  )

  test.skipIf(DEPTH === null || TRADES === null)(
    'outlives a server that fails and one that does not answer in time (needs ../shared/data)',
    async () => {
      vi.spyOn(console, 'warn').mockImplementation(() => {})
      const url = await listen()
      broken = 2
      const feed = createExchangeFeed(BTC, { exchange: 'binance', baseUrl: url })
      await poll(feed, START)
      expect(feed.step(START)).toBeNull()
      await poll(feed, START + 1_000)
      expect(feed.step(START + 1_000)).not.toBeNull()

      const silent = createServer(() => {})
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
      const address = silent.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const waiting = createExchangeFeed(
        BTC,
        { exchange: 'binance', baseUrl: `http://127.0.0.1:${port}` },
        { ...POLLING_POLICY, timeout: 50 },
      )
      await poll(waiting, START)
      expect(waiting.step(START)).toBeNull()
      silent.closeAllConnections()
      silent.close()
    },
  )
})
