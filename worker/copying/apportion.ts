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
  let weights = 0n
  for (const { weight } of claims) weights += weight
  if (weights === 0n) throw new Error(`allocation: nobody claims ${total}`)
  const parts = total * PART
  const owed = claims.map(({ weight, remainder }) => remainder + (weight * parts) / weights)
  const units = claims.map(({ weight, most }, index) =>
    clamp(floorUnits(owed[index] ?? 0n), weight === 0n ? 0n : most),
  )
  let left = total
  for (const share of units) left -= share
  const step = left > 0n ? 1n : -1n
  while (left !== 0n) {
    const chosen = neediest(claims, owed, units, step, left * step)
    if (chosen.length === 0) throw new Error(`allocation: ${left} of ${total} cannot be given to anybody`)
    for (const index of chosen) units[index] = (units[index] ?? 0n) + step
    left -= step * BigInt(chosen.length)
  }
  return units.map((share, index) => ({ units: share, remainder: (owed[index] ?? 0n) - share * PART }))
}

/**
 * Indices of up to `count` claims that one more unit (or, by `step`, one less) is fairest for: largest remainder first, ties
 * by rank. Sorting bare numbers finds the remainder to draw the line at, so only ties at the line are compared by rank.
 */
function neediest(
  claims: readonly Claim[],
  owed: readonly bigint[],
  units: readonly bigint[],
  step: bigint,
  count: bigint,
): number[] {
  const open: number[] = []
  claims.forEach((claim, index) => {
    if (canStep(claim, units[index] ?? 0n, step)) open.push(index)
  })
  if (count >= BigInt(open.length)) return open
  // A remainder is some units at most, so it is exact as a number, in 2^-48 of a unit.
  const needs = new Float64Array(
    open.map((index) => Number(((owed[index] ?? 0n) - (units[index] ?? 0n) * PART) * step)),
  )
  const line = needs.toSorted().at(-Number(count)) ?? 0
  const chosen = open.filter((_, place) => (needs[place] ?? 0) > line)
  const tied = open.filter((_, place) => needs[place] === line)
  tied.sort((a, b) => (claims[a]?.rank ?? 0) - (claims[b]?.rank ?? 0))
  return [...chosen, ...tied.slice(0, Number(count) - chosen.length)]
}

function canStep({ weight, most }: Claim, units: bigint, step: bigint): boolean {
  return weight > 0n && (step > 0n ? units < most : units > 0n)
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
