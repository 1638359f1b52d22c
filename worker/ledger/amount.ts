import { ASSET_SCALE } from '../contract/amounts.ts'

/** Units of a whole coin of any asset. */
export const UNIT = 10n ** BigInt(ASSET_SCALE)

/** What an INTEGER of SQLite holds; no balance, sum or amount may pass it. */
export const LARGEST_AMOUNT = 2n ** 63n - 1n

/** Units of a decimal string as `DecimalString` of the contract admits it. Throws on anything else. */
export function toUnits(decimal: string): bigint {
  const match = /^(\d+)(?:\.(\d{1,8}))?$/.exec(decimal)
  if (match === null) throw new Error(`not a plain decimal number: ${decimal}`)
  const [, whole = '0', fraction = ''] = match
  return BigInt(whole) * UNIT + BigInt(fraction.padEnd(ASSET_SCALE, '0'))
}

/** The shortest decimal string of an amount; negative amounts keep their sign. */
export function toDecimal(units: bigint): string {
  const size = units < 0n ? -units : units
  const fraction = (size % UNIT).toString().padStart(ASSET_SCALE, '0').replace(/0+$/, '')
  const text = fraction === '' ? `${size / UNIT}` : `${size / UNIT}.${fraction}`
  return units < 0n ? `-${text}` : text
}

export const BASIS = 10_000n

/** A fee of `bps` on `amount`: the exact fee rounded down, and the unit that makes it whole when it was not. */
export function feeOf(amount: bigint, bps: number): { fee: bigint; rounding: bigint } {
  const exact = amount * BigInt(bps)
  return { fee: exact / BASIS, rounding: exact % BASIS === 0n ? 0n : 1n }
}
