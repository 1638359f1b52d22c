import type { Posting } from '../ledger/ledger.ts'
import type { BlockReport } from '../market/messages.ts'
import { baseOf, type Market, marketById } from '../market/settings.ts'
import { type Allotment, allocateBlock } from './allocate.ts'
import type { Block } from './block.ts'
import { leaderOf, type Result, sendCopies, slippageOf } from './copies.ts'
import { flat, type Position } from './follow.ts'
import type { CopyOutcome, CopyReason } from './messages.ts'
import type { PoolTurn } from './poolTurn.ts'
import { leaveToHouse } from './residue.ts'

/**
 * A block has come back: what it got is allocated, entered and said, and the pool is free for the next. Says which block
 * it was, or null when the report is of no block that is out.
 */
export function settleBlock(turn: PoolTurn, report: BlockReport): Block | null {
  const { block } = turn
  if (block === null || block.id !== report.blockId) return null
  const market = marketById(block.market)
  turn.setMark(report.mark)
  turn.closeBlock()
  const allotments =
    report.refusal === null
      ? allocateBlock(market, block, report, (followId) => remaindersOf(turn, block, followId))
      : []
  enter(turn, market, block, report, allotments)
  leaveExits(turn, market, block, report)
  tell(turn, market, block, report, allotments)
  return block
}

function remaindersOf(turn: PoolTurn, block: Block, followId: string) {
  const position = turn.position(followId, block.market)
  return block.side === 'buy' ? position.buying : position.selling
}

/** The balanced entry of a block, and each follow's position after it. */
function enter(
  turn: PoolTurn,
  market: Market,
  block: Block,
  report: BlockReport,
  allotments: readonly Allotment[],
): void {
  const buys = block.side === 'buy'
  const [received, given] = buys ? [market.base, market.quote] : [market.quote, market.base]
  const postings: Posting[] = []
  let totalReceived = 0n
  let totalGiven = 0n
  for (const allotment of allotments) {
    const { part, quantity, quote, fee } = allotment
    const [gets, gives] = buys ? [quantity, quote] : [quote, quantity]
    totalReceived += gets
    totalGiven += gives
    const held = turn.holding(part.followId, market.base)
    turn.setPosition(
      part.followId,
      market.id,
      afterShare(turn.position(part.followId, market.id), buys, held, allotment),
    )
    postings.push(
      { owner: part.followId, purse: 'available', asset: given, amount: -gives },
      { owner: part.followId, purse: 'available', asset: received, amount: gets - fee },
    )
  }
  const clearing = `clearing/${market.id}` as const
  turn.post('copy', block.id, [
    ...postings,
    { owner: '', purse: clearing, asset: given, amount: totalGiven },
    { owner: '', purse: clearing, asset: received, amount: -totalReceived },
    { owner: '', purse: 'fees', asset: received, amount: report.fee },
    { owner: '', purse: 'rounding', asset: received, amount: report.rounding },
  ])
}

/**
 * The fee of a buy comes out of what was bought, so the target shrinks with it: what the venue has kept is not bought
 * again. What a sell realises is measured at average cost.
 */
function afterShare(
  position: Position,
  buys: boolean,
  held: bigint,
  { quantity, quote, fee, remainders }: Allotment,
): Position {
  const copies = position.copies + (quantity > 0n ? 1 : 0)
  if (buys) {
    const feeInQuote = quantity === 0n ? 0n : (fee * quote) / quantity
    return {
      ...position,
      copies,
      target: position.target - fee,
      cost: position.cost + quote,
      fees: position.fees + feeInQuote,
      buying: remainders,
    }
  }
  const costOfSold = held === 0n ? 0n : (position.cost * quantity) / held
  const after = {
    ...position,
    copies,
    cost: position.cost - costOfSold,
    realised: position.realised + quote - fee - costOfSold,
    fees: position.fees + fee,
    selling: remainders,
  }
  return held === quantity && position.target === 0n ? flat(after) : after
}

/** Where a full exit's whole lots are all sold, what is left is less than a lot, and goes to the house at the block's price. */
function leaveExits(turn: PoolTurn, market: Market, block: Block, report: BlockReport): void {
  if (block.side === 'buy') return
  block.tiers.forEach(({ lots }, tier) => {
    const got = report.tiers[tier]
    if (got === undefined || got.lots < lots) return
    const members = block.parts.filter((part) => part.tier === tier)
    const wanted = members.reduce((sum, part) => sum + part.wanted, 0n)
    if (wanted - baseOf(market, lots) >= market.lotSize) return
    const exits = members.filter(({ followId }) => turn.position(followId, market.id).target === 0n)
    leaveToHouse(
      turn,
      market,
      block.id,
      exits.map(({ followId }) => followId),
      { units: baseOf(market, lots), quote: got.quote },
    )
  })
}

function tell(
  turn: PoolTurn,
  market: Market,
  block: Block,
  report: BlockReport,
  allotments: readonly Allotment[],
): void {
  const leader = leaderOf(block, market)
  const shares = new Map(allotments.map((allotment) => [allotment.part.followId, allotment]))
  const results = block.parts.map((part): Result => {
    const got = report.tiers[part.tier] ?? { lots: 0, quote: 0n }
    const { quantity, quote, fee } = shares.get(part.followId) ?? { quantity: 0n, quote: 0n, fee: 0n }
    const whole = got.lots === block.tiers[part.tier]?.lots
    return {
      followId: part.followId,
      target: part.target,
      wanted: part.wanted,
      quantity,
      quote,
      fee,
      ...outcomeOf(block, report, whole, quantity, part.reason),
      slippage: slippageOf(market, block.side, got, leader),
    }
  })
  const total = {
    lots: report.tiers.reduce((sum, tier) => sum + tier.lots, 0),
    quote: report.tiers.reduce((sum, tier) => sum + tier.quote, 0n),
    participants: block.parts.length,
  }
  sendCopies(turn, { blockId: block.id, market, side: block.side, leader, block: total }, results)
}

/**
 * A copy is filled when its tier was: what it then lacks is its part of less than a lot that no block can trade, and is
 * carried. It is partial when the market had less within the limit.
 */
function outcomeOf(
  block: Block,
  report: BlockReport,
  whole: boolean,
  quantity: bigint,
  reason: CopyReason | null,
): { outcome: CopyOutcome; reason: CopyReason | null } {
  if (report.refusal !== null) return { outcome: 'failed', reason: 'market_refused' }
  const closing = block.cause.kind === 'close' ? 'closing' : null
  if (quantity === 0n) return { outcome: 'skipped', reason: whole ? 'carried' : 'slippage' }
  return whole ? { outcome: 'filled', reason: reason ?? closing } : { outcome: 'partial', reason: 'slippage' }
}
