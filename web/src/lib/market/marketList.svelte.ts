import { SvelteMap } from 'svelte/reactivity'
import type { MarketSummary, Ticker } from '$contract/markets.ts'
import type { MarketStreamMessage } from '$contract/stream.ts'
import { openStream } from '../stream/browser.ts'
import type { ConnectionState } from '../stream/connection.ts'

/** The list of markets with live tickers, one light stream a market. */
export class MarketList {
  readonly summaries: readonly MarketSummary[]
  readonly tickers: SvelteMap<string, Ticker>
  /** The worst of the connections. */
  connection = $state<ConnectionState>('connecting')
  readonly #connections: Record<string, ConnectionState> = {}

  constructor(summaries: readonly MarketSummary[]) {
    this.summaries = summaries
    this.tickers = new SvelteMap(summaries.map(({ market, ticker }) => [market.id, ticker]))
  }

  start(): () => void {
    const streams = this.summaries.map(({ market }) =>
      openStream(`/api/v1/stream/markets/${market.id}?channel=ticker`, {
        message: (message) => this.#take(message as MarketStreamMessage),
        state: (state) => {
          this.#connections[market.id] = state
          this.connection = worst(Object.values(this.#connections))
        },
      }),
    )
    return () => {
      for (const stream of streams) stream.end()
    }
  }

  #take(message: MarketStreamMessage): void {
    if (message.type !== 'ticker') return
    this.tickers.set(message.ticker.market, message.ticker)
  }
}

const order: ConnectionState[] = ['refused', 'offline', 'reconnecting', 'connecting', 'closed', 'live']
const worst = (states: ConnectionState[]): ConnectionState =>
  order.find((state) => states.includes(state)) ?? 'connecting'
