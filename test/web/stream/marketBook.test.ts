import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MarketBook } from '../../../web/src/lib/stream/marketBook.ts'
import { TAPE_LENGTH } from '../../../web/src/lib/stream/tape.ts'
import { bookChecksum } from '../../../worker/contract/checksum.ts'
import type { BookLevel, Print, Ticker } from '../../../worker/contract/markets.ts'
import type { MarketFrame, MarketSnapshotMessage } from '../../../worker/contract/stream.ts'
import { Random } from '../../support/random.ts'
import { ModelMarket } from './modelMarket.ts'

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

/** A frame that changes bids only, and what they are after it. */
function frame(first: number, last: number, bids: BookLevel[] = [], after: BookLevel[] = bids): MarketFrame {
  const checksum = bookChecksum(after, [])
  return { type: 'frame', market: 'BTC-USDT', book: { first, last, bids, asks: [], checksum }, at: 2 }
}

describe('a market stream', () => {
  test('snapshot and the frames after it give the book, from wherever one begins', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(30), (seed, begin) => {
        const market = new ModelMarket('BTC-USDT', new Random(seed), () => 0)
        const book = new MarketBook()
        for (let turn = 0; turn < 60; turn++) {
          const moved = market.move()
          if (turn === begin) expect(book.apply(market.snapshot())).toBe('snapshot')
          if (turn <= begin) continue
          expect(book.apply(moved)).toBe('applied')
          expect(book.current).toBe(true)
          expect({ bids: book.bids, asks: book.asks }).toEqual(market.book)
        }
      }),
    )
  })

  test('a missed frame is told, and nothing is applied to the book until a snapshot heals it', () => {
    const book = new MarketBook()
    book.apply(snapshot(5, [['99', '1']]))
    expect(book.apply(frame(7, 7, [['98', '1']]))).toBe('gap')
    expect(book.current).toBe(false)
    expect(book.apply(frame(8, 8, [['97', '1']]))).toBe('gap')
    expect(book.bids).toEqual([['99', '1']])
    expect(book.sequence).toBe(5)
    expect(book.apply(snapshot(9, [['96', '1']]))).toBe('snapshot')
    expect(book.current).toBe(true)
    expect(book.bids).toEqual([['96', '1']])
  })

  test('the missed frames heal it as well, once all that is known of has come', () => {
    const book = new MarketBook()
    book.apply(snapshot(5))
    const [six, seven, eight] = [
      frame(6, 6, [['96', '1']]),
      frame(
        7,
        7,
        [['97', '1']],
        [
          ['97', '1'],
          ['96', '1'],
        ],
      ),
      frame(8, 8, [['97', '0']], [['96', '1']]),
    ]
    expect(book.apply(eight)).toBe('gap')
    expect(book.apply(six)).toBe('applied')
    expect(book.current).toBe(false)
    expect(book.apply(seven)).toBe('applied')
    expect(book.current).toBe(false)
    expect(book.apply(eight)).toBe('applied')
    expect(book.current).toBe(true)
    expect(book.bids).toEqual([['96', '1']])
  })

  test('a frame that begins before the sequence and ends after it is as good', () => {
    const book = new MarketBook()
    book.apply(snapshot(5, [['99', '2']]))
    expect(book.apply(frame(4, 7, [['99', '3']]))).toBe('applied')
    expect(book.sequence).toBe(7)
    expect(book.bids).toEqual([['99', '3']])
  })

  test('a frame that comes twice changes nothing the second time', () => {
    const book = new MarketBook()
    book.apply(snapshot(5))
    const coalesced = { ...frame(6, 8, [['99', '1']]), prints: [print('a')] }
    book.apply(coalesced)
    book.apply(frame(9, 9, [['99', '0']], []))
    expect(book.apply(coalesced)).toBe('ignored')
    expect(book.bids).toEqual([])
    expect(book.sequence).toBe(9)
    expect(book.prints.length).toBe(1)
  })

  test('frames before the first snapshot are not a book', () => {
    const book = new MarketBook()
    expect(book.apply(frame(1, 1, [['1', '1']]))).toBe('ignored')
    expect(book.current).toBe(false)
  })

  test('after a lost connection it is nobody’s book until something comes, and goes on only where it was', () => {
    const book = new MarketBook()
    book.apply(snapshot(5))
    book.detach()
    expect(book.current).toBe(false)
    expect(book.sequence).toBe(5)
    expect(book.apply(frame(7, 7, [['1', '1']]))).toBe('gap')
    expect(book.current).toBe(false)
    expect(book.bids).toEqual([])
    expect(book.apply(frame(6, 7, [['1', '1']]))).toBe('applied')
    expect(book.current).toBe(true)
  })

  test('a book that is not what the checksum says needs a snapshot, and so does a crossed one', () => {
    const wrong = new MarketBook()
    wrong.apply(snapshot(5))
    expect(wrong.apply(frame(6, 6, [['99', '1']], [['99', '2']]))).toBe('mismatch')
    expect(wrong.current).toBe(false)
    expect(wrong.sequence).toBeNull()
    expect(wrong.apply(frame(7, 7, [['99', '2']]))).toBe('ignored')
    expect(wrong.apply({ ...snapshot(8, [['98', '1']]), checksum: 1 })).toBe('mismatch')
    expect(wrong.apply(snapshot(8, [['98', '1']]))).toBe('snapshot')
    expect(wrong.current).toBe(true)
    const crossed = new MarketBook()
    expect(crossed.apply(snapshot(1, [['99', '1']], [['99', '1']]))).toBe('mismatch')
    expect(crossed.current).toBe(false)
  })

  test('a snapshot from below is old, or the venue counts anew: one that is asked for tells', () => {
    const book = new MarketBook()
    book.apply(snapshot(5, [['99', '1']]))
    expect(book.apply(snapshot(3, [['98', '1']]))).toBe('mismatch')
    expect(book.current).toBe(false)
    expect(book.apply(snapshot(3, [['97', '1']]))).toBe('snapshot')
    expect(book.current).toBe(true)
    expect(book.bids).toEqual([['97', '1']])
  })

  test('the same price written in two ways is one level', () => {
    const book = new MarketBook()
    book.apply(snapshot(1, [['100.10', '1']]))
    expect(book.apply(frame(2, 2, [['100.1', '0']], []))).toBe('applied')
    expect(book.bids).toEqual([])
  })

  test('a late message takes back neither ticker nor candle', () => {
    const book = new MarketBook()
    book.apply(snapshot(1))
    const late: MarketFrame = { type: 'frame', market: 'BTC-USDT', ticker: { ...ticker, last: '98' }, at: 3 }
    book.apply({ ...late, ticker: { ...ticker, last: '99' }, at: 4 })
    book.apply(late)
    expect(book.ticker?.last).toBe('99')
    expect(book.at).toBe(4)
  })

  test('the tape is newest first, without repeats, and does not grow for ever', () => {
    const book = new MarketBook()
    book.apply({ ...snapshot(1), prints: [print('b'), print('a')] })
    book.apply({ type: 'frame', market: 'BTC-USDT', prints: [print('b'), print('c')], at: 3 })
    expect(book.prints.map(({ id }) => id)).toEqual(['c', 'b', 'a'])
    const many = Array.from({ length: 500 }, (_, i) => print(`x${i}`))
    book.apply({ type: 'frame', market: 'BTC-USDT', prints: many, at: 4 })
    expect(book.prints.length).toBe(TAPE_LENGTH)
    expect(book.prints[0]?.id).toBe('x499')
    // Long gone from the tape, and still known.
    book.apply({ type: 'frame', market: 'BTC-USDT', prints: [print('a'), print('x0')], at: 5 })
    expect(book.prints[0]?.id).toBe('x499')
  })

  test('a snapshot puts what was missed into its place on the tape, and tells when there is a hole', () => {
    const book = new MarketBook()
    const shown = () => book.prints.map(({ id }) => id).join('')
    const told = (ids: string) => [...ids].map(print)
    book.apply({ ...snapshot(1), prints: told('cba') })
    book.apply({ type: 'frame', market: 'BTC-USDT', prints: told('g'), at: 3 })
    book.apply({ ...snapshot(2), prints: told('hgfedc') })
    expect(shown()).toBe('hgfedcba')
    // Sent long ago: nothing of it is new.
    book.apply({ ...snapshot(2), prints: told('edc') })
    expect(shown()).toBe('hgfedcba')
    book.apply({ ...snapshot(3), prints: told('zyx') })
    expect(shown()).toBe('zyx')
    book.apply({ ...snapshot(3), prints: told('gf') })
    expect(shown()).toBe('zyx')
  })

  test('of more levels than any venue sends the worst are forgotten', () => {
    const book = new MarketBook()
    const bids = Array.from({ length: 10_050 }, (_, i): BookLevel => [`${20_000 - i}`, '1'])
    book.apply(snapshot(1, bids))
    expect(book.bids.length).toBe(10_000)
    expect(book.bids.at(-1)).toEqual(['10001', '1'])
  })
})
