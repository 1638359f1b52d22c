import type { CopyView, FollowSettingsInput, FollowView } from '$contract/follows.ts'
import { refusalTitle } from '../api/refusal.ts'
import { formatDecimal } from '../money/format.ts'

const usdt = (amount: string): string => `${formatDecimal(amount, { min: 2 })} USDT`
const percent = (bps: number): string => `${formatDecimal((bps / 100).toFixed(2))}%`

/** One sentence that says what a follow will do, from its settings. */
export function followSentence(leader: string, amount: string, settings: FollowSettingsInput): string {
  const { mode, fixedAmount, maxPerOrder, maxSlippageBps } = settings
  const each =
    mode === 'fixed'
      ? `each time ${leader} buys, you buy for ${usdt(fixedAmount ?? '0')}`
      : `when ${leader} puts a share of their equity into a trade, you put in the same share of yours`
  return (
    `${usdt(amount)} of demo money move from your account into copying ${leader}: ${each}, never more than ` +
    `${usdt(maxPerOrder)} in one order and never more than ${percent(maxSlippageBps)} worse than their price. ` +
    `When they sell, the same part of your position is sold. You can pause or stop at any time.`
  )
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
  reason === null ? null : `${refusalTitle(reason)}.`

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

export const settingsWords = ({
  mode,
  fixedAmount,
  maxPerOrder,
  maxSlippageBps,
}: FollowSettingsInput): string =>
  `${mode === 'fixed' ? `${usdt(fixedAmount ?? '0')} each order` : 'In proportion to equity'}, at most ${usdt(maxPerOrder)} an order, slippage to ${percent(maxSlippageBps)}`
