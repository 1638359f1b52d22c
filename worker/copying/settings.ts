import { accepted, type Outcome, refused } from '../contract/errors.ts'
import { LARGEST_AMOUNT, UNIT } from '../ledger/amount.ts'
import type { FollowSettings } from './messages.ts'

/** Past this a limit on slippage is no limit. */
export const MAX_SLIPPAGE_BPS = 1_000

const BOUNDS = `above zero and of at most ${LARGEST_AMOUNT / UNIT}`

/** A follow's settings as the pool takes them. The account asks before it sends any, and the pool again of what arrives. */
export function checkSettings(settings: FollowSettings): Outcome<null> {
  const { mode, fixedAmount, maxPerOrder, maxSlippageBps } = settings
  if (!isAmount(maxPerOrder))
    return refused('invalid_input', `Give a maximum per order ${BOUNDS}.`, 'maxPerOrder')
  if (mode === 'fixed' && (fixedAmount === null || !isAmount(fixedAmount)))
    return refused('invalid_input', `Copy each order with an amount ${BOUNDS}.`, 'fixedAmount')
  if (mode === 'proportional' && fixedAmount !== null)
    return refused('invalid_input', 'Leave the fixed amount out: the copies are proportional.', 'fixedAmount')
  if (!Number.isInteger(maxSlippageBps) || maxSlippageBps < 0 || maxSlippageBps > MAX_SLIPPAGE_BPS)
    return refused(
      'invalid_input',
      `Allow a slippage of 0 to ${MAX_SLIPPAGE_BPS} basis points.`,
      'maxSlippageBps',
    )
  return accepted(null)
}

const isAmount = (amount: bigint): boolean => amount > 0n && amount <= LARGEST_AMOUNT
