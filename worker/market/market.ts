import type { BookSnapshot, CandlePage, MarketSummary, Print, Ticker } from '../contract/markets.ts'
import { type Config, configOf, type Env } from '../env.ts'
import type { Address } from '../messaging/address.ts'
import { durableStore } from '../messaging/durable.ts'
import { DurableActor, systemMoment } from '../messaging/durableActor.ts'
import type { Store } from '../messaging/store.ts'
import type { Batch, Receipt } from '../messaging/stream.ts'
import { Broadcast } from './broadcast.ts'
import { type Candle, DAY, MINUTE, minuteOf } from './candles.ts'
import { estimate } from './estimate.ts'
import { createFeed } from './feed/createFeed.ts'
import type { Feed } from './feed/feed.ts'
import { type CandlesAsked, MarketHistory } from './history.ts'
import { marketDomain } from './marketDomain.ts'
import type { MarketState } from './marketState.ts'
import type { Estimate, EstimateRequest, Mark, MarketStatus } from './messages.ts'
import { decideStep } from './quoting.ts'
import { retellTrades, TRADES_RETOLD } from './retelling.ts'
import type { MarketEvent } from './rows.ts'
import { marketById } from './settings.ts'
import { type MarketStatement, marketStatement, readParties, readTradesAfter } from './statement.ts'
import { decideStatus } from './status.ts'
import { type KeptTrades, keptTrades, type TradesAsked } from './tradeHistory.ts'
import { bookView, printViews, summaryView, tickerView } from './views.ts'

/** Between two steps of the feed while somebody watches. */
const STEP_MS = 250

/** Whoever acts on a book that nobody watches finds it no older than this. */
const FRESH_MS = 1_000

/** A pause after which the minutes missed are filled from the feed's past. */
const PAUSE_MS = 10_000

/** Between two steps while nobody watches and orders wait for a price; also wakes an object that was put away while watched. */
const UNWATCHED_STEP_MS = 10_000

/** Without an answer of the feed for so long, the market rests: it is no longer stepped for those who watch. */
const RESTS_AFTER_MS = 60_000

/** Between two looks of a market that rests whether its feed answers again. */
const RESTING_STEP_MS = 30_000

const TELL_TRADERS_MS = 20_000

/**
 * One market: its book and matching (`marketDomain`), the reference feed that the house quotes around, and the public
 * stream. What accounts and pools send arrives in `receive`; everybody else reads. An idle market has no timer.
 */
