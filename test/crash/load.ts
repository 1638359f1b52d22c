import * as z from 'zod'
import { MarketSummary } from '../../worker/contract/markets.ts'
import { OrderDetail } from '../../worker/contract/orders.ts'
import type { Market } from '../../worker/market/settings.ts'
import { Random } from '../support/random.ts'

/** How somebody trades. */
export interface Habits {
  readonly markets: readonly Market[]
  readonly prices: Prices
  /** Waited for between two things that one does. */
  pause?(random: Random): Promise<void>
  /** The address that the requests seem to come from; everybody's own where there are limits. */
  readonly from?: string
}

/** An order that the venue has answered for: it must be there, once, under this id, whatever happened since. */
export interface Acknowledged {
  readonly account: string
  readonly clientOrderId: string
  readonly orderId: string
}

/** An answer that has arrived whole: one that is cut off in the middle is none. */
interface Answer {
  readonly status: number
  readonly body: unknown
  readonly cookies: string
}

/** What everybody did, for the audit and the figures. */
export class Ledger {
  readonly acknowledged: Acknowledged[] = []
  sent = 0
  retried = 0
  /** Orders that were not taken. */
  refused = 0
  /** Answers of any kind. */
  answers = 0
  cancelled = 0
  amended = 0
  /** Problems that were answered, by their code. */
  readonly problems = new Map<string, number>()

  heard({ status, body }: Answer): void {
    this.answers += 1
    if (status < 400) return
    const problem = z.object({ code: z.string() }).safeParse(body)
    const code = problem.success ? problem.data.code : `status ${status}`
    this.problems.set(code, (this.problems.get(code) ?? 0) + 1)
  }
}

/** What everybody trades around; asked for once, however many want it at a time. */
export class Prices {
  readonly #address: string
  readonly #known = new Map<string, { at: number; price: Promise<number | null> }>()

  constructor(address: string) {
    this.#address = address
  }

  /** The last price of a market, at most half a second old; null while the venue does not answer. */
  of(market: Market): Promise<number | null> {
    const known = this.#known.get(market.id)
    if (known !== undefined && performance.now() - known.at < 500) return known.price
    const price = this.#ask(market)
    this.#known.set(market.id, { at: performance.now(), price })
    return price
  }

  async #ask(market: Market): Promise<number | null> {
    try {
      const url = `${this.#address}/api/v1/markets/${market.id}`
      const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) })
      return answer.ok ? Number(MarketSummary.parse(await answer.json()).ticker.last) : null
    } catch {
      // The venue is down; whoever asks next finds out whether it still is.
      await new Promise((resolve) => setTimeout(resolve, 50))
      return null
    }
  }
}

/** A person who trades without end, and asks again with the same id when no answer comes. */
export class Trader {
  readonly name: string
  id = ''
  readonly #address: string
  readonly #ledger: Ledger
  readonly #habits: Habits
  readonly #random: Random
  #cookie = ''
  #orders = 0
  /** Markets in which something was bought, and can be sold. */
  readonly #bought = new Set<string>()
  readonly #open: string[] = []

  constructor(address: string, name: string, ledger: Ledger, seed: number, habits: Habits) {
    this.#address = address
    this.name = name
    this.#ledger = ledger
    this.#habits = habits
    this.#random = new Random(seed)
  }

