import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  baseFor,
  bpsOf,
  floorTo,
  quoteOf,
  toDecimal,
  toUnits,
  UNIT,
} from '../../web/src/lib/money/decimal.ts'
import { formatDecimal, formatShare, splitDigits } from '../../web/src/lib/money/format.ts'

const units = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n })

describe('decimal strings', () => {
  test('a decimal and its units are the same amount, either way', () => {
    fc.assert(
      fc.property(units, (amount) => {
        expect(toUnits(toDecimal(amount))).toBe(amount)
      }),
    )
  })

  test.each(['', '.', '1.', '.5', '1e5', '+1', '1,000', '0.123456789', 'NaN', '٣', ' 1', '0x1'])(
    'refuses %j instead of guessing',
    (text) => expect(toUnits(text)).toBeNull(),
  )

  test('cuts and never rounds up when fewer decimals are asked for', () => {
    expect(toDecimal(199_999_999n, 2)).toBe('1.99')
    expect(toDecimal(-199_999_999n, 2)).toBe('-1.99')
    expect(toDecimal(5n, 0)).toBe('0')
  })

  test('the quote that a quantity costs buys at most that quantity', () => {
    const positive = fc.bigInt({ min: 1n, max: 10n ** 14n })
    fc.assert(
      fc.property(positive, positive, (price, quantity) => {
        expect(baseFor(quoteOf(price, quantity), price)).toBeLessThanOrEqual(quantity)
      }),
    )
  })

  test('a zero price or whole divides nothing', () => {
    expect(baseFor(UNIT, 0n)).toBe(0n)
    expect(bpsOf(1n, 0n)).toBe(0n)
    expect(floorTo(7n, 0n)).toBe(7n)
  })
})

describe('what is shown', () => {
  test('an amount too long for a double keeps every digit', () => {
    expect(formatDecimal('123456789012.12345678')).toBe('123,456,789,012.12345678')
  })

  test('cuts rather than show more than there is', () => {
    expect(formatDecimal('0.999', { min: 2, max: 2 })).toBe('0.99')
  })

  test('something that is not known or not a number is a dash, never zero', () => {
    expect(formatDecimal(null)).toBe('–')
    expect(formatDecimal('n/a')).toBe('–')
    expect(formatShare(null)).toBe('–')
    expect(formatShare(Number.NaN)).toBe('–')
  })

  test.each([
    ['61,123.4500', '61,123.45', '00'],
    ['5.00', '5', '.00'],
    ['1,000', '1,000', ''],
    ['0.00010000', '0.0001', '0000'],
  ])('the dimmed tail of %s is only zeros behind the point', (text, head, tail) => {
    expect(splitDigits(text)).toEqual({ head, tail })
  })

  test('a rise has its plus sign and a fall its minus', () => {
    expect(formatShare(0.0123)).toBe('+1.23%')
    expect(formatShare(-0.5)).toBe('−50.00%')
    expect(formatShare(0)).toBe('0.00%')
  })
})
