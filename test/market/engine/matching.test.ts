import { beforeEach, describe, expect, test } from 'vitest'
import {
  createBook,
  type LimitOrder,
  type OrderBook,
  type Side,
} from '../../../worker/market/engine/index.ts'
import type { Told } from './recorder.ts'
import { recorder } from './recorder.ts'

let told: Told[]
let book: OrderBook
let nextId: number

beforeEach(() => {
  const sink = recorder()
  told = sink.told
  book = createBook({ events: sink.events })
  nextId = 1
})

type More = Partial<Pick<LimitOrder, 'owner' | 'timeInForce' | 'postOnly'>>

/** Each order has an owner of its own unless it says otherwise. */
function limit(side: Side, ticks: number, lots: number, more: More = {}) {
  const id = nextId++
  return { id, ...book.place({ type: 'limit', id, owner: id, side, ticks, lots, ...more }) }
}

function market(
  side: Side,
  size: { lots: number } | { budget: number },
  more: { owner?: number; worstTicks?: number; timeInForce?: 'FOK' } = {},
) {
  const id = nextId++
  return book.place({ type: 'market', id, owner: id, side, ...size, ...more })
}

/** [maker, ticks, lots] of each trade since the last look. */
function trades() {
  return told.splice(0).flatMap((event) => (event[0] === 'traded' ? [[event[1], event[4], event[5]]] : []))
}

describe('price-time priority', () => {
  test('the best price first, at one price the oldest order first, each at its own price', () => {
    const dear = limit('sell', 102, 5)
    const first = limit('sell', 101, 5)
    const second = limit('sell', 101, 5)
    trades()
    const taker = limit('buy', 102, 12)
    expect(taker).toMatchObject({ status: 'filled', reason: 'filled', filledLots: 12, leftLots: 0 })
    expect(trades()).toEqual([
      [first.id, 101, 5],
      [second.id, 101, 5],
      [dear.id, 102, 2],
    ])
    expect(book.get(dear.id)).toEqual({
      id: dear.id,
      owner: dear.id,
      side: 'sell',
      ticks: 102,
      lots: 3,
      shownLots: 3,
      displayLots: null,
    })
  })

  test('a seller takes the highest bid first', () => {
    const low = limit('buy', 99, 5)
    const high = limit('buy', 100, 5)
    trades()
    limit('sell', 99, 6)
    expect(trades()).toEqual([
      [high.id, 100, 5],
      [low.id, 99, 1],
    ])
  })

  test('a partly taken maker keeps its place', () => {
    const first = limit('sell', 100, 5)
    limit('sell', 100, 5)
    limit('buy', 100, 2)
    trades()
    limit('buy', 100, 3)
    expect(trades()).toEqual([[first.id, 100, 3]])
  })

  test('the rest of a limit order rests at its limit and is the best price there', () => {
    limit('sell', 100, 5)
    const taker = limit('buy', 101, 8)
    expect(taker).toMatchObject({ status: 'rested', reason: null, filledLots: 5, leftLots: 3 })
    expect(book.bestBid).toBe(101)
    expect(book.bestAsk).toBeUndefined()
  })

  test('a reduced order keeps its place, and cannot be made larger or nothing by it', () => {
    const first = limit('sell', 100, 5)
    const second = limit('sell', 100, 5)
    expect(book.reduce(first.id, 2)).toBe(3)
    expect(book.reduce(first.id, 2)).toBe(0)
    expect(book.reduce(first.id, 9)).toBe(0)
    expect(book.reduce(99, 1)).toBe(0)
    expect(book.lotsAt('sell', 100)).toBe(7)
    trades()
    limit('buy', 100, 3)
    expect(trades()).toEqual([
      [first.id, 100, 2],
      [second.id, 100, 1],
    ])
  })

  test('the next price is found across the whole range', () => {
    limit('sell', 100_000_000, 1)
    limit('sell', 3, 1)
    limit('buy', 1, 1)
    trades()
    limit('buy', 3, 1)
    expect(book.bestAsk).toBe(100_000_000)
    limit('buy', 100_000_000, 2)
    expect([book.bestBid, book.bestAsk]).toEqual([100_000_000, undefined])
    book.cancel(6)
    limit('sell', 100_000_000, 1)
    expect(book.bestBid).toBe(1)
    book.assertConsistent()
  })
})

