import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { connect, type ExchangeName } from '../../../../worker/market/feed/exchange/connect.ts'
import { parseBook, parseTrades } from '../../../../worker/market/feed/exchange/parse.ts'
import { marketById } from '../../../../worker/market/settings.ts'
import { sharedData } from '../../../support/sharedData.ts'

const BTC = marketById('BTC-USDT')
const BNB = marketById('BNB-USDT')

const WIRE = sharedData('wire')

const captured = (file: string): string => {
  const bytes = readFileSync(`${WIRE}/${file}`)
  return new TextDecoder().decode(file.endsWith('.gz') ? gunzipSync(bytes) : bytes)
}

/** KuCoin's answer is inside a file of ccxt's. */
function kucoinTrades(): string {
  const file: unknown = JSON.parse(captured('ccxt/kucoin.json'))
  const cases = file instanceof Object && 'cases' in file && Array.isArray(file.cases) ? file.cases : []
  return JSON.stringify(cases.find((one) => one.method === 'fetchTrades').httpResponse)
}

/** Answers every request of the connection with one text, and tells what was asked. */
function answering(text: string): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url)
    return new Response(text, { headers: { 'content-type': 'application/json' } })
  })
  return asked
}

afterEach(() => {
  vi.unstubAllGlobals()
})

const open = (exchange: ExchangeName) => connect(BTC, { exchange, baseUrl: undefined, timeoutMs: 1_000 })

describe('an exchange’s book on our grid', () => {
  test('comes together on the tick that is no better, in order', () => {
    const book = parseBook(BNB, {
      bids: [
        ['500.19', '1'],
        [500.11, 2],
        ['499.90', '0.5'],
      ],
      asks: [
        ['500.31', '0.25'],
        ['500.21', '3'],
      ],
    })
    expect(book).toEqual({
      bids: [
        [5_001, 3_000],
        [4_999, 500],
      ],
      asks: [
        [5_003, 3_000],
        [5_004, 250],
      ],
    })
  })

  test('is none when crossed, empty on a side, or without a usable figure', () => {
    expect(parseBook(BTC, { bids: [['10', '1']], asks: [['10', '1']] })).toBeNull()
    expect(parseBook(BTC, { bids: [], asks: [['10', '1']] })).toBeNull()
    const broken = {
      bids: [
        [undefined, 1],
        [Number.NaN, 1],
        ['-5', '1'],
        ['0', '1'],
      ],
      asks: [['10', '1']],
    }
    expect(parseBook(BTC, broken)).toBeNull()
  })

  test.skipIf(WIRE === null).each([
    ['binance', 'binance/http-depth-BTCUSDT.json', 'BTCUSDT', 28, 3_208_366, 204_843],
    ['bybit', 'bybit/http-orderbook.json', 'BTCUSDT', 3, 2_745_050, 120_000],
    ['okx', 'okx/http-order-book.json', 'BTC-USDT', 3, 4_100_670, 60_038],
    ['kraken', 'kraken/http-order-book.json', 'XBTUSDT', 5, 10_594_420, 13_600],
    ['coinbase', 'coinbase/http-product-book.json', 'BTC-USDT', 5, 6_892_366, 16_987],
  ] as const)(
    'is read from the answer of %s (needs ../shared/data)',
    async (exchange, file, pair, levels, bestBid, bestAskLots) => {
      const asked = answering(captured(file))
      const book = parseBook(BTC, await (await open(exchange)).orderBook())
      expect(asked).toHaveLength(1)
      expect(asked[0]).toContain(pair)
      expect(book?.asks.length).toBe(levels)
      expect(book?.bids[0]?.[0]).toBe(bestBid)
      expect(book?.asks[0]?.[1]).toBe(bestAskLots)
    },
  )
})

describe('an exchange’s trades', () => {
  test('come oldest first, without what is less than a lot or is no trade', () => {
    const trades = [
      { id: '2', timestamp: 20, side: 'sell', price: '10.019', amount: '1' },
      { id: '1', timestamp: 10, side: 'buy', price: 10.01, amount: 0.5 },
      { id: '3', timestamp: 30, side: 'buy', price: '10', amount: '0.000001' },
      { id: '4', timestamp: 40, side: undefined, price: '10', amount: '1' },
      { id: '5', side: 'buy', price: '10', amount: '1' },
    ]
    expect(parseTrades(BTC, trades)).toEqual([
      { key: '1', print: { ticks: 1_001, lots: 50_000, side: 'buy', at: 10 } },
      { key: '2', print: { ticks: 1_001, lots: 100_000, side: 'sell', at: 20 } },
    ])
  })

  test.skipIf(WIRE === null).each([
    ['binance', 'binance/nt-http-spot-market-agg-trades.json'],
    ['bybit', 'bybit/http-trades-recent.json'],
    ['okx', 'okx/http-trades.json'],
    ['kraken', 'kraken/http-trades.json.gz'],
    ['kucoin', 'ccxt/kucoin.json'],
  ] as const)('are read from the answer of %s (needs ../shared/data)', async (exchange, file) => {
    const text = exchange === 'kucoin' ? kucoinTrades() : captured(file)
    answering(text)
    const answers = await (await open(exchange)).trades()
    const prints = parseTrades(BTC, answers)
    expect(answers.length).toBeGreaterThan(0)
    expect(prints.length).toBe(answers.filter(({ amount }) => Number(amount) >= 0.00001).length)
    for (const { print } of prints) {
      expect(print.ticks).toBeGreaterThan(1_000_000)
      expect(print.at).toBeGreaterThan(Date.UTC(2017, 0, 1))
    }
  })
})
