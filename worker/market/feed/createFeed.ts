import type { Market } from '../settings.ts'
import { isExchangeName } from './exchange/connect.ts'
import { createExchangeFeed } from './exchange/exchangeFeed.ts'
import type { Feed } from './feed.ts'
import { createRecordedFeed } from './recorded.ts'
import { createSimulatedFeed } from './simulated.ts'

/** What the configuration says about reference prices. */
export interface FeedSettings {
  readonly feed: Feed['kind']
  readonly recordingUrl: string | undefined
  readonly exchange: string
  readonly exchangeUrl: string | undefined
}

/** One simulated world for all who run this code: the demo traders' past was traded in the market that is shown. */
export const SIMULATED_SEED = 1

export function createFeed(market: Market, settings: FeedSettings): Feed {
  const simulated = createSimulatedFeed(market, SIMULATED_SEED)
  if (settings.feed === 'recorded' && settings.recordingUrl !== undefined)
    return createRecordedFeed(market, settings.recordingUrl, simulated)
  if (settings.feed === 'exchange' && isExchangeName(settings.exchange))
    return createExchangeFeed(market, { exchange: settings.exchange, baseUrl: settings.exchangeUrl })
  return simulated
}
