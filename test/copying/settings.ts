import type { FollowSettings } from '../../worker/copying/messages.ts'
import { toUnits } from '../../worker/ledger/amount.ts'

export const SETTINGS: FollowSettings = {
  mode: 'proportional',
  fixedAmount: null,
  maxPerOrder: toUnits('1000000'),
  maxSlippageBps: 100,
  notify: true,
}
