import { type Outcome, refused } from '../contract/errors.ts'
import { QUOTE_ASSET } from '../market/settings.ts'
import { sendReport, setFollow, wantFills } from './closing.ts'
import { type Follow, isOpen, MAX_FOLLOWS } from './follow.ts'
import type { ChangeFollow, CloseFollow, FollowEnd, OpenFollow } from './messages.ts'
import type { PoolTurn } from './poolTurn.ts'
import { checkSettings, completed } from './settings.ts'

/** Takes the funds of a new follow in, or sends them back with the reason. */
export function openFollow(turn: PoolTurn, followerId: string, message: OpenFollow): void {
  const { followId, amount } = message
  const settings = completed(message.settings)
  const checked = checkOpening(turn, followerId, { ...message, settings })
  if (!checked.ok) {
    sendReport(turn, { id: followId, followerId }, 'refused', checked.refusal.code, amount)
    return
  }
  const isFirst = !turn.hasOpenFollows()
  turn.post('allocate', followId, [
    { owner: '', purse: `pool/${turn.leaderId}`, asset: QUOTE_ASSET, amount: -amount },
    { owner: followId, purse: 'available', asset: QUOTE_ASSET, amount },
  ])
  const follow: Follow = {
    id: followId,
    followerId,
    status: 'active',
    endedBy: null,
    settings,
    allocated: amount,
    version: 0,
    createdAt: turn.now,
    updatedAt: turn.now,
    returned: 0n,
    today: null,
    closeAttempts: 0,
  }
  setFollow(turn, follow)
  sendReport(turn, follow, 'active', null, 0n)
  if (isFirst) wantFills(turn, true)
}

function checkOpening(turn: PoolTurn, followerId: string, message: OpenFollow): Outcome<null> {
  if (followerId === turn.leaderId) return refused('cannot_follow_self', 'Choose another trader to follow.')
  if (turn.follow(message.followId) !== undefined)
    return refused('duplicate_id', 'This follow exists already. Give a new one a new id.')
  const open = [...turn.follows()].filter(isOpen)
  if (open.some((follow) => follow.followerId === followerId))
    return refused('already_following', 'You follow this trader already. Change that follow instead.')
  if (open.length >= MAX_FOLLOWS)
    return refused('leader_not_open', 'This trader has as many followers as there is room for.')
  return message.amount > 0n
    ? checkSettings(message.settings)
    : refused('below_minimum', 'Allocate an amount above zero.', 'amount')
}

/** Settings count from the next trade of the leader; a block that is out was decided with those before. */
export function changeFollow(turn: PoolTurn, followerId: string, message: ChangeFollow): void {
  const follow = ownFollow(turn, followerId, message.followId)
  if (follow === null) return
  const settings = message.settings === undefined ? follow.settings : completed(message.settings)
  const checked = checkSettings(settings)
  if (!checked.ok) {
    sendReport(turn, follow, follow.status, checked.refusal.code, 0n)
    return
  }
  const paused = message.paused ?? follow.status === 'paused'
  const status = paused ? 'paused' : 'active'
  setFollow(turn, { ...follow, status, settings })
  sendReport(turn, follow, status, null, 0n)
}

/** Begins to close a follow; a block that it takes part in comes back first. */
export function closeFollow(turn: PoolTurn, followerId: string, message: CloseFollow): void {
  const follow = ownFollow(turn, followerId, message.followId)
  if (follow !== null) endFollow(turn, follow, null)
}

/** Begins to close a follow, at its follower's word or by one of its stops. */
export function endFollow(turn: PoolTurn, follow: Follow, endedBy: FollowEnd | null): void {
  setFollow(turn, { ...follow, status: 'closing', endedBy })
  sendReport(turn, follow, 'closing', endedBy, 0n)
  turn.wait({ kind: 'close', followId: follow.id })
}

/** A follow of that account which can still be changed. Anybody else's is answered like one that does not exist. */
function ownFollow(turn: PoolTurn, followerId: string, followId: string): Follow | null {
  const follow = turn.follow(followId)
  if (follow === undefined || follow.followerId !== followerId) {
    sendReport(turn, { id: followId, followerId }, 'closed', 'unknown_follow', 0n)
    return null
  }
  if (follow.status === 'active' || follow.status === 'paused') return follow
  sendReport(turn, follow, follow.status, follow.status === 'closing' ? null : 'follow_closed', 0n)
  return null
}
