import type { Market } from '../../settings.ts'
import type { OrderBookAnswer, TradeAnswer } from './parse.ts'

export type ExchangeName = 'binance' | 'bybit' | 'coinbase' | 'kraken' | 'kucoin' | 'okx'

/** What the feed asks of an exchange. Both throw when there is no good answer in time. */
export interface ExchangeSource {
  orderBook(): Promise<OrderBookAnswer>
  trades(): Promise<readonly TradeAnswer[]>
}

/** The part of a ccxt exchange that is used here. */
interface Client {
  number: unknown
  fetchImplementation: unknown
  safeMarketStructure(market: object): unknown
  setMarkets(markets: unknown[]): unknown
  fetchOrderBook(symbol: string, limit: number): Promise<OrderBookAnswer>
  fetchTrades(symbol: string, since: undefined, limit: number): Promise<TradeAnswer[]>
}

type ClientClass = new (options: object) => Client

/** Loaded when first used: an exchange costs its start only where it is configured. */
const CLASSES: Record<ExchangeName, () => Promise<{ default: ClientClass }>> = {
  binance: () => import('ccxt/binance'),
  bybit: () => import('ccxt/bybit'),
  coinbase: () => import('ccxt/coinbase'),
  kraken: () => import('ccxt/kraken'),
  kucoin: () => import('ccxt/kucoin'),
  okx: () => import('ccxt/okx'),
}

export const isExchangeName = (name: string): name is ExchangeName => name in CLASSES

/** How each exchange writes a pair. */
const PAIR_IDS: Record<ExchangeName, (base: string, quote: string) => string> = {
  binance: (base, quote) => base + quote,
  bybit: (base, quote) => base + quote,
  coinbase: (base, quote) => `${base}-${quote}`,
  kraken: (base, quote) => (base === 'BTC' ? 'XBT' : base) + quote,
  kucoin: (base, quote) => `${base}-${quote}`,
  okx: (base, quote) => `${base}-${quote}`,
}

/** Exchanges take only some depths; all of these take this one. */
const DEPTH = 50
const KUCOIN_DEPTH = 100
const TRADES = 100

export interface Connection {
  readonly exchange: ExchangeName
  /** Asked instead of the exchange's own hosts, with the same paths: a proxy, or a test's loopback server. */
  readonly baseUrl: string | undefined
  readonly timeoutMs: number
}

/**
 * An exchange's public REST interface through ccxt, for one market. The instance belongs to one object: ccxt keeps timers
 * that another request's end would leave hanging.
 */
export async function connect(market: Market, connection: Connection): Promise<ExchangeSource> {
  const { exchange, baseUrl, timeoutMs } = connection
  const { default: Exchange } = await CLASSES[exchange]()
  const client = new Exchange({ enableRateLimit: false, timeout: timeoutMs * 2 })
  // Text instead of doubles, wherever ccxt's parsers heed it.
  client.number = String
  // ccxt takes workerd for Node and would load undici, which does not work there.
  client.fetchImplementation = (url: string, init: RequestInit) =>
    fetch(baseUrl === undefined ? url : rebased(url, baseUrl), {
      ...init,
      signal: AbortSignal.timeout(timeoutMs),
    })
  // Otherwise ccxt first loads every market of the exchange: megabytes, for what is known.
  client.setMarkets([client.safeMarketStructure(pairOf(market, exchange))])
  const depth = exchange === 'kucoin' ? KUCOIN_DEPTH : DEPTH
  return {
    orderBook: () => client.fetchOrderBook(market.symbol, depth),
    trades: () => client.fetchTrades(market.symbol, undefined, TRADES),
  }
}

function pairOf(market: Market, exchange: ExchangeName): object {
  const { symbol, base, quote } = market
  const id = PAIR_IDS[exchange](base, quote)
  return { id, symbol, base, quote, baseId: base, quoteId: quote, type: 'spot', spot: true, active: true }
}

function rebased(url: string, baseUrl: string): string {
  const { pathname, search } = new URL(url)
  return `${baseUrl.replace(/\/$/, '')}${pathname}${search}`
}
