import { afterEach, expect, it, vi } from 'vitest'
import { connect } from '../../../../worker/market/feed/exchange/connect.ts'
import { parseBook, parseTrades } from '../../../../worker/market/feed/exchange/parse.ts'
import { marketById } from '../../../../worker/market/settings.ts'

const BTC = marketById('BTC-USDT')
const BOOK = { lastUpdateId: 1, bids: [['61837.63', '3.78826']], asks: [['61837.64', '1.60520']] }
const TRADES = [{ a: 7, p: '61837.64', q: '0.02', f: 1, l: 1, T: 1_723_161_255_342, m: false, M: true }]

afterEach(() => {
  vi.unstubAllGlobals()
})

it('asks an exchange through ccxt in workerd, at the address that is configured', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url)
    const body = url.includes('/depth') ? BOOK : TRADES
    return new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } })
  })
  const baseUrl = 'http://127.0.0.1:1/proxy'
  const source = await connect(BTC, { exchange: 'binance', baseUrl, timeoutMs: 1_000 })
  expect(parseBook(BTC, await source.orderBook())).toEqual({
    bids: [[6_183_763, 378_826]],
    asks: [[6_183_764, 160_520]],
  })
  expect(parseTrades(BTC, await source.trades())).toEqual([
    { key: '7', print: { ticks: 6_183_764, lots: 2_000, side: 'buy', at: 1_723_161_255_342 } },
  ])
  expect(asked.map((url) => url.replace(/\?.*/, ''))).toEqual([
    `${baseUrl}/api/v3/depth`,
    `${baseUrl}/api/v3/aggTrades`,
  ])
})
