import { beforeEach, describe, expect, test } from 'vitest'
import {
  createBook,
  type LimitOrder,
  type MarketOrder,
  type OrderBook,
  type SelfTradePrevention,
  type Side,
} from '../../../worker/market/engine/index.ts'
import type { Told } from './recorder.ts'
import { recorder } from './recorder.ts'

const SELF = 1000

let told: Told[]
let book: OrderBook

beforeEach(() => {
  const sink = recorder()
  told = sink.told
  book = createBook({ events: sink.events })
})

/** Each order has an owner of its own unless it says otherwise. */
function limit(id: number, side: Side, ticks: number, lots: number, more: Partial<LimitOrder> = {}) {
  const placement = book.place({ type: 'limit', id, owner: id, side, ticks, lots, ...more })
  book.assertConsistent()
  return placement
}

function market(id: number, side: Side, more: Partial<MarketOrder>) {
  const placement = book.place({ type: 'market', id, owner: id, side, ...more })
  book.assertConsistent()
  return placement
}

/** [maker, lots] of each trade since the last look. */
const trades = () => told.splice(0).flatMap((event) => (event[0] === 'traded' ? [[event[1], event[5]]] : []))

describe('an iceberg', () => {
  test('shows one part, and the next goes to the back of its level', () => {
    limit(1, 'sell', 100, 25, { displayLots: 10 })
    limit(2, 'sell', 100, 10)
    expect(book.lotsAt('sell', 100)).toBe(20)
    expect(book.fillable('buy', 100)).toBe(35)
    told.length = 0
    limit(3, 'buy', 100, 12)
    expect(told).toEqual([
      ['traded', 1, 1, 'sell', 100, 10, 15],
      ['refreshed', 1, 1, 'sell', 100, 15],
      ['traded', 2, 2, 'sell', 100, 2, 8],
      ['levelChanged', 'sell', 100, 18],
      ['ended', 3, 3, 'buy', 0, 'filled'],
    ])
    told.length = 0
    limit(4, 'buy', 100, 23)
    expect(trades()).toEqual([
      [2, 8],
      [1, 10],
      [1, 5],
    ])
    expect(book.count).toBe(0)
  })

  test('a level that shows the same after a refresh is not told', () => {
    limit(1, 'sell', 100, 30, { displayLots: 10 })
    told.length = 0
    limit(2, 'buy', 100, 10)
    expect(told.map(([name]) => name)).toEqual(['traded', 'refreshed', 'ended'])
  })

  test('takes with all of it, and what is left shows a part', () => {
    limit(1, 'sell', 100, 15)
    expect(limit(2, 'buy', 100, 40, { displayLots: 10 })).toMatchObject({ filledLots: 15, leftLots: 25 })
    expect(book.get(2)).toMatchObject({ lots: 25, shownLots: 10, displayLots: 10 })
    expect(book.lotsAt('buy', 100)).toBe(10)
  })

  test('fills a FOK order from what it hides', () => {
    limit(1, 'sell', 100, 30, { displayLots: 1 })
    expect(limit(2, 'buy', 100, 31, { timeInForce: 'FOK' })).toMatchObject({ reason: 'fok' })
    expect(limit(3, 'buy', 100, 30, { timeInForce: 'FOK' })).toMatchObject({ status: 'filled' })
  })

  test('its hidden part stands behind an own order, so FOK does not reach it', () => {
    limit(1, 'sell', 100, 30, { displayLots: 5 })
    limit(2, 'sell', 100, 5, { owner: SELF })
    const fok = { owner: SELF, timeInForce: 'FOK' } as const
    expect(limit(3, 'buy', 100, 6, fok)).toMatchObject({ reason: 'fok' })
    expect(limit(4, 'buy', 100, 5, fok)).toMatchObject({ status: 'filled' })
  })

  test('is reduced from what it hides first, then from what it shows', () => {
    limit(1, 'sell', 100, 30, { displayLots: 10 })
    told.length = 0
    expect(book.reduce(1, 12)).toBe(18)
    expect(told).toEqual([['reduced', 1, 1, 'sell', 100, 12]])
    expect(book.reduce(1, 4)).toBe(8)
    expect(book.get(1)).toMatchObject({ lots: 4, shownLots: 4, displayLots: 10 })
    expect(told.at(-1)).toEqual(['levelChanged', 'sell', 100, 4])
    book.assertConsistent()
  })

  test('ends with all of its lots, and is put back as it was', () => {
    limit(1, 'sell', 100, 30, { displayLots: 10 })
    limit(2, 'buy', 100, 4)
    const row = book.get(1)
    expect(row).toMatchObject({ lots: 26, shownLots: 6 })
    expect(book.cancel(1)).toBe(26)
    if (row !== undefined) book.restore(row)
    expect(book.get(1)).toEqual(row)
    expect(book.lotsAt('sell', 100)).toBe(6)
    book.assertConsistent()
  })

  test('counts what it hides towards the bound of a side', () => {
    limit(1, 'sell', 100, Number.MAX_SAFE_INTEGER - 1, { displayLots: 1 })
    expect(limit(2, 'sell', 101, 2)).toMatchObject({ reason: 'book_full' })
    expect(limit(3, 'sell', 101, 1)).toMatchObject({ status: 'rested' })
  })

  test('needs GTC and something to hide', () => {
    expect(() => limit(1, 'sell', 100, 5, { displayLots: 5 })).toThrow(RangeError)
    expect(() => limit(1, 'sell', 100, 5, { displayLots: 2, timeInForce: 'IOC' })).toThrow(RangeError)
  })

  test('of the leader goes whole out of the way of the block, others behind it stay', () => {
    limit(1, 'sell', 100, 20, { displayLots: 5 })
    limit(2, 'sell', 100, 9, { displayLots: 3, owner: SELF })
    limit(3, 'sell', 100, 4)
    const buy = (lots: number) =>
      book.block({ side: 'buy', leaderOwner: SELF, tiers: [{ limitTicks: 100, lots }] })
    expect(buy(5).filledLots).toBe(5)
    expect(book.get(2)?.lots).toBe(9)
    told.length = 0
    // Now the leader's order stands first, then order 3, then the refreshed part of order 1.
    expect(buy(10).filledLots).toBe(10)
    expect(told[0]).toEqual(['ended', 2, SELF, 'sell', 9, 'stp'])
    expect(trades()).toEqual([
      [3, 4],
      [1, 5],
      [1, 1],
    ])
    book.assertConsistent()
  })
})

