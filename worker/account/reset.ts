import { accepted, type Outcome, refused } from '../contract/errors.ts'
import { type Entry, move } from '../ledger/ledger.ts'
import { QUOTE_ASSET } from '../market/settings.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import {
  type AccountEvent,
  type AccountState,
  availableOf,
  type ClosedRecord,
  OWN,
  openOrders,
  ownedAssets,
  totalOf,
} from './accountState.ts'
import { equityOf, netDepositsOf } from './equity.ts'
import { DEMO_GRANT } from './opening.ts'

/** Between two resets, so that nobody makes closed records without end. */
export const RESET_EVERY_MS = 60 * 60 * 1_000

/** Closed records kept in the object; D1 has them all. */
export const CLOSED_RECORDS_KEPT = 500

/** When the record under way began: with the last reset, or when the account was opened. */
export const recordStartOf = (state: AccountState): number | null =>
  [...state.records.values()].at(-1)?.endedAt ?? state.openedAt

/**
 * Begins a demo account anew: everything it owns goes back to `issued`, what a person begins with is granted, and the
 * record so far is closed and kept. Positions, costs and realised profit start over. The same id again answers the record
 * that it closed. Refused while something that is under way could still change what the account owns, and while somebody
 * follows it: their copies are sized by an equity that would jump.
 */
export function resetAccount(
  state: AccountState,
  resetId: string,
  moment: Moment,
): Decision<AccountEvent, Outcome<ClosedRecord>> {
  const earlier = state.records.get(resetId)
  if (earlier !== undefined) return nothing(accepted(earlier))
  const start = recordStartOf(state)
  if (start === null || state.isHouse)
    return nothing(refused('forbidden', 'Only the demo account of a person can be reset.'))
  const refusal = whyNot(state, start, moment.now)
  if (refusal !== null) return nothing(refusal)
  const record: ClosedRecord = {
    id: resetId,
    startedAt: start,
    endedAt: moment.now,
    reason: 'reset',
    equity: equityOf(state, moment.now),
    netDeposits: netDepositsOf(state),
    quoteReturned: availableOf(state, QUOTE_ASSET),
    realised: state.realised,
  }
  const entry = (kind: Entry['kind'], postings: Entry['postings']): AccountEvent => ({
    type: 'posted',
    entry: { id: moment.newId(), kind, reference: resetId, at: moment.now, postings },
  })
  const returned = ownedAssets(state).flatMap((asset) =>
    move(OWN, asset, 'available', 'issued', availableOf(state, asset)),
  )
  const granted = DEMO_GRANT.flatMap(({ asset, amount }) => move(OWN, asset, 'issued', 'available', amount))
  return {
    reply: accepted(record),
    events: [
      // An account that has lost everything has nothing to give back.
      ...(returned.length === 0 ? [] : [entry('reset', returned)]),
      entry('grant', granted),
      { type: 'recordClosed', record },
      ...forgetOldest(state),
    ],
    messages: [],
    timers: [],
  }
}

function whyNot(state: AccountState, start: number, now: number): ReturnType<typeof refused> | null {
  if (openOrders(state).length > 0)
    return refused('orders_open', 'Cancel your open orders first: what they hold is still promised.')
  if ([...state.follows.values()].some(({ status }) => status !== 'closed' && status !== 'refused'))
    return refused('follows_open', 'Unfollow everybody first, and wait until the funds are back.')
  if (state.fillsWanted)
    return refused('has_followers', 'Traders follow you with their funds. Reset when nobody does any more.')
  const untouched = ownedAssets(state).every((asset) => asset === QUOTE_ASSET)
  if (untouched && DEMO_GRANT.every(({ asset, amount }) => totalOf(state, asset) === amount))
    return refused('nothing_to_reset', 'You have exactly what a reset would give you.')
  if (state.records.size > 0 && now - start < RESET_EVERY_MS)
    return refused('rate_limited', 'You reset your account less than an hour ago. Try again later.')
  return null
}

function forgetOldest(state: AccountState): AccountEvent[] {
  const oldest = [...state.records.keys()].slice(0, Math.max(0, state.records.size + 1 - CLOSED_RECORDS_KEPT))
  return oldest.map((recordId) => ({ type: 'recordForgotten', recordId }))
}
