import { openAccount } from '../../worker/account/opening.ts'
import { UNIT } from '../../worker/ledger/amount.ts'
import { baseOf, type Market } from '../../worker/market/settings.ts'
import { Crowd, type Size } from './crowd.ts'
import { changeAFollow, follow, unfollow, unfollowAll } from './followers.ts'
import { meddle, nonsense } from './meddling.ts'
import { convert, startOver } from './money.ts'
import { openMarkets, operate, requote } from './operating.ts'
import { amend, cancel, cancelAll, place, placePair } from './ordering.ts'
import { lotsWorth } from './orderMix.ts'
import type { Venue } from './venue.ts'

/** What is done, and how often: shares of all operations, in thousandths. */
const OPERATIONS: readonly (readonly [share: number, operate: (crowd: Crowd) => void])[] = [
  [300, (crowd) => place(crowd, crowd.anybody(), 5, 150)],
  [20, placePair],
  [20, amend],
  [2, operate],
  [48, (crowd) => place(crowd, crowd.aLeader(), 100, 2_500)],
  [194, cancel],
  [10, cancelAll],
  [20, follow],
  [20, changeAFollow],
  [17, unfollow],
  [18, meddle],
  [15, nonsense],
  [2, startOver],
  [4, convert],
  [310, (crowd) => requote(crowd, crowd.aMarket())],
]

/** What people do, drawn from the seed: one operation after the other, with faults answered by doing it again. */
export class Traffic {
  readonly crowd: Crowd

  constructor(venue: Venue, size: Size) {
    this.crowd = new Crowd(venue, size)
  }

  /** Opens the accounts with quote and coins, has the house quote everywhere, and a first eighth follow somebody. */
  open(): void {
    const { markets, size } = this.crowd
    const { accounts, leaders } = size
    for (let index = 0; index < accounts; index += 1) {
      const isLeader = index < leaders
      const quote = (isLeader ? 200_000n : 10_000n) * UNIT
      const worth = isLeader ? 20_000 : 1_000
      const coins = markets.map((market) => ({
        asset: market.base,
        amount: baseOf(market, lotsWorth(market, market.simulatedTicks, worth)),
      }))
      this.crowd.insist(this.crowd.user(index), (account) =>
        account.execute((state, moment) =>
          openAccount(state, [{ asset: 'USDT', amount: quote }, ...coins], moment),
        ),
      )
    }
    for (const market of markets) this.requote(market)
    for (let follows = 0; follows < accounts / 8; follows += 1) follow(this.crowd)
  }

  operate(): void {
    let dice = this.crowd.random.below(1_000)
    for (const [share, operation] of OPERATIONS) {
      if (dice < share) {
        operation(this.crowd)
        return
      }
      dice -= share
    }
  }

  requote(market: Market): void {
    requote(this.crowd, market)
  }

  openMarkets(): void {
    openMarkets(this.crowd)
  }

  unfollowAll(): void {
    unfollowAll(this.crowd)
  }
}
