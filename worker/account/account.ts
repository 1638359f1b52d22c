import type * as z from 'zod'
import type { ConversionView, JournalEntry, JournalQuery, SmallBalances } from '../contract/account.ts'
import { accepted, type Outcome, problemAnswer, refused } from '../contract/errors.ts'
import type { ChangeFollowInput, OpenFollowInput } from '../contract/follows.ts'
import type { Inbox, InboxQuery, MarkReadResult } from '../contract/notifications.ts'
import type {
  AmendOrder,
  CancelAllResult,
  FillsQuery,
  FillView,
  OcoDetail,
  OrderDetail,
  OrdersQuery,
  OrderView,
  PlaceOco,
  PlaceOrder,
} from '../contract/orders.ts'
import type { CopyNotice } from '../contract/stream.ts'
import { settingsOf } from '../copying/settings.ts'
import type { Env } from '../env.ts'
import { toUnits } from '../ledger/amount.ts'
import type { PostedEntry } from '../ledger/journal.ts'
import { readEntryPage } from '../ledger/statement.ts'
import type { Estimate, Mark } from '../market/messages.ts'
import { marketAddress, poolAddress } from '../messaging/address.ts'
import { durableStore } from '../messaging/durable.ts'
import { DurableActor } from '../messaging/durableActor.ts'
import { accountDomain } from './accountDomain.ts'
import type { AccountEvent, AccountState, ClosedRecord, Follow, Order } from './accountState.ts'
import { AfterCommit } from './afterCommit.ts'
import { amendOrder } from './amendOrder.ts'
import { cancelAllOrders, cancelOrder } from './cancelOrder.ts'
import { convertSmallBalances, marketsToConvert, smallBalances } from './conversion.ts'
import { equityOf, MARK_MAX_AGE_MS, marketsToMark, netDepositsOf } from './equity.ts'
import { changeFollow, closeFollow, type FollowChange, openFollow } from './following.ts'
import { markRead, type Notice, notify, unreadOf } from './inbox.ts'
import { DEMO_GRANT, type Grant, openAccount } from './opening.ts'
import { readFillsOfOrder, readPastOrder } from './orderRows.ts'
import { type ListOf, type Page, pageOfFills, pageOfInbox, pageOfJournal, pageOfOrders } from './pages.ts'
import { estimateFor, placeOco, placeOrder } from './placeOrder.ts'
import { newsOf } from './privateStream.ts'
import { recordStartOf, resetAccount } from './reset.ts'
import { retellOrders } from './retelling.ts'
import {
  type AccountStatement,
  accountStatement,
  type ResidueStatement,
  residueStatement,
} from './statement.ts'
import {
  type AccountOverview,
  conversionView,
  followView,
  type OwnFollow,
  orderDetail,
  overviewOf,
  smallBalancesView,
} from './views.ts'
import { Watchers } from './watchers.ts'

/** Copies that were just told of: a queue that hands a page over twice makes no second toast. */
const COPIES_REMEMBERED = 1_000

/** A mark younger than this is not asked for again. */
const MARK_FRESH_MS = 5_000

/**
 * One account: its money, its orders, its follows, its inbox, and who watches them. Every command is decided and written
 * in one turn; what it sends leaves afterwards, and is waited for only so that the answer can be complete.
 */
export class Account extends DurableActor<Env, AccountState, AccountEvent> {
  readonly #store = durableStore(this.ctx.storage)
  readonly #watchers: Watchers
  readonly #copiesTold = new Set<string>()

  constructor(ctx: DurableObjectState, env: Env) {
    const committed = new AfterCommit<AccountState, AccountEvent>()
    super(ctx, env, 'account', (id) => committed.of(accountDomain(id)))
    this.#watchers = new Watchers(ctx, () => ({ unread: unreadOf(this.actor.state), now: Date.now() }))
    committed.listen(() => {
      const { state } = this.actor
      this.#watchers.tell(newsOf(state, committed.take()))
    })
  }