describe('time in force', () => {
  test('IOC takes what is there and cancels the rest', () => {
    limit('sell', 100, 5)
    expect(limit('buy', 100, 8, { timeInForce: 'IOC' })).toMatchObject({
      status: 'cancelled',
      reason: 'ioc',
      filledLots: 5,
      leftLots: 3,
    })
    expect(book.count).toBe(0)
  })

  test('FOK fills whole or leaves the book as it was', () => {
    limit('sell', 100, 5)
    limit('sell', 101, 5)
    limit('sell', 102, 5)
    trades()
    expect(limit('buy', 101, 11, { timeInForce: 'FOK' })).toMatchObject({
      status: 'cancelled',
      reason: 'fok',
      filledLots: 0,
    })
    expect(told).toEqual([['ended', 4, 4, 'buy', 11, 'fok']])
    expect(limit('buy', 101, 10, { timeInForce: 'FOK' })).toMatchObject({ status: 'filled', filledLots: 10 })
    expect(book.bestAsk).toBe(102)
  })

  test('FOK counts an own order as the end of what it can take, and does not mind one behind its last lot', () => {
    limit('sell', 100, 5)
    limit('sell', 100, 5, { owner: 7 })
    expect(limit('buy', 100, 6, { owner: 7, timeInForce: 'FOK' })).toMatchObject({
      reason: 'fok',
      filledLots: 0,
    })
    expect(book.lotsAt('sell', 100)).toBe(10)
    expect(limit('buy', 100, 5, { owner: 7, timeInForce: 'FOK' })).toMatchObject({ status: 'filled' })
  })

  test('post-only is refused when it would take and rests when it would not', () => {
    limit('sell', 100, 5)
    expect(limit('buy', 100, 5, { postOnly: true })).toMatchObject({
      status: 'rejected',
      reason: 'post_only',
      filledLots: 0,
    })
    expect(book.lotsAt('sell', 100)).toBe(5)
    expect(limit('buy', 99, 5, { postOnly: true })).toMatchObject({ status: 'rested' })
  })
})

describe('self-trade prevention', () => {
  test('the rest is cancelled at the own order; fills before it stand, and the own order stays', () => {
    const other = limit('sell', 100, 5)
    const own = limit('sell', 101, 5, { owner: 7 })
    limit('sell', 102, 5)
    trades()
    const taker = limit('buy', 102, 9, { owner: 7 })
    expect(taker).toMatchObject({ status: 'cancelled', reason: 'stp', filledLots: 5, leftLots: 4 })
    expect(trades()).toEqual([[other.id, 100, 5]])
    expect(book.get(own.id)?.lots).toBe(5)
    expect(book.get(taker.id)).toBeUndefined()
  })

  test('an own order beyond the limit is not met', () => {
    limit('sell', 100, 5)
    limit('sell', 101, 5, { owner: 7 })
    expect(limit('buy', 100, 9, { owner: 7 })).toMatchObject({ status: 'rested', filledLots: 5, leftLots: 4 })
  })
})