describe('self-trade prevention', () => {
  /** Others' 5 at 100, own 4 and others' 5 at 101; an own taker of `lots` to 101. */
  function meet(selfTrade: SelfTradePrevention, lots: number, more: Partial<LimitOrder> = {}) {
    limit(1, 'sell', 100, 5)
    limit(2, 'sell', 101, 4, { owner: SELF })
    limit(3, 'sell', 101, 5)
    told.length = 0
    return limit(4, 'buy', 101, lots, { owner: SELF, selfTrade, ...more })
  }

  test('cancel_newest ends the taker', () => {
    expect(meet('cancel_newest', 8)).toMatchObject({ reason: 'stp', filledLots: 5, leftLots: 3 })
    expect(book.get(2)?.lots).toBe(4)
  })

  test('cancel_oldest ends the resting order and goes on', () => {
    expect(meet('cancel_oldest', 8)).toMatchObject({ status: 'filled', filledLots: 8 })
    expect(told).toContainEqual(['ended', 2, SELF, 'sell', 4, 'stp'])
    expect(told.filter((event) => event[0] === 'levelChanged' && event[2] === 101)).toEqual([
      ['levelChanged', 'sell', 101, 2],
    ])
  })

  test('cancel_both ends both', () => {
    expect(meet('cancel_both', 8)).toMatchObject({ reason: 'stp', filledLots: 5, leftLots: 3 })
    expect(book.get(2)).toBeUndefined()
    expect(book.lotsAt('sell', 101)).toBe(5)
  })

  test('decrement makes both smaller: the taker is used up', () => {
    expect(meet('decrement', 8)).toMatchObject({ reason: 'stp', filledLots: 5, leftLots: 3 })
    expect(told).toContainEqual(['reduced', 2, SELF, 'sell', 101, 1])
  })

  test('decrement makes both smaller: the resting order is used up, and the taker goes on', () => {
    expect(meet('decrement', 20)).toMatchObject({ status: 'rested', filledLots: 10, leftLots: 6 })
    expect(told).toContainEqual(['ended', 2, SELF, 'sell', 4, 'stp'])
  })

  test('decrement and then trades of all the rest: not all of it traded', () => {
    expect(meet('decrement', 12)).toMatchObject({
      status: 'cancelled',
      reason: 'stp',
      filledLots: 8,
      leftLots: 4,
    })
  })

  test('decrement takes of what an iceberg hides first', () => {
    limit(1, 'sell', 100, 20, { displayLots: 5, owner: SELF })
    limit(2, 'buy', 100, 15, { owner: SELF, selfTrade: 'decrement' })
    expect(book.get(1)).toMatchObject({ lots: 5, shownLots: 5 })
  })

  test('FOK passes over own orders only where they would be cancelled', () => {
    const fok = { timeInForce: 'FOK' } as const
    expect(meet('decrement', 6, fok)).toMatchObject({ reason: 'fok' })
    for (const selfTrade of ['cancel_newest', 'cancel_both'] as const)
      expect(limit(5, 'buy', 101, 6, { owner: SELF, selfTrade, ...fok })).toMatchObject({ reason: 'fok' })
    const oldest = { owner: SELF, selfTrade: 'cancel_oldest', ...fok } as const
    expect(limit(6, 'buy', 101, 11, oldest)).toMatchObject({ reason: 'fok' })
    expect(book.get(2)?.lots).toBe(4)
    expect(limit(7, 'buy', 101, 10, oldest)).toMatchObject({ status: 'filled' })
  })

  test('of a budget, decrement uses up what the own order would have cost', () => {
    limit(1, 'sell', 100, 4, { owner: SELF })
    limit(2, 'sell', 100, 10)
    const placement = market(3, 'buy', { owner: SELF, budget: 1000, selfTrade: 'decrement' })
    expect(placement).toMatchObject({ reason: 'stp', filledLots: 6, budgetLeft: 400 })
  })
})

