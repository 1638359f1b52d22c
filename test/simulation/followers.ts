import { changeFollow, closeFollow, openFollow } from '../../worker/account/following.ts'
import type { FollowLimits, FollowSettings } from '../../worker/copying/messages.ts'
import { NO_LIMITS } from '../../worker/copying/settings.ts'
import { UNIT } from '../../worker/ledger/amount.ts'
import { type Crowd, userId } from './crowd.ts'

/** Few enough that many follows of a leader have the same, and are to be treated alike. */
const SETTINGS: readonly FollowSettings[] = [
  settings('fixed', 40n, 200n, 100),
  settings('fixed', 7n, 60n, 30),
  settings('fixed', 300n, 120n, 300),
  settings('proportional', null, 400n, 150),
  settings('proportional', null, 90n, 20),
  { ...settings('ratio', null, 250n, 100), ratioMillionths: 30_000 },
  limited({ maxExposure: 150n * UNIT, maxExposurePerAsset: 90n * UNIT, maxDelayMs: 5_000 }),
  { ...settings('proportional', null, 400n, 150), stopLossBps: 500, takeProfitBps: 100 },
  limited({ maxOrdersPerDay: 3, exceptMarkets: ['BTC-USDT'], minLeaderOrder: 20n * UNIT }),
]
const AMOUNTS = [100n, 500n, 1_500n]

function settings(
  mode: FollowSettings['mode'],
  fixed: bigint | null,
  max: bigint,
  maxSlippageBps: number,
): FollowSettings {
  const fixedAmount = fixed === null ? null : fixed * UNIT
  const none = { ratioMillionths: null, stopLossBps: null, takeProfitBps: null }
  const rest = { ...none, notify: false, limits: NO_LIMITS }
  return { ...rest, mode, fixedAmount, maxPerOrder: max * UNIT, maxSlippageBps }
}

function limited(limits: Partial<FollowLimits>): FollowSettings {
  return { ...settings('proportional', null, 200n, 150), limits: { ...NO_LIMITS, ...limits } }
}

const inWords = ({ mode, maxPerOrder, maxSlippageBps }: FollowSettings): string =>
  `${mode}, at most ${maxPerOrder / UNIT} an order and ${maxSlippageBps} bps off`

export function follow(crowd: Crowd): void {
  const { random, size } = crowd
  const account = crowd.anybody()
  const leaderId = userId(random.below(size.leaders))
  const followId = crowd.name('follow')
  const amount = random.pick(AMOUNTS)
  const settings = random.pick(SETTINGS)
  const command = { followId, leaderId, settings, amount: amount * UNIT }
  const opened = crowd.ask(account, 'follow', `${leaderId} with ${amount}, ${inWords(settings)}`, (it) =>
    it.execute((state, moment) => openFollow(state, command, moment)),
  )
  if (opened !== null)
    crowd.following.push({ account: account.state.accountId, follow: followId, leader: leaderId })
}

export function changeAFollow(crowd: Crowd): void {
  const { random } = crowd
  const chosen = crowd.one(crowd.following)
  if (chosen === undefined) return
  const settings = random.pick(SETTINGS)
  const change = random.chance(0.6) ? { paused: random.chance(0.4) } : { settings }
  const details = 'paused' in change ? change : inWords(settings)
  crowd.ask(crowd.venue.account(chosen.account), 'change follow', details, (account) =>
    account.execute((state, moment) => changeFollow(state, chosen.follow, change, moment)),
  )
}

export function unfollow(crowd: Crowd): void {
  const chosen = crowd.take(crowd.following)
  if (chosen === undefined) return
  crowd.asked.add(chosen.follow)
  const closed = crowd.ask(crowd.venue.account(chosen.account), 'unfollow', chosen.leader, (account) =>
    account.execute((state, moment) => closeFollow(state, chosen.follow, moment)),
  )
  if (closed === null) crowd.following.push(chosen)
}

/** Everybody leaves their leaders. */
export function unfollowAll(crowd: Crowd): void {
  for (const { account, follow } of crowd.following) {
    crowd.asked.add(follow)
    crowd.venue.account(account).execute((state, moment) => closeFollow(state, follow, moment))
  }
}
