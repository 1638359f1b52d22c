import { type AccountState, availableOf, openOrders, totalOf } from '../account/accountState.ts'
import { createSimulatedMarket, type SimulatedMarket } from '../market/feed/simulated.ts'
import { type Market, marketById, QUOTE_ASSET } from '../market/settings.ts'
import { orderOf } from './orders.ts'
import type { DemoTrader } from './roster.ts'
import { LOOK_BACK_MS, worthOf } from './strategies.ts'
import type { MarketView, PriceSample, TraderView } from './view.ts'
import { VirtualVenue } from './virtualVenue.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
export const RECORD_MS = 30 * 24 * HOUR

/** Between two looks at the markets. The virtual clock is coarse: nothing happens in between. */
const STEP_MS = 20 * MINUTE

/** Reference levels a side that the house mirrors: traders of this size never reach further. */
const LEVELS = 5

/** At the end everything is sold, in steps of a second, over at most so many. */
const CLOSING_STEPS = 120

/** Equity in quote units at a time in ms; `realised` is the total so far. */
export interface SimulatedSnapshot {
  readonly at: number
  readonly equity: bigint
  readonly realised: bigint
}

export interface SimulatedRecord {
  readonly traderId: string
  /** Hourly, oldest first, from the beginning to the end, when only cash is left. */
  readonly snapshots: readonly SimulatedSnapshot[]
  readonly orders: number
  /** Quote units that it ended with. Less than a lot of a base may be left beside it; it is not counted. */
  readonly cash: bigint
}

/**
 * What the traders would have done in the `length` (ms, whole hours) before `endsAt` (ms, whole minutes): the same strategies, orders, matching,
 * fees and ledger on the path of the simulated feed. It ends in cash, so that it joins a real account whatever feed that
 * one trades on. A function of its arguments alone.
 */
export function simulateRecords(
  roster: readonly DemoTrader[],
  seed: number,
  endsAt: number,
  length: number = RECORD_MS,
): SimulatedRecord[] {
  return new Simulation(roster, seed, endsAt, length).run()
}

interface Stage {
  readonly market: Market
  readonly simulated: SimulatedMarket
  samples: PriceSample[]
}

class Simulation {
  readonly #roster: readonly DemoTrader[]
  readonly #endsAt: number
  readonly #length: number
  readonly #venue = new VirtualVenue()
  readonly #stages = new Map<string, Stage>()
  readonly #snapshots = new Map<string, SimulatedSnapshot[]>()
  readonly #rounds = new Map<string, number>()
  readonly #placed = new Map<string, number>()

  constructor(roster: readonly DemoTrader[], seed: number, endsAt: number, length: number) {
    this.#roster = roster
    this.#endsAt = endsAt
    this.#length = length
    for (const id of new Set(roster.flatMap(({ markets }) => markets))) {
      const market = marketById(id)
      this.#stages.set(id, { market, simulated: createSimulatedMarket(market, seed), samples: [] })
    }
  }

  run(): SimulatedRecord[] {
    const begin = this.#endsAt - this.#length
    this.#venue.now = begin
    for (const { id, capital } of this.#roster)
      this.#venue.open(id, [{ asset: QUOTE_ASSET, amount: capital }])
    for (let at = begin - LOOK_BACK_MS; at < begin; at += STEP_MS) this.#sample(at)
    for (let at = begin; at < this.#endsAt - STEP_MS; at += STEP_MS) this.#step(at, at - begin)
    this.#close()
    return this.#roster.map((trader) => this.#recordOf(trader))
  }

  #step(at: number, since: number): void {
    this.#venue.now = at
    this.#sample(at)
    const due = this.#roster.filter(({ recordPace }) => since % recordPace === 0)
    this.#quote(at, new Set([...due.flatMap(({ markets }) => markets), ...this.#restingMarkets()]), LEVELS)
    for (const trader of due) this.#decide(trader, at)
    if (since % HOUR === 0) this.#snapshot(at)
  }

  #sample(at: number): void {
    for (const stage of this.#stages.values()) {
      stage.samples.push({ at, ticks: stage.simulated.ticksAt(at) })
      while ((stage.samples[0]?.at ?? at) < at - LOOK_BACK_MS) stage.samples.shift()
    }
  }

