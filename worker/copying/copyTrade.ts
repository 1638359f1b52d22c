import type { SubmitBlock } from '../market/messages.ts'
import { type Market, marketById } from '../market/settings.ts'
import { marketAddress } from '../messaging/address.ts'
import { type Cause, RULE_VERSION } from './block.ts'
import { type Occasion, type Result, sendCopies } from './copies.ts'
import { type Choice, choose, type Plan, plan, type Seat } from './decide.ts'
import { withOrder } from './filters.ts'
import { type Follow, isOpen } from './follow.ts'
import { MAX_MARK_AGE_MS } from './limits.ts'
import type { CopyReason, LeaderTraded } from './messages.ts'
import type { PoolTurn } from './poolTurn.ts'
import { leaveToHouse, markPrice } from './residue.ts'

/**
 * One trade of the leader is one decision over all follows: each follow's target moves or does not, those that want to trade
 * go into one block, and the others have their copy, with its reason, at once.
 */
export function copyTrade(turn: PoolTurn, trade: LeaderTraded): void {
  const market = marketById(trade.market)
  const seats = seatsOf(turn, market)
  if (seats.length === 0) return
  const choices = seats.map((seat) => choose(seat, market, trade, turn.now))
  for (const { seat, position } of choices)
    if (position !== null) turn.setPosition(seat.follow.id, market.id, position)
  for (const choice of choices) countOrder(turn, choice, trade)
  const planned = plan(market, trade.side, choices)
  const blockId = turn.moment.newId()
  if (trade.side === 'sell') leaveSmallExits(turn, market, blockId, planned)
  sendCopies(turn, occasionOf(blockId, market, trade, planned.parts.length), [
    ...choices.filter((choice) => choice.wanted === 0n).map((choice) => skipped(choice, choice.reason)),
    ...planned.left.map(({ choice, reason }) => skipped(choice, reason)),
  ])
  if (planned.tiers.length > 0) sendBlock(turn, market, blockId, { kind: 'trade', trade }, planned)
}

/** Says of every follow that a trade of the leader is not copied at all. */
export function skipTrade(turn: PoolTurn, trade: LeaderTraded, reason: CopyReason): void {
  const market = marketById(trade.market)
  const results = seatsOf(turn, market).map((seat) =>
    skipped({ seat, target: seat.position.target, wanted: 0n }, reason),
  )
  sendCopies(turn, occasionOf(turn.moment.newId(), market, trade, 0), results)
}

/** Writes a block, with who takes part and how much, and sends it, in one turn. */
export function sendBlock(
  turn: PoolTurn,
  market: Market,
  blockId: string,
  cause: Cause,
  { tiers, parts }: Pick<Plan, 'tiers' | 'parts'>,
): void {
  const side = cause.kind === 'trade' ? cause.trade.side : 'sell'
  turn.sendBlock({
    id: blockId,
    ruleVersion: RULE_VERSION,
    market: market.id,
    side,
    cause,
    tiers,
    parts,
    markTicks: turn.mark(market.id)?.ticks ?? 0,
    at: turn.now,
  })
  const body: SubmitBlock = { type: 'submitBlock', blockId, leaderId: turn.leaderId, side, tiers }
  turn.send(marketAddress(market.id), body)
}

/** Only where it is limited: a row for each follow that copies would be written for nothing. */
function countOrder(turn: PoolTurn, { seat: { follow }, wanted }: Choice, trade: LeaderTraded): void {
  if (trade.side === 'sell' || wanted === 0n || follow.settings.limits.maxOrdersPerDay === null) return
  turn.setFollow({ ...follow, today: withOrder(follow.today, trade.orderId, turn.now) })
}

function seatsOf(turn: PoolTurn, market: Market): Seat[] {
  const seats: Seat[] = []
  for (const follow of turn.follows()) if (isOpen(follow)) seats.push(seatOf(turn, follow, market))
  return seats
}

function seatOf(turn: PoolTurn, follow: Follow, market: Market): Seat {
  return {
    follow,
    position: turn.position(follow.id, market.id),
    held: turn.holding(follow.id, market.base),
    cash: turn.cash(follow.id),
    invested: () => turn.invested(follow.id),
    equity: () => turn.equity(follow.id, MAX_MARK_AGE_MS),
  }
}

/** An exit too small for the market would never end: the house takes it at the mark. */
function leaveSmallExits(turn: PoolTurn, market: Market, blockId: string, planned: Plan): void {
  const exits = planned.left.filter(({ choice }) => choice.position?.target === 0n)
  const price = markPrice(turn, market)
  if (exits.length === 0 || price === null) return
  leaveToHouse(
    turn,
    market,
    blockId,
    exits.map(({ choice }) => choice.seat.follow.id),
    price,
  )
}

const occasionOf = (
  blockId: string,
  market: Market,
  trade: LeaderTraded,
  participants: number,
): Occasion => ({
  blockId,
  market,
  side: trade.side,
  leader: { orderId: trade.orderId, lots: trade.lots, quote: trade.quote, at: trade.at },
  block: { lots: 0, quote: 0n, participants },
})

const skipped = (
  { seat, target, wanted }: Pick<Choice, 'seat' | 'target' | 'wanted'>,
  reason: CopyReason | null,
): Result => ({
  followId: seat.follow.id,
  target,
  wanted,
  quantity: 0n,
  quote: 0n,
  fee: 0n,
  outcome: 'skipped',
  reason,
  slippage: 0,
})
