import type { EndReason, OrderRecord, OrderStatus, OrderTerms } from './messages.ts'
import { isHouseAccount } from './settings.ts'

/** An order as the market knows it beyond what the engine keeps. Changes in place while it matches. */
export interface OpenOrder {
  /** The market's acceptance sequence: its id in the engine, and the time order in which triggers fire. */
  readonly number: number
  readonly id: string
  readonly accountId: string
  /** The account, interned for the engine. */
  readonly owner: number
  terms: OrderTerms
  readonly createdAt: number
  filledLots: number
  filledQuote: bigint
  /** Lots taken off by self-trade prevention. */
  preventedLots: number
  /** Left on the book, shown or not; 0 while it waits. */
  restingLots: number
  /** Its place among the resting orders after a wake: rises with each order that comes to the back of a level. */
  priority: number
  /** The engine's number of the other order of its pair. */
  sibling: number | null
  /** Of an active trailing stop: its place among the prices that are followed. */
  since: number | null
  triggered: boolean
  status: OrderStatus
  reason: EndReason | null
  /** Of the market's changes of orders. */
  sequence: number
  updatedAt: number
}

/** What is left of an order by its quantity; an order by quote amount has none of its own. */
export const leftLots = ({ terms, filledLots, preventedLots }: OpenOrder): number =>
  (terms.lots ?? 0) - filledLots - preventedLots

/** The orders that a market has under way, by the engine's number and by id, and who owns how many. */
export class OpenOrders {
  readonly #byNumber = new Map<number, OpenOrder>()
  readonly #numbers = new Map<string, number>()
  readonly #owners = new Map<string, { owner: number; uses: number }>()
  readonly #freed: number[] = []

  #waiting = 0

  /** Orders of accounts; house quotes are not among them. */
  get waiting(): number {
    return this.#waiting
  }

  get(number: number): OpenOrder | undefined {
    return this.#byNumber.get(number)
  }

  all(): IterableIterator<OpenOrder> {
    return this.#byNumber.values()
  }

  find(id: string): OpenOrder | undefined {
    const number = this.#numbers.get(id)
    return number === undefined ? undefined : this.#byNumber.get(number)
  }

  add(order: OpenOrder): void {
    this.#byNumber.set(order.number, order)
    this.#numbers.set(order.id, order.number)
    if (!isHouseAccount(order.accountId)) this.#waiting += 1
  }

  remove(order: OpenOrder): void {
    if (!this.#byNumber.delete(order.number)) return
    if (!isHouseAccount(order.accountId)) this.#waiting -= 1
    this.#numbers.delete(order.id)
    this.release(order.accountId)
  }

  /** How many orders of an account are under way. */
  countOf(accountId: string): number {
    return this.#owners.get(accountId)?.uses ?? 0
  }

  /** The small integer that stands for an account in the engine while anything of it is there. Released once for each use. */
  intern(accountId: string): number {
    const known = this.#owners.get(accountId)
    if (known !== undefined) {
      known.uses += 1
      return known.owner
    }
    const owner = this.#freed.pop() ?? this.#owners.size
    this.#owners.set(accountId, { owner, uses: 1 })
    return owner
  }

  release(accountId: string): void {
    const known = this.#owners.get(accountId)
    if (known === undefined) return
    known.uses -= 1
    if (known.uses > 0) return
    this.#owners.delete(accountId)
    this.#freed.push(known.owner)
  }
}

export function recordOf(order: OpenOrder): OrderRecord {
  const { id, accountId, sequence, terms, filledLots, filledQuote, status, reason, createdAt, updatedAt } =
    order
  return { id, accountId, sequence, terms, filledLots, filledQuote, status, reason, createdAt, updatedAt }
}

/** Ids of orders that have ended, the newest so many of them: a repeat of one changes nothing. */
export class EndedIds {
  readonly #ids = new Set<string>()
  readonly #bound: number

  constructor(bound: number) {
    this.#bound = bound
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(id: string): void {
    this.#ids.add(id)
    if (this.#ids.size <= this.#bound) return
    const [oldest] = this.#ids
    if (oldest !== undefined) this.#ids.delete(oldest)
  }
}
