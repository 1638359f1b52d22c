import { createContext } from 'svelte'
import type { AccountView, BalanceView } from '$contract/account.ts'
import type { FillView, OrderView } from '$contract/orders.ts'
import type { AccountStreamMessage } from '$contract/stream.ts'
import type { Api } from '../api/client.ts'
import type { Refused } from '../api/refusal.ts'
import { toUnits } from '../money/decimal.ts'
import { openStream } from '../stream/browser.ts'
import type { AccountNews } from '../stream/channels.ts'
import type { StreamState } from '../stream/topic.ts'
import { isOpen } from '../trading/orderStatus.ts'

const RECENT = 200

type Listener = (message: AccountStreamMessage) => void

/** Everything of one's own that moves: balances, orders, fills, what is unread. Read by REST, kept by the private stream. */
export class AccountFeed {
  readonly #api: Api
  #listeners: readonly Listener[] = []
  #reading = false
  #readAgain = false

  account = $state.raw<AccountView>() as AccountView
  balances = $state.raw<readonly BalanceView[]>([])
  /** Null until read. Newest first; open ones and those that ended lately. */
  orders = $state.raw<readonly OrderView[] | null>(null)
  fills = $state.raw<readonly FillView[] | null>(null)
  refusal = $state.raw<Refused | null>(null)
  unread = $state(0)
  connection = $state<StreamState>('connecting')

  constructor(account: AccountView, api: Api) {
    this.#api = api
    this.account = account
    this.balances = account.balances
    this.unread = account.unread
  }

  /** Units available of an asset; zero for one never held. */
  available(asset: string): bigint {
    return toUnits(this.balances.find((balance) => balance.asset === asset)?.available ?? '0') ?? 0n
  }

  /** Tells of every message after it has been taken in; returns what ends that. */
  listen(listener: Listener): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }

  start(): () => void {
    const { stream, end } = openStream()
    stream.account({
      update: (news) => this.take(news),
      state: (state) => {
        this.connection = state
      },
    })
    void this.read()
    void this.#api.extendSession()
    return end
  }

  take({ message, continuity }: AccountNews): void {
    if (continuity === 'fetch') void this.read()
    if (message.type === 'order') this.takeOrder(message.order)
    else if (message.type === 'fill') this.#takeFill(message.fill)
    else if (message.type === 'balances') this.#takeBalances(message.balances)
    else if (message.type === 'notification' || message.type === 'hello') this.unread = message.unread
    for (const listener of this.#listeners) listener(message)
  }

  /** The newest state of an order, from the stream or from the answer to a command, whichever is later. */
  takeOrder(order: OrderView): void {
    const orders = this.orders ?? []
    const known = orders.find(({ id }) => id === order.id)
    if (known === undefined) this.orders = [order, ...orders].slice(0, RECENT)
    else if (isLater(order, known))
      this.orders = orders.map((other) => (other.id === order.id ? order : other))
  }

  /** Reads everything anew. One reading at a time; a gap found meanwhile asks for another. */
  async read(): Promise<void> {
    this.#readAgain = true
    if (this.#reading) return
    this.#reading = true
    while (this.#readAgain) {
      this.#readAgain = false
      await this.#readOnce()
    }
    this.#reading = false
  }

  async #readOnce(): Promise<void> {
    const [account, open, closed, fills] = await Promise.all([
      this.#api.account(),
      this.#api.orders({ status: 'open', limit: 200 }),
      this.#api.orders({ status: 'closed', limit: 50 }),
      this.#api.fills({ limit: 50 }),
    ])
    this.refusal = [account, open, closed, fills].find((answer) => !answer.ok)?.refusal ?? null
    if (account.ok) {
      this.account = account.value
      this.balances = account.value.balances
      this.unread = account.value.unread
    }
    if (open.ok && closed.ok) {
      const before = this.orders ?? []
      this.orders = [...open.value.items, ...closed.value.items]
      // What the stream said while this was on its way can be newer than what was read.
      for (const order of before.slice(0, 20))
        if (this.orders.some(({ id }) => id === order.id)) this.takeOrder(order)
    }
    if (fills.ok) this.fills = fills.value.items
  }

  #takeFill(fill: FillView): void {
    const fills = this.fills ?? []
    if (!fills.some(({ id, orderId }) => id === fill.id && orderId === fill.orderId))
      this.fills = [fill, ...fills].slice(0, RECENT)
  }

  #takeBalances(changed: readonly BalanceView[]): void {
    const newest = (balance: BalanceView) => changed.find(({ asset }) => asset === balance.asset) ?? balance
    const known = (balance: BalanceView) => this.balances.some(({ asset }) => asset === balance.asset)
    this.balances = [...this.balances.map(newest), ...changed.filter((balance) => !known(balance))]
  }
}

/** Times have milliseconds; at the same one, an order that has ended is the later. */
function isLater(order: OrderView, known: OrderView): boolean {
  if (order.updatedAt !== known.updatedAt) return order.updatedAt > known.updatedAt
  return isOpen(known)
}

/** The feed of whoever is signed in, or null, as a function since it changes with the session. */
export const [accountFeed, provideAccountFeed] = createContext<() => AccountFeed | null>()
