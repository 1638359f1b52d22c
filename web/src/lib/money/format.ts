import { toUnits } from './decimal.ts'

// One locale and one zone for server and browser alike, or the first paint would be replaced by another.
const LOCALE = 'en-US'
const formatters = new Map<string, Intl.NumberFormat>()

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options)
  const found = formatters.get(key)
  if (found !== undefined) return found
  const made = new Intl.NumberFormat(LOCALE, options)
  formatters.set(key, made)
  return made
}

const isNumeric = (text: string): text is `${number}` => toUnits(text) !== null

/** What stands where a number is not known. As wide as a digit pair, so that its arrival moves nothing. */
export const UNKNOWN = '–'

export interface DecimalFormat {
  /** Decimals always shown. */
  min?: number
  /** Decimals shown at most; the rest is cut. */
  max?: number
  sign?: boolean
}

/** A decimal string with thousands separators; exact, since Intl takes the string as it is. */
export function formatDecimal(
  text: string | null | undefined,
  { min = 0, max = 8, sign = false }: DecimalFormat = {},
): string {
  if (text == null || !isNumeric(text)) return UNKNOWN
  const options: Intl.NumberFormatOptions = {
    minimumFractionDigits: Math.min(min, max),
    maximumFractionDigits: max,
    roundingMode: 'trunc',
    signDisplay: sign ? 'exceptZero' : 'auto',
  }
  return formatter(options).format(text).replace('-', '−')
}

export interface Digits {
  /** Carries information. */
  head: string
  /** Trailing zeros (and their point): shown dimmed, kept so that the points line up. */
  tail: string
}

/** Splits a formatted number where its insignificant trailing zeros begin. */
export function splitDigits(formatted: string): Digits {
  if (!formatted.includes('.')) return { head: formatted, tail: '' }
  const tail = /\.?0+$/.exec(formatted)?.[0] ?? ''
  return { head: formatted.slice(0, formatted.length - tail.length), tail }
}

/** A share such as "0.0123" as "+1.23%". Given with its sign, so that it is not told by colour alone. */
export function formatShare(
  share: string | number | null | undefined,
  { sign = true, decimals = 2 } = {},
): string {
  const value = typeof share === 'string' ? Number(share) : share
  if (value == null || !Number.isFinite(value)) return UNKNOWN
  const options: Intl.NumberFormatOptions = {
    style: 'percent',
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    signDisplay: sign ? 'exceptZero' : 'auto',
    useGrouping: true,
  }
  return formatter(options).format(value).replace('-', '−')
}

/** "1.24M": for volumes in lists, where the exact figure is on the page behind. */
export function formatCompact(text: string | null | undefined): string {
  if (text == null || !isNumeric(text)) return UNKNOWN
  return formatter({ notation: 'compact', minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(text)
}

/** -1, 0 or 1, of a decimal string. */
export function signOf(text: string | null | undefined): -1 | 0 | 1 {
  const units = text == null ? null : toUnits(text)
  if (units === null || units === 0n) return 0
  return units > 0n ? 1 : -1
}
