/** Whether a value that came from outside is a `T`. */
export type Shape<T> = (value: unknown) => value is T

/** Of each field; one that may be absent has a shape that takes `undefined`. */
type Fields<T> = { [K in keyof T]-?: Shape<object extends Pick<T, K> ? T[K] | undefined : T[K]> }

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

export const text: Shape<string> = (value): value is string => typeof value === 'string'
export const flag: Shape<boolean> = (value): value is boolean => typeof value === 'boolean'
export const integer: Shape<number> = (value): value is number => Number.isSafeInteger(value)

const plainDecimal = /^(?:0|[1-9]\d{0,11})(?:\.\d{1,8})?$/
export const decimal: Shape<string> = (value): value is string => text(value) && plainDecimal.test(value)

export const oneOf =
  <T extends string>(...words: readonly T[]): Shape<T> =>
  (value): value is T =>
    words.some((word) => word === value)

export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value): value is T | null =>
    value === null || shape(value)

export const optional =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value): value is T | undefined =>
    value === undefined || shape(value)

export const listOf =
  <T>(shape: Shape<T>): Shape<T[]> =>
  (value): value is T[] =>
    Array.isArray(value) && value.every(shape)

export const pairOf =
  <A, B>(first: Shape<A>, second: Shape<B>): Shape<[A, B]> =>
  (value): value is [A, B] =>
    Array.isArray(value) && value.length === 2 && first(value[0]) && second(value[1])

/** A record with these fields, and whatever others a newer venue sends. */
export function record<T>(fields: Fields<T>): Shape<T> {
  const shapes = Object.entries<Shape<unknown>>(fields)
  return (value): value is T => isRecord(value) && shapes.every(([name, shape]) => shape(value[name]))
}
