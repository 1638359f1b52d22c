import type { Side } from '../market/messages.ts'
import { baseOf, type Market, quoteOf } from '../market/settings.ts'
import { queueAddress } from '../messaging/address.ts'
import type { Block } from './block.ts'
import type { Copy, CopyOutcome, CopyPage, CopyReason, FollowRecord } from './messages.ts'
import type { PoolTurn } from './poolTurn.ts'

/** A queue's message is at most 128 kB; a copy is about 500 bytes of it. */
const COPIES_A_PAGE = 200

const COPY_FILLS = queueAddress('copy-fills')

/** What a decision's copies have in common. */
export interface Occasion {
  readonly blockId: string
  readonly market: Market
  readonly side: Side
  readonly leader: CopyPage['leader']
  readonly block: CopyPage['block']
}

/** What is said of one follow's part; the rest of a copy follows from it. */
export interface Result {
  readonly followId: string
  readonly target: bigint
  readonly wanted: bigint
  readonly quantity: bigint
  readonly quote: bigint
  readonly fee: bigint
  readonly outcome: CopyOutcome
  readonly reason: CopyReason | null
  readonly slippage: number
}

/**
 * What a block is measured against: the leader's trade. A closing has none and is measured against the mark at which it was
 * decided; its copy names the block itself as the order, and its reason is `closing`.
 */
export function leaderOf({ id, cause, tiers, markTicks, at }: Block, market: Market): CopyPage['leader'] {
  if (cause.kind === 'trade') {
    const { orderId, lots, quote } = cause.trade
    return { orderId, lots, quote, at: cause.trade.at }
  }
  const lots = tiers.reduce((sum, tier) => sum + tier.lots, 0)
  return { orderId: id, lots, quote: quoteOf(market, markTicks, lots), at }
}

/** Sends the copies of one occasion, in pages. */
export function sendCopies(turn: PoolTurn, occasion: Occasion, results: readonly Result[]): void {
  const { blockId, market, side, leader, block } = occasion
  const copies = results.flatMap((result): Copy[] => {
    const follow = turn.follow(result.followId)
    if (follow === undefined) return []
    return [
      {
        id: turn.moment.newId(),
        ...result,
        followerId: follow.followerId,
        feeAsset: side === 'buy' ? market.base : market.quote,
        delayMs: Math.max(0, turn.now - leader.at),
        notify: follow.settings.notify,
      },
    ]
  })
  for (let first = 0; first < copies.length; first += COPIES_A_PAGE) {
    const page: CopyPage = {
      type: 'copyPage',
      leaderId: turn.leaderId,
      blockId,
      market: market.id,
      side,
      leader,
      block,
      copies: copies.slice(first, first + COPIES_A_PAGE),
      at: turn.now,
    }
    turn.send(COPY_FILLS, page)
  }
}

/** Says a follow as it is now, for D1. */
export function sendRecord(turn: PoolTurn, followId: string): void {
  const follow = turn.follow(followId)
  if (follow === undefined) return
  const record: FollowRecord = {
    type: 'followRecord',
    followId,
    leaderId: turn.leaderId,
    followerId: follow.followerId,
    status: follow.status,
    endedBy: follow.endedBy,
    settings: follow.settings,
    allocated: follow.allocated,
    version: follow.version,
    createdAt: follow.createdAt,
    at: follow.updatedAt,
  }
  turn.send(COPY_FILLS, record)
}

/** A tier's price against the leader's average, in hundredths of a basis point; positive is worse. */
export function slippageOf(
  market: Market,
  side: Side,
  got: { lots: number; quote: bigint },
  leader: CopyPage['leader'],
): number {
  if (got.lots === 0 || leader.lots === 0 || leader.quote === 0n) return 0
  const paid = got.quote * baseOf(market, leader.lots)
  const theirs = leader.quote * baseOf(market, got.lots)
  const worse = side === 'buy' ? paid - theirs : theirs - paid
  return Number((worse * 100n * 10_000n) / theirs)
}
