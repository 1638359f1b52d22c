import { accepted, type Outcome, refused } from '../contract/errors.ts'
import type { FollowLimitsInput, FollowSettingsInput } from '../contract/follows.ts'
import { LARGEST_AMOUNT, toDecimal, toUnits, UNIT } from '../ledger/amount.ts'
import { findMarket } from '../market/settings.ts'
import type { FollowLimits, FollowSettings } from './messages.ts'

/** Past this a limit on slippage is no limit. */
export const MAX_SLIPPAGE_BPS = 1_000

/** A leader's trade older than this decides no buy of any follow: the price it was worth it at is gone. */
export const MAX_DELAY_MS = 60_000

/** A hundred times what the leader buys; past it a slip of the finger is likelier than a wish. */
const MAX_RATIO_MILLIONTHS = 100_000_000
const MILLION = 1_000_000n

/** Bounds the list of a day's orders that is kept to count them. */
const MAX_ORDERS_PER_DAY = 500

const BOUNDS = `above zero and of at most ${LARGEST_AMOUNT / UNIT}`

export const NO_LIMITS: FollowLimits = {
  maxDelayMs: MAX_DELAY_MS,
  maxExposure: null,
  maxExposurePerAsset: null,
  maxOrdersPerDay: null,
  minLeaderOrder: null,
  markets: null,
  exceptMarkets: [],
  orderTypes: null,
  sides: ['buy', 'sell'],
}

/** Settings as they were kept or sent before there were ratios, stops and limits, with none of them. */
export function completed(settings: Omit<FollowSettings, Later> & Partial<FollowSettings>): FollowSettings {
  const { ratioMillionths = null, stopLossBps = null, takeProfitBps = null, limits = NO_LIMITS } = settings
  return { ...settings, ratioMillionths, stopLossBps, takeProfitBps, limits }
}

type Later = 'ratioMillionths' | 'stopLossBps' | 'takeProfitBps' | 'limits'

/** A follow's settings as the pool takes them. The account asks before it sends any, and the pool again of what arrives. */
export function checkSettings(settings: FollowSettings): Outcome<null> {
  const { mode, fixedAmount, ratioMillionths, maxPerOrder, maxSlippageBps } = settings
  const { stopLossBps, takeProfitBps } = settings
  if (!isAmount(maxPerOrder))
    return refused('invalid_input', `Give a maximum per order ${BOUNDS}.`, 'maxPerOrder')
  if (mode === 'fixed' && (fixedAmount === null || !isAmount(fixedAmount)))
    return refused('invalid_input', `Copy each order with an amount ${BOUNDS}.`, 'fixedAmount')
  if (mode !== 'fixed' && fixedAmount !== null)
    return refused(
      'invalid_input',
      'Leave the fixed amount out: it goes with the mode "fixed".',
      'fixedAmount',
    )
  if (mode === 'ratio' && !isWithin(ratioMillionths, 1, MAX_RATIO_MILLIONTHS))
    return refused('invalid_input', 'Give a ratio of 0.000001 to 100, in steps of 0.000001.', 'ratio')
  if (mode !== 'ratio' && ratioMillionths !== null)
    return refused('invalid_input', 'Leave the ratio out: it goes with the mode "ratio".', 'ratio')
  if (!isWithin(maxSlippageBps, 0, MAX_SLIPPAGE_BPS))
    return refused(
      'invalid_input',
      `Allow a slippage of 0 to ${MAX_SLIPPAGE_BPS} basis points.`,
      'maxSlippageBps',
    )
  if (stopLossBps !== null && !isWithin(stopLossBps, 500, 9_500))
    return refused('invalid_input', 'Stop at a loss of 5 to 95 percent.', 'stopLossBps')
  if (takeProfitBps !== null && !isWithin(takeProfitBps, 100, 100_000))
    return refused('invalid_input', 'Take a profit of 1 to 1000 percent.', 'takeProfitBps')
  return checkLimits(settings.limits)
}

function checkLimits(limits: FollowLimits): Outcome<null> {
  const { maxDelayMs, maxExposure, maxExposurePerAsset, maxOrdersPerDay, minLeaderOrder } = limits
  const fault = (field: keyof FollowLimits, message: string) =>
    refused('invalid_input', message, `limits.${field}`)
  if (!isWithin(maxDelayMs, 1_000, MAX_DELAY_MS))
    return fault('maxDelayMs', `Allow a delay of 1000 to ${MAX_DELAY_MS} milliseconds.`)
  const amounts = { maxExposure, maxExposurePerAsset, minLeaderOrder }
  for (const [field, amount] of Object.entries(amounts))
    if (amount !== null && !isAmount(amount))
      return refused('invalid_input', `Give an amount ${BOUNDS}.`, `limits.${field}`)
  if (maxOrdersPerDay !== null && !isWithin(maxOrdersPerDay, 1, MAX_ORDERS_PER_DAY))
    return fault('maxOrdersPerDay', `Allow 1 to ${MAX_ORDERS_PER_DAY} orders a day.`)
  for (const field of ['markets', 'exceptMarkets'] as const) {
    const unknown = limits[field]?.find((id) => findMarket(id) === undefined)
    if (unknown !== undefined) return fault(field, `There is no market ${unknown}.`)
  }
  if (limits.markets?.every((id) => limits.exceptMarkets.includes(id)) === true)
    return fault('exceptMarkets', 'Leave a market to copy in.')
  return limits.sides.length > 0 ? accepted(null) : fault('sides', 'Leave a side to copy.')
}

