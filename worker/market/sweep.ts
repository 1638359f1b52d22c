import type { Decision, Moment, Timer } from '../messaging/domain.ts'
import { type Candle, DAY, HOUR, joinCandles } from './candles.ts'
import type { MarketState } from './marketState.ts'
import type { MarketEvent } from './rows.ts'

export const SWEEP = 'sweep'

/** Rows kept here; D1 has the trades for longer. */
export const TRADES_KEPT = 10_000
export const MINUTES_KEPT_MS = 7 * DAY
export const HOURS_KEPT_MS = 3 * 366 * DAY

const EVERY_MS = HOUR

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
    minutesBefore: moment.now - MINUTES_KEPT_MS,
    hoursBefore: moment.now - HOURS_KEPT_MS,
  }
  const candles = closedHours(state, moment.now)
  state.hoursTo = candles.at(-1)?.at ?? state.hoursTo
  const closed: MarketEvent[] = candles.length === 0 ? [] : [{ type: 'hoursClosed', candles }]
  return { reply: undefined, events: [...closed, swept], messages: [], timers: [] }
}

/** The hours that have closed and are no rows yet, made of the minutes in memory: of what was watched (see `candlesOf`). */
function closedHours({ candles, hoursTo }: MarketState, now: number): Candle[] {
  return joinCandles(candles.closed, HOUR).filter(
    ({ at }) => at + HOUR <= now && (hoursTo === null || at > hoursTo),
  )
}
