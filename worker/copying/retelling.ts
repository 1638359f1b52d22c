import type { Decision, Moment } from '../messaging/domain.ts'
import { sendRecord } from './copies.ts'
import { PoolTurn } from './poolTurn.ts'
import type { PoolEvent, PoolState } from './state.ts'

/** Follows that are told again at a time, a message each. */
const FOLLOWS_RETOLD = 500

/**
 * Tells the projection follows once more, in order of id from after that one; a row that is as new is left alone. Replies the
 * last of them, null at the end. Copies are not kept by the pool: what the database loses of them is in the journal alone.
 */
export function retellFollows(
  state: PoolState,
  moment: Moment,
  after: string,
): Decision<PoolEvent, string | null> {
  const turn = new PoolTurn(state, moment)
  const ids = [...state.follows.keys()]
    .filter((id) => id > after)
    .sort()
    .slice(0, FOLLOWS_RETOLD)
  for (const id of ids) sendRecord(turn, id)
  const reply = ids.length < FOLLOWS_RETOLD ? null : (ids.at(-1) ?? null)
  return { ...turn.decision(), reply }
}
