import { refused } from '../contract/errors.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import type { MarketState } from './marketState.ts'
import type { CancelOrder } from './messages.ts'
import type { MarketEvent } from './rows.ts'
import { Turn } from './turn.ts'

/** Orders that end in one turn because their time has run out; the rest ends in the next. */
const EXPIRED_A_TURN = 500

/** Takes an order off the market for its account. One that has ended, or is another's, is left alone and nothing is said. */
export function decideCancel(
  state: MarketState,
  accountId: string,
  message: CancelOrder,
  moment: Moment,
): Decision<MarketEvent> {
  const order = state.orders.find(message.orderId)
  if (order === undefined || order.accountId !== accountId) return nothing(undefined)
  const turn = new Turn(state, moment)
  if (state.status === 'halted') {
    const { refusal } = refused('market_closed', `${state.market.symbol} is halted. Try again later.`)
    turn.answer(order, { amendmentId: null, refusal })
    return turn.decision()
  }
  state.engine.cancel(order.number, 'user')
  turn.absorb(null)
  return turn.decision()
}

/** Ends the orders whose time has run out, in a halted market too. */
export function decideExpiry(state: MarketState, moment: Moment): Decision<MarketEvent> {
  const turn = new Turn(state, moment)
  for (const number of state.expiries.reached(moment.now, EXPIRED_A_TURN))
    state.engine.cancel(number, 'expired')
  turn.absorb(null)
  return turn.decision()
}
