import type { Decision, Moment } from '../messaging/domain.ts'
import type { MarketState } from './marketState.ts'
import type { MarketStatus } from './messages.ts'
import type { MarketEvent } from './rows.ts'
import { Turn } from './turn.ts'

/**
 * Opens a market, closes it to all but cancels, or halts it. What rests and what waits stays; nothing trades and nothing
 * fires while it is not open, and orders that had fired go on to the book when it opens.
 */
export function decideStatus(
  state: MarketState,
  status: MarketStatus,
  moment: Moment,
): Decision<MarketEvent> {
  state.status = status
  const decision = decideCascade(state, moment)
  return { ...decision, events: [{ type: 'statusChanged', status }, ...decision.events] }
}

/** Goes on with the fired orders that one turn left over. */
export function decideCascade(state: MarketState, moment: Moment): Decision<MarketEvent> {
  const turn = new Turn(state, moment)
  if (state.status === 'open') state.engine.continueCascade()
  turn.absorb(null)
  return turn.decision()
}
