/** A message as text. Amounts are bigint inside, which JSON has no form for; they travel as `{"$bigint":"123"}`. */
export function encode(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? { $bigint: item.toString() } : item,
  )
}

export function decode(text: string): unknown {
  return JSON.parse(text, (_key, item: unknown) => (isTaggedBigint(item) ? BigInt(item.$bigint) : item))
}

function isTaggedBigint(item: unknown): item is { $bigint: string } {
  return typeof item === 'object' && item !== null && '$bigint' in item && typeof item.$bigint === 'string'
}
