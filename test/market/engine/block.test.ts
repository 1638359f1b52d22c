import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { createBook, type OrderBook, shareLots } from '../../../worker/market/engine/index.ts'
import type { Told } from './recorder.ts'
import { recorder } from './recorder.ts'

const LEADER = 1000

describe('a block of a copy pool', () => {
  let told: Told[]
  let book: OrderBook

  beforeEach(() => {
    const sink = recorder()
    told = sink.told
    book = createBook({ events: sink.events })
  })

  function sell(id: number, ticks: number, lots: number, owner = id) {
    book.place({ type: 'limit', id, owner, side: 'sell', ticks, lots })
  }

  test('tiers share each price in proportion to what they still want, as computed by hand', () => {
    sell(1, 100, 10)
    sell(2, 101, 7)
    sell(3, 102, 50)
    const result = book.block({
      side: 'buy',
      leaderOwner: LEADER,
      tiers: [
        { limitTicks: 100, lots: 5 },
        { limitTicks: 101, lots: 10 },
        { limitTicks: 102, lots: 15 },
      ],
    })
    // At 100, 10 lots over wants 5, 10, 15: shares 1 2/3, 3 1/3, 5; the lot left over goes to the first tier: 2, 3, 5.
    // At 101, 7 lots over 7, 10 (the first tier is out): 2 15/17, 4 2/17: 3, 4.
    // At 102, the last tier alone takes its 6.
    expect(result).toEqual({
      filledLots: 23,
      tiers: [
        { filledLots: 2, fills: [{ ticks: 100, lots: 2 }] },
        {
          filledLots: 6,
          fills: [
            { ticks: 100, lots: 3 },
            { ticks: 101, lots: 3 },
          ],
        },
        {
          filledLots: 15,
          fills: [
            { ticks: 100, lots: 5 },
            { ticks: 101, lots: 4 },
            { ticks: 102, lots: 6 },
          ],
        },
      ],
    })
    expect(book.lotsAt('sell', 102)).toBe(44)
  })

  test('equal wants differ by one lot at most, ties to the earlier tier', () => {
    sell(1, 100, 5)
    const tiers = [7, 7, 7].map((lots) => ({ limitTicks: 100, lots }))
    const result = book.block({ side: 'buy', leaderOwner: LEADER, tiers })
    expect(result.tiers.map((tier) => tier.filledLots)).toEqual([2, 2, 1])
  })

  test('the makers keep their priority', () => {
    sell(1, 100, 4)
    sell(2, 100, 4)
    told.length = 0
    book.block({ side: 'buy', leaderOwner: LEADER, tiers: [{ limitTicks: 100, lots: 6 }] })
    expect(told).toEqual([
      ['traded', 1, 1, 'sell', 100, 4, 0],
      ['ended', 1, 1, 'sell', 0, 'filled'],
      ['traded', 2, 2, 'sell', 100, 2, 2],
      ['levelChanged', 'sell', 100, 2],
    ])
  })

  test('orders of the leader that it would meet are cancelled before it takes, those behind its last lot stay', () => {
    sell(1, 100, 4)
    sell(2, 100, 9, LEADER)
    sell(3, 100, 4)
    sell(4, 100, 9, LEADER)
    told.length = 0
    const result = book.block({ side: 'buy', leaderOwner: LEADER, tiers: [{ limitTicks: 100, lots: 8 }] })
    expect(result.filledLots).toBe(8)
    expect(told.map((event) => [event[0], event[1]])).toEqual([
      ['ended', 2],
      ['traded', 1],
      ['ended', 1],
      ['traded', 3],
      ['ended', 3],
      ['levelChanged', 'sell'],
    ])
    expect(told[0]).toEqual(['ended', 2, LEADER, 'sell', 9, 'stp'])
    expect(book.get(4)?.lots).toBe(9)
  })

  test('a price that only the leader offers is cleared, and the block goes on behind it', () => {
    sell(1, 100, 9, LEADER)
    sell(2, 101, 3)
    told.length = 0
    const result = book.block({ side: 'buy', leaderOwner: LEADER, tiers: [{ limitTicks: 101, lots: 3 }] })
    expect(result.tiers).toEqual([{ filledLots: 3, fills: [{ ticks: 101, lots: 3 }] }])
    expect(told.slice(0, 2)).toEqual([
      ['ended', 1, LEADER, 'sell', 9, 'stp'],
      ['levelChanged', 'sell', 100, 0],
    ])
  })

  test('beyond every limit the leader is left alone', () => {
    sell(1, 102, 9, LEADER)
    const result = book.block({ side: 'buy', leaderOwner: LEADER, tiers: [{ limitTicks: 101, lots: 3 }] })
    expect(result).toEqual({ filledLots: 0, tiers: [{ filledLots: 0, fills: [] }] })
    expect(book.count).toBe(1)
  })

  test('a block sells to the bids from the highest down', () => {
    book.place({ type: 'limit', id: 1, owner: 1, side: 'buy', ticks: 99, lots: 4 })
    book.place({ type: 'limit', id: 2, owner: 2, side: 'buy', ticks: 100, lots: 4 })
    const tiers = [
      { limitTicks: 100, lots: 4 },
      { limitTicks: 99, lots: 4 },
    ]
    const result = book.block({ side: 'sell', leaderOwner: LEADER, tiers })
    expect(result.tiers.map((tier) => tier.fills)).toEqual([
      [{ ticks: 100, lots: 2 }],
      [
        { ticks: 100, lots: 2 },
        { ticks: 99, lots: 2 },
      ],
    ])
    expect(book.lotsAt('buy', 99)).toBe(2)
  })

  test('a sum of wants past 2^53 - 1 throws before anything is taken', () => {
    sell(1, 100, 4)
    const tiers = [1, Number.MAX_SAFE_INTEGER].map((lots) => ({ limitTicks: 100, lots }))
    expect(() => book.block({ side: 'buy', leaderOwner: LEADER, tiers })).toThrow(RangeError)
    expect(book.lotsAt('sell', 100)).toBe(4)
  })
})

test('shares sum exactly, are within one lot of the exact share, and never over the weight', () => {
  const weights = fc.array(fc.integer({ min: 0, max: 2 ** 50 }), { minLength: 1, maxLength: 7 })
  fc.assert(
    fc.property(weights, fc.double({ min: 0, max: 1, noNaN: true }), (weights, part) => {
      const sum = weights.reduce((all, weight) => all + weight, 0)
      const total = Math.floor(sum * part)
      const shares = shareLots(total, weights)
      expect(shares.reduce((all, lots) => all + lots, 0)).toBe(total)
      for (const [index, weight] of weights.entries()) {
        const share = BigInt(shares[index] ?? -1)
        expect(share <= BigInt(weight)).toBe(true)
        const distance = share * BigInt(sum) - BigInt(total) * BigInt(weight)
        expect(distance < BigInt(sum || 1) && distance > -BigInt(sum || 1)).toBe(true)
      }
    }),
  )
})

test('a larger weight never gets a smaller share', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 7 }),
      fc.nat(),
      (weights, seed) => {
        const total = seed % (weights.reduce((all, weight) => all + weight, 0) + 1)
        const shares = shareLots(total, weights)
        for (const [a, weight] of weights.entries()) {
          for (const [b, other] of weights.entries())
            if (weight > other) expect(shares[a]).toBeGreaterThanOrEqual(shares[b] ?? 0)
        }
      },
    ),
  )
})
