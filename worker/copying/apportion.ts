/**
 * Parts of the smallest unit in which the remainders of earlier shares are kept: 2^48. A share is cut off below that,
 * so a follow's total would need 2^48 blocks to be off by one unit.
 */
const PART = 2n ** 48n

/** One claim on a total. */
export interface Claim {
  readonly weight: bigint
  /** The most it may get. Not below its exact share, or the total could not be given out. */
  readonly most: bigint
  /** Of earlier shares, in 2^-48 of a unit. */
  readonly remainder: bigint
  /** Decides between equal remainders: lowest first, different for each claim and each block. */
  readonly rank: number
}

export interface Share {
  readonly units: bigint
  readonly remainder: bigint
}

/**
 * Splits `total` units over the claims, exactly: each gets the whole units of its share by weight plus what rounding
 * owes it, and the units left go one each to the largest remainders (Hamilton's method, with the remainder kept). A fill
 * that grows is split increment by increment, so nobody's share ever shrinks. Throws when the claims' `most` cannot take
 * the total: whoever built them has broken a limit.
 */
export function apportion(total: bigint, claims: readonly Claim[]): Share[] {
  if (total === 0n) return claims.map(({ remainder }) => ({ units: 0n, remainder }))
  const weights = claims.reduce((sum, claim) => sum + claim.weight, 0n)
  if (weights === 0n) throw new Error(`allocation: nobody claims ${total}`)
  const owed = claims.map((claim) => claim.remainder + (claim.weight * total * PART) / weights)
  const units = claims.map((claim, index) =>
    clamp(floorUnits(owed[index] ?? 0n), claim.weight === 0n ? 0n : claim.most),
  )
  let left = total - units.reduce((sum, share) => sum + share, 0n)
  const step = left > 0n ? 1n : -1n
  while (left !== 0n) {
    const takers = claims
      .map((claim, index) => ({
        index,
        rank: claim.rank,
        owed: (owed[index] ?? 0n) - (units[index] ?? 0n) * PART,
      }))
      .filter(({ index }) => canStep(claims[index], units[index] ?? 0n, step))
      .sort((a, b) => (a.owed === b.owed ? a.rank - b.rank : a.owed > b.owed === step > 0n ? -1 : 1))
    if (takers.length === 0) throw new Error(`allocation: ${left} of ${total} cannot be given to anybody`)
    for (const { index } of takers) {
      if (left === 0n) break
      units[index] = (units[index] ?? 0n) + step
      left -= step
    }
  }
  return units.map((share, index) => ({ units: share, remainder: (owed[index] ?? 0n) - share * PART }))
}

function canStep(claim: Claim | undefined, units: bigint, step: bigint): boolean {
  if (claim === undefined || claim.weight === 0n) return false
  return step > 0n ? units < claim.most : units > 0n
}

const clamp = (units: bigint, most: bigint): bigint => (units < 0n ? 0n : units > most ? most : units)

/** Division that rounds down for what is owed and for what was given ahead alike. */
const floorUnits = (parts: bigint): bigint => (parts < 0n ? -((-parts + PART - 1n) / PART) : parts / PART)

/** The same for all who compute it, and nobody can aim for it: FNV-1a of the block and the follow. */
export function rankOf(blockId: string, followId: string): number {
  let hash = 0x811c9dc5
  const text = `${blockId}|${followId}`
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 0
}
