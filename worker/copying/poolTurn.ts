import {
  type BalanceKey,
  type Balances,
  balanceOf,
  type Entry,
  type Posting,
  postEntry,
} from '../ledger/ledger.ts'
import type { Mark, PriceWatch } from '../market/messages.ts'
import { MARKETS, QUOTE_ASSET, quoteOf } from '../market/settings.ts'
import type { Address } from '../messaging/address.ts'
import type { Decision, Moment, Outgoing, Timer } from '../messaging/domain.ts'
import type { Block, Cause, Task } from './block.ts'
import { type Follow, isOpen, NO_POSITION, type Position, type PositionKey, positionKey } from './follow.ts'
import type { PoolEvent, PoolState } from './state.ts'

/**
 * One decision in the making: reads see the state with what was decided so far on top, writes are kept as the events,
 * messages and timers of the decision. The state itself is not touched until the decision is committed.
 */
export class PoolTurn {
  readonly leaderId: string
  readonly moment: Moment
  readonly #state: PoolState
  readonly #balances: DraftBalances
  readonly #follows = new Map<string, Follow>()
  readonly #positions = new Map<PositionKey, Position>()
  readonly #marks = new Map<string, Mark>()
  readonly #watches = new Map<string, PriceWatch | null>()
  readonly #waiting: Map<number, Task>
  readonly #events: PoolEvent[] = []
  readonly #messages: Outgoing[] = []
  readonly #timers: Timer[] = []
  #block: Block | null

  constructor(state: PoolState, moment: Moment) {
    this.leaderId = state.leaderId
    this.moment = moment
    this.#state = state
    this.#balances = new DraftBalances(state.balances)
    this.#waiting = new Map(state.waiting)
    this.#block = state.block
  }

  get now(): number {
    return this.moment.now
  }

  get block(): Block | null {
    return this.#block
  }

  follow(id: string): Follow | undefined {
    return this.#follows.get(id) ?? this.#state.follows.get(id)
  }

  /** Every follow, closed ones included, those opened in this turn last. */
  *follows(): Generator<Follow> {
    for (const [id, follow] of this.#state.follows) yield this.#follows.get(id) ?? follow
    for (const [id, follow] of this.#follows) if (!this.#state.follows.has(id)) yield follow
  }

  hasOpenFollows(): boolean {
    for (const follow of this.follows()) if (isOpen(follow)) return true
    return false
  }

  position(followId: string, market: string): Position {
    const key = positionKey(followId, market)
    return this.#positions.get(key) ?? this.#state.positions.get(key) ?? NO_POSITION
  }

  mark(market: string): Mark | undefined {
    return this.#marks.get(market) ?? this.#state.marks.get(market)
  }

  /** Units of an asset that a follow has. */
  holding(followId: string, asset: string): bigint {
    return balanceOf(this.#balances, followId, 'available', asset)
  }

  cash(followId: string): bigint {
    return this.holding(followId, QUOTE_ASSET)
  }

  /** Quote units paid for all that a follow holds. */
  invested(followId: string): bigint {
    return MARKETS.reduce((sum, { id }) => sum + this.position(followId, id).cost, 0n)
  }

  /** Quote units that a follow is worth; null when it holds what has no mark as young as `maxAge` ms. */
  equity(followId: string, maxAge: number): bigint | null {
    let equity = this.cash(followId)
    for (const market of MARKETS) {
      const held = this.holding(followId, market.base)
      if (held === 0n) continue
      const mark = this.mark(market.id)
      if (mark === undefined || this.now - mark.at > maxAge) return null
      equity += (quoteOf(market, mark.ticks, 1) * held) / market.lotSize
    }
    return equity
  }

  setFollow(follow: Follow): void {
    this.#follows.set(follow.id, follow)
  }

  forget(followId: string): void {
    this.#follows.delete(followId)
    this.#events.push({ type: 'followForgotten', followId })
  }

  setPosition(followId: string, market: string, position: Position): void {
    this.#positions.set(positionKey(followId, market), position)
  }

  /** Takes a mark unless a later one is known. Of two of one millisecond the one that comes later is. */
  setMark(mark: Mark): void {
    const known = this.mark(mark.market)
    if (known === undefined || known.at <= mark.at) this.#marks.set(mark.market, mark)
  }

  /** What a market has been asked to watch its price for; null for nothing. */
  watch(market: string): PriceWatch | null {
    const changed = this.#watches.get(market)
    return changed === undefined ? (this.#state.watches.get(market) ?? null) : changed
  }

  setWatch(market: string, watch: PriceWatch | null): void {
    this.#watches.set(market, watch)
  }

  /** Posts a balanced entry of what is not zero. Throws when it would break a law: such a decision must not be made. */
  post(kind: Entry['kind'], reference: string, postings: readonly Posting[]): void {
    const entry: Entry = {
      id: this.moment.newId(),
      kind,
      reference,
      at: this.now,
      postings: postings.filter((posting) => posting.amount !== 0n),
    }
    if (entry.postings.length === 0) return
    postEntry(this.#balances, entry)
    this.#events.push({ type: 'posted', entry })
  }

  send(to: Address, body: unknown): void {
    this.#messages.push({ to, body })
  }

  arm(key: string, at: number | null): void {
    this.#timers.push({ key, at })
  }

  waiting(): readonly Task[] {
    return [...this.#waiting.values()]
  }

  wait(cause: Cause): void {
    const last = [...this.#waiting.keys()].at(-1) ?? 0
    this.#waiting.set(last + 1, { ...cause, sequence: last + 1 })
  }

  /** Puts another cause in the place of one that waits. */
  replaceWaiting({ sequence }: Task, cause: Cause): void {
    this.#waiting.set(sequence, { ...cause, sequence })
  }

  takeWaiting(): Task | undefined {
    const [task] = this.#waiting.values()
    if (task !== undefined) this.#waiting.delete(task.sequence)
    return task
  }

  sendBlock(block: Block): void {
    this.#block = block
    this.#events.push({ type: 'blockSent', block })
  }

  closeBlock(): void {
    if (this.#block !== null) this.#events.push({ type: 'blockDone', blockId: this.#block.id })
    this.#block = null
  }

  decision(): Decision<PoolEvent> {
    const events = [...this.#events]
    if (this.#marks.size > 0) events.push({ type: 'marked', marks: [...this.#marks.values()] })
    if (this.#watches.size > 0) events.push({ type: 'watchesChanged', watches: this.#watches })
    if (this.#follows.size > 0) events.push({ type: 'followsChanged', follows: [...this.#follows.values()] })
    if (this.#positions.size > 0) events.push({ type: 'positionsChanged', positions: this.#positions })
    for (const sequence of this.#state.waiting.keys())
      if (!this.#waiting.has(sequence)) events.push({ type: 'taskTaken', sequence })
    for (const task of this.#waiting.values())
      if (this.#state.waiting.get(task.sequence) !== task) events.push({ type: 'taskKept', task })
    return { reply: undefined, events, messages: this.#messages, timers: this.#timers }
  }
}

/** Balances as a decision has left them so far, over those of the state. */
class DraftBalances extends Map<BalanceKey, bigint> {
  readonly #base: Balances

  constructor(base: Balances) {
    super()
    this.#base = base
  }

  override get(key: BalanceKey): bigint | undefined {
    return super.get(key) ?? this.#base.get(key)
  }

  override delete(key: BalanceKey): boolean {
    super.set(key, 0n)
    return true
  }
}
