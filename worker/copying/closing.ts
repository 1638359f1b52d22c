import type { FillsWanted, FollowReport } from '../account/messages.ts'
import type { ErrorCode } from '../contract/errors.ts'
import { MARKETS, type Market, QUOTE_ASSET, quoteOf } from '../market/settings.ts'
import { accountAddress } from '../messaging/address.ts'
import type { Block } from './block.ts'
import { sendRecord } from './copies.ts'
import { sendBlock } from './copyTrade.ts'
import { isBigEnough } from './decide.ts'
import { type Follow, isOpen } from './follow.ts'
import { worstTicks } from './limits.ts'
import type { FollowEnd } from './messages.ts'
import type { PoolTurn } from './poolTurn.ts'
import { leaveToHouse, markPrice } from './residue.ts'

/** A closing sells at the market: its own bound against the mark, which a stricter setting of the follow does not narrow. */
const CLOSING_SLIPPAGE_BPS = 500

/** First wait before what the market did not take is offered again; doubled up to the longest. */
const CLOSING_RETRY_MS = 5_000
const CLOSING_RETRY_LONGEST_MS = 300_000

/** Closed follows that are kept for reading; D1 has the record of all. */
const CLOSED_KEPT = 1_000

export const closeKey = (followId: string): string => `close/${followId}`

/**
 * Goes on closing a follow: one market after another by a block of one; what is too small to trade goes to the house at the
 * mark. When nothing is held any more, its funds return and it is closed.
 */
export function closeNext(turn: PoolTurn, followId: string): void {
  const follow = turn.follow(followId)
  if (follow?.status !== 'closing') return
  // Begins with another market at each attempt, so that one that takes nothing does not hold back the others.
  const first = follow.closeAttempts % MARKETS.length
  for (const market of [...MARKETS.slice(first), ...MARKETS.slice(0, first)]) {
    const held = turn.holding(followId, market.base)
    if (held === 0n) continue
    turn.setPosition(followId, market.id, { ...turn.position(followId, market.id), target: 0n })
    const price = markPrice(turn, market)
    if (price === null) {
      retryLater(turn, follow)
      return
    }
    if (offer(turn, follow, market, held)) return
    leaveToHouse(turn, market, turn.moment.newId(), [followId], price)
  }
  finish(turn, follow)
}

/** A closing's block has come back: the rest of the follow is next, at once when all of it was sold. */
export function afterClosingBlock(turn: PoolTurn, block: Block): void {
  if (block.cause.kind !== 'close') return
  const follow = turn.follow(block.cause.followId)
  const market = MARKETS.find(({ id }) => id === block.market)
  if (follow === undefined || market === undefined) return
  if (turn.holding(follow.id, market.base) === 0n) turn.wait(block.cause)
  else retryLater(turn, follow)
}

/** Sends a block for the whole lots of a holding. False when they are too small for the market. */
function offer(turn: PoolTurn, follow: Follow, market: Market, held: bigint): boolean {
  const mark = turn.mark(market.id)
  if (mark === undefined) return false
  const bps = Math.max(CLOSING_SLIPPAGE_BPS, follow.settings.maxSlippageBps)
  const ticks = worstTicks(market, 'sell', quoteOf(market, mark.ticks, 1), 1, bps)
  const whole = held / market.lotSize
  const lots = whole > BigInt(market.maxLots) ? market.maxLots : Number(whole)
  if (!isBigEnough(market, [{ ticks, lots }])) return false
  const part = { followId: follow.id, tier: 0, wanted: held, target: 0n, reason: null }
  sendBlock(
    turn,
    market,
    turn.moment.newId(),
    { kind: 'close', followId: follow.id },
    {
      tiers: [{ ticks, lots }],
      parts: [part],
    },
  )
  return true
}

function retryLater(turn: PoolTurn, follow: Follow): void {
  const wait = Math.min(CLOSING_RETRY_MS * 2 ** Math.min(follow.closeAttempts, 16), CLOSING_RETRY_LONGEST_MS)
  turn.setFollow({ ...follow, closeAttempts: follow.closeAttempts + 1 })
  turn.arm(closeKey(follow.id), turn.now + wait)
}

function finish(turn: PoolTurn, follow: Follow): void {
  const returned = turn.cash(follow.id)
  turn.post('return', follow.id, [
    { owner: follow.id, purse: 'available', asset: QUOTE_ASSET, amount: -returned },
    { owner: '', purse: `pool/${turn.leaderId}`, asset: QUOTE_ASSET, amount: returned },
  ])
  setFollow(turn, { ...follow, status: 'closed', returned })
  sendReport(turn, follow, 'closed', follow.endedBy, returned)
  turn.arm(closeKey(follow.id), null)
  forgetOldest(turn)
  if (!turn.hasOpenFollows()) wantFills(turn, false)
}

/** Saves a change of a follow's record and says it to D1. */
export function setFollow(turn: PoolTurn, follow: Follow): void {
  turn.setFollow({ ...follow, version: follow.version + 1, updatedAt: turn.now })
  sendRecord(turn, follow.id)
}

export function sendReport(
  turn: PoolTurn,
  follow: Pick<Follow, 'id' | 'followerId'>,
  status: Follow['status'],
  reason: ErrorCode | FollowEnd | null,
  returned: bigint,
): void {
  const report: FollowReport = {
    type: 'followReport',
    followId: follow.id,
    leaderId: turn.leaderId,
    status,
    reason,
    returned,
    at: turn.now,
  }
  turn.send(accountAddress(follow.followerId), report)
}

export function wantFills(turn: PoolTurn, wanted: boolean): void {
  const body: FillsWanted = { type: 'fillsWanted', wanted }
  turn.send(accountAddress(turn.leaderId), body)
}

function forgetOldest(turn: PoolTurn): void {
  const closed = [...turn.follows()].filter((follow) => !isOpen(follow))
  closed.sort((a, b) => a.updatedAt - b.updatedAt)
  for (const follow of closed.slice(0, Math.max(0, closed.length - CLOSED_KEPT))) turn.forget(follow.id)
}
