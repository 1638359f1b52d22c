import { type Order, openOrders } from '../../worker/account/accountState.ts'
import { amendOrder } from '../../worker/account/amendOrder.ts'
import { cancelAllOrders, cancelOrder } from '../../worker/account/cancelOrder.ts'
import { marketsToMark } from '../../worker/account/equity.ts'
import { changeFollow, closeFollow, openFollow } from '../../worker/account/following.ts'
import { openAccount } from '../../worker/account/opening.ts'
import { estimateFor, type PlaceOrderCommand, placeOco, placeOrder } from '../../worker/account/placeOrder.ts'
import type { Outcome } from '../../worker/contract/errors.ts'
import type { CloseFollow, FollowSettings } from '../../worker/copying/messages.ts'
import { toDecimal, UNIT } from '../../worker/ledger/amount.ts'
import { estimate } from '../../worker/market/estimate.ts'
import type { CancelOrder, MarketStatus, OrderReport } from '../../worker/market/messages.ts'
import { decideStep } from '../../worker/market/quoting.ts'
import { baseOf, MARKETS, type Market, marketById } from '../../worker/market/settings.ts'
import { decideStatus } from '../../worker/market/status.ts'
import { accountAddress, marketAddress, poolAddress } from '../../worker/messaging/address.ts'
import type { Outgoing } from '../../worker/messaging/domain.ts'
import type { Random } from '../support/random.ts'
import { type Draw, drawOrder, drawPair, lotsWorth } from './orderMix.ts'
import { Reference } from './reference.ts'
import type { Venue, VirtualAccount } from './venue.ts'

export interface Size {
  readonly accounts: number
  readonly leaders: number
  readonly operations: number
}

/** Few enough that many follows of a leader have the same, and are to be treated alike. */
const SETTINGS: readonly FollowSettings[] = [
  settings('fixed', 40n, 200n, 100),
  settings('fixed', 7n, 60n, 30),
  settings('fixed', 300n, 120n, 300),
  settings('proportional', null, 400n, 150),
  settings('proportional', null, 90n, 20),
]
const AMOUNTS = [100n, 500n, 1_500n].map((amount) => amount * UNIT)

function settings(
  mode: FollowSettings['mode'],
  fixed: bigint | null,
  max: bigint,
  maxSlippageBps: number,
): FollowSettings {
  const fixedAmount = fixed === null ? null : fixed * UNIT
  return { mode, fixedAmount, maxPerOrder: max * UNIT, maxSlippageBps, notify: false }
}

interface Resting {
  readonly account: string
  readonly order: string
  readonly market: string
}

interface Following {
  readonly account: string
  readonly follow: string
  readonly leader: string
}

/** Orders by which somebody might cancel, newest last; older ones are forgotten here, not at the venue. */
const REMEMBERED = 4_000

/** What people do, drawn from the seed: one operation after the other, with faults answered by doing it again. */
export class Traffic {
  readonly counts = new Map<string, number>()
  readonly #venue: Venue
  readonly #random: Random
  readonly #size: Size
  readonly #references = new Map(MARKETS.map((market) => [market.id, new Reference(market)]))
  readonly #resting: Resting[] = []
  readonly #following: Following[] = []
  /** Orders that were accepted with an answer: durable from then on, whatever dies. */
  readonly promised: { account: string; order: string }[] = []
  /** Orders and follows whose own account asked for their end. */
  readonly asked = new Set<string>()
  #orders = 0
  #follows = 0

  constructor(venue: Venue, size: Size) {
    this.#venue = venue
    this.#random = venue.world.random
    this.#size = size
  }

