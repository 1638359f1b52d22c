import type { MarketState } from '../../worker/market/marketState.ts'
import type { Side } from '../../worker/market/messages.ts'

interface Level {
  readonly ticks: number
  /** Orders with the lots left of them, the first to be taken first. */
  readonly queue: Map<number, number>
}

/**
 * Law 5 as somebody sees it who hears what an engine tells and knows nothing of how it works: who rests where, in order of
 * coming, and whose turn it is when a trade is told.
 */
export class Witness {
  readonly #sides = { buy: new Map<number, Level>(), sell: new Map<number, Level>() }
  readonly #levelOf = new Map<number, { side: Side; level: Level }>()
  readonly #object: (fault: string) => void

  /** Listens to a market that has just been read from its rows. */
  constructor(state: MarketState, object: (fault: string) => void) {
    this.#object = object
    const resting = [...state.orders.all()].filter(({ restingLots }) => restingLots > 0)
    for (const { number, terms, restingLots } of resting.sort(
      (a, b) => a.priority - b.priority || a.number - b.number,
    ))
      if (terms.ticks !== null) this.#rest(number, terms.side, terms.ticks, restingLots)
    this.#listen(state)
  }

  #listen({ log, market }: MarketState): void {
    const { traded, rested, refreshed, reduced, ended } = log
    log.traded = (maker, owner, side, ticks, lots) => {
      this.#trade(market.id, maker, side, ticks, lots)
      traded.call(log, maker, owner, side, ticks, lots)
    }
    log.rested = (number, owner, side, ticks, lots) => {
      this.#rest(number, side, ticks, lots)
      rested.call(log, number, owner, side, ticks, lots)
    }
    log.refreshed = (number, owner, side, ticks, lots) => {
      this.#rest(number, side, ticks, lots)
      refreshed.call(log, number, owner, side, ticks, lots)
    }
    log.reduced = (number, owner, side, ticks, lots) => {
      this.#levelOf.get(number)?.level.queue.set(number, lots)
      reduced.call(log, number, owner, side, ticks, lots)
    }
    log.ended = (number, owner, side, left, reason) => {
      this.#leave(number)
      ended.call(log, number, owner, side, left, reason)
    }
  }

  /** To the back of its level. */
  #rest(number: number, side: Side, ticks: number, lots: number): void {
    this.#leave(number)
    const levels = this.#sides[side]
    const level = levels.get(ticks) ?? { ticks, queue: new Map<number, number>() }
    levels.set(ticks, level)
    level.queue.set(number, lots)
    this.#levelOf.set(number, { side, level })
  }

  #leave(number: number): void {
    const place = this.#levelOf.get(number)
    if (place === undefined) return
    this.#levelOf.delete(number)
    place.level.queue.delete(number)
    if (place.level.queue.size === 0) this.#sides[place.side].delete(place.level.ticks)
  }

  #trade(market: string, maker: number, side: Side, ticks: number, lots: number): void {
    const best = [...this.#sides[side].keys()].reduce(
      (best, other) => (side === 'sell' ? Math.min(best, other) : Math.max(best, other)),
      ticks,
    )
    const level = this.#sides[side].get(best)
    const [first] = level?.queue ?? []
    if (best !== ticks)
      this.#object(`law 5: a trade of ${market} at ${ticks}, past an order that waits at ${best}`)
    else if (level === undefined || first?.[0] !== maker)
      this.#object(
        `law 5: order ${maker} of ${market} trades at ${ticks}, where it is the turn of ${first?.[0]}`,
      )
    else if (first[1] < lots)
      this.#object(`law 5: order ${maker} of ${market} trades ${lots} lots, and has ${first[1]}`)
    else level.queue.set(maker, first[1] - lots)
  }
}
