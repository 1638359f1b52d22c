import { openOrders } from '../../worker/account/accountState.ts'
import { convertSmallBalances, marketsToConvert } from '../../worker/account/conversion.ts'
import { resetAccount } from '../../worker/account/reset.ts'
import { type Crowd, userId } from './crowd.ts'

/** Accounts that are looked at for one that may begin anew. */
const LOOKED_AT = 12

/** Somebody who has no order open, follows nobody and is followed by nobody begins anew; now and then one who may not. */
export function startOver(crowd: Crowd): void {
  const { random, venue, size } = crowd
  const first = random.below(size.accounts)
  const candidates = Array.from({ length: Math.min(LOOKED_AT, size.accounts) }, (_, index) =>
    venue.account(userId((first + index) % size.accounts)),
  )
  const account =
    candidates.find(
      ({ state }) =>
        openOrders(state).length === 0 &&
        !state.fillsWanted &&
        [...state.follows.values()].every(({ status }) => status === 'closed' || status === 'refused'),
    ) ?? candidates[0]
  if (account === undefined) return
  const id = crowd.name('reset')
  crowd.ask(account, 'reset', id, (it) => it.execute((state, moment) => resetAccount(state, id, moment)))
}

/** Somebody sells to the houses what is too small for the markets, as the shell of an account does: with fresh marks. */
export function convert(crowd: Crowd): void {
  const { venue } = crowd
  const id = crowd.name('conversion')
  crowd.ask(crowd.anybody(), 'convert', id, (account) => {
    const marks = marketsToConvert(account.state).map((market) =>
      venue.market(market).state.mark(venue.world.now),
    )
    account.execute(() => ({
      reply: undefined,
      events: marks.map((mark) => ({ type: 'marked', mark }) as const),
      messages: [],
      timers: [],
    }))
    return account.execute((state, moment) => convertSmallBalances(state, id, null, moment))
  })
}
