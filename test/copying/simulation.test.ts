import { describe, expect, it } from 'vitest'
import type { FollowReport, TakeResidue } from '../../worker/account/messages.ts'
import { positionKey } from '../../worker/copying/follow.ts'
import type { Copy, CopyPage, FollowSettings, LeaderTraded } from '../../worker/copying/messages.ts'
import { copyPoolDomain } from '../../worker/copying/poolDomain.ts'
import type { PoolEvent, PoolState } from '../../worker/copying/state.ts'
import { feeOf, toUnits } from '../../worker/ledger/amount.ts'
import { balanceOf } from '../../worker/ledger/ledger.ts'
import type { BlockReport, SubmitBlock } from '../../worker/market/messages.ts'
import { baseOf, MARKETS, type Market, marketById, quoteOf } from '../../worker/market/settings.ts'
import { type Address, accountAddress, marketAddress, poolAddress } from '../../worker/messaging/address.ts'
import { decode, encode } from '../../worker/messaging/codec.ts'
import { type Decision, type Domain, nothing, type Outgoing } from '../../worker/messaging/domain.ts'
import { migrate } from '../../worker/messaging/store.ts'
import { Random } from '../support/random.ts'
import { VirtualObject } from '../support/virtualObject.ts'
import { type Dials, World } from '../support/world.ts'
import { SETTINGS } from './settings.ts'

/** An object that only remembers: what it sent and what it was sent, in order. */
type Diary = { from: Address | null; body: unknown }[]

/** Remembers every message, and answers as `answer` says. */
function diaryDomain(answer: (body: unknown, now: number) => Outgoing[]): Domain<Diary, Diary[number]> {
  return {
    load(store) {
      migrate(store, 'diary', ['CREATE TABLE diary (line INTEGER PRIMARY KEY, record TEXT NOT NULL)'])
      const rows = store.all<{ record: string }>('SELECT record FROM diary ORDER BY line')
      return rows.map((row) => decode(row.record) as Diary[number])
    },
    receive: (_state, from, body, moment) => ({
      reply: undefined,
      events: [{ from, body }],
      messages: answer(body, moment.now),
      timers: [],
    }),
    due: () => nothing(undefined),
    apply: (state, line) => void state.push(line),
    persist: (store, line) => store.run('INSERT INTO diary (record) VALUES (?)', encode(line)),
  }
}

const send = (to: Address, body: unknown): Decision<Diary[number]> => ({
  reply: undefined,
  events: [{ from: null, body }],
  messages: [{ to, body }],
  timers: [],
})

const DIALS: Dials = {
  loseBatch: 0.05,
  loseReceipt: 0.05,
  duplicate: 0.1,
  delay: 0.05,
  crash: 0.04,
  fail: 0.02,
  evict: 0.05,
}

const LEADER = 'leader'
const POOL = poolAddress(LEADER)
const TRADED = MARKETS.slice(0, 3)
const FOLLOWERS = 12

/** A market that fills some of a block, at or inside each tier's price. The same block gets the same answer. */
function fill(market: Market, { blockId, side, tiers }: SubmitBlock, now: number): BlockReport {
  const random = new Random([...blockId].reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7) % 1_000_003)
  const refused = random.chance(0.05)
  const filled = tiers.map(({ ticks, lots }) => {
    const some = refused ? 0 : random.chance(0.6) ? lots : random.below(lots + 1)
    const better = random.below(Math.max(1, Math.floor(ticks / 200)))
    return { lots: some, quote: quoteOf(market, side === 'buy' ? ticks - better : ticks + better, some) }
  })
  const quote = filled.reduce((sum, tier) => sum + tier.quote, 0n)
  const base = filled.reduce((sum, tier) => sum + baseOf(market, tier.lots), 0n)
  return {
    type: 'blockReport',
    market: market.id,
    blockId,
    refusal: refused ? { code: 'market_closed', message: 'The market is closed.' } : null,
    tiers: filled,
    ...feeOf(side === 'buy' ? base : quote, market.takerFeeBps),
    mark: { market: market.id, ticks: market.simulatedTicks, at: now },
    at: now,
  }
}

class Scene {
  readonly world: World
  readonly random: Random
  readonly copies = new Map<string, { page: CopyPage; copy: Copy }>()
  readonly settings = new Map<string, FollowSettings>()
  #trades = 0

