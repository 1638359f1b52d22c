import { accepted, type Outcome } from '../contract/errors.ts'
import { UNIT } from '../ledger/amount.ts'
import { type Entry, move } from '../ledger/ledger.ts'
import { QUOTE_ASSET } from '../market/settings.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import { type AccountEvent, type AccountState, OWN } from './accountState.ts'

/** Paper money that an account begins with; amounts in smallest units, more than zero. */
export interface Grant {
  readonly asset: string
  readonly amount: bigint
}

/** What a person begins with. */
export const DEMO_GRANT: readonly Grant[] = [{ asset: QUOTE_ASSET, amount: 10_000n * UNIT }]

/** Opens the account with its funds, once: opening again answers when it was opened and grants nothing. */
export function openAccount(
  state: AccountState,
  grants: readonly Grant[],
  moment: Moment,
): Decision<AccountEvent, Outcome<{ openedAt: number }>> {
  if (state.openedAt !== null) return nothing(accepted({ openedAt: state.openedAt }))
  const { now } = moment
  const events: AccountEvent[] = [{ type: 'opened', at: now }]
  const postings = grants.flatMap(({ asset, amount }) => move(OWN, asset, 'issued', 'available', amount))
  const entry: Entry = {
    id: moment.newId(),
    kind: 'grant',
    reference: state.accountId,
    at: now,
    postings,
  }
  if (postings.length > 0) events.push({ type: 'posted', entry })
  return { reply: accepted({ openedAt: now }), events, messages: [], timers: [] }
}
