import { cancelOrder } from '../../worker/account/cancelOrder.ts'
import { closeFollow } from '../../worker/account/following.ts'
import { placeOrder } from '../../worker/account/placeOrder.ts'
import type { Outcome } from '../../worker/contract/errors.ts'
import type { CloseFollow } from '../../worker/copying/messages.ts'
import { toDecimal } from '../../worker/ledger/amount.ts'
import type { CancelOrder, OrderReport } from '../../worker/market/messages.ts'
import { MARKETS } from '../../worker/market/settings.ts'
import { accountAddress, marketAddress, poolAddress } from '../../worker/messaging/address.ts'
import type { Outgoing } from '../../worker/messaging/domain.ts'
import type { Crowd, Following, Resting } from './crowd.ts'
import { drawFor } from './ordering.ts'
import { drawOrder } from './orderMix.ts'
import type { VirtualAccount } from './venue.ts'

/** Somebody tries what is another's to do: law 9. Nothing may come of it. */
export function meddle(crowd: Crowd): void {
  const order = crowd.one(crowd.resting)
  const follow = crowd.one(crowd.following)
  const account = crowd.anybody()
  const meddler = account.state.accountId
  crowd.count('meddle')
  crowd.venue.world.note(`${meddler}: meddles with ${order?.order} and ${follow?.follow}`)
  const others = order?.account === meddler ? undefined : order
  const anothers = follow?.account === meddler ? undefined : follow
  if (others !== undefined)
    refuses(crowd, account, 'unknown_order', (state) => cancelOrder(state, others.order))
  if (anothers !== undefined)
    refuses(crowd, account, 'unknown_follow', (state) =>
      closeFollow(state, anothers.follow, { now: crowd.venue.world.now, newId: () => 'meddling' }),
    )
  forge(crowd, account, others, anothers)
}

/** As above, past the checks of the own account: what it writes to another object is believed by nobody. */
function forge(
  crowd: Crowd,
  meddler: VirtualAccount,
  order: Resting | undefined,
  follow: Following | undefined,
): void {
  const messages: Outgoing[] = []
  if (order !== undefined) {
    messages.push({
      to: marketAddress(order.market),
      body: { type: 'cancelOrder', orderId: order.order } satisfies CancelOrder,
    })
    messages.push({ to: accountAddress(order.account), body: forgedReport(order, crowd.venue.world.now) })
  }
  if (follow !== undefined)
    messages.push({
      to: poolAddress(follow.leader),
      body: { type: 'closeFollow', followId: follow.follow } satisfies CloseFollow,
    })
  crowd.insist(meddler, (account) =>
    account.execute(() => ({ reply: undefined, events: [], messages, timers: [] })),
  )
}

function forgedReport({ order, market }: Resting, now: number): OrderReport {
  return {
    type: 'orderReport',
    market,
    orderId: order,
    side: 'buy',
    status: 'cancelled',
    reason: 'user',
    fills: [],
    sequence: 1,
    triggered: false,
    preventedLots: 0,
    answer: null,
    mark: { market, ticks: 1, at: now },
    at: now,
  }
}

/** Orders that no market takes. */
export function nonsense(crowd: Crowd): void {
  const sound = drawOrder(drawFor(crowd, 5, 100))
  const market = MARKETS.find(({ id }) => id === sound.market) ?? crowd.aMarket()
  const unit = toDecimal(market.lotSize / 2n > 0n ? market.lotSize / 2n : 1n)
  const limit = { ...sound, type: 'limit', timeInForce: 'GTC', postOnly: false } as const
  const [command, code] = crowd.random.pick([
    [{ ...sound, market: 'BTC-EUR' }, 'unknown_market'],
    [{ ...limit, price: toDecimal(market.tickSize), quantity: '999999999999' }, 'above_maximum'],
    [{ ...limit, price: toDecimal(market.tickSize / 2n), quantity: '1' }, 'off_tick'],
    ...(market.lotSize > 1n ? [[{ ...limit, price: '1', quantity: unit }, 'off_lot'] as const] : []),
  ] as const)
  crowd.count('nonsense')
  const account = crowd.anybody()
  const { quoteAmount: _amount, ...plain } = command
  crowd.venue.world.note(`${account.state.accountId}: asks for what is ${code}`)
  refuses(crowd, account, code, (state, moment) =>
    placeOrder(state, plain, { estimate: null, marks: [] }, moment),
  )
}

/** The command is refused with that code, and not a row is written. */
function refuses(
  crowd: Crowd,
  account: VirtualAccount,
  code: string,
  decide: Parameters<typeof account.execute<Outcome<unknown>>>[0],
): void {
  // A life may have to begin first, which writes.
  void account.state
  const before = account.rowsWritten
  const reply = crowd.insist(account, (it) => it.execute(decide), 1)
  if (reply === null) return
  const { violations } = crowd.venue
  if (reply.ok || reply.refusal.code !== code)
    violations.push(`law 9: ${account.address} was answered ${JSON.stringify(reply)}, not ${code}`)
  if (account.rowsWritten !== before) violations.push(`law 9: what ${account.address} was refused wrote rows`)
}
