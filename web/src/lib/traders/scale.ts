/** The lowest and highest value of many lines, zero included: one scale on which they can be compared. */
export function commonScale(lines: readonly (readonly number[])[]): { low: number; high: number } {
  let low = 0
  let high = 0
  for (const line of lines)
    for (const value of line) {
      if (value < low) low = value
      if (value > high) high = value
    }
  return { low, high }
}
