/** What has just come, then what was read before; each once, as it came last. */
export function merged<Row>(
  fresh: readonly Row[] | null,
  read: readonly Row[] | null,
  keyOf: (row: Row) => string,
  timeOf: (row: Row) => string,
): readonly Row[] | null {
  if (fresh === null || read === null) return fresh ?? read
  const known = new Set(fresh.map(keyOf))
  const rows = [...fresh, ...read.filter((row) => !known.has(keyOf(row)))]
  return rows.sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : timeOf(a) > timeOf(b) ? -1 : 0))
}