  constructor(seed: number) {
    this.random = new Random(seed + 1)
    this.world = new World({
      seed,
      dials: DIALS,
      start: 1_800_000_000_000,
      make: (address, world) => {
        if (address === POOL) return new VirtualObject(world, address, copyPoolDomain(LEADER))
        return new VirtualObject(
          world,
          address,
          diaryDomain((body, now) => this.#answer(address, body, now)),
        )
      },
      queue: (_queue, _source, _sequence, body) => this.#collect(decode(body)),
    })
  }

  get pool(): VirtualObject<PoolState, PoolEvent> {
    // The world keeps objects of all kinds; the pool's is made above.
    return this.world.object(POOL) as VirtualObject<PoolState, PoolEvent>
  }

  diary(address: Address): Diary {
    return (this.world.object(address) as VirtualObject<Diary, Diary[number]>).state
  }

  /** One thing that somebody does; a crash in the middle leaves it done or not done. */
  act(): void {
    const follower = `f${this.random.below(FOLLOWERS)}`
    const followId = `follow-${follower}`
    try {
      if (!this.settings.has(follower)) this.#open(follower, followId)
      else if (this.random.chance(0.03)) this.#say(follower, { type: 'closeFollow', followId })
      else if (this.random.chance(0.05))
        this.#say(follower, { type: 'changeFollow', followId, paused: this.random.chance(0.5) })
      else this.#trade()
    } catch {
      // The object died in the turn. Whether its rows have the turn is what the run is about.
    }
  }

  #open(follower: string, followId: string): void {
    const mode = this.random.pick(['fixed', 'fixed', 'ratio', 'proportional', 'proportional'] as const)
    const settings: FollowSettings = {
      ...SETTINGS,
      mode,
      fixedAmount: mode === 'fixed' ? BigInt(this.random.between(1, 300_00000000)) : null,
      ratioMillionths: mode === 'ratio' ? this.random.between(1, 3_000_000) : null,
      maxPerOrder: BigInt(this.random.between(1, 500)) * toUnits('1'),
      maxSlippageBps: this.random.pick([1, 10, 50, 50, 100, 1_000]),
      notify: true,
    }
    this.settings.set(follower, settings)
    const amount = BigInt(this.random.between(1, 2_000_00000000))
    this.#say(follower, { type: 'openFollow', followId, settings, amount })
  }

  #say(account: string, body: unknown, to: Address = POOL): void {
    const object = this.world.object(accountAddress(account)) as VirtualObject<Diary, Diary[number]>
    object.execute(() => send(to, body))
  }

  #trade(): void {
    const market = this.random.pick(TRADED)
    const trades = this.diary(accountAddress(LEADER)).flatMap(({ body }) => (isTrade(body) ? [body] : []))
    const held = trades.findLast((trade) => trade.market === market.id)?.heldAfter ?? 0n
    const ticks = market.simulatedTicks + this.random.between(-50, 50)
    const sells = held > 0n && this.random.chance(0.5)
    const most = Number(toUnits('3000') / quoteOf(market, ticks, 1))
    const heldLots = Number(held / market.lotSize)
    const lots = sells
      ? this.random.chance(0.4)
        ? heldLots
        : this.random.between(1, heldLots)
      : this.random.between(1, most)
    this.#trades += 1
    const moved = baseOf(market, lots)
    const trade: LeaderTraded = {
      type: 'leaderTraded',
      orderId: `order-${this.#trades}`,
      market: market.id,
      side: sells ? 'sell' : 'buy',
      orderType: 'market',
      lots,
      filledBefore: 0,
      orderLots: null,
      quote: quoteOf(market, ticks, lots),
      equity: toUnits('10000'),
      heldBefore: held,
      heldAfter: sells ? held - moved : held + moved,
      mark: { market: market.id, ticks, at: this.world.now },
      at: this.world.now,
    }
    this.#say(LEADER, trade)
  }

  #answer(address: Address, body: unknown, now: number): Outgoing[] {
    if (!address.startsWith('market/') || !isBlock(body)) return []
    return [{ to: POOL, body: fill(marketById(address.slice('market/'.length)), body, now) }]
  }

  #collect(body: unknown): void {
    if (isPage(body)) for (const copy of body.copies) this.copies.set(copy.id, { page: body, copy })
  }

  /** Laws 1, 2 and 7 on the pool as it is. */
  check(): void {
    const { balances, follows, positions } = this.pool.state
    const sums = new Map<string, bigint>()
    for (const [key, amount] of balances) {
      const [, purse, asset = ''] = key.split('|')
      sums.set(asset, (sums.get(asset) ?? 0n) + amount)
      if (purse === 'available' && amount < 0n) throw new Error(`${key} is ${amount}`)
    }
    for (const [asset, sum] of sums) if (sum !== 0n) throw new Error(`${asset} is off by ${sum}`)
    for (const id of follows.keys())
      for (const market of MARKETS) {
        const position = positions.get(positionKey(id, market.id))
        if (position !== undefined && (position.target < 0n || position.cost < 0n))
          throw new Error(`${id} has a target of ${position.target} at a cost of ${position.cost}`)
      }
  }
}