  /** Opens the account with its funds, once. A person is granted 10,000 USDT; bots are told what they have. */
  open(grants: readonly Grant[] = DEMO_GRANT): Outcome<{ openedAt: number }> {
    return this.actor.execute((state, moment) => openAccount(state, grants, moment))
  }

  // Orders

  /**
   * Places an order and answers it as the market has left it, fills included. A market that does not answer in time
   * leaves it `pending`: it is delivered by alarm, once, and the private stream tells what came of it.
   */
  async placeOrder(orderId: string, order: PlaceOrder): Promise<Outcome<OrderDetail>> {
    if (this.actor.overfull) return BUSY
    const asked = await this.#askMarkets(order)
    if (!asked.ok) return asked
    const outcome = this.actor.execute((state, moment) =>
      placeOrder(state, { ...order, orderId }, asked.value, moment),
    )
    if (!outcome.ok) return outcome
    await this.actor.deliver(marketAddress(order.market))
    return this.order(outcome.value.id)
  }

  /** As `placeOrder`, for two orders of which one cancels the other. */
  async placeOco(
    ids: { takeProfitId: string; stopLossId: string },
    pair: PlaceOco,
  ): Promise<Outcome<OcoDetail>> {
    if (this.actor.overfull) return BUSY
    const marks = await this.#marks([pair.market], MARK_MAX_AGE_MS)
    const outcome = this.actor.execute((state, moment) =>
      placeOco(state, { ...pair, ...ids }, { estimate: null, marks }, moment),
    )
    if (!outcome.ok) return outcome
    await this.actor.deliver(marketAddress(pair.market))
    const [takeProfit, stopLoss] = outcome.value.map(({ id }) => this.order(id))
    if (takeProfit === undefined || !takeProfit.ok) return takeProfit ?? BUSY
    if (stopLoss === undefined || !stopLoss.ok) return stopLoss ?? BUSY
    return accepted({ takeProfit: takeProfit.value, stopLoss: stopLoss.value })
  }

