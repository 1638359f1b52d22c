import type { Decision, Moment, Timer } from '../messaging/domain.ts'
import { DAY, MINUTE } from './candles.ts'
import type { MarketState } from './marketState.ts'
import type { MarketEvent } from './rows.ts'

export const SWEEP = 'sweep'

/** Rows kept here; D1 has the trades for longer. */
export const TRADES_KEPT = 10_000
export const CANDLES_KEPT_MS = 7 * DAY

const EVERY_MS = 60 * MINUTE

/** At the end of the hour, so that arming it again and again writes one row. An idle market is swept once and sleeps. */
const sweepTimer = (now: number): Timer => ({
  key: SWEEP,
  at: (Math.floor(now / EVERY_MS) + 1) * EVERY_MS,
})

/** What writes rows sees to it that they are swept. */
export function withSweep(decision: Decision<MarketEvent>, moment: Moment): Decision<MarketEvent> {
  if (decision.events.length === 0) return decision
  return { ...decision, timers: [...decision.timers, sweepTimer(moment.now)] }
}

export function decideSweep(state: MarketState, moment: Moment): Decision<MarketEvent> {
  const swept: MarketEvent = {
    type: 'swept',
    tradesTo: state.counters.trades - TRADES_KEPT,
    candlesBefore: moment.now - CANDLES_KEPT_MS,
  }
  return { reply: undefined, events: [swept], messages: [], timers: [] }
}
