import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type BlockOrder,
  createBook,
  type NewOrder,
  type OrderBook,
  type RestingOrder,
  type Side,
} from '../../../worker/market/engine/index.ts'
import { NaiveBook, type Told } from './naive.ts'
import { recorder } from './recorder.ts'

type Step =
  | { do: 'place'; order: NewOrder }
  | { do: 'cancel'; id: number }
  | { do: 'reduce'; id: number; lots: number }
  | { do: 'block'; block: BlockOrder }

const MAX_TICKS = 100_000_000
const MAX_ORDERS = 40

/** Prices that meet each other, and prices on both sides of a word, page and summary edge of the ladder. */
const ticks = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 95, max: 105 }) },
  { weight: 2, arbitrary: fc.constantFrom(1, 31, 32, 63, 1023, 1024, 32_767, 32_768, 1_048_576, MAX_TICKS) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: MAX_TICKS }) },
)
const lots = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 20 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 51 }) },
)
const side = fc.constantFrom<Side>('buy', 'sell')
const owner = fc.integer({ min: 0, max: 4 })
const budget = fc.oneof(
  fc.integer({ min: 1, max: 5000 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
)

/** Ids rise with the step, from where they no longer fit into an int32, so that a table of 32-bit keys would mix them up. */
const idOf = (step: number) => step * 2 ** 31 + 7
const anId = fc.integer({ min: 0, max: 60 }).map(idOf)

const limit = fc.record({ type: fc.constant('limit' as const), owner, side, ticks, lots })
const order = fc.oneof(
  { weight: 8, arbitrary: limit },
  {
    weight: 3,
    arbitrary: fc.record({ ...limitFields(), timeInForce: fc.constantFrom('IOC' as const, 'FOK' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ ...limitFields(), postOnly: fc.constant(true) }) },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        ...marketFields(),
        lots,
        worstTicks: ticks,
        timeInForce: fc.constantFrom('IOC' as const, 'FOK' as const),
      },
      { requiredKeys: ['type', 'owner', 'side', 'lots'] },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        ...marketFields(),
        budget,
        worstTicks: ticks,
        timeInForce: fc.constantFrom('IOC' as const, 'FOK' as const),
      },
      { requiredKeys: ['type', 'owner', 'side', 'budget'] },
    ),
  },
)
const tier = fc.record({ limitTicks: ticks, lots: fc.integer({ min: 1, max: 60 }) })

type Draft = { do: 'place'; order: Omit<NewOrder, 'id'> } | Exclude<Step, { do: 'place' }>
const draft: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('place' as const), order }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), id: anId }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reduce' as const), id: anId, lots }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('block' as const),
      block: fc.record({ side, leaderOwner: owner, tiers: fc.array(tier, { minLength: 1, maxLength: 4 }) }),
    }),
  },
)
const steps = fc
  .array(draft, { maxLength: 60, size: 'max' })
  .map((drafts) =>
    drafts.map(
      (each, at): Step =>
        each.do === 'place' ? { do: 'place', order: { ...each.order, id: idOf(at) } as NewOrder } : each,
    ),
  )

function limitFields() {
  return { type: fc.constant('limit' as const), owner, side, ticks, lots }
}

function marketFields() {
  return { type: fc.constant('market' as const), owner, side }
}

function run(book: OrderBook | NaiveBook, step: Step): unknown {
  if (step.do === 'place') return book.place(step.order)
  if (step.do === 'cancel') return book.cancel(step.id, 'user')
  if (step.do === 'reduce') return book.reduce(step.id, step.lots)
  return book.block(step.block)
}

/** Every resting order of a side, first to be taken first, as the book's own queries tell it. */
function queueOf(book: OrderBook, side: Side): RestingOrder[] {
  const queue: RestingOrder[] = []
  book.forEachLevel(side, Number.POSITIVE_INFINITY, (ticks, levelLots, orderCount) => {
    const before = queue.length
    book.forEachOrderAt(side, ticks, (id) => queue.push(book.get(id) as RestingOrder))
    expect(queue.length - before).toBe(orderCount)
    expect(book.lotsAt(side, ticks)).toBe(levelLots)
  })
  return queue
}

