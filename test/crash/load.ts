import * as z from 'zod'
import { MarketSummary } from '../../worker/contract/markets.ts'
import { OrderDetail } from '../../worker/contract/orders.ts'
import { Random } from '../support/random.ts'

const MARKETS = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'] as const
const LOTS: Readonly<Record<string, number>> = { 'BTC-USDT': 5, 'ETH-USDT': 4, 'SOL-USDT': 2 }

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
  refused = 0
  /** Answers of any kind. */
  answers = 0
}

/** A person who trades without end, and asks again with the same id when no answer comes. */
export class Trader {
  readonly name: string
  id = ''
  readonly #address: string
  readonly #ledger: Ledger
  readonly #random: Random
  #cookie = ''
  #orders = 0
  readonly #open: string[] = []

  constructor(address: string, name: string, ledger: Ledger, seed: number) {
    this.#address = address
    this.name = name
    this.#ledger = ledger
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

  /** One thing after another until `until` says so; what gets no answer is asked again until it gets one. */
  async trade(until: () => boolean): Promise<void> {
    while (!until()) {
      const dice = this.#random.below(100)
      if (dice < 70) await this.#place(until)
      else if (dice < 90) await this.#touch(until, 'DELETE')
      else await this.#touch(until, 'PATCH')
    }
  }

  async #place(until: () => boolean): Promise<void> {
    const market = this.#random.pick(MARKETS)
    const price = await this.#price(market)
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
    if (order.status === 'open' || order.status === 'pending') this.#open.push(order.id)
  }

  #orderOf(market: string, price: number, clientOrderId: string): { path: string; body: object } {
    const random = this.#random
    const side = random.chance(0.5) ? 'buy' : 'sell'
    const at = (share: number) => (price * share).toFixed(2)
    const quantity = ((20 + random.below(60)) / price).toFixed(LOTS[market] ?? 2)
    const common = { market, side, clientOrderId }
    const near = at(1 + ((side === 'buy' ? -1 : 1) * (random.below(30) - 5)) / 10_000)
    const away = at(side === 'buy' ? 1.002 : 0.998)
    switch (random.below(8)) {
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
    const market = this.#random.pick(MARKETS)
    const price = (await this.#price(market)) ?? 1
    const quantity = ((20 + this.#random.below(60)) / price).toFixed(LOTS[market] ?? 2)
    await this.#insist(method, `/orders/${id}`, method === 'PATCH' ? { quantity } : undefined, until)
  }

  async #price(market: string): Promise<number | null> {
    try {
      const answer = await this.#fetch('GET', `/markets/${market}`)
      return answer.status === 200 ? Number(MarketSummary.parse(answer.body).ticker.last) : null
    } catch {
      // The venue is down; whoever asks next finds out whether it still is.
      await new Promise((resolve) => setTimeout(resolve, 50))
      return null
    }
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
        if (answer.status < 500) {
          this.#ledger.answers += 1
          return answer
        }
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