describe('market orders', () => {
  test('by lots, until the book is empty', () => {
    limit('sell', 100, 5)
    expect(market('buy', { lots: 5 })).toMatchObject({ status: 'filled', filledLots: 5 })
    limit('sell', 100, 5)
    expect(market('buy', { lots: 6 })).toMatchObject({
      status: 'cancelled',
      reason: 'no_liquidity',
      filledLots: 5,
      leftLots: 1,
    })
    expect(market('sell', { lots: 1 })).toMatchObject({ reason: 'no_liquidity', filledLots: 0 })
  })

  test('stops at the worst price it takes', () => {
    limit('sell', 100, 5)
    limit('sell', 110, 5)
    expect(market('buy', { lots: 8 }, { worstTicks: 109 })).toMatchObject({
      reason: 'band',
      filledLots: 5,
      leftLots: 3,
    })
    expect(market('buy', { lots: 8 }, { worstTicks: 109 })).toMatchObject({ reason: 'band', filledLots: 0 })
    expect(book.bestAsk).toBe(110)
  })

  test('a budget buys whole lots and never costs more than it is', () => {
    limit('sell', 100, 3)
    limit('sell', 130, 10)
    // 3 * 100 + 2 * 130 = 560; the 89 left over do not buy another lot at 130.
    expect(market('buy', { budget: 649 })).toEqual({
      status: 'filled',
      reason: 'filled',
      filledLots: 5,
      leftLots: 0,
      budgetLeft: 89,
    })
    expect(book.lotsAt('sell', 130)).toBe(8)
  })

  test('a budget under one lot at the best price does nothing', () => {
    limit('sell', 100, 3)
    expect(market('buy', { budget: 99 })).toMatchObject({
      status: 'cancelled',
      reason: 'budget',
      filledLots: 0,
      budgetLeft: 99,
    })
  })

  test('a budget that outlasts the book comes back', () => {
    limit('sell', 100, 3)
    expect(market('buy', { budget: 1000 })).toMatchObject({
      reason: 'no_liquidity',
      filledLots: 3,
      budgetLeft: 700,
    })
  })

  test('a seller raises at most the budget', () => {
    limit('buy', 100, 3)
    limit('buy', 60, 10)
    expect(market('sell', { budget: 470 })).toMatchObject({ status: 'filled', filledLots: 5, budgetLeft: 50 })
  })

  test('a budget at the top of the integers is spent exactly', () => {
    limit('sell', 99_999_989, Number.MAX_SAFE_INTEGER)
    const { filledLots, budgetLeft } = market('buy', { budget: Number.MAX_SAFE_INTEGER })
    expect(BigInt(filledLots) * 99_999_989n + BigInt(budgetLeft)).toBe(BigInt(Number.MAX_SAFE_INTEGER))
    expect(budgetLeft).toBeLessThan(99_999_989)
  })

  test('FOK by lots or by budget fills whole or not at all', () => {
    limit('sell', 100, 5)
    expect(market('buy', { lots: 6 }, { timeInForce: 'FOK' })).toMatchObject({ reason: 'fok', filledLots: 0 })
    expect(market('buy', { budget: 600 }, { timeInForce: 'FOK' })).toMatchObject({
      reason: 'fok',
      budgetLeft: 600,
    })
    expect(market('buy', { budget: 599 }, { timeInForce: 'FOK' })).toMatchObject({
      status: 'filled',
      filledLots: 5,
      budgetLeft: 99,
    })
  })
})

describe('what is told', () => {
  test('each trade, the level once, then the end of the taker', () => {
    limit('sell', 100, 5)
    limit('sell', 100, 5)
    told.length = 0
    limit('buy', 100, 7)
    expect(told).toEqual([
      ['traded', 1, 1, 'sell', 100, 5, 0],
      ['ended', 1, 1, 'sell', 0, 'filled'],
      ['traded', 2, 2, 'sell', 100, 2, 3],
      ['levelChanged', 'sell', 100, 3],
      ['ended', 3, 3, 'buy', 0, 'filled'],
    ])
  })

  test('a cancel with its reason and the level gone', () => {
    limit('sell', 100, 5)
    told.length = 0
    expect(book.cancel(1, 'market_closed')).toBe(5)
    expect(book.cancel(1)).toBe(0)
    expect(told).toEqual([
      ['ended', 1, 1, 'sell', 5, 'market_closed'],
      ['levelChanged', 'sell', 100, 0],
    ])
  })
})

