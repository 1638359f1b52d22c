import type { MarketState } from '../../../../worker/market/marketState.ts'
import type { CancelOrder, Side, SubmitOrder } from '../../../../worker/market/messages.ts'
import { encode } from '../../../../worker/messaging/codec.ts'
import type { Batch, Receipt } from '../../../../worker/messaging/stream.ts'
import { submitOrder } from '../../../market/terms.ts'

/** Between two batches. */
const PAUSE_MS = 20
/** Resting orders at once; an account may have 200. */
const RESTING = 100
/** Of so many orders one takes, and the others rest near the touch. */
const TAKES = 5
const DEEPEST = 20

/**
 * One busy account as the market sees it: batches of orders, with the cancels that keep them within its limit. Local workerd
 * cannot take as many orders through HTTP and Account beside thousands of sockets, and what they cost is not what is measured.
 */
export class Traders {
  readonly #state: MarketState
  readonly #send: (batch: Batch) => Promise<Receipt>
  readonly #resting: string[] = []
  readonly #run = Date.now()
  #placed = 0
  #sent = 0
  #acknowledged = 0

  constructor(state: MarketState, send: (batch: Batch) => Promise<Receipt>) {
    this.#state = state
    this.#send = send
  }

  async trade(perSecond: number, seconds: number): Promise<number> {
    const begun = Date.now()
    for (;;) {
      const spent = Date.now() - begun
      const due = Math.floor((Math.min(spent, seconds * 1_000) * perSecond) / 1_000) - this.#placed
      if (due > 0) await this.#batch(Array.from({ length: due }, () => this.#next()).flat())
      if (spent >= seconds * 1_000) break
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    await this.#batch(this.#resting.splice(0).map(cancel))
    await this.#batch([])
    return this.#placed
  }

  async #batch(messages: readonly object[]): Promise<void> {
    const { id } = this.#state.market
    const { applied, back } = await this.#send({
      from: `account/bench${this.#run}`,
      to: `market/${id}`,
      first: this.#sent + 1,
      messages: messages.map(encode),
      acknowledged: this.#acknowledged,
    })
    this.#sent = applied
    if (back !== null) this.#acknowledged = back.first + back.messages.length - 1
  }

  #next(): (SubmitOrder | CancelOrder)[] {
    this.#placed += 1
    const orderId = `bench-${this.#run}-${this.#placed}`
    const side: Side = Math.random() < 0.5 ? 'buy' : 'sell'
    const { book, market } = this.#state
    const own = (side === 'buy' ? book.bestBid : book.bestAsk) ?? market.simulatedTicks
    const other = (side === 'buy' ? book.bestAsk : book.bestBid) ?? market.simulatedTicks
    const lots = Math.ceil(Number((market.minNotional * 2n) / (BigInt(own) * market.quotePerTickLot)))
    if (this.#placed % TAKES === 0)
      return [submitOrder({ orderId, side, ticks: other, lots, timeInForce: 'IOC' })]
    const away = Math.floor(Math.random() * DEEPEST) * (side === 'buy' ? -1 : 1)
    this.#resting.push(orderId)
    const ended = this.#resting.length > RESTING ? this.#resting.splice(0, 1) : []
    return [...ended.map(cancel), submitOrder({ orderId, side, ticks: own + away, lots })]
  }
}

const cancel = (orderId: string): CancelOrder => ({ type: 'cancelOrder', orderId })
