/**
 * A message as text. Amounts are bigint inside, which JSON has no form for; they travel as `{"$bigint":"123"}`.
 * Throws on what would not come back as it went (NaN, an infinity, a class instance, a Map, undefined as a whole):
 * JSON would change it silently, and the receiver would decide on something else than the sender sent.
 */
export function encode(value: unknown): string {
  const text: string | undefined = JSON.stringify(tagged(value))
  if (text === undefined) throw new Error('nothing to encode')
  return text
}

/** Without a tag in the text there is nothing to look for, and a reviver would be called for every value of every message. */
export function decode(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return text.includes(TAG) ? untagged(value) : value
}

const TAG = '"$bigint"'

function tagged(value: unknown): unknown {
  if (typeof value === 'bigint') return { $bigint: value.toString() }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`cannot encode ${value}`)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(tagged)
  if (!isPlain(value)) throw new Error(`cannot encode ${Object.prototype.toString.call(value)}`)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tagged(item)]))
}

function untagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(untagged)
  if (isTaggedBigint(value)) return BigInt(value.$bigint)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, untagged(item)]))
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const WHOLE = /^-?\d+$/

const isTaggedBigint = (value: object): value is { $bigint: string } =>
  '$bigint' in value && typeof value.$bigint === 'string' && WHOLE.test(value.$bigint)
