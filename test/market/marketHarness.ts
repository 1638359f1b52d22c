import type { FeedStep } from '../../worker/market/feed/feed.ts'
import { marketDomain } from '../../worker/market/marketDomain.ts'
import type { MarketState } from '../../worker/market/marketState.ts'
import type {
  AmendOrder,
  BlockReport,
  CancelOrder,
  MarketMessage,
  MarketStatus,
  MarketTurn,
  OrderReport,
  OrderTerms,
  SubmitBlock,
  SubmitPair,
} from '../../worker/market/messages.ts'
import { decideStep } from '../../worker/market/quoting.ts'
import type { MarketEvent } from '../../worker/market/rows.ts'
import { type Market, marketById } from '../../worker/market/settings.ts'
import { decideStatus } from '../../worker/market/status.ts'
import type { Address } from '../../worker/messaging/address.ts'
import type { Decision, Outgoing } from '../../worker/messaging/domain.ts'
import { Disk } from '../support/sqliteStore.ts'
import { submitOrder, type TestOrder, termsOf } from './terms.ts'

export const SOL: Market = marketById('SOL-USDT')

/** A market on rows of its own, with a clock and ids that the test sets: what it sends is kept as it was sent. */
export class MarketHarness {
  readonly market: Market
  readonly disk = new Disk()
  readonly sent: Outgoing[] = []
  now = 1_790_000_000_000
  state: MarketState
  #store = this.disk.open()
  #ids = 0

  constructor(market: Market = SOL) {
    this.market = market
    this.state = this.#domain.load(this.#store)
  }

  get rowsWritten(): number {
    return this.#store.rowsWritten
  }

  /** The object loses its memory and wakes from its rows. */
  wake(): void {
    this.#store = this.disk.open()
    this.state = this.#domain.load(this.#store)
  }

  receive(from: Address, message: MarketMessage | unknown): Outgoing[] {
    return this.#commit(this.#domain.receive(this.state, from, message, this.#moment))
  }

  step(step: FeedStep | null): Outgoing[] {
    return this.#commit(decideStep(this.state, step, null, this.#moment))
  }

  due(key: string): Outgoing[] {
    return this.#commit(this.#domain.due(this.state, key, this.#moment))
  }

  submit(account: string, order: TestOrder): Outgoing[] {
    return this.receive(`account/${account}`, submitOrder(order))
  }

  submitPair(account: string, first: TestOrder, second: TestOrder): Outgoing[] {
    const orders = [submitOrder(first), submitOrder(second)] as const
    return this.receive(`account/${account}`, { type: 'submitPair', orders } satisfies SubmitPair)
  }

  /** Asks for other terms, with those that are left out as they were. */
  amend(account: string, orderId: string, change: Partial<OrderTerms>): Outgoing[] {
    const before = this.state.orders.find(orderId)?.terms ?? termsOf({ orderId, side: 'buy' })
    const terms = { ...before, ...change }
    const amend: AmendOrder = { type: 'amendOrder', orderId, amendmentId: `amend-${orderId}`, terms }
    return this.receive(`account/${account}`, amend)
  }

  setStatus(status: MarketStatus): Outgoing[] {
    return this.#commit(decideStatus(this.state, status, this.#moment))
  }

  cancel(account: string, orderId: string): Outgoing[] {
    return this.receive(`account/${account}`, { type: 'cancelOrder', orderId } satisfies CancelOrder)
  }

  block(leaderId: string, block: Omit<SubmitBlock, 'type' | 'leaderId'>): Outgoing[] {
    return this.receive(`pool/${leaderId}`, { type: 'submitBlock', leaderId, ...block } satisfies SubmitBlock)
  }

  /** `[ticks, lots]` of one side, best first. */
  levels(side: 'buy' | 'sell'): [number, number][] {
    const levels: [number, number][] = []
    this.state.book.forEachLevel(side, 1_000_000, (ticks, lots) => levels.push([ticks, lots]))
    return levels
  }

  /** Ids of the orders at a price, in the order in which they will be taken. */
  queue(side: 'buy' | 'sell', ticks: number): string[] {
    const ids: string[] = []
    this.state.book.forEachOrderAt(side, ticks, (number) =>
      ids.push(this.state.orders.get(number)?.id ?? '?'),
    )
    return ids
  }

  get #domain() {
    return marketDomain(this.market)
  }

  get #moment() {
    return {
      now: this.now,
      newId: () => {
        this.#ids += 1
        return `id-${this.#ids}`
      },
    }
  }

  #commit(decision: Decision<MarketEvent>): Outgoing[] {
    this.#store.transaction(() => {
      for (const event of decision.events) {
        this.#domain.persist(this.#store, event, this.state)
        this.#domain.apply(this.state, event)
      }
    })
    this.sent.push(...decision.messages)
    return [...decision.messages]
  }
}

const bodies = (messages: readonly Outgoing[], type: string): unknown[] =>
  messages.map(({ body }) => body).filter((body) => typed(body) === type)

const typed = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'type' in body ? body.type : undefined

// The market sends nothing else under these names, and that is what the tests look at.
export const reports = (messages: readonly Outgoing[]) => bodies(messages, 'orderReport') as OrderReport[]
export const blockReports = (messages: readonly Outgoing[]) =>
  bodies(messages, 'blockReport') as BlockReport[]
export const turns = (messages: readonly Outgoing[]) => bodies(messages, 'marketTurn') as MarketTurn[]

export function reportOf(messages: readonly Outgoing[], orderId: string): OrderReport {
  const found = reports(messages).filter((report) => report.orderId === orderId)
  const [report] = found
  if (report === undefined || found.length > 1) throw new Error(`${found.length} reports of ${orderId}`)
  return report
}