  leaderIds(): string[] {
    return Array.from({ length: this.#size.leaders }, (_, index) => userId(index))
  }

  /** Opens the accounts with quote and coins, has the house quote everywhere, and a first eighth follow somebody. */
  open(): void {
    for (let index = 0; index < this.#size.accounts; index += 1) {
      const isLeader = index < this.#size.leaders
      const quote = (isLeader ? 200_000n : 10_000n) * UNIT
      const worth = isLeader ? 20_000 : 1_000
      const coins = MARKETS.map((market) => ({
        asset: market.base,
        amount: baseOf(market, lotsWorth(market, market.simulatedTicks, worth)),
      }))
      this.#insist(this.#user(index), (account) =>
        account.execute((state, moment) =>
          openAccount(state, [{ asset: 'USDT', amount: quote }, ...coins], moment),
        ),
      )
    }
    for (const market of MARKETS) this.requote(market)
    for (let follows = 0; follows < this.#size.accounts / 8; follows += 1) this.#follow()
  }

  /** One operation. Weights are in thousandths. */
  operate(): void {
    const dice = this.#random.below(1_000)
    if (dice < 300) this.#place(this.#random.below(this.#size.accounts), 5, 150)
    else if (dice < 320) this.#placePair(this.#random.below(this.#size.accounts))
    else if (dice < 340) this.#amend()
    else if (dice < 342) this.#operate()
    else if (dice < 390) this.#place(this.#random.below(this.#size.leaders), 100, 2_500)
    else if (dice < 590) this.#cancel()
    else if (dice < 600) this.#cancelAll()
    else if (dice < 620) this.#follow()
    else if (dice < 640) this.#change()
    else if (dice < 657) this.#unfollow()
    else if (dice < 675) this.#meddle()
    else if (dice < 690) this.#nonsense()
    else this.requote(this.#random.pick(MARKETS))
  }

  requote(market: Market): void {
    const { world } = this.#venue
    const object = this.#venue.market(market.id)
    const step = this.#reference(market).step(this.#random, world.now)
    this.#count('requote')
    try {
      object.execute((state, moment) => decideStep(state, step, null, moment))
      this.#venue.checkCrossed(object.state)
    } catch {
      // It died or its disk failed; the next step of the feed is taken as if this one had not been.
    }
  }

  /** Markets that were narrowed or halted open again. */
  openMarkets(): void {
    for (const { id } of MARKETS)
      while (this.#venue.market(id).state.status !== 'open') this.#setStatus(id, 'open')
  }

  /** Everybody leaves their leaders. */
  unfollowAll(): void {
    for (const { account, follow } of this.#following) {
      this.asked.add(follow)
      this.#venue.account(account).execute((state, moment) => closeFollow(state, follow, moment))
    }
  }

  #place(user: number, least: number, most: number): void {
    const command = this.#orderOf(least, most)
    const id = userId(user)
    this.#count(command.type)
    const reply = this.#insist(this.#venue.account(id), (account) => this.#submit(account, command))
    if (reply === null) return
    if (!reply.ok) {
      this.#count(`refused: ${reply.refusal.code}`)
      return
    }
    this.promised.push({ account: id, order: reply.value.id })
    if (command.type !== 'market')
      this.#remember({ account: id, order: reply.value.id, market: command.market })
  }

  /** As the shell of an account does it: asks the markets for what the decision needs, then decides. */
  #submit(account: VirtualAccount, command: PlaceOrderCommand): Outcome<Order> {
    const { now } = this.#venue.world
    const marks = [...new Set([command.market, ...marketsToMark(account.state)])].map((id) =>
      this.#venue.market(id).state.mark(now),
    )
    const request = estimateFor(command)
    const estimated =
      request === null ? null : estimate(this.#venue.market(command.market).state, request, now)
    return account.execute((state, moment) =>
      placeOrder(state, command, { estimate: estimated, marks }, moment),
    )
  }

  #draw(least: number, most: number): Draw {
    const random = this.#random
    const market = random.pick(MARKETS)
    this.#orders += 1
    return {
      random,
      market,
      reference: this.#reference(market).ticks,
      worth: random.between(Math.max(least, Number(market.minNotional / UNIT) + 1), most),
      now: this.#venue.world.now,
      newId: () => this.#venue.world.newId(),
      clientOrderId: `order-${this.#orders}`,
    }
  }

  #orderOf(least: number, most: number): PlaceOrderCommand {
    return drawOrder(this.#draw(least, most))
  }

  /** Two orders that hold once. */
  #placePair(user: number): void {
    const command = drawPair(this.#draw(10, 150))
    const id = userId(user)
    this.#count('pair')
    const mark = this.#venue.market(command.market).state.mark(this.#venue.world.now)
    const reply = this.#insist(this.#venue.account(id), (account) =>
      account.execute((state, moment) => placeOco(state, command, { estimate: null, marks: [mark] }, moment)),
    )
    if (reply === null) return
    if (!reply.ok) {
      this.#count(`pair refused: ${reply.refusal.code}`)
      return
    }
    for (const { id: order } of reply.value) {
      this.promised.push({ account: id, order })
      this.#remember({ account: id, order, market: command.market })
    }
  }

  #amend(): void {
    const chosen = this.#resting[this.#random.below(Math.max(1, this.#resting.length))]
    if (chosen === undefined) return
    const market = marketById(chosen.market)
    const { ticks: reference } = this.#reference(market)
    const price = toDecimal(
      BigInt(Math.round(reference * (1 + this.#random.between(-40, 40) / 10_000))) * market.tickSize,
    )
    const lots = lotsWorth(market, reference, this.#random.between(15, 200))
    const change = {
      ...(this.#random.chance(0.5) ? { price } : {}),
      ...(this.#random.chance(0.2) ? { triggerPrice: price } : {}),
      quantity: toDecimal(baseOf(market, lots)),
    }
    this.#count('amend')
    const reply = this.#insist(this.#venue.account(chosen.account), (account) =>
      account.execute((state, moment) => amendOrder(state, chosen.order, change, moment)),
    )
    if (reply?.ok === false) this.#count(`amend refused: ${reply.refusal.code}`)
  }

  /** The operator narrows or halts a market, and opens it again before long. */
  #operate(): void {
    const status = this.#random.pick(['open', 'open', 'cancel_only', 'halted'] as const)
    this.#count(`market ${status}`)
    this.#setStatus(this.#random.pick(MARKETS).id, status)
  }

  #setStatus(market: string, status: MarketStatus): void {
    try {
      this.#venue.market(market).execute((state, moment) => decideStatus(state, status, moment))
    } catch {
      // It died; the operator tries again.
    }
  }

  #cancel(): void {
    if (this.#resting.length === 0) return
    const index = this.#random.below(this.#resting.length)
    const [chosen] = this.#resting.splice(index, 1)
    if (chosen === undefined) return
    this.#count('cancel')
    this.asked.add(chosen.order)
    this.#insist(this.#venue.account(chosen.account), (account) =>
      account.execute((state) => cancelOrder(state, chosen.order)),
    )
  }

  #cancelAll(): void {
    const market = this.#random.chance(0.5) ? this.#random.pick(MARKETS).id : undefined
    this.#count('cancel all')
    this.#insist(this.#user(this.#random.below(this.#size.accounts)), (account) =>
      account.execute((state) => {
        for (const { id } of openOrders(state, market)) this.asked.add(id)
        return cancelAllOrders(state, market)
      }),
    )
  }

