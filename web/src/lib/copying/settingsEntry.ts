import type { FollowLimitsInput, FollowSettingsInput } from '$contract/follows.ts'
import { toUnits, UNIT } from '../money/decimal.ts'

/** How a follow copies, as it is typed. An empty limit is none. */
export interface SettingsEntry {
  readonly mode: FollowSettingsInput['mode']
  readonly fixedAmount: string
  readonly ratio: string
  readonly maxPerOrder: string
  /** Percent. */
  readonly maxSlippage: string
  /** Percent; empty is none. */
  readonly stopLoss: string
  readonly takeProfit: string
  readonly notify: boolean
  readonly maxExposure: string
  readonly maxExposurePerAsset: string
  readonly minLeaderOrder: string
  readonly maxOrdersPerDay: string
  /** Seconds. */
  readonly maxDelay: string
  readonly exceptMarkets: readonly string[]
  readonly copySells: boolean
}

export type SettingsField = Exclude<keyof SettingsEntry, 'mode' | 'notify' | 'exceptMarkets' | 'copySells'>
export type SettingsFaults = Partial<Record<SettingsField, string>>

export const NEW_SETTINGS: SettingsEntry = {
  mode: 'proportional',
  fixedAmount: '50',
  ratio: '0.1',
  maxPerOrder: '250',
  maxSlippage: '0.5',
  stopLoss: '60',
  takeProfit: '',
  notify: true,
  maxExposure: '',
  maxExposurePerAsset: '',
  minLeaderOrder: '',
  maxOrdersPerDay: '',
  maxDelay: '',
  exceptMarkets: [],
  copySells: true,
}

/** Settings as they are now, to be changed. What this form does not show of them is kept by `settingsOf`. */
export function entryOf(settings: FollowSettingsInput): SettingsEntry {
  const { mode, fixedAmount, ratio, maxPerOrder, maxSlippageBps, notify, limits = {} } = settings
  return {
    mode,
    fixedAmount: fixedAmount ?? NEW_SETTINGS.fixedAmount,
    ratio: ratio ?? NEW_SETTINGS.ratio,
    maxPerOrder,
    maxSlippage: String(maxSlippageBps / 100),
    stopLoss: settings.stopLossBps === undefined ? '' : String(settings.stopLossBps / 100),
    takeProfit: settings.takeProfitBps === undefined ? '' : String(settings.takeProfitBps / 100),
    notify,
    maxExposure: limits.maxExposure ?? '',
    maxExposurePerAsset: limits.maxExposurePerAsset ?? '',
    minLeaderOrder: limits.minLeaderOrder ?? '',
    maxOrdersPerDay: limits.maxOrdersPerDay === undefined ? '' : String(limits.maxOrdersPerDay),
    maxDelay: limits.maxDelayMs === undefined ? '' : String(limits.maxDelayMs / 1_000),
    exceptMarkets: limits.exceptMarkets ?? [],
    copySells: limits.sides?.includes('sell') !== false,
  }
}

export function faultsOf(entry: SettingsEntry): SettingsFaults {
  const faults: SettingsFaults = {}
  const amount = (field: SettingsField, text: string) => {
    if (!isPositive(text)) faults[field] = 'Enter an amount above zero.'
  }
  amount('maxPerOrder', entry.maxPerOrder)
  if (entry.mode === 'fixed') amount('fixedAmount', entry.fixedAmount)
  if (entry.mode === 'ratio' && !isRatio(entry.ratio)) faults.ratio = 'From 0.000001 to 100.'
  if (bpsOf(entry.maxSlippage, 1, 1_000) === null) faults.maxSlippage = 'Between 0.01% and 10%.'
  if (entry.stopLoss !== '' && bpsOf(entry.stopLoss, 500, 9_500) === null)
    faults.stopLoss = 'From 5% to 95%, or empty.'
  if (entry.takeProfit !== '' && bpsOf(entry.takeProfit, 100, 100_000) === null)
    faults.takeProfit = 'From 1% to 1000%, or empty.'
  for (const field of ['maxExposure', 'maxExposurePerAsset', 'minLeaderOrder'] as const)
    if (entry[field] !== '') amount(field, entry[field])
  if (!isWholeIn(entry.maxOrdersPerDay, 1, 500)) faults.maxOrdersPerDay = 'A whole number from 1 to 500.'
  if (!isWholeIn(entry.maxDelay, 1, 60)) faults.maxDelay = 'Whole seconds from 1 to 60.'
  return faults
}

/** The settings of an entry without faults; `before` are those that it changes. */
export function settingsOf(entry: SettingsEntry, before: FollowSettingsInput | null): FollowSettingsInput {
  const limits = limitsOf(entry, before?.limits ?? {})
  const stopLossBps = bpsOf(entry.stopLoss, 500, 9_500)
  const takeProfitBps = bpsOf(entry.takeProfit, 100, 100_000)
  return {
    mode: entry.mode,
    ...(entry.mode === 'fixed' ? { fixedAmount: entry.fixedAmount } : {}),
    ...(entry.mode === 'ratio' ? { ratio: entry.ratio } : {}),
    maxPerOrder: entry.maxPerOrder,
    maxSlippageBps: bpsOf(entry.maxSlippage, 1, 1_000) ?? 50,
    ...(stopLossBps === null ? {} : { stopLossBps }),
    ...(takeProfitBps === null ? {} : { takeProfitBps }),
    notify: entry.notify,
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  }
}

function limitsOf(entry: SettingsEntry, { markets, orderTypes }: FollowLimitsInput): FollowLimitsInput {
  const { maxExposure, maxExposurePerAsset, minLeaderOrder, maxOrdersPerDay, maxDelay } = entry
  const { exceptMarkets, copySells } = entry
  return {
    ...(markets === undefined ? {} : { markets }),
    ...(orderTypes === undefined ? {} : { orderTypes }),
    ...(maxExposure === '' ? {} : { maxExposure }),
    ...(maxExposurePerAsset === '' ? {} : { maxExposurePerAsset }),
    ...(minLeaderOrder === '' ? {} : { minLeaderOrder }),
    ...(maxOrdersPerDay === '' ? {} : { maxOrdersPerDay: Number(maxOrdersPerDay) }),
    ...(maxDelay === '' ? {} : { maxDelayMs: Number(maxDelay) * 1_000 }),
    ...(exceptMarkets.length === 0 ? {} : { exceptMarkets: [...exceptMarkets] }),
    ...(copySells ? {} : { sides: ['buy'] }),
  }
}

const isPositive = (text: string): boolean => (toUnits(text) ?? 0n) > 0n

/** The finest ratio is a millionth. */
function isRatio(text: string): boolean {
  const units = toUnits(text) ?? 0n
  return units > 0n && units <= 100n * UNIT && units % (UNIT / 1_000_000n) === 0n
}

const isWholeIn = (text: string, least: number, most: number): boolean =>
  text === '' || (/^\d{1,3}$/.test(text) && Number(text) >= least && Number(text) <= most)

function bpsOf(percent: string, least: number, most: number): number | null {
  const units = toUnits(percent)
  if (units === null || (units * 100n) % UNIT !== 0n) return null
  const bps = Number((units * 100n) / UNIT)
  return bps >= least && bps <= most ? bps : null
}
