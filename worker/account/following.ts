import { accepted, type Outcome, refused } from '../contract/errors.ts'
import type {
  ChangeFollow,
  CloseFollow,
  FollowSettings,
  FollowStatus,
  OpenFollow,
} from '../copying/messages.ts'
import { checkSettings } from '../copying/settings.ts'
import { toDecimal, UNIT } from '../ledger/amount.ts'
import { type Entry, move } from '../ledger/ledger.ts'
import { QUOTE_ASSET } from '../market/settings.ts'
import { poolAddress } from '../messaging/address.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import { type AccountEvent, type AccountState, availableOf, type Follow, OWN } from './accountState.ts'
import type { FollowReport } from './messages.ts'

export interface FollowCommand {
  readonly followId: string
  readonly leaderId: string
  readonly settings: FollowSettings
  /** Quote units to allocate. */
  readonly amount: bigint
}

export interface FollowChange {
  readonly settings?: FollowSettings
  readonly paused?: boolean
}

/** The least that can be allocated, in quote units. */
export const LEAST_ALLOCATION = 10n * UNIT

/** Follows under way at once. */
export const FOLLOWS_AT_ONCE = 100

/** Follows that have ended and are kept in the object; D1 keeps all. */
export const ENDED_FOLLOWS_KEPT = 200

const hasEnded = (status: FollowStatus): boolean => status === 'closed' || status === 'refused'

/**
 * Sends funds to a leader's pool. The same follow id with the same content answers the follow as it is now. Chains are no
 * concern here: copies trade inside pools, and are never orders of an account, so they are not copied on.
 */
export function openFollow(
  state: AccountState,
  command: FollowCommand,
  moment: Moment,
): Decision<AccountEvent, Outcome<Follow>> {
  const earlier = state.follows.get(command.followId)
  if (earlier !== undefined) return nothing(answerAgain(earlier, command))
  const refusal = whyNot(state, command)
  if (refusal !== null) return nothing(refusal)
  const { now } = moment
  const follow: Follow = {
    id: command.followId,
    leaderId: command.leaderId,
    status: 'opening',
    reason: null,
    settings: command.settings,
    allocated: command.amount,
    returned: 0n,
    createdAt: now,
    updatedAt: now,
  }
  const entry: Entry = {
    id: moment.newId(),
    kind: 'allocate',
    reference: follow.id,
    at: now,
    postings: move(OWN, QUOTE_ASSET, 'available', `pool/${follow.leaderId}`, command.amount),
  }
  const body: OpenFollow = {
    type: 'openFollow',
    followId: follow.id,
    settings: command.settings,
    amount: command.amount,
  }
  return {
    reply: accepted(follow),
    events: [{ type: 'posted', entry }, { type: 'followChanged', follow }, ...forgetOldest(state)],
    messages: [{ to: poolAddress(follow.leaderId), body }],
    timers: [],
  }
}

function whyNot(state: AccountState, command: FollowCommand): (Outcome<Follow> & { ok: false }) | null {
  if (command.leaderId === state.accountId)
    return refused('cannot_follow_self', 'Choose another trader: nobody follows themselves.', 'leaderId')
  const open = [...state.follows.values()].filter(({ status }) => !hasEnded(status))
  if (open.some(({ leaderId }) => leaderId === command.leaderId))
    return refused(
      'already_following',
      'You follow this trader already. Change that follow instead.',
      'leaderId',
    )
  if (open.length >= FOLLOWS_AT_ONCE)
    return refused(
      'above_maximum',
      `You follow ${open.length} traders, the most there can be. End a follow first.`,
    )
  if (command.amount < LEAST_ALLOCATION)
    return refused(
      'below_minimum',
      `Allocate at least ${toDecimal(LEAST_ALLOCATION)} ${QUOTE_ASSET}.`,
      'amount',
    )
  const settings = checkSettings(command.settings)
  if (!settings.ok) return settings
  const available = availableOf(state, QUOTE_ASSET)
  if (command.amount > available)
    return refused(
      'insufficient_funds',
      `You have ${toDecimal(available)} ${QUOTE_ASSET} available. Allocate at most that.`,
      'amount',
    )
  return null
}