  #follow(): void {
    const user = this.#random.below(this.#size.accounts)
    this.#follows += 1
    const command = {
      followId: `follow-${this.#follows}`,
      leaderId: userId(this.#random.below(this.#size.leaders)),
      settings: this.#random.pick(SETTINGS),
      amount: this.#random.pick(AMOUNTS),
    }
    this.#count('follow')
    const reply = this.#insist(this.#user(user), (account) =>
      account.execute((state, moment) => openFollow(state, command, moment)),
    )
    if (reply?.ok)
      this.#following.push({ account: userId(user), follow: command.followId, leader: command.leaderId })
  }

  #change(): void {
    const chosen = this.#following[this.#random.below(Math.max(1, this.#following.length))]
    if (chosen === undefined) return
    const settings = this.#random.pick(SETTINGS)
    const change = this.#random.chance(0.6) ? { paused: this.#random.chance(0.4) } : { settings }
    this.#count('change follow')
    this.#insist(this.#venue.account(chosen.account), (account) =>
      account.execute((state, moment) => changeFollow(state, chosen.follow, change, moment)),
    )
  }

  #unfollow(): void {
    if (this.#following.length === 0) return
    const [chosen] = this.#following.splice(this.#random.below(this.#following.length), 1)
    if (chosen === undefined) return
    this.#count('unfollow')
    this.asked.add(chosen.follow)
    const reply = this.#insist(this.#venue.account(chosen.account), (account) =>
      account.execute((state, moment) => closeFollow(state, chosen.follow, moment)),
    )
    if (reply === null) this.#following.push(chosen)
  }

  /** Somebody tries what is another's to do: law 9. Nothing may come of it. */
  #meddle(): void {
    const order = this.#resting[this.#random.below(Math.max(1, this.#resting.length))]
    const follow = this.#following[this.#random.below(Math.max(1, this.#following.length))]
    const meddler = userId(this.#random.below(this.#size.accounts))
    this.#count('meddle')
    const account = this.#venue.account(meddler)
    if (order !== undefined && order.account !== meddler)
      this.#refuses(account, 'unknown_order', (state) => cancelOrder(state, order.order))
    if (follow !== undefined && follow.account !== meddler)
      this.#refuses(account, 'unknown_follow', (state) =>
        closeFollow(state, follow.follow, { now: this.#venue.world.now, newId: () => 'meddling' }),
      )
    this.#forge(account, order, follow)
  }

  /** As above, past the checks of the own account: what it writes to another object is believed by nobody. */
  #forge(meddler: VirtualAccount, order: Resting | undefined, follow: Following | undefined): void {
    const messages: Outgoing[] = []
    if (order !== undefined && order.account !== meddler.state.accountId) {
      messages.push({
        to: marketAddress(order.market),
        body: { type: 'cancelOrder', orderId: order.order } satisfies CancelOrder,
      })
      messages.push({ to: accountAddress(order.account), body: this.#forgedReport(order) })
    }
    if (follow !== undefined && follow.account !== meddler.state.accountId)
      messages.push({
        to: poolAddress(follow.leader),
        body: { type: 'closeFollow', followId: follow.follow } satisfies CloseFollow,
      })
    this.#insist(meddler, (account) =>
      account.execute(() => ({ reply: undefined, events: [], messages, timers: [] })),
    )
  }

  #forgedReport({ order, market }: Resting): OrderReport {
    const { now } = this.#venue.world
    const mark = { market, ticks: 1, at: now }
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
      mark,
      at: now,
    }
  }

  /** Orders that no market takes. */
  #nonsense(): void {
    const sound = this.#orderOf(5, 100)
    const market = MARKETS.find(({ id }) => id === sound.market) ?? this.#random.pick(MARKETS)
    const unit = toDecimal(market.lotSize / 2n > 0n ? market.lotSize / 2n : 1n)
    const limit = { ...sound, type: 'limit', timeInForce: 'GTC', postOnly: false } as const
    const [command, code] = this.#random.pick([
      [{ ...sound, market: 'BTC-EUR' }, 'unknown_market'],
      [{ ...limit, price: toDecimal(market.tickSize), quantity: '999999999999' }, 'above_maximum'],
      [{ ...limit, price: toDecimal(market.tickSize / 2n), quantity: '1' }, 'off_tick'],
      ...(market.lotSize > 1n ? [[{ ...limit, price: '1', quantity: unit }, 'off_lot'] as const] : []),
    ] as const)
    this.#count('nonsense')
    const account = this.#user(this.#random.below(this.#size.accounts))
    const { quoteAmount: _amount, ...plain } = command
    this.#refuses(account, code, (state, moment) =>
      placeOrder(state, plain, { estimate: null, marks: [] }, moment),
    )
  }

  /** The command is refused with that code, and not a row is written. */
  #refuses(
    account: VirtualAccount,
    code: string,
    decide: Parameters<typeof account.execute<Outcome<unknown>>>[0],
  ): void {
    // A life may have to begin first, which writes.
    void account.state
    const before = account.rowsWritten
    const reply = this.#insist(account, (it) => it.execute(decide), 1)
    if (reply === null) return
    if (reply.ok || reply.refusal.code !== code)
      this.#venue.violations.push(
        `law 9: ${account.address} was answered ${JSON.stringify(reply)}, not ${code}`,
      )
    if (account.rowsWritten !== before)
      this.#venue.violations.push(`law 9: what ${account.address} was refused wrote rows`)
  }

  /** Does it again after a fault, as a client with an idempotency key does; null when it keeps failing. */
  #insist<Reply>(account: VirtualAccount, work: (account: VirtualAccount) => Reply, times = 4): Reply | null {
    for (let attempt = 0; attempt < times; attempt += 1) {
      try {
        return work(account)
      } catch {
        this.#count('fault answered')
      }
    }
    return null
  }

  #remember(order: Resting): void {
    this.#resting.push(order)
    if (this.#resting.length > REMEMBERED) this.#resting.shift()
  }

  #reference(market: Market): Reference {
    const reference = this.#references.get(market.id)
    if (reference === undefined) throw new Error(`no reference for ${market.id}`)
    return reference
  }

  #user(index: number): VirtualAccount {
    return this.#venue.account(userId(index))
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }
}

const userId = (index: number): string => `user-${index}`
