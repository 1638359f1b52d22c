import { expect } from 'vitest'
import type { CopyPage, FollowSettings, LeaderTraded } from '../../worker/copying/messages.ts'
import { copyPoolDomain } from '../../worker/copying/poolDomain.ts'
import type { PoolEvent, PoolState } from '../../worker/copying/state.ts'
import { feeOf, toUnits } from '../../worker/ledger/amount.ts'
import { balanceOf } from '../../worker/ledger/ledger.ts'
import type { BlockReport, SubmitBlock } from '../../worker/market/messages.ts'
import { baseOf, MARKETS, marketById, QUOTE_ASSET, quoteOf } from '../../worker/market/settings.ts'
import { type Address, accountAddress, marketAddress } from '../../worker/messaging/address.ts'
import { decode, encode } from '../../worker/messaging/codec.ts'
import type { Decision, Outgoing } from '../../worker/messaging/domain.ts'
import { sqliteStore } from '../support/sqliteStore.ts'
import { SETTINGS } from './settings.ts'

export const LEADER = 'leader'
export const BTC = 'BTC-USDT'

/** What a leader's trade says, in words of a test. */
export interface Deed {
  readonly side: 'buy' | 'sell'
  readonly lots: number
  readonly ticks: number
  readonly market?: string
  readonly equity?: bigint | null
  /** Base units held before; for a buy also after, less than it matters here. */
  readonly heldBefore?: bigint
  readonly heldAfter?: bigint
  readonly orderId?: string
  readonly filledBefore?: number
  readonly orderLots?: number | null
  readonly at?: number
}

/** How a market answers a block: each tier by how many of its lots, and at which price. */
export interface Answer {
  readonly ticks?: number
  readonly part?: number
  readonly refuse?: boolean
}

/** A pool with its rows and no network: what it says is kept, and the test answers for the market. */
export class PoolBench {
  readonly store = sqliteStore()
  readonly domain = copyPoolDomain(LEADER)
  readonly said: Outgoing[] = []
  readonly timers = new Map<string, number>()
  state: PoolState = this.domain.load(this.store)
  now = 1_800_000_000_000
  #ids = 0
  #orders = 0

  receive(from: Address, message: unknown): void {
    this.#commit(this.domain.receive(this.state, from, decode(encode(message)), this.#moment()))
  }

  due(key: string): void {
    this.timers.delete(key)
    this.#commit(this.domain.due(this.state, key, this.#moment()))
  }

  open(follower: string, amount: string, settings: Partial<FollowSettings> = {}): string {
    const followId = `follow-${follower}`
    this.receive(accountAddress(follower), {
      type: 'openFollow',
      followId,
      settings: { ...SETTINGS, ...settings },
      amount: toUnits(amount),
    })
    return followId
  }

  trade(deed: Deed): LeaderTraded {
    const market = marketById(deed.market ?? BTC)
    this.#orders += 1
    const moved = baseOf(market, deed.lots)
    const heldBefore = deed.heldBefore ?? (deed.side === 'buy' ? 0n : moved)
    const trade: LeaderTraded = {
      type: 'leaderTraded',
      orderId: deed.orderId ?? `order-${this.#orders}`,
      market: market.id,
      side: deed.side,
      orderType: deed.orderLots === undefined || deed.orderLots === null ? 'market' : 'limit',
      lots: deed.lots,
      filledBefore: deed.filledBefore ?? 0,
      orderLots: deed.orderLots ?? null,
      quote: quoteOf(market, deed.ticks, deed.lots),
      equity: deed.equity === undefined ? toUnits('10000') : deed.equity,
      heldBefore,
      heldAfter: deed.heldAfter ?? (deed.side === 'buy' ? heldBefore + moved : heldBefore - moved),
      mark: { market: market.id, ticks: deed.ticks, at: this.now },
      at: deed.at ?? this.now,
    }
    this.receive(accountAddress(LEADER), trade)
    return trade
  }

