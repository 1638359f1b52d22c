import { readFileSync } from 'node:fs'
import { gunzipSync, crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { bookChecksum, crc32 } from '../../worker/contract/checksum.ts'
import type { BookLevel } from '../../worker/contract/markets.ts'
import { sharedData } from '../support/sharedData.ts'

const OKX = 'wire/okx/ws-books-trades-tickers-BTCUSDT.jsonl.gz'
const KRAKEN = 'wire/kraken/ws1-book1000-XMRUSD-XBTCHF.jsonl.gz'

/** The messages of a recorded session, with their text as it was. */
function* recorded(file: string): Generator<unknown> {
  for (const line of gunzipSync(readFileSync(file)).toString().split('\n'))
    if (line !== '') yield z.looseObject({ msg: z.unknown() }).parse(JSON.parse(line)).msg
}

/** One side of an exchange's book: levels by price, the best first. */
class Side {
  readonly #sign: 1 | -1
  #levels: BookLevel[] = []

  constructor(side: 'bids' | 'asks') {
    this.#sign = side === 'asks' ? 1 : -1
  }

  get levels(): readonly BookLevel[] {
    return this.#levels
  }

  set(changes: readonly (readonly string[])[]): void {
    for (const [price = '', quantity = ''] of changes) {
      this.#levels = this.#levels.filter(([there]) => there !== price)
      if (Number(quantity) !== 0) this.#levels.push([price, quantity])
    }
    this.#levels.sort(([a], [b]) => this.#sign * (Number(a) - Number(b)))
  }

  cut(depth: number): void {
    this.#levels = this.#levels.slice(0, depth)
  }
}

test('the CRC is that of zlib', () => {
  expect(crc32('123456789')).toBe(0xcbf43926)
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 300 }), (text) => {
      expect(crc32(text)).toBe(zlibCrc32(text))
    }),
  )
})

describe('the checksum of a book', () => {
  test('is the CRC of its levels as they are written, bid and ask in turn', () => {
    const bids: BookLevel[] = [
      ['3366.1', '7'],
      ['3366', '6'],
    ]
    const asks: BookLevel[] = [
      ['3366.8', '9'],
      ['3368', '8'],
    ]
    expect(bookChecksum(bids, asks)).toBe(zlibCrc32('3366.1:7:3366.8:9:3366:6:3368:8'))
    expect(bookChecksum(bids.slice(0, 1), asks)).toBe(zlibCrc32('3366.1:7:3366.8:9:3368:8'))
    expect(bookChecksum([], [])).toBe(0)
  })

  test('covers 25 levels a side and no more', () => {
    const levels = (first: number): BookLevel[] =>
      Array.from({ length: 26 }, (_, index) => [String(first + index), '1'])
    const [bids, asks] = [levels(100), levels(200)]
    const before = bookChecksum(bids, asks)
    expect(bookChecksum(bids.with(25, ['125', '9']), asks)).toBe(before)
    expect(bookChecksum(bids.with(24, ['124', '9']), asks)).not.toBe(before)
  })
})

const okxFile = sharedData(OKX)
const OkxBook = z.looseObject({
  arg: z.looseObject({ channel: z.literal('books'), instId: z.string() }),
  action: z.enum(['snapshot', 'update']),
  data: z.array(
    z.looseObject({
      bids: z.array(z.array(z.string())),
      asks: z.array(z.array(z.string())),
      checksum: z.number(),
    }),
  ),
})

test.skipIf(okxFile === null)('OKX sends the same checksums, signed (needs ../shared/data)', () => {
  const books = new Map<string, { bids: Side; asks: Side }>()
  let checked = 0
  for (const message of okxFile === null ? [] : recorded(okxFile)) {
    const { success, data: told } = OkxBook.safeParse(message)
    if (!success) continue
    for (const { bids, asks, checksum } of told.data) {
      const { instId } = told.arg
      const known = told.action === 'update' ? books.get(instId) : undefined
      const book = known ?? { bids: new Side('bids'), asks: new Side('asks') }
      books.set(instId, book)
      book.bids.set(bids)
      book.asks.set(asks)
      expect(bookChecksum(book.bids.levels, book.asks.levels) | 0).toBe(checksum)
      checked += 1
    }
  }
  expect(checked).toBe(98)
})

const krakenFile = sharedData(KRAKEN)
const KrakenPart = z.object({
  as: z.array(z.array(z.string())).optional(),
  bs: z.array(z.array(z.string())).optional(),
  a: z.array(z.array(z.string())).optional(),
  b: z.array(z.array(z.string())).optional(),
  c: z.string().optional(),
})

/** Kraken's rule: the best ten asks, then bids, price and volume without points and leading zeros, nothing in between. */
const krakenChecksum = (bids: readonly BookLevel[], asks: readonly BookLevel[]): number =>
  crc32(
    [...asks.slice(0, 10), ...bids.slice(0, 10)]
      .flat()
      .map((text) => text.replace('.', '').replace(/^0+/, ''))
      .join(''),
  )

test.skipIf(krakenFile === null)('Kraken sends the same CRC of its own text (needs ../shared/data)', () => {
  const books = new Map<unknown, { bids: Side; asks: Side }>()
  let checked = 0
  for (const message of krakenFile === null ? [] : recorded(krakenFile)) {
    if (!Array.isArray(message)) continue
    const parts = message.slice(1, -2).map((part) => KrakenPart.parse(part))
    const pair: unknown = message.at(-1)
    const book = books.get(pair) ?? { bids: new Side('bids'), asks: new Side('asks') }
    books.set(pair, book)
    for (const { as, bs, a, b } of parts) {
      book.bids.set(bs ?? b ?? [])
      book.asks.set(as ?? a ?? [])
      book.bids.cut(1_000)
      book.asks.cut(1_000)
    }
    const told = parts.find(({ c }) => c !== undefined)?.c
    if (told === undefined) continue
    expect(String(krakenChecksum(book.bids.levels, book.asks.levels))).toBe(told)
    checked += 1
  }
  expect(checked).toBe(1_135)
})
