import { balanceOf } from '../ledger/ledger.ts'
import type { Mark } from '../market/messages.ts'
import { MARKETS } from '../market/settings.ts'
import type { Decision, Moment } from '../messaging/domain.ts'
import { isOpen } from './follow.ts'
import { MARK_REFRESH_MS } from './limits.ts'
import { PoolTurn } from './poolTurn.ts'
import type { PoolEvent, PoolState } from './state.ts'

/** Markets that an open follow holds and whose price is to be asked for again. */
export function agedMarkets(state: PoolState, now: number): string[] {
  return MARKETS.filter(({ id }) => now - (state.marks.get(id)?.at ?? 0) > MARK_REFRESH_MS)
    .filter(({ base }) => isHeld(state, base))
    .map(({ id }) => id)
}

export function takeMarks(state: PoolState, moment: Moment, marks: readonly Mark[]): Decision<PoolEvent> {
  const turn = new PoolTurn(state, moment)
  for (const mark of marks) turn.setMark(mark)
  return turn.decision()
}

function isHeld(state: PoolState, asset: string): boolean {
  for (const follow of state.follows.values())
    if (isOpen(follow) && balanceOf(state.balances, follow.id, 'available', asset) > 0n) return true
  return false
}