describe('a market order with two bounds', () => {
  beforeEach(() => {
    limit(1, 'sell', 100, 5)
    limit(2, 'sell', 110, 5)
  })

  test('that gets the lots it wants within its budget is filled', () => {
    expect(market(3, 'buy', { lots: 6, budget: 610, wants: 'lots' })).toMatchObject({ status: 'filled' })
  })

  test('is held where the bound it does not want is reached first', () => {
    expect(market(3, 'buy', { lots: 6, budget: 609, wants: 'lots' })).toMatchObject({
      status: 'cancelled',
      reason: 'hold',
      filledLots: 5,
      leftLots: 1,
    })
    expect(market(4, 'buy', { lots: 2, budget: 900, wants: 'budget' })).toMatchObject({
      reason: 'hold',
      filledLots: 2,
      budgetLeft: 680,
    })
  })

  test('does nothing when what it may spend does not buy one lot', () => {
    expect(market(3, 'buy', { lots: 1, budget: 99, wants: 'lots' })).toMatchObject({
      reason: 'hold',
      filledLots: 0,
    })
    expect(market(4, 'buy', { lots: 1, budget: 99, wants: 'budget' })).toMatchObject({ reason: 'budget' })
    expect(book.count).toBe(2)
  })

  test('FOK is not filled when it would be held', () => {
    const fok = { timeInForce: 'FOK', wants: 'lots', lots: 6 } as const
    expect(market(3, 'buy', { ...fok, budget: 609 })).toMatchObject({ reason: 'fok', filledLots: 0 })
    expect(market(4, 'buy', { ...fok, budget: 610 })).toMatchObject({ status: 'filled' })
  })

  test('FOK is filled past own orders that go, whichever bound they would have used up', () => {
    const fok = { owner: SELF, timeInForce: 'FOK', selfTrade: 'cancel_oldest' } as const
    limit(11, 'sell', 90, 5, { owner: SELF })
    expect(market(12, 'buy', { ...fok, wants: 'budget', lots: 5, budget: 580 })).toMatchObject({
      reason: 'filled',
      filledLots: 5,
      budgetLeft: 80,
    })
    limit(13, 'buy', 60, 5, { owner: SELF })
    limit(14, 'buy', 50, 5)
    expect(market(15, 'sell', { ...fok, wants: 'lots', lots: 5, budget: 270 })).toMatchObject({
      status: 'filled',
      filledLots: 5,
    })
  })

  test('must say which it wants', () => {
    expect(() => market(3, 'buy', { lots: 1, budget: 100 })).toThrow(RangeError)
  })
})

