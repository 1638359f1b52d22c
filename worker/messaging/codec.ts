/**
 * A message as text. Amounts are bigint inside, which JSON has no form for; they travel as `{"$bigint":"123"}`.
 * Throws on what would not come back as it went (NaN, an infinity, a class instance, a Map, undefined as a whole):
 * JSON would change it silently, and the receiver would decide on something else than the sender sent.
 */
export function encode(value: unknown): string {
  const text: string | undefined = JSON.stringify(value, tag)
  if (text === undefined) throw new Error('nothing to encode')
  return text
}

export function decode(text: string): unknown {
  return JSON.parse(text, (_key, item: unknown) => (isTaggedBigint(item) ? BigInt(item.$bigint) : item))
}

function tag(this: unknown, key: string, item: unknown): unknown {
  if (typeof item === 'bigint') return { $bigint: item.toString() }
  if (typeof item === 'number' && !Number.isFinite(item)) throw new Error(`cannot encode ${item} at ${key}`)
  if (typeof item === 'object' && item !== null && !isPlain(item))
    throw new Error(`cannot encode ${Object.prototype.toString.call(item)} at ${key}`)
  return item
}

function isPlain(item: object): boolean {
  if (Array.isArray(item)) return true
  const prototype: unknown = Object.getPrototypeOf(item)
  return prototype === Object.prototype || prototype === null
}

const WHOLE = /^-?\d+$/

function isTaggedBigint(item: unknown): item is { $bigint: string } {
  return (
    typeof item === 'object' &&
    item !== null &&
    '$bigint' in item &&
    typeof item.$bigint === 'string' &&
    WHOLE.test(item.$bigint)
  )
}