  /** The block that is out, as the market was sent it. */
  block(): SubmitBlock & { market: string } {
    const { block } = this.state
    const sent = this.said.findLast(({ body }) => isType<SubmitBlock>(body, 'submitBlock'))
    if (block === null || !isType<SubmitBlock>(sent?.body, 'submitBlock')) throw new Error('no block is out')
    return { ...sent.body, market: block.market }
  }

  /** The market's answer to the block that is out: by default all of it at its first tier's price. */
  answer(how: Answer = {}): BlockReport {
    const block = this.block()
    const market = marketById(block.market)
    const refused = how.refuse === true
    const tiers = block.tiers.map(({ ticks, lots }) => {
      const filled = refused ? 0 : Math.floor(lots * (how.part ?? 1))
      return { lots: filled, quote: quoteOf(market, how.ticks ?? ticks, filled) }
    })
    const base = tiers.reduce((sum, tier) => sum + baseOf(market, tier.lots), 0n)
    const quote = tiers.reduce((sum, tier) => sum + tier.quote, 0n)
    const report: BlockReport = {
      type: 'blockReport',
      market: market.id,
      blockId: block.blockId,
      refusal: refused ? { code: 'market_closed', message: 'The market is closed.' } : null,
      tiers,
      ...feeOf(block.side === 'buy' ? base : quote, market.takerFeeBps),
      mark: { market: market.id, ticks: how.ticks ?? block.tiers[0]?.ticks ?? 1, at: this.now },
      at: this.now,
    }
    this.receive(marketAddress(market.id), report)
    return report
  }

  /** A leader's buy, copied whole at its own price. */
  copied(deed: Deed): void {
    this.trade(deed)
    if (this.state.block !== null) this.answer({ ticks: deed.ticks })
  }

  cash = (followId: string): bigint => this.held(followId, QUOTE_ASSET)
  held = (followId: string, asset = 'BTC'): bigint =>
    balanceOf(this.state.balances, followId, 'available', asset)

  pages(): CopyPage[] {
    return this.said.flatMap(({ body }) => (isType<CopyPage>(body, 'copyPage') ? [body] : []))
  }

  copies(followId: string) {
    return this.pages().flatMap((page) => page.copies.filter((copy) => copy.followId === followId))
  }

  lastCopy(followId: string) {
    const copy = this.copies(followId).at(-1)
    if (copy === undefined) throw new Error(`no copy of ${followId}`)
    return copy
  }

  to(address: Address): unknown[] {
    return this.said.filter((message) => message.to === address).map(({ body }) => body)
  }

  /** Laws 1, 2 and 7 as far as a pool alone can break them, and the rows beside the memory. */
  check(): void {
    const sums = new Map<string, bigint>()
    for (const [key, amount] of this.state.balances) {
      const [owner, purse, asset = ''] = key.split('|')
      sums.set(asset, (sums.get(asset) ?? 0n) + amount)
      if (owner !== '') expect(amount, key).toBeGreaterThan(0n)
      else expect(purse, key).not.toBe('available')
    }
    for (const [asset, sum] of sums) expect(sum, `sum of ${asset}`).toBe(0n)
    for (const follow of this.state.follows.values())
      for (const market of MARKETS) {
        const position = this.state.positions.get(`${follow.id}|${market.id}`)
        if (position === undefined) continue
        expect(position.target, 'target').toBeGreaterThanOrEqual(0n)
        expect(position.cost, 'cost').toBeGreaterThanOrEqual(0n)
      }
    expect(this.domain.load(this.store)).toEqual(this.state)
  }

  #moment() {
    return {
      now: this.now,
      newId: () => {
        this.#ids += 1
        return `id-${String(this.#ids).padStart(9, '0')}`
      },
    }
  }

  #commit(decision: Decision<PoolEvent>): void {
    this.store.transaction(() => {
      for (const event of decision.events) {
        this.domain.persist(this.store, event, this.state)
        this.domain.apply(this.state, event)
      }
    })
    for (const { key, at } of decision.timers) {
      if (at === null) this.timers.delete(key)
      else this.timers.set(key, at)
    }
    this.said.push(...decision.messages)
  }
}

function isType<Message extends { type: string }>(body: unknown, type: Message['type']): body is Message {
  return typeof body === 'object' && body !== null && 'type' in body && body.type === type
}