const isAmount = (amount: bigint): boolean => amount > 0n && amount <= LARGEST_AMOUNT

const isWithin = (value: number | null, least: number, most: number): boolean =>
  value !== null && Number.isInteger(value) && value >= least && value <= most

// As they are on the wire.

export const settingsOf = (input: FollowSettingsInput): FollowSettings => ({
  mode: input.mode,
  fixedAmount: unitsOrNull(input.fixedAmount),
  ratioMillionths: input.ratio === undefined ? null : millionthsOf(input.ratio),
  maxPerOrder: toUnits(input.maxPerOrder),
  maxSlippageBps: input.maxSlippageBps,
  stopLossBps: input.stopLossBps ?? null,
  takeProfitBps: input.takeProfitBps ?? null,
  notify: input.notify,
  limits: limitsOf(input.limits ?? {}),
})

const limitsOf = (input: FollowLimitsInput): FollowLimits => ({
  maxDelayMs: input.maxDelayMs ?? NO_LIMITS.maxDelayMs,
  maxExposure: unitsOrNull(input.maxExposure),
  maxExposurePerAsset: unitsOrNull(input.maxExposurePerAsset),
  maxOrdersPerDay: input.maxOrdersPerDay ?? null,
  minLeaderOrder: unitsOrNull(input.minLeaderOrder),
  markets: input.markets ?? null,
  exceptMarkets: input.exceptMarkets ?? [],
  orderTypes: input.orderTypes ?? null,
  sides: input.sides ?? NO_LIMITS.sides,
})

export function settingsView(settings: FollowSettings): FollowSettingsInput {
  const { mode, fixedAmount, ratioMillionths, maxPerOrder, maxSlippageBps, notify, limits } = settings
  const { stopLossBps, takeProfitBps } = settings
  const view = limitsView(limits)
  return {
    mode,
    ...(fixedAmount === null ? {} : { fixedAmount: toDecimal(fixedAmount) }),
    ...(ratioMillionths === null ? {} : { ratio: ratioText(ratioMillionths) }),
    maxPerOrder: toDecimal(maxPerOrder),
    maxSlippageBps,
    ...(stopLossBps === null ? {} : { stopLossBps }),
    ...(takeProfitBps === null ? {} : { takeProfitBps }),
    notify,
    ...(Object.keys(view).length === 0 ? {} : { limits: view }),
  }
}

/** Those that limit anything. */
function limitsView(limits: FollowLimits): FollowLimitsInput {
  const { maxDelayMs, maxExposure, maxExposurePerAsset, maxOrdersPerDay, minLeaderOrder } = limits
  const { markets, exceptMarkets, orderTypes, sides } = limits
  return {
    ...(maxDelayMs === NO_LIMITS.maxDelayMs ? {} : { maxDelayMs }),
    ...(maxExposure === null ? {} : { maxExposure: toDecimal(maxExposure) }),
    ...(maxExposurePerAsset === null ? {} : { maxExposurePerAsset: toDecimal(maxExposurePerAsset) }),
    ...(maxOrdersPerDay === null ? {} : { maxOrdersPerDay }),
    ...(minLeaderOrder === null ? {} : { minLeaderOrder: toDecimal(minLeaderOrder) }),
    ...(markets === null ? {} : { markets: [...markets] }),
    ...(exceptMarkets.length === 0 ? {} : { exceptMarkets: [...exceptMarkets] }),
    ...(orderTypes === null ? {} : { orderTypes: [...orderTypes] }),
    ...(NO_LIMITS.sides.every((side) => sides.includes(side)) ? {} : { sides: [...sides] }),
  }
}

const unitsOrNull = (decimal: string | undefined): bigint | null =>
  decimal === undefined ? null : toUnits(decimal)

/** Millionths of a decimal; one that is finer, or past any bound, is none that `checkSettings` takes. */
function millionthsOf(decimal: string): number {
  const units = toUnits(decimal)
  const grain = UNIT / MILLION
  return units % grain === 0n ? Number(units / grain) : 0
}

const ratioText = (millionths: number): string => toDecimal((BigInt(millionths) * UNIT) / MILLION)
