import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import type { MarketState } from './marketState.ts'
import type { CancelOrder } from './messages.ts'
import type { MarketEvent } from './rows.ts'
import { Turn } from './turn.ts'

/** Takes an order off the book for its account. One that has ended, or is another's, is left alone and nothing is said. */
export function decideCancel(
  state: MarketState,
  accountId: string,
  message: CancelOrder,
  moment: Moment,
): Decision<MarketEvent> {
  const order = state.orders.find(message.orderId)
  if (order === undefined || order.accountId !== accountId) return nothing(undefined)
  const turn = new Turn(state, moment)
  state.book.cancel(order.number, 'user')
  turn.absorb(null)
  return turn.decision()
}
