import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, encode } from '../../worker/messaging/codec.ts'

const leaf = fc.oneof(
  fc.bigInt(),
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
)
const { message } = fc.letrec((tie) => ({
  message: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('message'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__' && key !== '$bigint'),
      tie('message'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}))

describe('a message as text', () => {
  it('comes back as it went, bigints of any size included', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(decode(encode(value))).toEqual(value)
      }),
    )
  })

  it.each([
    ['NaN', Number.NaN],
    ['an infinity', { deep: [Number.POSITIVE_INFINITY] }],
    ['a Map', { map: new Map([[1, 2]]) }],
    ['bytes', new Uint8Array(3)],
    ['nothing', undefined],
  ])('is refused when it holds %s, which JSON would change silently', (_name, value) => {
    expect(() => encode(value)).toThrow()
  })

  it('is no bigint because somebody wrote something like one', () => {
    expect(decode('{"$bigint":"12e3"}')).toEqual({ $bigint: '12e3' })
  })
})