  /** Asks the market for other terms, and answers the order as it is then, or why it was not changed. */
  async amendOrder(orderId: string, change: AmendOrder): Promise<Outcome<OrderDetail>> {
    if (this.actor.overfull) return BUSY
    return this.#afterMarket(
      orderId,
      this.actor.execute((state, moment) => amendOrder(state, orderId, change, moment)),
    )
  }

  /** Asks the market to cancel, and answers the order as it is then: it may have filled meanwhile. */
  async cancelOrder(orderId: string): Promise<Outcome<OrderDetail>> {
    return this.#afterMarket(
      orderId,
      this.actor.execute((state) => cancelOrder(state, orderId)),
    )
  }

  async cancelAll(market?: string): Promise<z.infer<typeof CancelAllResult>> {
    const orders = this.actor.execute((state) => cancelAllOrders(state, market))
    const markets = new Set(orders.map((order) => marketAddress(order.market)))
    await Promise.all([...markets].map((address) => this.actor.deliver(address)))
    return { requested: orders.length }
  }

  order(orderId: string): Outcome<OrderDetail> {
    const order = this.actor.state.orders.get(orderId) ?? readPastOrder(this.#store, orderId)
    if (order === null)
      return refused('unknown_order', 'You have no order with this id. Look it up among your orders.', 'id')
    return accepted(orderDetail(order, readFillsOfOrder(this.#store, orderId)))
  }

  orders(query: ListOf<OrdersQuery>): Page<OrderView> {
    return pageOfOrders(this.actor.state, this.#store, query)
  }

  fills(query: ListOf<FillsQuery>): Page<FillView> {
    return pageOfFills(this.#store, query)
  }

  // Follows

  /** Allocates funds to a leader's pool. Whether the leader may be followed at all is checked by the API. */
  async follow(followId: string, input: OpenFollowInput): Promise<Outcome<OwnFollow>> {
    if (this.actor.overfull) return BUSY
    const { leaderId } = input
    const command = {
      followId,
      leaderId,
      settings: settingsOf(input.settings),
      amount: toUnits(input.amount),
    }
    return this.#afterPool(this.actor.execute((state, moment) => openFollow(state, command, moment)))
  }

  async changeFollow(followId: string, input: ChangeFollowInput): Promise<Outcome<OwnFollow>> {
    const change: FollowChange = {
      ...(input.paused === undefined ? {} : { paused: input.paused }),
      ...(input.settings === undefined ? {} : { settings: settingsOf(input.settings) }),
    }
    return this.#afterPool(
      this.actor.execute((state, moment) => changeFollow(state, followId, change, moment)),
    )
  }

  /** Unfollows: the pool sells what the follow holds, and the funds come back with its report. */
  async closeFollow(followId: string): Promise<Outcome<OwnFollow>> {
    return this.#afterPool(this.actor.execute((state, moment) => closeFollow(state, followId, moment)))
  }

  /** Newest first. Fields that only the pool knows say nothing. */
  follows(): OwnFollow[] {
    return [...this.actor.state.follows.values()].reverse().map(followView)
  }

  // Money

  async overview(): Promise<AccountOverview> {
    await this.#refreshMarks()
    return overviewOf(this.actor.state, Date.now())
  }

  /** For the cron's snapshots, in quote units; `equity` is null when a price is too old to tell. */
  async equity(): Promise<{
    equity: bigint | null
    netDeposits: bigint
    realised: bigint
    /** When the record under way began, if a reset began it. */
    resetAt: number | null
  }> {
    await this.#refreshMarks()
    const { state } = this.actor
    return {
      equity: equityOf(state, Date.now()),
      netDeposits: netDepositsOf(state),
      realised: state.realised,
      resetAt: state.records.size === 0 ? null : recordStartOf(state),
    }
  }

  /** Closes the track record and begins another with the demo funds. The same id again answers the record that it closed. */
  async reset(resetId: string): Promise<Outcome<ClosedRecord>> {
    if (this.actor.overfull) return BUSY
    await this.#refreshMarks()
    return this.actor.execute((state, moment) => resetAccount(state, resetId, moment))
  }

  /** Track records that resets have closed, oldest first. */
  closedRecords(): ClosedRecord[] {
    return [...this.actor.state.records.values()]
  }

  /** What is too small to be sold, and what the houses give for it. */
  async smallBalances(): Promise<SmallBalances> {
    await this.#refreshMarks(marketsToConvert(this.actor.state), MARK_FRESH_MS)
    return smallBalancesView(smallBalances(this.actor.state, Date.now()))
  }

  async convert(conversionId: string, assets: readonly string[] | null): Promise<Outcome<ConversionView>> {
    if (this.actor.overfull) return BUSY
    await this.#refreshMarks(marketsToConvert(this.actor.state), MARK_FRESH_MS)
    const outcome = this.actor.execute((state, moment) =>
      convertSmallBalances(state, conversionId, assets, moment),
    )
    return outcome.ok ? accepted(conversionView(outcome.value)) : outcome
  }

  journal(query: ListOf<JournalQuery>): Page<JournalEntry> {
    return pageOfJournal(this.#store, query)
  }

  // For reconciliation

  statement(): AccountStatement {
    return accountStatement(this.#store, this.actor.state)
  }

  /** Entries before that number, newest first, as many as one call carries. */
  entries(before: number): PostedEntry[] {
    return readEntryPage(this.#store, before)
  }

  residues(market: string, references: readonly string[]): ResidueStatement {
    return residueStatement(this.#store, this.actor.state, market, references)
  }

  /** For the operator: tells the projection what it may have lost. Replies how many orders. */
  retell(): number {
    return this.actor.execute(retellOrders)
  }

  // Inbox and private stream

  /** From the notifications queue; each notice counts once by its id. */
  notify(notices: readonly Notice[]): void {
    this.actor.execute((state) => notify(state, notices))
  }

  /** From the copy-fills queue: tells who watches. The copies themselves are the pool's and D1's to keep. */
  copied(copies: readonly CopyNotice[]): void {
    const fresh = copies.filter(({ id }) => !this.#copiesTold.has(id))
    for (const { id } of fresh) this.#copiesTold.add(id)
    for (const id of this.#copiesTold) {
      if (this.#copiesTold.size <= COPIES_REMEMBERED) break
      this.#copiesTold.delete(id)
    }
    if (fresh.length > 0) this.#watchers.tell([{ type: 'copies', copies: fresh }])
  }

  inbox(query: z.infer<typeof InboxQuery>): Inbox {
    return pageOfInbox(this.actor.state, query)
  }

  markRead(ids?: readonly string[]): z.infer<typeof MarkReadResult> {
    return { unread: this.actor.execute((state) => markRead(state, ids)) }
  }

  /** The private stream. Whose it is and where it comes from is checked by the API. */
  override fetch(request: Request): Response {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
      return problemAnswer({ code: 'invalid_input', message: 'Connect with a WebSocket.', field: 'upgrade' })
    return this.#watchers.accept()
  }

  override webSocketMessage(socket: WebSocket): void {
    socket.close(1008, 'This stream takes no messages.')
  }

  /** A sleeping socket does not answer a close by itself, and codes such as 1005 may not be sent back. */
  override webSocketClose(socket: WebSocket): void {
    socket.close(1000)
  }

  // What the account asks of others

  async #afterMarket(orderId: string, outcome: Outcome<Order>): Promise<Outcome<OrderDetail>> {
    if (!outcome.ok) return outcome
    await this.actor.deliver(marketAddress(outcome.value.market))
    const refusal = this.actor.state.orders.get(orderId)?.refusal ?? null
    return refusal === null ? this.order(orderId) : { ok: false, refusal }
  }

  async #afterPool(outcome: Outcome<Follow>): Promise<Outcome<OwnFollow>> {
    if (!outcome.ok) return outcome
    const { id, leaderId } = outcome.value
    await this.actor.deliver(poolAddress(leaderId))
    return accepted(followView(this.actor.state.follows.get(id) ?? outcome.value))
  }

  /** What has to be known before an order is decided: its cost where it names no price; a leader's own equity. */
  async #askMarkets(order: PlaceOrder): Promise<Outcome<{ estimate: Estimate | null; marks: Mark[] }>> {
    const request = estimateFor(order)
    const { state } = this.actor
    try {
      const [estimate, marks] = await Promise.all([
        request === null ? null : this.env.MARKET.getByName(order.market).estimate(request),
        state.fillsWanted
          ? this.#marks([...marketsToMark(state), order.market], MARK_FRESH_MS)
          : // The price band is checked against it. Every report brings one, so this asks once in a while only.
            this.#marks(order.type === 'market' ? [] : [order.market], MARK_MAX_AGE_MS),
      ])
      return accepted({ estimate, marks })
    } catch (error) {
      console.error({ object: this.actor.address, kind: 'ask', market: order.market, error: String(error) })
      return refused('busy', 'The market does not answer now. Try again in a moment.')
    }
  }

  async #refreshMarks(markets = marketsToMark(this.actor.state), age = MARK_MAX_AGE_MS): Promise<void> {
    const marks = await this.#marks(markets, age)
    if (marks.length === 0) return
    this.actor.execute(() => ({
      reply: undefined,
      events: marks.map((mark) => ({ type: 'marked', mark }) as const),
      messages: [],
      timers: [],
    }))
  }

  /** The marks of those markets whose mark here is older than `age`. A market that does not answer has none. */
  async #marks(markets: readonly string[], age: number): Promise<Mark[]> {
    const now = Date.now()
    const old = [...new Set(markets)].filter(
      (market) => now - (this.actor.state.marks.get(market)?.at ?? 0) > age,
    )
    const answers = await Promise.allSettled(old.map((market) => this.env.MARKET.getByName(market).mark()))
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  }
}

const BUSY = refused('busy', 'The venue is catching up. Try again in a minute.')