type Typed = { type: string }
const isTyped = (body: unknown): body is Typed => typeof body === 'object' && body !== null && 'type' in body
const isTrade = (body: unknown): body is LeaderTraded => isTyped(body) && body.type === 'leaderTraded'
const isBlock = (body: unknown): body is SubmitBlock => isTyped(body) && body.type === 'submitBlock'
const isPage = (body: unknown): body is CopyPage => isTyped(body) && body.type === 'copyPage'
const isResidue = (body: unknown): body is TakeResidue => isTyped(body) && body.type === 'takeResidue'
const isReport = (body: unknown): body is FollowReport => isTyped(body) && body.type === 'followReport'
const isOpening = (body: unknown): body is { amount: bigint } & Typed =>
  isTyped(body) && body.type === 'openFollow'

const sum = (list: readonly bigint[]) => list.reduce((total, item) => total + item, 0n)

/** What a copy may cost by its follower's limits, each to the unit that rounding may add. */
function checkLimits({ page, copy }: { page: CopyPage; copy: Copy }, settings: FollowSettings): void {
  const market = marketById(page.market)
  expect(copy.quantity).toBeLessThanOrEqual(copy.wanted)
  if (page.side === 'sell' || copy.quantity === 0n) return
  expect(copy.quote).toBeLessThanOrEqual(settings.maxPerOrder)
  const leaderBase = baseOf(market, page.leader.lots)
  const worst = page.leader.quote * copy.quantity * BigInt(10_000 + settings.maxSlippageBps)
  expect((copy.quote - 1n) * leaderBase * 10_000n).toBeLessThanOrEqual(worst)
}

describe('a pool between objects that crash, over a network that loses, repeats and delays', () => {
  it.each([11, 12, 13])(
    'keeps laws 1, 2, 3 and 7 (seed %i)',
    async (seed) => {
      const scene = new Scene(seed)
      const { world } = scene
      for (let step = 0; step < 250; step += 1) {
        scene.act()
        await world.runUntil(world.now + scene.random.between(1, 4_000))
        scene.check()
      }
      await world.quiesce()
      scene.check()

      const { state } = scene.pool
      const inMemory = structuredClone({ ...state, waiting: [...state.waiting] })
      const again = scene.pool.stateOfRows()
      expect({ ...again, waiting: [...again.waiting] }).toEqual(inMemory)
      expect(state.block).toBeNull()
      expect(state.waiting.size).toBe(0)

      // Law 2, over both ends of every purse that leads out of the pool.
      let opened = 0n
      let returned = 0n
      for (let n = 0; n < FOLLOWERS; n += 1) {
        const diary = scene.diary(accountAddress(`f${n}`))
        opened += sum(diary.flatMap(({ body }) => (isOpening(body) ? [body.amount] : [])))
        returned += sum(diary.flatMap(({ body }) => (isReport(body) ? [body.returned] : [])))
      }
      expect(balanceOf(state.balances, '', `pool/${LEADER}`, 'USDT')).toBe(returned - opened)
      let blocks = 0
      for (const market of MARKETS) {
        const sent = scene
          .diary(marketAddress(market.id))
          .flatMap(({ body }) => (isBlock(body) ? [body] : []))
        blocks += sent.length
        expect(new Set(sent.map(({ blockId }) => blockId)).size).toBe(sent.length)
        const reports = sent.map((block) => ({ block, report: fill(market, block, 0) }))
        const base = reports.map(({ block, report }) => {
          const lots = report.tiers.reduce((total, tier) => total + tier.lots, 0)
          return block.side === 'buy' ? -baseOf(market, lots) : baseOf(market, lots)
        })
        expect(balanceOf(state.balances, '', `clearing/${market.id}`, market.base)).toBe(sum(base))
        const residue = scene
          .diary(accountAddress(`house.${market.id}`))
          .flatMap(({ body }) => (isResidue(body) ? [body.quantity] : []))
        expect(balanceOf(state.balances, '', `residue/${market.id}`, market.base)).toBe(sum(residue))
      }

      // Law 3 and cases 1 and 2: each trade of the leader is one copy of each follow at most.
      const seen = new Set<string>()
      for (const { page, copy } of scene.copies.values()) {
        const key = `${page.leader.orderId} ${copy.followId}`
        expect(seen.has(key), key).toBe(false)
        seen.add(key)
        const settings = scene.settings.get(copy.followerId)
        if (settings !== undefined) checkLimits({ page, copy }, settings)
      }
      // The run is worth something only if it did something.
      expect(blocks).toBeGreaterThan(20)
      expect(world.counts.crashes).toBeGreaterThan(10)
      expect(world.counts.repeated).toBeGreaterThan(20)
      expect([...scene.copies.values()].filter(({ copy }) => copy.quantity > 0n).length).toBeGreaterThan(50)
    },
    60_000,
  )
})
