import type { MarketSummary, Ticker } from '$contract/markets.ts'
import type { MarketStreamMessage } from '$contract/stream.ts'
import { openStream } from '../stream/browser.ts'
import type { ConnectionState } from '../stream/connection.ts'

/** The list of markets with live tickers, one light stream a market. */
export class MarketList {
  readonly summaries: readonly MarketSummary[]
  tickers = $state.raw<ReadonlyMap<string, Ticker>>(new Map())
  /** The worst of the connections. */
  connection = $state<ConnectionState>('connecting')
  #connections = new Map<string, ConnectionState>()

  constructor(summaries: readonly MarketSummary[]) {
    this.summaries = summaries
    this.tickers = new Map(summaries.map(({ market, ticker }) => [market.id, ticker]))
  }

  start(): () => void {
    const streams = this.summaries.map(({ market }) =>
      openStream(`/api/v1/stream/markets/${market.id}?channel=ticker`, {
        message: (message) => this.#take(message as MarketStreamMessage),
        state: (state) => {
          this.#connections.set(market.id, state)
          this.connection = worst([...this.#connections.values()])
        },
      }),
    )
    return () => {
      for (const stream of streams) stream.end()
    }
  }

  #take(message: MarketStreamMessage): void {
    if (message.type !== 'ticker') return
    this.tickers = new Map(this.tickers).set(message.ticker.market, message.ticker)
  }
}

const order: ConnectionState[] = ['refused', 'offline', 'reconnecting', 'connecting', 'closed', 'live']
const worst = (states: ConnectionState[]): ConnectionState =>
  order.find((state) => states.includes(state)) ?? 'connecting'
