import { BASIS } from '../ledger/amount.ts'

/**
 * What is held of an asset at a known cost. Coins that were granted have no cost: they are not in `quantity`, and
 * selling them realises nothing.
 */
export interface Position {
  readonly quantity: bigint
  /** Quote units paid for `quantity`, the fees of buying included. */
  readonly cost: bigint
}

export const NO_POSITION: Position = { quantity: 0n, cost: 0n }

export interface Reduction {
  readonly position: Position
  /** Quote units; null when nothing of what was sold had a known cost. */
  readonly realised: bigint | null
  /** Of the cost of what was sold, in basis points, towards zero; null where `realised` is, or the cost is nothing. */
  readonly realisedBps: number | null
}

/** Buys `received` (the fee, paid in base, already taken out) for `paid`: the fee thereby raises the average cost. */
export function increase(position: Position, received: bigint, paid: bigint): Position {
  return { quantity: position.quantity + received, cost: position.cost + paid }
}

/**
 * Sells `sold` for `proceeds` (the fee, paid in quote, already taken out) by the weighted average cost formula of IAS 2
 * "Inventories", paragraphs 25 and 27:
 *
 *   cost of what is sold = cost * covered / quantity, rounded down but for the last, which takes all that is left
 *   realised = proceeds * covered / sold, rounded down, - cost of what is sold
 *
 * where covered = min(sold, quantity), since coins of unknown cost are sold last and realise nothing. The cost left is
 * what is not yet realised, so over a position's whole life the realised sum is proceeds less cost, to the unit.
 */
export function reduce(position: Position, sold: bigint, proceeds: bigint): Reduction {
  const covered = sold < position.quantity ? sold : position.quantity
  if (covered === 0n) return { position, realised: null, realisedBps: null }
  const whole = covered === position.quantity
  const cost = whole ? position.cost : (position.cost * covered) / position.quantity
  const realised = (proceeds * covered) / sold - cost
  return {
    position: { quantity: position.quantity - covered, cost: position.cost - cost },
    realised,
    realisedBps: cost === 0n ? null : Number((realised * BASIS) / cost),
  }
}

/** Quote units for one whole unit of base, rounded down; null when nothing is held at a known cost. For display. */
export function averageCost(position: Position, unit: bigint): bigint | null {
  return position.quantity === 0n ? null : (position.cost * unit) / position.quantity
}