/** Settings and pause. Settings count from now in what the follower sees; the status changes when the pool says so. */
export function changeFollow(
  state: AccountState,
  followId: string,
  change: FollowChange,
  moment: Moment,
): Decision<AccountEvent, Outcome<Follow>> {
  const found = underWay(state, followId)
  if (!found.ok) return nothing(found)
  // The pool checks again. One that it refuses would stay here as if it counted.
  const checked = change.settings === undefined ? accepted(null) : checkSettings(change.settings)
  if (!checked.ok) return nothing(checked)
  const follow: Follow = {
    ...found.value,
    settings: change.settings ?? found.value.settings,
    updatedAt: moment.now,
  }
  const body: ChangeFollow = { type: 'changeFollow', followId, ...change }
  return {
    reply: accepted(follow),
    events: [{ type: 'followChanged', follow }],
    messages: [{ to: poolAddress(follow.leaderId), body }],
    timers: [],
  }
}

/** Unfollow by closing: the pool sells what the follow holds and sends everything back. */
export function closeFollow(
  state: AccountState,
  followId: string,
  moment: Moment,
): Decision<AccountEvent, Outcome<Follow>> {
  const known = state.follows.get(followId)
  if (known?.status === 'closing') return nothing(accepted(known))
  const found = underWay(state, followId)
  if (!found.ok) return nothing(found)
  const follow: Follow = { ...found.value, status: 'closing', updatedAt: moment.now }
  const body: CloseFollow = { type: 'closeFollow', followId }
  return {
    reply: accepted(follow),
    events: [{ type: 'followChanged', follow }],
    messages: [{ to: poolAddress(follow.leaderId), body }],
    timers: [],
  }
}

/**
 * What a pool says of a follow. Funds that come with it are credited whether or not the follow is still known: they have
 * left the pool. A follow that was asked to close stays `closing` until the pool has closed it.
 */
export function takeFollowReport(
  state: AccountState,
  report: FollowReport,
  moment: Moment,
): Decision<AccountEvent> {
  const events: AccountEvent[] = []
  if (report.returned > 0n) {
    const entry: Entry = {
      id: moment.newId(),
      kind: 'return',
      reference: report.followId,
      at: moment.now,
      postings: move(OWN, QUOTE_ASSET, `pool/${report.leaderId}`, 'available', report.returned),
    }
    events.push({ type: 'posted', entry })
  }
  const before = state.follows.get(report.followId)
  if (before !== undefined) {
    const stays = hasEnded(before.status) || (before.status === 'closing' && !hasEnded(report.status))
    const follow: Follow = {
      ...before,
      status: stays ? before.status : report.status,
      reason: stays ? before.reason : report.reason,
      returned: before.returned + report.returned,
      updatedAt: moment.now,
    }
    events.push({ type: 'followChanged', follow })
  }
  return { reply: undefined, events, messages: [], timers: [] }
}

function underWay(state: AccountState, followId: string): Outcome<Follow> {
  const follow = state.follows.get(followId)
  if (follow === undefined)
    return refused('unknown_follow', 'You have no follow with this id. Look it up among your follows.')
  if (hasEnded(follow.status) || follow.status === 'closing')
    return refused('follow_closed', 'This follow has ended. Follow the trader again to go on.')
  return accepted(follow)
}

function answerAgain(earlier: Follow, command: FollowCommand): Outcome<Follow> {
  if (earlier.leaderId === command.leaderId && earlier.allocated === command.amount) return accepted(earlier)
  return refused('duplicate_id', 'This id belongs to another follow of yours. Give a new follow a new id.')
}

function forgetOldest(state: AccountState): AccountEvent[] {
  const ended = [...state.follows.values()].filter(({ status }) => hasEnded(status))
  return ended
    .slice(0, Math.max(0, ended.length - ENDED_FOLLOWS_KEPT))
    .map(({ id }) => ({ type: 'followForgotten', followId: id }))
}
