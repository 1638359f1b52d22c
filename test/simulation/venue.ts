import { accountDomain } from '../../worker/account/accountDomain.ts'
import type { AccountEvent, AccountState } from '../../worker/account/accountState.ts'
import type { CopyPage, FollowRecord, FollowSettings } from '../../worker/copying/messages.ts'
import { copyPoolDomain } from '../../worker/copying/poolDomain.ts'
import type { PoolEvent, PoolState } from '../../worker/copying/state.ts'
import { marketDomain } from '../../worker/market/marketDomain.ts'
import type { MarketState } from '../../worker/market/marketState.ts'
import type { MarketTurn, OrderRecord, TradeRecord } from '../../worker/market/messages.ts'
import type { MarketEvent } from '../../worker/market/rows.ts'
import {
  houseAccountId,
  isHouseAccount,
  MARKETS,
  type Market,
  marketById,
} from '../../worker/market/settings.ts'
import { Actor } from '../../worker/messaging/actor.ts'
import {
  type Address,
  accountAddress,
  marketAddress,
  parseAddress,
  poolAddress,
} from '../../worker/messaging/address.ts'
import { decode } from '../../worker/messaging/codec.ts'
import type { Domain } from '../../worker/messaging/domain.ts'
import { SqliteDatabase } from '../support/database.ts'
import { Disk } from '../support/sqliteStore.ts'
import { type AnyObject, VirtualObject } from '../support/virtualObject.ts'
import { type Dials, World } from '../support/world.ts'
import { Queues } from './queues.ts'
import { Watcher } from './watcher.ts'
import { Witness } from './witness.ts'

export type VirtualAccount = VirtualObject<AccountState, AccountEvent>
export type VirtualMarket = VirtualObject<MarketState, MarketEvent>
export type VirtualPool = VirtualObject<PoolState, PoolEvent>

const START = Date.UTC(2026, 0, 5)

/** Rules with a fault put into them on purpose, to see the laws notice. */
export interface Plant {
  readonly account?: Fault<AccountState, AccountEvent>
  readonly market?: Fault<MarketState, MarketEvent>
  readonly pool?: Fault<PoolState, PoolEvent>
}

type Fault<State, Event> = (domain: Domain<State, Event>) => Partial<Domain<State, Event>>

const planted = <State, Event>(
  fault: Fault<State, Event> | undefined,
  domain: Domain<State, Event>,
): Domain<State, Event> => ({ ...domain, ...fault?.(domain) })

export interface NotedPart {
  readonly tier: number
  readonly settings: FollowSettings
}

/** The whole venue in a virtual world: accounts, markets and pools with their real rules, rows and messages. */
export class Venue {
  readonly world: World
  readonly accounts = new Map<string, VirtualAccount>()
  readonly markets = new Map<string, VirtualMarket>()
  readonly pools = new Map<string, VirtualPool>()
  /** What the queues' consumers have made of it. */
  readonly database = new SqliteDatabase()
  readonly queues: Queues
  /** What the projection is to know, by market: trades by sequence, and orders as last told. */
  readonly trades = new Map<string, Map<number, TradeRecord>>()
  readonly orders = new Map<string, OrderRecord>()
  /** Every limit that an order has had, in ticks: it may be amended. */
  readonly limits = new Map<string, Set<number | null>>()
  readonly pages: CopyPage[] = []
  /** Who took part in each block, by follow. */
  readonly blocks = new Map<string, ReadonlyMap<string, NotedPart>>()
  readonly follows = new Map<string, FollowRecord>()
  /** Whoever watches a market's public stream, by market. */
  readonly watchers = new Map<string, Watcher>()
  /** Laws that were seen broken on the way. */
  readonly violations: string[] = []
  readonly #plant: Plant
  readonly #newAccount = emptyAccountDisk()
  readonly #queued = new Map<Address, Set<number>>()

  /** With those markets from the start; others come when somebody asks for them. */
  constructor(
    seed: number,
    dials: Dials,
    plant: Plant = {},
    mayStrike?: ReadonlySet<string>,
    markets: readonly Market[] = MARKETS,
  ) {
    this.#plant = plant
    this.world = new World({
      seed,
      dials,
      mayStrike,
      start: START,
      make: (address) => this.#make(address),
      queue: (queue, source, sequence, body) => {
        this.#take(queue, source, sequence, body)
        this.queues.put(queue, { source, sequence, body })
      },
    })
    this.queues = new Queues(this.world, this.database)
    this.world.alsoWaiting = () => this.queues.waiting
    for (const { id } of markets) this.market(id)
  }

  /** Everybody who watches takes what was told since the last time. */
  look(): void {
    for (const watcher of this.watchers.values()) this.violations.push(...watcher.look())
  }

  account(id: string): VirtualAccount {
    this.world.object(accountAddress(id))
    return found(this.accounts, id)
  }

