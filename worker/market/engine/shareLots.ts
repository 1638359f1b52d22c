/**
 * Splits `total` lots over `weights` by largest remainder (Hamilton's method): each gets the floor of its exact share, and the
 * lots left over go one each to the largest remainders, ties to the earlier index. The result sums to `total` exactly, and no
 * share is over its weight while `total` is not over the sum of the weights. Computed in bigint: total times weight may pass 2^53.
 */
export function shareLots(total: number, weights: readonly number[]): number[] {
  let sum = 0n
  for (const weight of weights) sum += BigInt(weight)
  if (total === 0 || sum === 0n) return weights.map(() => 0)
  if (weights.length === 1) return [total]
  const remainders: { index: number; remainder: bigint }[] = []
  let left = total
  const shares = weights.map((weight, index) => {
    const exact = BigInt(total) * BigInt(weight)
    const share = Number(exact / sum)
    left -= share
    remainders.push({ index, remainder: exact % sum })
    return share
  })
  remainders.sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  )
  for (const { index } of remainders.slice(0, left)) shares[index] = (shares[index] ?? 0) + 1
  return shares
}
