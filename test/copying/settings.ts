import type { FollowSettings } from '../../worker/copying/messages.ts'
import { NO_LIMITS } from '../../worker/copying/settings.ts'
import { toUnits } from '../../worker/ledger/amount.ts'

export const SETTINGS: FollowSettings = {
  mode: 'proportional',
  fixedAmount: null,
  maxPerOrder: toUnits('1000000'),
  maxSlippageBps: 100,
  notify: true,
  ratioMillionths: null,
  stopLossBps: null,
  takeProfitBps: null,
  limits: NO_LIMITS,
}