export class Market extends DurableActor<Env, MarketState, MarketEvent> {
  readonly #config: Config
  readonly #feed: Feed
  readonly #broadcast: Broadcast
  readonly #rows: Store
  readonly #history: MarketHistory
  /** The state that listeners follow. Another one means that the memory was lost and everybody needs a snapshot. */
  #followed: MarketState | null = null
  #steppedAt = 0
  /** The state whose candles hold the feed's past. */
  #pastKnownTo: MarketState | null = null
  #stepping: Promise<void> | null = null
  /** Until then it is stepped for those who watch, whether the feed answers or not. */
  #restsAt = 0
  #running = false
  #toldTraders = 0
  #nextUnwatched = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, 'market', (id) => marketDomain(marketById(id)))
    this.#config = configOf(env)
    this.#feed = createFeed(marketById(this.id), this.#config)
    const { streamInterval: interval, streamSocketsPerAddress: perAddress } = this.#config
    this.#broadcast = new Broadcast(ctx, { interval, perAddress }, systemMoment, () => this.#state)
    this.#rows = durableStore(ctx.storage)
    this.#history = new MarketHistory(this.#rows, this.#feed)
  }

  override async receive(batch: Batch): Promise<Receipt> {
    await this.#freshen()
    const receipt = super.receive(batch)
    this.#afterwards()
    return receipt
  }

  async summary(): Promise<MarketSummary> {
    await this.#freshen()
    this.#learnPast()
    return summaryView(this.#state, this.#feed.kind, systemMoment.now)
  }

  async snapshot(depth: number): Promise<BookSnapshot> {
    await this.#freshen()
    return bookView(this.#state, depth, systemMoment.now)
  }

  async ticker(): Promise<Ticker> {
    await this.#freshen()
    this.#learnPast()
    return tickerView(this.#state, systemMoment.now)
  }

  async mark(): Promise<Mark> {
    await this.#freshen()
    return this.#state.mark(systemMoment.now)
  }

  /** For the operator: opens, closes to all but cancels, or halts the market. Who may is checked by the API. */
  async setStatus(status: MarketStatus): Promise<MarketSummary> {
    this.actor.execute((state, moment) => decideStatus(state, status, moment))
    this.#restsAt = systemMoment.now + RESTS_AFTER_MS
    this.#state.stream.tickerChanged()
    // The house withdraws or comes back with the next step.
    await this.#step()
    return this.summary()
  }

  /** For the operator: tells the projection the trades after a sequence again. Replies where to go on, or null. */
  retell(after: number): number | null {
    const { market } = this.#state
    const trades = readTradesAfter(this.#rows, market, after, TRADES_RETOLD)
    return this.actor.execute(() => retellTrades(market.id, trades))
  }

  /** What a market order would trade now: for an account that has to hold funds for it. Null when nothing would trade. */
  async estimate(request: EstimateRequest): Promise<Estimate | null> {
    await this.#freshen()
    return estimate(this.#state, request, systemMoment.now)
  }

  /** The newest lines of the tape, newest first. */
  async prints(limit: number): Promise<Print[]> {
    await this.#freshen()
    return printViews(this.#state, limit)
  }

  /** Candles of a span, the newest of it, oldest first. What no row has, because nobody watched, is told by the feed's past. */
  async candles(query: CandlesAsked): Promise<CandlePage> {
    await this.#freshen()
    this.#learnPast()
    return this.#history.candles(this.#state, query, systemMoment.now)
  }

  /** Trades made here that are rows still, newest first, and which is the oldest of all that are. */
  trades(asked: TradesAsked): KeptTrades {
    return keptTrades(this.#rows, marketById(this.id), asked)
  }

  /** For reconciliation: of these objects alone, as the rows say. */
  statement(about: readonly Address[]): MarketStatement {
    return marketStatement(this.#rows, marketById(this.id), about)
  }

  /** Who has orders or trades here, of late. */
  parties(limit: number): string[] {
    return readParties(this.#rows, limit)
  }

  /** The public stream. Who may connect is the API's to say. */
  override async fetch(request: Request): Promise<Response> {
    await this.#freshen()
    const response = this.#broadcast.admit(request)
    this.#restsAt = systemMoment.now + RESTS_AFTER_MS
    this.#afterwards()
    return response
  }

  override async webSocketMessage(socket: WebSocket, text: string | ArrayBuffer): Promise<void> {
    await this.#freshen()
    this.#broadcast.hear(socket, text)
    this.#afterwards()
  }

  override webSocketClose(socket: WebSocket): void {
    this.#broadcast.dismiss(socket)
  }

  override webSocketError(socket: WebSocket): void {
    this.#broadcast.dismiss(socket)
  }

  /** A due time; or an object that was put away while somebody watched, or while orders wait for a price. */
  override async alarm(): Promise<void> {
    await super.alarm()
    if (this.#isFollowed) await this.#freshen()
    this.#afterwards()
  }

  /** The state, and when it is another than before, everybody on the way to follow it. */
  get #state(): MarketState {
    const { state } = this.actor
    if (state !== this.#followed) {
      const slept = this.#followed === null
      this.#followed = state
      this.#steppedAt = 0
      this.#broadcast.begin(state, slept)
    }
    return state
  }

  /** Has the book follow the reference before anything is done with it. */
  async #freshen(): Promise<void> {
    if (systemMoment.now - this.#steppedAt < FRESH_MS && this.actor.state === this.#followed) return
    await this.#step()
  }

  /** One step of the feed, shared by all who wait for one. A fault is told and tried again with the next step. */
  #step(): Promise<void> {
    this.#stepping ??= this.#takeStep()
      .catch((error: unknown) =>
        console.error({ object: this.actor.address, kind: 'feed', error: String(error) }),
      )
      .finally(() => {
        this.#stepping = null
      })
    return this.#stepping
  }

  async #takeStep(): Promise<void> {
    await this.#feed.prepare(systemMoment.now)
    const now = Math.max(systemMoment.now, this.#steppedAt)
    const history = this.#missed(now)
    const step = this.#feed.step(now)
    this.actor.execute((state, moment) => decideStep(state, step, history, moment))
    this.#steppedAt = now
    if (step !== null) this.#restsAt = now + RESTS_AFTER_MS
    this.#afterwards()
  }

  /**
   * The minutes since the last step, when it was long ago: after a wake only the one under way and the one whose trades
   * have been read back, since whoever places an order does not wait for a day of candles to be made (`#learnPast`).
   * Null: the step's own prints are enough.
   */
  #missed(now: number): readonly Candle[] | null {
    const state = this.#state
    if (now - this.#steppedAt <= PAUSE_MS) return null
    this.#history.missed(state, this.#steppedAt, now)
    if (this.#feed.history === undefined) return null
    if (this.#steppedAt > 0) return this.#feed.history(Math.max(this.#steppedAt, now - DAY), now)
    const minute = minuteOf(now)
    const readBack = state.candles.open?.at ?? minute
    const before = readBack < minute ? this.#feed.history(readBack, readBack + MINUTE) : []
    return [...before, ...this.#feed.history(minute, now)]
  }

  /** For those who look at a day: what the feed knows of it, asked once in a life of the memory. */
  #learnPast(): void {
    const { candles } = this.#state
    if (this.#pastKnownTo === this.#followed) return
    this.#pastKnownTo = this.#followed
    const { now } = systemMoment
    candles.fill(this.#feed.history?.(now - DAY, candles.open?.at ?? now) ?? [])
  }

  /** Whether a price is of use: somebody watches, or orders or stops wait for it. It is not while nothing may trade. */
  get #isFollowed(): boolean {
    const { status, awaitsPrice } = this.#state
    return status === 'open' && (this.#broadcast.isHeard || awaitsPrice)
  }

  get #isMoving(): boolean {
    return this.#broadcast.isHeard && this.#isFollowed && !this.#rests
  }

  /** Whether the feed has not answered for so long that it is asked only now and then. */
  get #rests(): boolean {
    return systemMoment.now >= this.#restsAt
  }

  /**
   * Steps the feed for as long as somebody watches and time alone moves the market. One that is halted, or rests, has no
   * timer and sleeps with its sockets.
   */
  #run(): void {
    if (this.#running || !this.#isMoving) return
    this.#running = true
    void this.#runWhileWatched().finally(() => {
      this.#running = false
    })
  }

  async #runWhileWatched(): Promise<void> {
    while (this.#isMoving) {
      await this.#step()
      void this.#tellTraders()
      await new Promise((resolve) => setTimeout(resolve, STEP_MS))
    }
  }

  /** The demonstration's traders trade where somebody watches. */
  async #tellTraders(): Promise<void> {
    const { now } = systemMoment
    if (!this.#config.demoTraders || now - this.#toldTraders < TELL_TRADERS_MS) return
    this.#toldTraders = now
    try {
      await this.env.DEMO_TRADERS.getByName('demo').watched(this.id)
    } catch (error) {
      console.error({ object: this.actor.address, kind: 'demo', error: String(error) })
    }
  }

  /** What every change leads to: its frame, and the next look at a market that somebody depends on. */
  #afterwards(): void {
    if (this.#broadcast.isHeard) this.#learnPast()
    this.#broadcast.schedule()
    this.#keepAlarm()
    this.#run()
  }

  #keepAlarm(): void {
    if (!this.#isFollowed) return
    const pause = this.#rests ? RESTING_STEP_MS : UNWATCHED_STEP_MS
    const next = (Math.floor(systemMoment.now / pause) + 1) * pause
    if (next === this.#nextUnwatched) return
    this.#nextUnwatched = next
    const timers = [{ key: 'feed', at: next }]
    this.actor.execute(() => ({ reply: undefined, events: [], messages: [], timers }))
  }
}
