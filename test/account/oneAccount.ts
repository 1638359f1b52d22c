import { accountDomain } from '../../worker/account/accountDomain.ts'
import { type AccountEvent, type AccountState, OWN } from '../../worker/account/accountState.ts'
import type { AccountMessage } from '../../worker/account/messages.ts'
import { type Grant, openAccount } from '../../worker/account/opening.ts'
import { type MarketsNow, type PlaceOrderCommand, placeOrder } from '../../worker/account/placeOrder.ts'
import { loadAccount } from '../../worker/account/rows.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { balanceOf, type Purse } from '../../worker/ledger/ledger.ts'
import type { Fill, OrderReport, Side } from '../../worker/market/messages.ts'
import { marketById, quoteOf } from '../../worker/market/settings.ts'
import { Actor } from '../../worker/messaging/actor.ts'
import { type Address, accountAddress, marketAddress } from '../../worker/messaging/address.ts'
import { decode, encode } from '../../worker/messaging/codec.ts'
import type { Decision, Moment } from '../../worker/messaging/domain.ts'
import { Disk, type SqliteStore } from '../support/sqliteStore.ts'

export const BTC = marketById('BTC-USDT')
export const NOBODY: MarketsNow = { estimate: null, marks: [] }

/** The command of a test, with what every order has. */
export function orderCommand(
  command: Partial<PlaceOrderCommand> & { orderId: string; side: Side },
): PlaceOrderCommand {
  return {
    market: 'BTC-USDT',
    type: 'limit',
    timeInForce: 'GTC',
    postOnly: false,
    selfTradePrevention: 'cancel_newest',
    ...command,
  }
}

/** One account on real rows, alone: what it sends stays in its outbox, and the test plays its markets and pools. */
export class OneAccount {
  readonly id: string
  readonly #disk = new Disk()
  store: SqliteStore
  actor: Actor<AccountState, AccountEvent>
  now = 1_000_000
  #ids = 0
  #trades = 0
  readonly #received = new Map<Address, number>()

  constructor(id = 'ada') {
    this.id = id
    this.store = this.#disk.open()
    this.actor = this.#born()
  }

  /** The object dies, wherever it was, and wakes on its rows. */
  wakeAgain(): void {
    this.store = this.#disk.open()
    this.actor = this.#born()
  }

  #born(): Actor<AccountState, AccountEvent> {
    return new Actor(accountAddress(this.id), accountDomain(this.id), {
      store: this.store,
      transport: { deliver: () => new Promise(() => {}) },
      moment: this.moment,
      armAlarm: () => {},
      report: (fault) => {
        throw new Error(`fault ${fault.kind}`, { cause: fault.error })
      },
    })
  }

  get moment(): Moment {
    const account = this
    return {
      get now() {
        return account.now
      },
      newId() {
        account.#ids += 1
        return `id-${account.#ids}`
      },
    }
  }

  get state(): AccountState {
    return this.actor.state
  }

  execute<Reply>(decide: (state: AccountState, moment: Moment) => Decision<AccountEvent, Reply>): Reply {
    return this.actor.execute(decide)
  }

  open(...grants: [asset: string, amount: string][]): this {
    const list: Grant[] = grants.map(([asset, amount]) => ({ asset, amount: toUnits(amount) }))
    this.execute((state, moment) => openAccount(state, list, moment))
    return this
  }

  place(command: PlaceOrderCommand, known: MarketsNow = NOBODY) {
    return this.execute((state, moment) => placeOrder(state, command, known, moment))
  }

  /** Hands over the next message of `from`'s stream. */
  take(from: Address, message: AccountMessage): void {
    const first = (this.#received.get(from) ?? 0) + 1
    const { applied } = this.actor.receive({
      from,
      to: accountAddress(this.id),
      first,
      messages: [encode(message)],
      acknowledged: 0,
    })
    if (applied !== first) throw new Error(`the message ${first} of ${from} was not applied`)
    this.#received.set(from, first)
  }

  report(report: Partial<OrderReport> & Pick<OrderReport, 'orderId' | 'side' | 'status'>): void {
    this.take(marketAddress(report.market ?? 'BTC-USDT'), {
      type: 'orderReport',
      market: 'BTC-USDT',
      reason: null,
      fills: [],
      sequence: 1,
      triggered: false,
      preventedLots: 0,
      answer: null,
      mark: { market: 'BTC-USDT', ticks: 6_000_000, at: this.now },
      at: this.now,
      ...report,
    })
  }

  /** A fill at 10 basis points of fee, as the market makes it. */
  fill(side: Side, ticks: number, lots: number, liquidity: Fill['liquidity'] = 'taker'): Fill {
    this.#trades += 1
    const quote = quoteOf(BTC, ticks, lots)
    const received = side === 'buy' ? BigInt(lots) * BTC.lotSize : quote
    return {
      tradeId: `trade-${this.#trades}`,
      sequence: this.#trades,
      ticks,
      lots,
      quote,
      liquidity,
      fee: received / 1_000n,
      rounding: received % 1_000n === 0n ? 0n : 1n,
      at: this.now,
    }
  }

  balance(purse: Purse, asset: string): bigint {
    return balanceOf(this.state.balances, OWN, purse, asset)
  }

  /** Everything in the outbox, in the order of each stream. */
  sent(to?: Address): unknown[] {
    return this.store
      .all<{ receiver: string; body: string }>(
        'SELECT receiver, body FROM outbox ORDER BY receiver, sequence',
      )
      .filter((row) => to === undefined || row.receiver === to)
      .map((row) => decode(row.body))
  }

  /** The state as the rows tell it. Marks are in memory only. */
  stateOfRows(): AccountState {
    return { ...loadAccount(this.store, this.id), marks: this.state.marks }
  }
}

/** For each asset, the sum over all purses: zero while every entry balances. */
export function sumsByAsset(state: AccountState): bigint[] {
  const sums = new Map<string, bigint>()
  for (const [key, balance] of state.balances) {
    const asset = key.split('|')[2] ?? ''
    sums.set(asset, (sums.get(asset) ?? 0n) + balance)
  }
  return [...sums.values()]
}
