import type { CopyView } from '$contract/follows.ts'
import { toDecimal, UNIT, unitsOf } from '../money/decimal.ts'
import { baseOf } from './words.ts'

export const gapCauses = ['price', 'fees', 'unfilled', 'skipped'] as const
/**
 * What keeps a follow from its leader: a worse price, fees, what the block did not get within the limit, and what was
 * skipped whole.
 */
export type GapCause = (typeof gapCauses)[number]

export interface GapPart {
  cause: GapCause
  /** Of what was wanted at the leader's price, in basis points with two decimals; negative where it was in one's favour. */
  bps: string
  /** Copies behind it. */
  copies: readonly CopyView[]
}

/** Quote units of base units at a copy's own price, or the leader's where it has none. */
const worth = (copy: CopyView, base: bigint): bigint =>
  (base * unitsOf(copy.price ?? copy.leader.price)) / UNIT

/**
 * How far the copies are from their leader and why. `price` and `fees` are costs; `unfilled` and `skipped` are shares
 * that were wanted and not traded, so they are exposure missed and not money lost. All are parts of the same whole: the
 * value wanted.
 */
export function gapOf(copies: readonly CopyView[]): { parts: GapPart[]; wanted: string } {
  let wanted = 0n
  const units: Record<GapCause, bigint> = { price: 0n, fees: 0n, unfilled: 0n, skipped: 0n }
  const behind: Record<GapCause, CopyView[]> = { price: [], fees: [], unfilled: [], skipped: [] }
  const add = (cause: GapCause, copy: CopyView, amount: bigint) => {
    units[cause] += amount
    if (amount !== 0n) behind[cause].push(copy)
  }
  for (const copy of copies) {
    const value = worth(copy, unitsOf(copy.wanted))
    wanted += value
    if (copy.outcome === 'skipped' || copy.outcome === 'failed') {
      add('skipped', copy, value)
      continue
    }
    const total = unitsOf(copy.total)
    // Slippage has two decimals of a basis point, so units of 10^-8 of it divide evenly.
    add('price', copy, (total * unitsOf(copy.slippageBps ?? '0')) / (10_000n * UNIT))
    const fee = unitsOf(copy.fee)
    add('fees', copy, copy.feeAsset === baseOf(copy.market) ? worth(copy, fee) : fee)
    // What a filled copy lacks is its part of less than a lot: it is carried to the next block, and so not missing.
    if (copy.outcome === 'partial')
      add('unfilled', copy, worth(copy, unitsOf(copy.wanted) - unitsOf(copy.quantity)))
  }
  const bps = (amount: bigint) => (wanted === 0n ? '0.00' : toDecimal((amount * 10_000n * UNIT) / wanted, 2))
  return {
    wanted: toDecimal(wanted),
    parts: gapCauses.map((cause) => ({ cause, bps: bps(units[cause]), copies: behind[cause] })),
  }
}
