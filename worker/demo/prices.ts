import type { Env } from '../env.ts'
import { toUnits } from '../ledger/amount.ts'
import { marketById } from '../market/settings.ts'
import { LOOK_BACK_MS } from './strategies.ts'
import type { PriceSample } from './view.ts'

const MINUTE = 60_000

/** What a market shows now. Ticks; null where a side is empty. */
export interface Quoted {
  readonly bid: number | null
  readonly ask: number | null
  readonly samples: readonly PriceSample[]
}

/** The prices that traders look at: a sample a minute, from the market's candles at first, then from its ticker. */
export class Prices {
  readonly #env: Env
  readonly #samples = new Map<string, PriceSample[]>()

  constructor(env: Env) {
    this.#env = env
  }

  /** Asks the market. Throws when it does not answer. */
  async look(marketId: string, now: number): Promise<Quoted> {
    const { tickSize } = marketById(marketId)
    const ticksOf = (price: string): number => Number(toUnits(price) / tickSize)
    const market = this.#env.MARKET.getByName(marketId)
    const { bid, ask, last } = await market.ticker()
    const known = this.#samples.get(marketId)
    const lastAt = known?.at(-1)?.at ?? 0
    // After a pause the minutes in between are missing: the candles have them.
    const samples =
      known !== undefined && now - lastAt < 2 * MINUTE
        ? known
        : (
            await market.candles({
              interval: '1m',
              from: Math.floor((now - LOOK_BACK_MS) / MINUTE) * 60,
              limit: LOOK_BACK_MS / MINUTE + 1,
            })
          ).items.map(({ time, close }) => ({ at: time * 1_000, ticks: ticksOf(close) }))
    this.#samples.set(marketId, withLast(samples, last === null ? null : ticksOf(last), now))
    return {
      bid: bid === null ? null : ticksOf(bid),
      ask: ask === null ? null : ticksOf(ask),
      samples: this.#samples.get(marketId) ?? [],
    }
  }
}

/** The last price stands for its minute; the minutes before stay, as far as anybody looks back. */
function withLast(samples: readonly PriceSample[], ticks: number | null, now: number): PriceSample[] {
  const minute = Math.floor(now / MINUTE) * MINUTE
  const earlier = samples.filter(({ at }) => at < minute && at >= now - LOOK_BACK_MS)
  return ticks === null ? earlier : [...earlier, { at: minute, ticks }]
}
