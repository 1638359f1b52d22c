import { DurableObject } from 'cloudflare:workers'
import { uuidv7 } from 'uuidv7'
import { configOf, type Env } from '../env.ts'
import { toUnits } from '../ledger/amount.ts'
import { marketById, QUOTE_ASSET } from '../market/settings.ts'
import { orderOf } from './orders.ts'
import { Prices, type Quoted } from './prices.ts'
import { type DemoTrader, ROSTER } from './roster.ts'
import { areSeeded, seedDemoTraders } from './seeding.ts'
import { worthOf } from './strategies.ts'
import type { MarketView, TraderAction, TraderView } from './view.ts'

/** How long the bots trade after somebody was last seen to watch. */
export const LEASE_MS = 60_000
/** Between two rounds: who is due trades. */
export const ROUND_MS = 4_000
/** Before what failed at the end of a lease is tried again. */
const RETRY_MS = 30_000

const MINUTE = 60_000

/**
 * The bots of the demonstration, one object for all of them, named `demo`. They trade as everybody does, by their
 * accounts; here is only the alarm that runs their strategies while somebody watches. Otherwise it costs nothing: their
 * resting orders are withdrawn when the last viewer has gone.
 */
export class DemoTraders extends DurableObject<Env> {
  readonly #on: boolean
  readonly #prices: Prices
  readonly #rounds = new Map<string, number>()
  readonly #nextAt = new Map<string, number>()
  #seeding: Promise<void> | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#on = configOf(env).demoTraders
    this.#prices = new Prices(env)
  }

  /** Creates the bots and their records where they are missing. Any number of calls comes to the same. */
  async ensureSeeded(): Promise<void> {
    if (!this.#on) return
    this.#seeding ??= this.#seed().finally(() => {
      this.#seeding = null
    })
    await this.#seeding
  }

  /** Somebody looks at this market: the bots trade for another minute, all of them and everywhere. */
  async watched(_market: string): Promise<void> {
    if (!this.#on) return
    this.ctx.storage.kv.put('leaseEndsAt', Date.now() + LEASE_MS)
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now())
  }

  /** One round, or the end. None throws: an alarm that does six times is gone. */
  override async alarm(): Promise<void> {
    const now = Date.now()
    const watched = this.#on && this.#leaseEndsAt() > now
    let next: number | null = now + (watched ? ROUND_MS : RETRY_MS)
    try {
      if (watched) await this.#round(now)
      else if (await this.#withdraw()) next = null
    } catch (error) {
      console.error({ object: 'demo', kind: 'round', error: String(error) })
    } finally {
      // Somebody may have come while the last orders were withdrawn.
      if (next === null && this.#on && this.#leaseEndsAt() > Date.now()) next = Date.now()
      if (next !== null) await this.ctx.storage.setAlarm(next)
    }
  }

  #leaseEndsAt(): number {
    return this.ctx.storage.kv.get<number>('leaseEndsAt') ?? 0
  }

  async #seed(): Promise<void> {
    const { kv } = this.ctx.storage
    if (kv.get<boolean>('seeded') === true && (await areSeeded(this.env))) return
    // Kept before anything is written, so that whatever happens the record ends at the same minute.
    const endsAt = kv.get<number>('recordEndsAt') ?? Math.floor(Date.now() / MINUTE) * MINUTE
    kv.put('recordEndsAt', endsAt)
    await seedDemoTraders(this.env, endsAt)
    kv.put('seeded', true)
  }

  /** Who is due looks at the markets and trades. One whose account or market does not answer is left out this time. */
  async #round(now: number): Promise<void> {
    if (this.ctx.storage.kv.get<boolean>('seeded') !== true) await this.ensureSeeded()
    const due = ROSTER.filter(({ id }) => (this.#nextAt.get(id) ?? 0) <= now)
    const quoted = await this.#look(new Set(due.flatMap(({ markets }) => markets)), now)
    await Promise.all(due.map((trader) => this.#letTrade(trader, quoted, now)))
  }

  async #look(markets: ReadonlySet<string>, now: number): Promise<Map<string, Quoted>> {
    const quoted = new Map<string, Quoted>()
    for (const market of markets) {
      try {
        quoted.set(market, await this.#prices.look(market, now))
      } catch (error) {
        console.error({ object: 'demo', kind: 'prices', market, error: String(error) })
      }
    }
    return quoted
  }

  async #letTrade(trader: DemoTrader, quoted: ReadonlyMap<string, Quoted>, now: number): Promise<void> {
    this.#nextAt.set(trader.id, now + trader.pace)
    try {
      const view = await this.#viewOf(trader, quoted, now)
      for (const action of trader.strategy(view)) await this.#act(trader, action)
    } catch (error) {
      console.error({ object: 'demo', kind: 'trader', trader: trader.name, error: String(error) })
    }
  }

  async #act({ id, name }: DemoTrader, action: TraderAction): Promise<void> {
    const account = this.env.ACCOUNT.getByName(id)
    const outcome =
      action.type === 'cancel'
        ? await account.cancelOrder(action.orderId)
        : await account.placeOrder(uuidv7(), orderOf(action))
    // The market has moved since it was looked at: the next round looks again.
    if (!outcome.ok && outcome.refusal.code !== 'order_already_closed')
      console.warn({ object: 'demo', kind: 'refused', trader: name, code: outcome.refusal.code })
  }

  async #viewOf(trader: DemoTrader, quoted: ReadonlyMap<string, Quoted>, now: number): Promise<TraderView> {
    const account = this.env.ACCOUNT.getByName(trader.id)
    const [overview, open] = await Promise.all([
      account.overview(),
      account.orders({ status: 'open', limit: 200 }),
    ])
    const balance = (asset: string) => overview.balances.find((one) => one.asset === asset)
    const markets = trader.markets.map((id): MarketView => {
      const market = marketById(id)
      const { bid, ask, samples } = quoted.get(id) ?? { bid: null, ask: null, samples: [] }
      const resting = open.items.flatMap(({ id: orderId, market: of, side, price }) =>
        of === id && price !== null
          ? [{ id: orderId, side, ticks: Number(toUnits(price) / market.tickSize) }]
          : [],
      )
      const owned = toUnits(balance(market.base)?.total ?? '0')
      const available = toUnits(balance(market.base)?.available ?? '0')
      return { market, bid, ask, samples, owned, available, resting }
    })
    const holdings = markets.map(({ market, bid, owned }) =>
      bid === null ? 0n : worthOf(market, bid, owned),
    )
    const cash = balance(QUOTE_ASSET)
    const round = this.#rounds.get(trader.id) ?? 0
    this.#rounds.set(trader.id, round + 1)
    return {
      now,
      round,
      equity: holdings.reduce((sum, value) => sum + value, toUnits(cash?.total ?? '0')),
      cash: toUnits(cash?.available ?? '0'),
      markets,
    }
  }

  /** Takes all resting orders off the books. Answers whether everybody's account has been told. */
  async #withdraw(): Promise<boolean> {
    const answers = await Promise.allSettled(
      ROSTER.map(({ id }) => this.env.ACCOUNT.getByName(id).cancelAll()),
    )
    return answers.every(({ status }) => status === 'fulfilled')
  }
}
