import { ok } from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import type { NewOrder, Side } from '../../../worker/market/engine/index.ts'
import { compare } from './compare.ts'
import { isWithin, limitOf } from './naiveBook.ts'
import type { Told } from './recorder.ts'
import { histories, idOf, type Rules, type Step, worstTicks } from './scenarios.ts'

/** More of the same: `NUM_RUNS=100000 npx vitest run --project pure test/market/engine/differential.test.ts`. */
const NUM_RUNS = Number(process.env.NUM_RUNS ?? 3_000)

test('events, results, books, queues and triggers are those of the naive engine after every call', () => {
  fc.assert(
    fc.property(histories(40), ({ rules, drafts }) => {
      compare(rules, drafts)
    }),
    { numRuns: NUM_RUNS },
  )
}, 3_600_000)

test('what fillable says is what a taker without own orders gets', () => {
  const taker = fc.record({
    side: fc.constantFrom<Side>('buy', 'sell'),
    away: fc.integer({ min: -4, max: 5 }),
  })
  fc.assert(
    fc.property(histories(25), taker, ({ rules, drafts }, { side, away }) => {
      const { engine } = compare(rules, drafts)
      const ticks = Math.max(1, rules.centre + away)
      const fillable = engine.book.fillable(side, ticks)
      const order = { type: 'limit', owner: 99, side, ticks, timeInForce: 'IOC' } as const
      const { filledLots } = engine.book.place({ ...order, id: idOf(100), lots: Number.MAX_SAFE_INTEGER })
      ok(filledLots === fillable, `${fillable} fillable, ${filledLots} filled`)
    }),
    { numRuns: NUM_RUNS / 10 },
  )
}, 3_600_000)

/** Law 5, read from the events alone, with neither engine trusted. */
test('never crossed, no trade outside the taker limit, every trade at the price and turn of its maker', () => {
  fc.assert(
    fc.property(histories(40), ({ rules, drafts }) => {
      const witness = new Witness(rules)
      const { engine } = compare(rules, drafts, (step, told, result) => {
        witness.watch(step, told, result)
      })
      witness.meet(engine.book.bestBid, engine.book.bestAsk)
    }),
    { numRuns: NUM_RUNS / 10 },
  )
}, 3_600_000)

/** Knows what was asked for and what was told, and nothing of how an engine works. */
class Witness {
  private readonly asked = new Map<number, NewOrder>()
  private readonly resting = new Map<number, { side: Side; ticks: number; lots: number; turn: number }>()
  private readonly rules: Rules
  private readonly hasFired = new Set<number>()
  private turn = 0
  private last: number | null = null

  constructor(rules: Rules) {
    this.rules = rules
  }

  watch(step: Step, told: readonly Told[], result: unknown): void {
    const order = 'order' in step ? step.order : 'waiting' in step ? step.waiting.order : null
    const isRefused = step.do === 'amend' && result !== 'waiting'
    if (order !== null && !isRefused) this.asked.set(order.id, order)
    if (step.do === 'observe') this.last = step.ticks
    if (step.do === 'restart') this.last = null
    let taker: NewOrder | null = null
    for (const event of told) {
      if (event[0] === 'fired') this.hasFired.add(event[1])
      if (event[0] === 'taking') taker = this.taking(event[1])
      if (event[0] === 'traded') this.trade(event, step, taker)
      if (event[0] === 'rested') {
        const [, id, , side, ticks, lots] = event
        this.resting.set(id, { side, ticks, lots, turn: this.turn++ })
      }
      if (event[0] === 'refreshed') Object.assign(this.of(event[1]), { turn: this.turn++ })
      if (event[0] === 'reduced') Object.assign(this.of(event[1]), { lots: event[5] })
      if (event[0] === 'ended') this.resting.delete(event[1])
    }
    this.meet(this.best('buy'), this.best('sell'))
  }

  meet(bid: number | undefined, ask: number | undefined): void {
    ok((bid ?? 0) < (ask ?? Number.POSITIVE_INFINITY), `bid ${bid} meets ask ${ask}`)
    ok(bid === this.best('buy') && ask === this.best('sell'), 'the best prices are those of what rests')
  }

  /** A market order that fired has the band of the moment in which it takes. */
  private taking(id: number): NewOrder {
    const order = this.asked.get(id)
    ok(order !== undefined, `nobody asked for ${id}`)
    if (order.type === 'limit' || !this.hasFired.has(id)) return order
    return { ...order, worstTicks: worstTicks(this.rules, order.side, this.last) }
  }

  private of(id: number) {
    const order = this.resting.get(id)
    ok(order !== undefined, `${id} does not rest`)
    return order
  }

  private best(side: Side): number | undefined {
    const prices = [...this.resting.values()].flatMap((order) => (order.side === side ? [order.ticks] : []))
    return prices.sort((a, b) => (side === 'buy' ? b - a : a - b))[0]
  }

  private trade(event: Extract<Told, ['traded', ...unknown[]]>, step: Step, taker: NewOrder | null): void {
    const [, makerId, makerOwner, side, ticks, lots, left] = event
    const maker = this.of(makerId)
    ok(maker.side === side && maker.ticks === ticks && maker.lots === lots + left, "a trade is its maker's")
    maker.lots = left
    for (const other of this.resting.values()) {
      const isBetter = side === 'sell' ? other.ticks < ticks : other.ticks > ticks
      const isSooner = other.ticks === ticks && other.turn < maker.turn
      ok(other.side !== side || !(isBetter || isSooner), 'a better or an earlier order was passed over')
    }
    const takerSide = side === 'sell' ? 'buy' : 'sell'
    this.last = ticks
    if (taker === null) {
      ok(step.do === 'block' && makerOwner !== step.block.leaderOwner, 'a block meets its leader')
      ok(
        step.block.tiers.some(({ limitTicks }) => isWithin(takerSide, ticks, limitTicks)),
        'outside every limit',
      )
    } else {
      ok(taker.side === takerSide && taker.owner !== makerOwner, 'a taker meets itself')
      ok(isWithin(takerSide, ticks, limitOf(taker)), `a trade at ${ticks}, outside the taker's limit`)
    }
  }
}
