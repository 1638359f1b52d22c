/**
 * Decimal strings are how prices and amounts travel. Arithmetic on them is done on integers of 10^-8, the scale of every
 * asset of the venue, so no double ever touches money.
 */
export const SCALE = 8
export const UNIT = 10n ** BigInt(SCALE)

const pattern = /^(-?)(\d+)(?:\.(\d{1,8}))?$/

/** Units of 10^-8, or null where the text is not a plain decimal of at most eight decimals. */
export function toUnits(text: string): bigint | null {
  const match = pattern.exec(text)
  if (match === null) return null
  const [, sign = '', whole = '0', fraction = ''] = match
  const units = BigInt(whole) * UNIT + BigInt(fraction.padEnd(SCALE, '0'))
  return sign === '-' ? -units : units
}

/** For decimals that the venue sent. Throws on anything else: showing a wrong amount would be worse. */
export function unitsOf(text: string): bigint {
  const units = toUnits(text)
  if (units === null) throw new Error(`not a decimal: ${text}`)
  return units
}

/** The decimal string of units, with exactly `decimals` decimals when given (the rest is cut, never rounded up). */
export function toDecimal(units: bigint, decimals?: number): string {
  const negative = units < 0n
  const digits = (negative ? -units : units).toString().padStart(SCALE + 1, '0')
  const whole = digits.slice(0, -SCALE)
  let fraction = digits.slice(-SCALE)
  if (decimals === undefined) fraction = fraction.replace(/0+$/, '')
  else fraction = fraction.slice(0, decimals)
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/** Quote units of a quantity at a price, all in units; rounded down. */
export const quoteOf = (price: bigint, quantity: bigint): bigint => (price * quantity) / UNIT

/** Base units that `quote` buys at a price, rounded down; zero where the price is zero. */
export const baseFor = (quote: bigint, price: bigint): bigint => (price === 0n ? 0n : (quote * UNIT) / price)

/** The largest multiple of `step` that is not above `units`. */
export const floorTo = (units: bigint, step: bigint): bigint => (step === 0n ? units : units - (units % step))

/** How many decimals a step such as "0.01" needs. */
export const decimalsOf = (step: string): number => {
  const fraction = step.split('.')[1]?.replace(/0+$/, '') ?? ''
  return fraction.length
}

/** `part` of `whole` in hundredths of a percent (basis points), towards zero. */
export const bpsOf = (part: bigint, whole: bigint): bigint => (whole === 0n ? 0n : (part * 10_000n) / whole)
