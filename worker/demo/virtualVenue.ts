import { accountDomain } from '../account/accountDomain.ts'
import {
  type AccountEvent,
  type AccountState,
  applyAccountEvent,
  openOrders,
} from '../account/accountState.ts'
import { cancelOrder } from '../account/cancelOrder.ts'
import { type Grant, openAccount } from '../account/opening.ts'
import { hasEnded } from '../account/orderStates.ts'
import { estimateFor, placeOrder } from '../account/placeOrder.ts'
import type { Outcome } from '../contract/errors.ts'
import type { PlaceOrder } from '../contract/orders.ts'
import { estimate } from '../market/estimate.ts'
import type { ReferenceBook } from '../market/feed/feed.ts'
import { marketDomain } from '../market/marketDomain.ts'
import type { MarketState } from '../market/marketState.ts'
import { decideStep } from '../market/quoting.ts'
import { marketById } from '../market/settings.ts'
import { type Address, accountAddress, marketAddress, parseAddress } from '../messaging/address.ts'
import type { Decision, Moment } from '../messaging/domain.ts'
import type { Store } from '../messaging/store.ts'

/** Nothing is kept: the venue lives as long as the call that made it. */
const NO_ROWS: Store = { all: () => [], run: () => {}, transaction: (work) => work() }

/**
 * Markets and accounts in memory, on a clock of their own: the decisions are those of the real objects, with engine, house
 * quotes, fees and ledger; only rows, queues and the way between objects are left out.
 */
export class VirtualVenue {
  readonly #markets = new Map<string, MarketState>()
  readonly #accounts = new Map<string, AccountState>()
  readonly #moment: Moment
  #now = 0
  #ids = 0

  constructor() {
    const now = () => this.#now
    const newId = () => {
      this.#ids += 1
      return `virtual-${this.#ids}`
    }
    this.#moment = {
      get now() {
        return now()
      },
      newId,
    }
  }

  set now(now: number) {
    this.#now = now
  }

  market(id: string): MarketState {
    const known = this.#markets.get(id)
    if (known !== undefined) return known
    const state = marketDomain(marketById(id)).load(NO_ROWS)
    this.#markets.set(id, state)
    return state
  }

  account(id: string): AccountState {
    const known = this.#accounts.get(id)
    if (known !== undefined) return known
    const state = accountDomain(id).load(NO_ROWS)
    this.#accounts.set(id, state)
    return state
  }

  /** All accounts there are, those of the house included. */
  get accounts(): ReadonlyMap<string, AccountState> {
    return this.#accounts
  }

  open(accountId: string, grants: readonly Grant[]): void {
    this.#commit(accountId, openAccount(this.account(accountId), grants, this.#moment))
  }

  /** Lets the house quote around a reference book; what users' orders it meets is settled. */
  quote(marketId: string, book: ReferenceBook): void {
    const state = this.market(marketId)
    const step = { at: this.#now, book, prints: [] }
    this.#deliver(marketAddress(marketId), decideStep(state, step, null, this.#moment))
    // Nobody listens; what is not taken would be gathered for ever.
    state.stream.take()
  }

  place(accountId: string, orderId: string, order: PlaceOrder): Outcome<unknown> {
    const request = estimateFor(order)
    const answer = request === null ? null : estimate(this.market(order.market), request, this.#now)
    const command = { ...order, orderId }
    const asked = { estimate: answer, marks: [] }
    const decision = placeOrder(this.account(accountId), command, asked, this.#moment)
    this.#commit(accountId, decision)
    return decision.reply
  }

  cancel(accountId: string, orderId: string): void {
    this.#commit(accountId, cancelOrder(this.account(accountId), orderId))
  }

  cancelAll(accountId: string): void {
    for (const order of openOrders(this.account(accountId))) this.cancel(accountId, order.id)
  }

  #commit(accountId: string, decision: Decision<AccountEvent, unknown>): void {
    const state = this.account(accountId)
    for (const event of decision.events) {
      applyAccountEvent(state, event)
      // Nobody will ask for it again, and every look at the open orders would pass it.
      if (event.type === 'orderChanged' && hasEnded(event.order.status))
        applyAccountEvent(state, { type: 'orderForgotten', orderId: event.order.id })
    }
    this.#deliver(accountAddress(accountId), decision)
  }

  /** Each message is applied before the next, so what an account says in answer comes after. */
  #deliver(from: Address, { messages }: Decision<unknown, unknown>): void {
    for (const { to, body } of messages) {
      const { kind, id } = parseAddress(to)
      if (kind === 'market') {
        const state = this.market(id)
        this.#deliver(to, marketDomain(state.market).receive(state, from, body, this.#moment))
      }
      if (kind === 'account')
        this.#commit(id, accountDomain(id).receive(this.account(id), from, body, this.#moment))
    }
  }
}