  async signUp(): Promise<void> {
    const body = { name: this.name, email: `${this.name}@example.com`, password: 'correct horse battery' }
    this.#cookie = (await this.#ok('POST', '/auth/sign-up/email', body)).cookies
    this.id = z.object({ id: z.string() }).parse((await this.#ok('GET', '/account')).body).id
  }

  async takeFollowers(): Promise<void> {
    await this.#ok('PATCH', '/account/profile', { openToFollowers: true })
  }

  async follow(leaderId: string): Promise<void> {
    const settings = { mode: 'fixed', fixedAmount: '40', maxPerOrder: '200' }
    await this.#ok('POST', '/follows', { leaderId, amount: '1500', settings })
  }

  /** Wakes everything of this account that may have slept through its alarm, and answers what is open. */
  async look(): Promise<number> {
    await this.#ok('GET', '/account')
    const list = z.object({ items: z.array(z.object({ status: z.string(), amendment: z.unknown() })) })
    const answer = await this.#ok('GET', '/orders?status=open&limit=200')
    return list.parse(answer.body).items.length
  }

  /** One order far from the price, which rests, and its cancel. */
  async rest(): Promise<void> {
    const market = this.#random.pick(this.#habits.markets)
    const price = (await this.#habits.prices.of(market)) ?? 1
    const quantity = (100 / price).toFixed(market.quantityDecimals)
    const body = {
      market: market.id,
      side: 'buy',
      type: 'limit',
      price: (price / 2).toFixed(market.priceDecimals),
      quantity,
    }
    const answer = await this.#fetch('POST', '/orders', body)
    if (answer.status !== 200) return
    await this.#fetch('DELETE', `/orders/${OrderDetail.parse(answer.body).order.id}`)
  }

  /** One thing after another until `until` says so; what gets no answer is asked again until it gets one. */
  async trade(until: () => boolean): Promise<void> {
    while (!until()) {
      await this.#habits.pause?.(this.#random)
      const dice = this.#random.below(100)
      if (dice < 70) await this.#place(until)
      else if (dice < 90) await this.#touch(until, 'DELETE')
      else await this.#touch(until, 'PATCH')
    }
  }

  async #place(until: () => boolean): Promise<void> {
    const market = this.#random.pick(this.#habits.markets)
    const price = await this.#habits.prices.of(market)
    if (price === null) return
    this.#orders += 1
    const clientOrderId = `${this.name}-${this.#orders}`
    const { path, body } = this.#orderOf(market, price, clientOrderId)
    const answer = await this.#insist('POST', path, body, until)
    if (answer === null) return
    if (answer.status !== 200) {
      this.#ledger.refused += 1
      return
    }
    const parsed = z.union([OrderDetail, z.object({ takeProfit: OrderDetail })]).parse(answer.body)
    const { order } = 'takeProfit' in parsed ? parsed.takeProfit : parsed
    this.#ledger.acknowledged.push({ account: this.id, clientOrderId, orderId: order.id })
    if (order.side === 'buy' && order.status === 'filled') this.#bought.add(market.id)
    if (order.status === 'open' || order.status === 'pending') this.#open.push(order.id)
  }

  #orderOf(market: Market, price: number, clientOrderId: string): { path: string; body: object } {
    const random = this.#random
    const sells = this.#bought.has(market.id)
    const side = sells && random.chance(0.5) ? 'sell' : 'buy'
    const at = (share: number) => (price * share).toFixed(market.priceDecimals)
    const quantity = ((20 + random.below(60)) / price).toFixed(market.quantityDecimals)
    const common = { market: market.id, side, clientOrderId }
    const near = at(1 + ((side === 'buy' ? -1 : 1) * (random.below(30) - 5)) / 10_000)
    const away = at(side === 'buy' ? 1.002 : 0.998)
    const kind = random.below(8)
    switch (kind === 5 && !sells ? 6 : kind) {
      case 0:
      case 1:
        return { path: '/orders', body: { ...common, type: 'limit', price: near, quantity } }
      case 2:
        return { path: '/orders', body: { ...common, type: 'stop', triggerPrice: away, quantity } }
      case 3:
        return { path: '/orders', body: { ...common, type: 'trailing_stop', trailingBps: 10, quantity } }
      case 4: {
        const exits = side === 'buy' ? [1.003, 0.997] : [0.997, 1.003]
        const [gain, loss] = exits.map((share) => at(share ?? 1))
        const bracket = { takeProfit: { price: gain }, stopLoss: { triggerPrice: loss } }
        return { path: '/orders', body: { ...common, ...bracket, type: 'market', quoteAmount: '60' } }
      }
      case 5: {
        const pair = { takeProfit: { price: at(1.002) }, stopLoss: { triggerPrice: at(0.998) } }
        return { path: '/orders/oco', body: { ...common, side: 'sell', quantity, ...pair } }
      }
      default:
        return {
          path: '/orders',
          body: { ...common, type: 'market', quoteAmount: String(15 + random.below(40)) },
        }
    }
  }

  /** Cancels or changes an order that was open when it was last heard of. */
  async #touch(until: () => boolean, method: 'DELETE' | 'PATCH'): Promise<void> {
    const at = this.#random.below(Math.max(1, this.#open.length))
    const id = this.#open[at]
    if (id === undefined) return
    if (method === 'DELETE') this.#open.splice(at, 1)
    const market = this.#random.pick(this.#habits.markets)
    const price = (await this.#habits.prices.of(market)) ?? 1
    const quantity = ((20 + this.#random.below(60)) / price).toFixed(market.quantityDecimals)
    const body = method === 'PATCH' ? { quantity } : undefined
    const answer = await this.#insist(method, `/orders/${id}`, body, until)
    if (answer?.status === 200) this.#ledger[method === 'PATCH' ? 'amended' : 'cancelled'] += 1
  }

  /** The answer, however often the venue dies before it comes; null when the load ends first. */
  async #insist(
    method: string,
    path: string,
    body: object | undefined,
    until: () => boolean,
  ): Promise<Answer | null> {
    this.#ledger.sent += 1
    for (let attempt = 0; !until(); attempt += 1) {
      if (attempt > 0) this.#ledger.retried += 1
      try {
        const answer = await this.#fetch(method, path, body)
        // The proxy of the pages answers in place of a venue that is gone, or busy waking.
        this.#ledger.heard(answer)
        if (answer.status < 500) return answer
      } catch {
        // No answer: it may have been done all the same, and is asked again.
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return null
  }

  async #ok(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await this.#fetch(method, path, body)
    if (answer.status === 200) return answer
    throw new Error(`${this.name}: ${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }

  async #fetch(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.#address}/api/v1${path}`, {
      method,
      headers: {
        origin: this.#address,
        ...(this.#cookie === '' ? {} : { cookie: this.#cookie }),
        ...(this.#habits.from === undefined ? {} : { 'cf-connecting-ip': this.#habits.from }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
    return { status: response.status, body: isJson ? JSON.parse(text) : text, cookies: cookies.join('; ') }
  }
}