test('book, results and events are those of the naive engine after every step', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const { told, events } = recorder()
      const book = createBook({ events, maxOrders: MAX_ORDERS })
      const naive = new NaiveBook(MAX_ORDERS)
      for (const step of sequence) {
        expect(run(book, step)).toEqual(run(naive, step))
        expect(told.splice(0)).toEqual(naive.told.splice(0))
        book.assertConsistent()
        expect(queueOf(book, 'buy')).toEqual(naive.queue('buy'))
        expect(queueOf(book, 'sell')).toEqual(naive.queue('sell'))
        for (const resting of naive.orders) expect(book.get(resting.id)).toEqual(resting)
        expect(book.count).toBe(naive.orders.length)
        expect(book.bestBid).toBe(naive.queue('buy')[0]?.ticks)
        expect(book.bestAsk).toBe(naive.queue('sell')[0]?.ticks)
      }
    }),
    { numRuns: 200 },
  )
}, 60_000)

test('a book restored from its rows goes on exactly as the one it was', () => {
  fc.assert(
    fc.property(steps, steps, (before, after) => {
      const first = recorder()
      const second = recorder()
      const book = createBook({ events: first.events, maxOrders: MAX_ORDERS })
      for (const step of before) run(book, step)
      first.told.length = 0
      const restored = createBook({ events: second.events, maxOrders: MAX_ORDERS })
      for (const order of [...queueOf(book, 'buy'), ...queueOf(book, 'sell')]) restored.restore(order)
      expect(second.told).toEqual([])
      restored.assertConsistent()
      for (const step of after.map(later)) expect(run(restored, step)).toEqual(run(book, step))
      expect(second.told).toEqual(first.told)
    }),
    { numRuns: 100 },
  )
})

/** The same step with an id that no earlier step had. */
function later(step: Step): Step {
  return step.do === 'place' ? { do: 'place', order: { ...step.order, id: step.order.id + 1 } } : step
}

test('what fillable says is what a taker without own orders gets', () => {
  fc.assert(
    fc.property(steps, side, ticks, (sequence, takerSide, limitTicks) => {
      const book = createBook({ events: recorder().events, maxOrders: MAX_ORDERS })
      for (const step of sequence) run(book, step)
      const fillable = book.fillable(takerSide, limitTicks)
      const taken = book.place({
        type: 'limit',
        id: idOf(100),
        owner: 99,
        side: takerSide,
        ticks: limitTicks,
        lots: Number.MAX_SAFE_INTEGER,
        timeInForce: 'IOC',
      })
      expect(taken.filledLots).toBe(fillable)
    }),
    { numRuns: 100 },
  )
})

/** Law 5, read from the events alone, with neither engine trusted. */
test('never crossed, no trade outside the taker limit, every trade at the price and turn of its maker', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const { told, events } = recorder()
      const book = createBook({ events, maxOrders: MAX_ORDERS })
      const resting = new Map<number, { side: Side; ticks: number; lots: number; turn: number }>()
      let turn = 0
      for (const step of sequence) {
        run(book, step)
        for (const event of told.splice(0)) {
          if (event[0] === 'traded') checkTrade(event, step, resting)
          if (event[0] === 'rested')
            resting.set(event[1], { side: event[3], ticks: event[4], lots: event[5], turn: turn++ })
          if (event[0] === 'ended') resting.delete(event[1])
          if (event[0] === 'reduced') Object.assign(resting.get(event[1]) ?? {}, { lots: event[5] })
        }
        const { bestBid = 0, bestAsk = Number.POSITIVE_INFINITY } = book
        expect(bestBid).toBeLessThan(bestAsk)
      }
    }),
    { numRuns: 200 },
  )
})

function checkTrade(
  [, makerId, makerOwner, makerSide, at, lots, makerLeft]: Extract<Told, ['traded', ...unknown[]]>,
  step: Step,
  resting: Map<number, { side: Side; ticks: number; lots: number; turn: number }>,
): void {
  const maker = resting.get(makerId)
  expect(maker).toMatchObject({ side: makerSide, ticks: at, lots: lots + makerLeft })
  if (maker === undefined) return
  maker.lots = makerLeft
  for (const other of resting.values()) {
    if (other.side !== makerSide) continue
    const better = makerSide === 'sell' ? other.ticks < at : other.ticks > at
    const sooner = other.ticks === at && other.turn < maker.turn
    expect(better || sooner).toBe(false)
  }
  if (step.do === 'block') expect(makerOwner).not.toBe(step.block.leaderOwner)
  if (step.do === 'place') {
    expect(makerOwner).not.toBe(step.order.owner)
    const limitTicks = step.order.type === 'limit' ? step.order.ticks : step.order.worstTicks
    if (limitTicks !== undefined)
      expect(makerSide === 'sell' ? at <= limitTicks : at >= limitTicks).toBe(true)
  }
}
