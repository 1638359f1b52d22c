import type { BlockReport } from '../market/messages.ts'
import { baseOf, type Market } from '../market/settings.ts'
import { apportion, type Claim, rankOf } from './apportion.ts'
import type { Block, Part } from './block.ts'
import { costOf } from './limits.ts'

/** What rounding owes a follow (positive) or has given it ahead, for one market and side, in 2^-48 of a unit. */
export interface Remainders {
  readonly quantity: bigint
  readonly quote: bigint
  readonly fee: bigint
}

export const NO_REMAINDERS: Remainders = { quantity: 0n, quote: 0n, fee: 0n }

/** One follow's share of a block. */
export interface Allotment {
  readonly part: Part
  /** Base units, before the fee. */
  readonly quantity: bigint
  readonly quote: bigint
  /** In the asset received, what the market rounded up included. */
  readonly fee: bigint
  readonly remainders: Remainders
}

/**
 * Shares what a block got. Quantity, quote and fee are three integers that each sum exactly: quantity by what was
 * wanted and quote by quantity, within each tier, since a tier's members accept the same prices; fee by what was received,
 * over all. No follow gets more than it wanted, pays more than its limit price, or pays a fee over what it received.
 */
export function allocateBlock(
  market: Market,
  block: Block,
  report: BlockReport,
  remaindersOf: (followId: string) => Remainders,
): Allotment[] {
  const priced = block.tiers.flatMap(({ ticks }, tier) => {
    const members = block.parts.filter((part) => part.tier === tier)
    const got = report.tiers[tier] ?? { lots: 0, quote: 0n }
    return shareTier(market, block, ticks, members, got, remaindersOf)
  })
  const received = priced.map(({ quantity, quote }) => (block.side === 'buy' ? quantity : quote))
  const fees = apportion(
    report.fee + report.rounding,
    priced.map(({ part, remainders }, index): Claim => {
      const weight = received[index] ?? 0n
      return { weight, most: weight, remainder: remainders.fee, rank: rankOf(block.id, part.followId) }
    }),
  )
  return priced.map((allotment, index) => {
    const fee = fees[index]
    if (fee === undefined) throw new Error('allocation: a share without its fee')
    return {
      ...allotment,
      fee: fee.units,
      remainders: { ...allotment.remainders, fee: fee.remainder },
    }
  })
}

function shareTier(
  market: Market,
  block: Block,
  ticks: number,
  members: readonly Part[],
  got: { lots: number; quote: bigint },
  remaindersOf: (followId: string) => Remainders,
): Allotment[] {
  const claims = members.map((part) => ({
    part,
    rank: rankOf(block.id, part.followId),
    before: remaindersOf(part.followId),
  }))
  const quantities = apportion(
    baseOf(market, got.lots),
    claims.map(({ part, rank, before }) => ({
      weight: part.wanted,
      most: part.wanted,
      remainder: before.quantity,
      rank,
    })),
  )
  const quotes = apportion(
    got.quote,
    claims.map(({ rank, before }, index) => {
      const weight = quantities[index]?.units ?? 0n
      const most = block.side === 'buy' ? costOf(market, ticks, weight) : got.quote
      return { weight, most, remainder: before.quote, rank }
    }),
  )
  return claims.map(({ part, before }, index) => {
    const quantity = quantities[index]
    const quote = quotes[index]
    if (quantity === undefined || quote === undefined) throw new Error('allocation: a part without its share')
    return {
      part,
      quantity: quantity.units,
      quote: quote.units,
      fee: 0n,
      remainders: { quantity: quantity.remainder, quote: quote.remainder, fee: before.fee },
    }
  })
}
