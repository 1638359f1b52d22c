import { SvelteMap } from 'svelte/reactivity'
import type { MarketSummary, Ticker } from '$contract/markets.ts'
import { marketStream } from '../stream/browser.ts'
import type { StreamState } from '../stream/topic.ts'

/** The list of markets with live tickers. */
export class MarketList {
  readonly summaries: readonly MarketSummary[]
  readonly tickers: SvelteMap<string, Ticker>
  /** The worst of the subscriptions: they share a connection, and one market alone may not answer. */
  connection = $state<StreamState>('connecting')
  readonly #states: Record<string, StreamState> = {}

  constructor(summaries: readonly MarketSummary[]) {
    this.summaries = summaries
    this.tickers = new SvelteMap(summaries.map(({ market, ticker }) => [market.id, ticker]))
  }

  start(): () => void {
    const ends = this.summaries.map(({ market: { id } }) =>
      marketStream().ticker(id, {
        update: (ticker) => this.tickers.set(id, ticker),
        state: (state) => {
          this.#states[id] = state
          this.connection = worst(Object.values(this.#states))
        },
      }),
    )
    return () => {
      for (const end of ends) end()
    }
  }
}

const order: readonly StreamState[] = [
  'refused',
  'offline',
  'reconnecting',
  'resyncing',
  'connecting',
  'closed',
  'live',
]
const worst = (states: readonly StreamState[]): StreamState =>
  order.find((state) => states.includes(state)) ?? 'connecting'
