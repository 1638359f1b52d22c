import type { Address } from '../messaging/address.ts'
import { marketAddress, poolAddress } from '../messaging/address.ts'
import { type Decision, type Domain, type Moment, nothing } from '../messaging/domain.ts'
import { type AccountEvent, type AccountState, applyAccountEvent } from './accountState.ts'
import { takeFollowReport } from './following.ts'
import { takeResidue } from './house.ts'
import type { AccountMessage } from './messages.ts'
import { loadAccount, persistAccountEvent } from './rows.ts'
import { settleReport } from './settle.ts'

/** The rules of the account `accountId`. Its commands are the other functions of this folder: `placeOrder`, `openFollow` … */
export function accountDomain(accountId: string): Domain<AccountState, AccountEvent> {
  return {
    load: (store) => loadAccount(store, accountId),
    receive: (state, from, message, moment) =>
      isAccountMessage(message) ? receive(state, from, message, moment) : nothing(undefined),
    // Nothing here waits for a time; the actor's own due times are retries.
    due: () => nothing(undefined),
    apply: applyAccountEvent,
    persist: persistAccountEvent,
  }
}

/** A message counts only from whom it can come from; anything else is answered with nothing. */
function receive(
  state: AccountState,
  from: Address,
  message: AccountMessage,
  moment: Moment,
): Decision<AccountEvent> {
  switch (message.type) {
    case 'orderReport':
      return from === marketAddress(message.market)
        ? settleReport(state, message, moment)
        : nothing(undefined)
    case 'followReport':
      return from === poolAddress(message.leaderId)
        ? takeFollowReport(state, message, moment)
        : nothing(undefined)
    case 'fillsWanted':
      return from === poolAddress(state.accountId) ? setFillsWanted(message.wanted) : nothing(undefined)
    case 'takeResidue':
      return /^(?:pool|account)\//.test(from) ? takeResidue(state, message, moment) : nothing(undefined)
  }
}

const setFillsWanted = (wanted: boolean): Decision<AccountEvent> => ({
  reply: undefined,
  events: [{ type: 'fillsWantedChanged', wanted }],
  messages: [],
  timers: [],
})

const TYPES = new Set<unknown>([
  'orderReport',
  'followReport',
  'fillsWanted',
  'takeResidue',
] satisfies AccountMessage['type'][])

/** What arrives was written by another object of this venue: its type tells its shape. */
function isAccountMessage(message: unknown): message is AccountMessage {
  return typeof message === 'object' && message !== null && 'type' in message && TYPES.has(message.type)
}
