import type { CopyView, FollowLimitsInput, FollowSettingsInput, FollowView } from '$contract/follows.ts'
import { refusalTitle } from '../api/refusal.ts'
import { formatDecimal } from '../money/format.ts'

const usdt = (amount: string): string => `${formatDecimal(amount, { min: 2 })} USDT`
const percent = (bps: number): string => `${formatDecimal((bps / 100).toFixed(2))}%`

/** One sentence that says what a follow will do, from its settings. */
export function followSentence(leader: string, amount: string, settings: FollowSettingsInput): string {
  const { mode, fixedAmount, ratio, maxPerOrder, maxSlippageBps, limits = {} } = settings
  const each = {
    fixed: `each time ${leader} buys, you buy for ${usdt(fixedAmount ?? '0')}`,
    ratio: `each time ${leader} buys, you buy ${ratio ?? '0'} times their quantity`,
    proportional: `when ${leader} puts a share of their equity into a trade, you put in the same share of yours`,
  }[mode]
  const further = limitWords(limits)
  const stops = stopWords(settings)
  const sells =
    limits.sides?.includes('sell') === false
      ? 'When they sell, you keep what you hold until you end the follow.'
      : 'When they sell, the same part of your position is sold.'
  return (
    `${usdt(amount)} of demo money move from your account into copying ${leader}: ${each}, never more than ` +
    `${usdt(maxPerOrder)} in one order and never more than ${percent(maxSlippageBps)} worse than their price` +
    `${further.length === 0 ? '' : `; ${further.join(', ')}`}. ${sells} ` +
    `${stops.length === 0 ? '' : `It ends by itself ${stops.join(' or ')}. `}You can pause or stop at any time.`
  )
}

function stopWords({ stopLossBps, takeProfitBps }: FollowSettingsInput): string[] {
  return [
    stopLossBps && `at a loss of ${percent(stopLossBps)}`,
    takeProfitBps && `at a profit of ${percent(takeProfitBps)}`,
  ].filter((words) => typeof words === 'string')
}

/** Each limit that is set, in some words that can stand in a list. */
function limitWords(limits: FollowLimitsInput): string[] {
  const { maxExposure, maxExposurePerAsset, maxOrdersPerDay, minLeaderOrder, maxDelayMs } = limits
  const { markets, exceptMarkets, orderTypes } = limits
  const bases = (of: readonly string[]) => of.map(baseOf).join(', ')
  return [
    maxExposure && `at most ${usdt(maxExposure)} invested`,
    maxExposurePerAsset && `at most ${usdt(maxExposurePerAsset)} in one asset`,
    maxOrdersPerDay && `at most ${maxOrdersPerDay} orders a day`,
    minLeaderOrder && `only their orders from ${usdt(minLeaderOrder)} on`,
    maxDelayMs && `within ${maxDelayMs / 1_000} s`,
    markets && `only ${bases(markets)}`,
    exceptMarkets && `without ${bases(exceptMarkets)}`,
    orderTypes && `only ${orderTypes.map((type) => type.replaceAll('_', ' ')).join(', ')} orders`,
  ].filter((words) => typeof words === 'string')
}

const statusWords: Record<FollowView['status'], string> = {
  opening: 'Opening',
  active: 'Active',
  paused: 'Paused',
  closing: 'Closing',
  closed: 'Ended',
  refused: 'Refused',
}
export const followStatus = (status: FollowView['status']): string => statusWords[status]

/** Why a follow was refused or ended, or null where there is nothing to say. */
export const followReason = ({ reason }: FollowView): string | null =>
  reason === null ? null : (endWords.get(reason) ?? `${refusalTitle(reason)}.`)

const endWords = new Map<string, string>([
  ['stop_loss', 'Ended by its stop-loss.'],
  ['take_profit', 'Ended by its take-profit.'],
])

export const isRunning = ({ status }: FollowView): boolean =>
  status === 'opening' || status === 'active' || status === 'paused'

const outcomeWords: Record<CopyView['outcome'], string> = {
  filled: 'Copied',
  partial: 'Partly copied',
  skipped: 'Skipped',
  failed: 'Failed',
}
export const copyOutcome = (outcome: CopyView['outcome']): string => outcomeWords[outcome]

/** Base asset of a market's name. */
export const baseOf = (market: string): string => market.split('-')[0] ?? market
export const quoteOf = (market: string): string => market.split('-')[1] ?? market

/** Slippage with its direction in words, since a sign alone leaves open whose favour it is in. */
export function slippageWords(bps: string | null): string {
  if (bps === null) return '–'
  const amount = formatDecimal(bps.replace('-', ''), { min: 2, max: 2 })
  if (/^-?0*\.?0*$/.test(bps)) return 'none'
  return `${amount} bps ${bps.startsWith('-') ? 'better' : 'worse'}`
}

export function settingsWords(settings: FollowSettingsInput): string {
  const { mode, fixedAmount, ratio, maxPerOrder, maxSlippageBps, limits = {} } = settings
  const size = {
    fixed: `${usdt(fixedAmount ?? '0')} each order`,
    ratio: `${ratio ?? '0'} times their quantity`,
    proportional: 'In proportion to equity',
  }[mode]
  const keeps = limits.sides?.includes('sell') === false ? ['their sells are not copied'] : []
  const rest = [`at most ${usdt(maxPerOrder)} an order`, `slippage to ${percent(maxSlippageBps)}`]
  const stops = stopWords(settings).map((words) => `ends ${words}`)
  return [size, ...rest, ...stops, ...limitWords(limits), ...keeps].join(', ')
}
