import { floorTo, toDecimal } from '../money/decimal.ts'

export const notANumber = 'Use digits and a point, such as 1250.5.'

/** Says that a price or an amount lies between two steps of its market, and which is the next below; null when it does not. */
export function betweenSteps(
  what: 'Prices' | 'Amounts',
  units: bigint,
  step: bigint,
  unit = '',
): string | null {
  if (units % step === 0n) return null
  const near = floorTo(units, step)
  const advice = near === 0n ? '' : `: try ${toDecimal(near)}${unit === '' ? '' : ` ${unit}`}`
  return `${what} move in steps of ${toDecimal(step)}${advice}.`
}
