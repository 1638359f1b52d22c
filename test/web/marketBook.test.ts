import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MarketBook } from '../../web/src/lib/stream/marketBook.ts'
import { bookChecksum } from '../../worker/contract/checksum.ts'
import type { BookLevel, Print, Ticker } from '../../worker/contract/markets.ts'
import type { MarketFrame, MarketSnapshotMessage } from '../../worker/contract/stream.ts'

const ticker: Ticker = {
  market: 'BTC-USDT',
  last: '100',
  bid: null,
  ask: null,
  open24h: null,
  high24h: null,
  low24h: null,
  volume24h: '0',
  changeBps: null,
  status: 'open',
  stale: false,
  at: '2026-01-01T00:00:00.000Z',
}

function print(id: string): Print {
  return { id, price: '1', quantity: '1', side: 'buy', source: 'venue', at: ticker.at }
}

function snapshot(sequence: number, bids: BookLevel[] = [], asks: BookLevel[] = []): MarketSnapshotMessage {
  return {
    type: 'snapshot',
    market: 'BTC-USDT',
    sequence,
    bids,
    asks,
    checksum: bookChecksum(bids, asks),
    ticker,
    prints: [],
    candle: null,
    at: 1,
  }
}

function frame(first: number, last: number, bids: BookLevel[] = [], asks: BookLevel[] = []): MarketFrame {
  return { type: 'frame', market: 'BTC-USDT', book: { first, last, bids, asks, checksum: 0 }, at: 2 }
}

describe('a market stream', () => {
  test('snapshot and the frames after it give the same book as all changes in a map', () => {
    const price = fc.integer({ min: 1, max: 40 })
    const change = fc.record({
      side: fc.constantFrom('bids' as const, 'asks' as const),
      price,
      quantity: fc.integer({ min: 0, max: 5 }),
    })
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 30 }), (turns) => {
        const book = new MarketBook()
        const truth = { bids: new Map<number, string>(), asks: new Map<number, string>() }
        book.apply(snapshot(10))
        for (const [i, changes] of turns.entries()) {
          const message = frame(11 + i, 11 + i)
          for (const { side, price: at, quantity } of changes) {
            message.book?.[side].push([`${at}`, `${quantity}`])
            if (quantity === 0) truth[side].delete(at)
            else truth[side].set(at, `${quantity}`)
          }
          expect(book.apply(message)).toBe('applied')
        }
        const sorted = (side: Map<number, string>, sign: number) =>
          [...side].sort(([a], [b]) => sign * (a - b)).map(([at, quantity]) => [`${at}`, quantity])
        expect(book.bids).toEqual(sorted(truth.bids, -1))
        expect(book.asks).toEqual(sorted(truth.asks, 1))
      }),
    )
  })

  test('a missed frame is told, and nothing is applied to the book until a snapshot heals it', () => {
    const book = new MarketBook()
    book.apply(snapshot(5, [['99', '1']]))
    expect(book.apply(frame(7, 7, [['98', '1']]))).toBe('gap')
    expect(book.current).toBe(false)
    expect(book.apply(frame(8, 8, [['97', '1']]))).toBe('ignored')
    expect(book.bids).toEqual([['99', '1']])
    expect(book.apply(snapshot(9, [['96', '1']]))).toBe('snapshot')
    expect(book.current).toBe(true)
    expect(book.bids).toEqual([['96', '1']])
  })

  test('a frame that comes twice changes nothing the second time', () => {
    const book = new MarketBook()
    book.apply(snapshot(5))
    const coalesced = frame(6, 8, [['99', '1']])
    book.apply(coalesced)
    book.apply(frame(9, 9, [['99', '0']]))
    expect(book.apply(coalesced)).toBe('ignored')
    expect(book.bids).toEqual([])
    expect(book.sequence).toBe(9)
  })

  test('frames before the first snapshot are not a book', () => {
    const book = new MarketBook()
    expect(book.apply(frame(1, 1, [['1', '1']]))).toBe('ignored')
    expect(book.current).toBe(false)
  })

  test('after a lost connection the old book is not continued', () => {
    const book = new MarketBook()
    book.apply(snapshot(5))
    book.detach()
    expect(book.apply(frame(6, 6, [['1', '1']]))).toBe('ignored')
    expect(book.bids).toEqual([])
  })

  test('the same price written in two ways is one level', () => {
    const book = new MarketBook()
    book.apply(snapshot(1, [['100.10', '1']]))
    book.apply(frame(2, 2, [['100.1', '0']]))
    expect(book.bids).toEqual([])
  })

  test('the tape is newest first, without repeats, and does not grow for ever', () => {
    const book = new MarketBook()
    book.apply({ ...snapshot(1), prints: [print('b'), print('a')] })
    book.apply({ type: 'frame', market: 'BTC-USDT', prints: [print('b'), print('c')], at: 3 })
    expect(book.prints.map(({ id }) => id)).toEqual(['c', 'b', 'a'])
    const many = Array.from({ length: 500 }, (_, i) => print(`x${i}`))
    book.apply({ type: 'frame', market: 'BTC-USDT', prints: many, at: 4 })
    expect(book.prints.length).toBe(100)
    expect(book.prints[0]?.id).toBe('x499')
  })
})