describe('queries', () => {
  test('levels best first up to a number, and what a taker finds', () => {
    for (const ticks of [101, 103, 102, 101]) limit('sell', ticks, 2)
    const levels: number[][] = []
    book.forEachLevel('sell', 2, (ticks, lots, orders) => levels.push([ticks, lots, orders]))
    expect(levels).toEqual([
      [101, 4, 2],
      [102, 2, 1],
    ])
    const seen: number[] = []
    book.forEachLevel('sell', 9, (ticks) => {
      seen.push(ticks)
      return ticks < 102
    })
    expect(seen).toEqual([101, 102])
    expect(book.fillable('buy', 102)).toBe(6)
    expect(book.fillable('buy', 100)).toBe(0)
    expect(book.fillable('buy', 103, 5)).toBe(6)
    expect(book.totals('sell')).toEqual({ lots: 8, levels: 3 })
  })
})

describe('bounds', () => {
  test('a full book refuses what might rest and still lets others take and cancel', () => {
    const sink = recorder()
    book = createBook({ events: sink.events, maxOrders: 2 })
    limit('sell', 100, 5)
    limit('sell', 101, 5)
    expect(limit('buy', 100, 5)).toMatchObject({ status: 'rejected', reason: 'book_full' })
    expect(limit('buy', 100, 5, { timeInForce: 'IOC' })).toMatchObject({ status: 'filled' })
    expect(limit('buy', 99, 5)).toMatchObject({ status: 'rested' })
  })

  test('a side holds 2^53 - 1 lots at most, so that every total is exact', () => {
    limit('sell', 100, Number.MAX_SAFE_INTEGER - 1)
    expect(limit('sell', 101, 2)).toMatchObject({ status: 'rejected', reason: 'book_full' })
    expect(limit('sell', 101, 1)).toMatchObject({ status: 'rested' })
    expect(book.fillable('buy', 101)).toBe(Number.MAX_SAFE_INTEGER)
  })

  test.each([
    ['ticks off the grid', { ticks: 1.5 }],
    ['no ticks', { ticks: 0 }],
    ['ticks beyond the range', { ticks: 100_000_001 }],
    ['no lots', { lots: 0 }],
    ['lots past 2^53', { lots: 2 ** 53 }],
    ['an owner that is no small integer', { owner: 2 ** 30 }],
    ['an id that is on the book', { id: 1 }],
  ])('%s throws and changes nothing', (_, wrong) => {
    limit('sell', 100, 5)
    told.length = 0
    expect(() =>
      book.place({ type: 'limit', id: 50, owner: 9, side: 'buy', ticks: 100, lots: 5, ...wrong }),
    ).toThrow(RangeError)
    expect(told).toEqual([])
    expect(book.lotsAt('sell', 100)).toBe(5)
  })

  test('restore refuses rows that cannot have been a book', () => {
    const row = { owner: 1, ticks: 100, lots: 5, shownLots: 5, displayLots: null }
    book.restore({ ...row, id: 1, side: 'sell' })
    expect(() => book.restore({ ...row, id: 1, side: 'sell', ticks: 101 })).toThrow(/already/)
    expect(() => book.restore({ ...row, id: 2, side: 'buy' })).toThrow(/crosses/)
    expect(() => book.restore({ ...row, id: 2, side: 'sell', shownLots: 4 })).toThrow(/cannot show/)
    expect(() => book.restore({ ...row, id: 2, side: 'sell', displayLots: 4 })).toThrow(/cannot show/)
    expect(book.count).toBe(1)
  })

  test('memory follows the orders, not the range of prices, and is used again', () => {
    for (let round = 0; round < 2; round++) {
      const ids: number[] = []
      for (let at = 0; at < 5_000; at++) ids.push(limit('buy', 1 + at * 19_999, 1).id)
      for (const id of ids) book.cancel(id)
      book.assertConsistent()
    }
    // 1.6 MB of summaries; for each order and its level two records of 32 bytes, a page of 128 and a block of 132.
    expect(book.bytes).toBeLessThan(4_000_000)
  })
})