  market(id: string): VirtualMarket {
    if (!this.markets.has(id)) {
      this.trades.set(id, new Map())
      this.world.object(marketAddress(id))
      this.world.object(accountAddress(houseAccountId(id)))
      this.watchers.set(id, new Watcher(found(this.markets, id), this.watchers.size))
    }
    return found(this.markets, id)
  }

  pool(leaderId: string): VirtualPool {
    this.world.object(poolAddress(leaderId))
    return found(this.pools, leaderId)
  }

  #make(address: Address): AnyObject {
    const { kind, id } = parseAddress(address)
    switch (kind) {
      case 'account':
        return kept(this.accounts, id, this.#makeAccount(address, id))
      case 'market':
        return kept(this.markets, id, new VirtualObject(this.world, address, this.#watched(id)))
      case 'pool':
        return kept(this.pools, id, new VirtualObject(this.world, address, this.#noted(id)))
      case 'queue':
        throw new Error(`${address} is no object`)
    }
  }

  #makeAccount(address: Address, id: string): VirtualAccount {
    const domain = planted(this.#plant.account, accountDomain(id))
    // Houses make their tables as they wake, so that a crash can come in between.
    return new VirtualObject(this.world, address, domain, isHouseAccount(id) ? undefined : this.#newAccount)
  }

  /** The rules of a market, its book looked at after each message and at each trade: law 5 is to hold at every moment. */
  #watched(marketId: string): Domain<MarketState, MarketEvent> {
    const domain = planted(this.#plant.market, marketDomain(marketById(marketId)))
    return {
      ...domain,
      load: (store) => {
        const state = domain.load(store)
        new Witness(state, (fault) => void this.violations.push(fault))
        return state
      },
      receive: (state, from, message, moment) => {
        const decision = domain.receive(state, from, message, moment)
        this.checkCrossed(state)
        return decision
      },
    }
  }

  /** The rules of a pool, each block noted with what its follows had asked for when it was decided. */
  #noted(leaderId: string): Domain<PoolState, PoolEvent> {
    const domain = planted(this.#plant.pool, copyPoolDomain(leaderId))
    return {
      ...domain,
      apply: (state, event) => {
        domain.apply(state, event)
        if (event.type !== 'blockSent') return
        const parts = event.block.parts.flatMap(({ followId, tier }): [string, NotedPart][] => {
          const follow = state.follows.get(followId)
          return follow === undefined ? [] : [[followId, { tier, settings: follow.settings }]]
        })
        this.blocks.set(event.block.id, new Map(parts))
      },
    }
  }

  checkCrossed({ market, book: { bestBid, bestAsk } }: MarketState): void {
    if (bestBid !== undefined && bestAsk !== undefined && bestBid >= bestAsk)
      this.violations.push(`law 5: ${market.id} is crossed, ${bestBid} bid and ${bestAsk} asked`)
  }

  /** A queue's consumer: a repeat is dropped by its sequence. */
  #take(queue: Address, source: Address, sequence: number, body: string): void {
    const key: Address = `queue/${queue} ${source}`
    const taken = this.#queued.get(key) ?? new Set()
    this.#queued.set(key, taken)
    if (taken.has(sequence)) return
    taken.add(sequence)
    const message = decode(body) as MarketTurn | CopyPage | FollowRecord | { type: 'other' }
    if (message.type === 'marketTurn') this.#takeTurn(message)
    if (message.type === 'copyPage') this.pages.push(message)
    if (message.type === 'followRecord') {
      const known = this.follows.get(message.followId)
      if (known === undefined || known.version < message.version) this.follows.set(message.followId, message)
    }
  }

  #takeTurn({ market, trades, orders }: MarketTurn): void {
    const known = found(this.trades, market)
    for (const trade of trades) {
      if (known.has(trade.sequence)) this.violations.push(`law 3: two trades ${trade.sequence} of ${market}`)
      known.set(trade.sequence, trade)
    }
    for (const order of orders) {
      const limits = this.limits.get(order.id) ?? new Set()
      this.limits.set(order.id, limits.add(order.terms.ticks))
      const before = this.orders.get(order.id)
      if (before === undefined || before.sequence < order.sequence) this.orders.set(order.id, order)
    }
  }
}

/** What an account's disk is after its first wake. A thousand of them are copied instead of made. */
function emptyAccountDisk(): Disk {
  const disk = new Disk()
  const actor = new Actor(accountAddress('nobody'), accountDomain('nobody'), {
    store: disk.open(),
    moment: { now: START, newId: () => 'nothing' },
    transport: { deliver: () => Promise.reject(new Error('nobody writes')) },
    armAlarm: () => {},
  })
  actor.wake()
  return disk
}

function found<Value>(map: ReadonlyMap<string, Value>, id: string): Value {
  const value = map.get(id)
  if (value === undefined) throw new Error(`the venue has no ${id}`)
  return value
}

function kept<Value>(map: Map<string, Value>, id: string, value: Value): Value {
  map.set(id, value)
  return value
}