describe('a replaced order', () => {
  const replace = (id: number, side: Side, ticks: number, lots: number, more: Partial<LimitOrder> = {}) => {
    told.length = 0
    const placement = book.replace({ type: 'limit', id, owner: id, side, ticks, lots, ...more })
    book.assertConsistent()
    return placement
  }

  test('goes to the back at its price, and its level is told once', () => {
    limit(1, 'sell', 100, 5)
    limit(2, 'sell', 100, 5)
    expect(replace(1, 'sell', 100, 7)).toMatchObject({ status: 'rested', leftLots: 7 })
    expect(told).toEqual([
      ['rested', 1, 1, 'sell', 100, 7],
      ['levelChanged', 'sell', 100, 12],
    ])
    told.length = 0
    limit(3, 'buy', 100, 6)
    expect(trades()).toEqual([
      [2, 5],
      [1, 1],
    ])
  })

  test('moves to another price, where it may take', () => {
    limit(1, 'buy', 90, 5)
    limit(2, 'sell', 100, 3)
    expect(replace(1, 'buy', 100, 5)).toMatchObject({ status: 'rested', filledLots: 3, leftLots: 2 })
    expect(told).toEqual([
      ['levelChanged', 'buy', 90, 0],
      ['traded', 2, 2, 'sell', 100, 3, 0],
      ['ended', 2, 2, 'sell', 0, 'filled'],
      ['levelChanged', 'sell', 100, 0],
      ['rested', 1, 1, 'buy', 100, 2],
      ['levelChanged', 'buy', 100, 2],
    ])
  })

  test('stays as it was, and nothing is told, when the new one is refused', () => {
    limit(1, 'buy', 90, 5)
    limit(2, 'sell', 100, Number.MAX_SAFE_INTEGER - 5)
    limit(3, 'sell', 101, 5)
    expect(replace(1, 'buy', 100, 5, { postOnly: true })).toMatchObject({
      status: 'rejected',
      reason: 'post_only',
    })
    expect(replace(3, 'sell', 102, 6)).toMatchObject({ status: 'rejected', reason: 'book_full' })
    expect(told).toEqual([])
    expect(book.get(1)).toMatchObject({ ticks: 90, lots: 5 })
    expect(book.get(3)).toMatchObject({ ticks: 101, lots: 5 })
  })

  test('may be replaced in a full book', () => {
    book = createBook({ events: recorder().events, maxOrders: 1 })
    limit(1, 'buy', 90, 5)
    expect(replace(1, 'buy', 91, 5)).toMatchObject({ status: 'rested' })
  })

  test('becomes an iceberg, or is one no longer', () => {
    limit(1, 'buy', 90, 50)
    replace(1, 'buy', 91, 50, { displayLots: 5 })
    expect(book.lotsAt('buy', 91)).toBe(5)
    replace(1, 'buy', 91, 40)
    expect(book.get(1)).toMatchObject({ lots: 40, shownLots: 40, displayLots: null })
  })

  test.each([
    ['is not on the book', 2, {}],
    ['has another owner', 1, { owner: 5 }],
    ['is not GTC', 1, { timeInForce: 'IOC' as const }],
  ])('throws when it %s', (_, id, more) => {
    limit(1, 'buy', 90, 5)
    expect(() => replace(id, 'buy', 91, 5, more)).toThrow(RangeError)
    expect(book.get(1)).toMatchObject({ ticks: 90 })
  })
})