  /** Markets where an order waits to be met. */
  #restingMarkets(): string[] {
    return this.#roster.flatMap(({ id }) => openOrders(this.#venue.account(id)).map((order) => order.market))
  }

  #quote(at: number, markets: Iterable<string>, levels: number): void {
    for (const id of markets) {
      const stage = this.#stages.get(id)
      if (stage !== undefined) this.#venue.quote(id, stage.simulated.bookAt(at, levels))
    }
  }

  #decide(trader: DemoTrader, now: number): void {
    const account = this.#venue.account(trader.id)
    const markets = trader.markets.flatMap((id) => this.#marketView(account, id))
    const round = this.#rounds.get(trader.id) ?? 0
    this.#rounds.set(trader.id, round + 1)
    const view: TraderView = {
      now,
      round,
      equity: this.#equityOf(account),
      cash: availableOf(account, QUOTE_ASSET),
      markets,
    }
    for (const action of trader.strategy(view)) {
      if (action.type === 'cancel') this.#venue.cancel(trader.id, action.orderId)
      else this.#place(trader.id, action)
    }
  }

  #marketView(account: AccountState, id: string): MarketView[] {
    const stage = this.#stages.get(id)
    if (stage === undefined) return []
    const { market, samples } = stage
    const { book } = this.#venue.market(id)
    const resting = openOrders(account, id).flatMap(({ id: orderId, terms: { side, ticks } }) =>
      ticks === null ? [] : [{ id: orderId, side, ticks }],
    )
    return [
      {
        market,
        bid: book.bestBid ?? null,
        ask: book.bestAsk ?? null,
        samples,
        owned: totalOf(account, market.base),
        available: availableOf(account, market.base),
        resting,
      },
    ]
  }

  #equityOf(account: AccountState): bigint {
    let equity = totalOf(account, QUOTE_ASSET)
    for (const { market, samples } of this.#stages.values()) {
      const owned = totalOf(account, market.base)
      if (owned > 0n) equity += worthOf(market, samples.at(-1)?.ticks ?? 0, owned)
    }
    return equity
  }

  #snapshot(at: number): void {
    for (const { id } of this.#roster) {
      const account = this.#venue.account(id)
      this.#snapshotsOf(id).push({ at, equity: this.#equityOf(account), realised: account.realised })
    }
  }

  /** Everybody leaves the markets: a second of the reference's depth after another, until nothing is left to sell. */
  #close(): void {
    const begin = this.#endsAt - STEP_MS
    this.#venue.now = begin
    for (const { id } of this.#roster) this.#venue.cancelAll(id)
    for (let step = 0; step < CLOSING_STEPS; step++) {
      const at = begin + step * 1_000
      const selling = this.#sellable()
      if (selling.length === 0) return
      this.#venue.now = at
      this.#quote(at, new Set(selling.map(({ market }) => market)), LEVELS)
      for (const { traderId, market, lots } of selling) this.#place(traderId, { type: 'sell', market, lots })
    }
  }

  #sellable(): { traderId: string; market: string; lots: number }[] {
    return this.#roster.flatMap(({ id, markets }) =>
      markets.flatMap((market) => {
        const { base, lotSize, minNotional } = marketById(market)
        const owned = totalOf(this.#venue.account(id), base)
        const ticks = this.#stages.get(market)?.samples.at(-1)?.ticks ?? 0
        const worth = worthOf(marketById(market), ticks, owned)
        // A tenth above the minimum: the price may fall before the order arrives.
        if (worth < minNotional + minNotional / 10n) return []
        return [{ traderId: id, market, lots: Number(owned / lotSize) }]
      }),
    )
  }

  #recordOf({ id }: DemoTrader): SimulatedRecord {
    const account = this.#venue.account(id)
    const cash = totalOf(account, QUOTE_ASSET)
    const last = { at: this.#endsAt, equity: cash, realised: account.realised }
    return {
      traderId: id,
      snapshots: [...this.#snapshotsOf(id), last],
      orders: this.#placed.get(id) ?? 0,
      cash,
    }
  }

  #snapshotsOf(id: string): SimulatedSnapshot[] {
    const known = this.#snapshots.get(id) ?? []
    this.#snapshots.set(id, known)
    return known
  }

  #place(traderId: string, action: Parameters<typeof orderOf>[0]): void {
    const placed = (this.#placed.get(traderId) ?? 0) + 1
    this.#placed.set(traderId, placed)
    this.#venue.place(traderId, `${traderId}/${placed}`, orderOf(action))
  }
}
