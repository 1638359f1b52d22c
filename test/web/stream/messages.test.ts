import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { readMessage, readRequest } from '../../../web/src/lib/stream/messages.ts'
import { AccountStreamMessage, ControlMessage, MarketStreamMessage } from '../../../worker/contract/stream.ts'
import { Random } from '../../support/random.ts'
import { ModelMarket } from './modelMarket.ts'

const contract = z.union([MarketStreamMessage, AccountStreamMessage, ControlMessage])
const market = new ModelMarket('BTC-USDT', new Random(7), () => 1_000_000)
const frames = Array.from({ length: 20 }, () => market.move())
const balance = { asset: 'USDT', available: '1', held: '0', total: '1', averageCost: null, value: '1.5' }

/** Of each kind one or more, with everything in it that it can have. */
const samples: object[] = [
  market.snapshot(),
  ...frames,
  { type: 'ticker', ticker: market.ticker },
  { type: 'trades', market: 'BTC-USDT', prints: market.tape },
  { type: 'candle', market: 'BTC-USDT', interval: '1s', candle: market.candle },
  { type: 'hello', sequence: 3, unread: 0 },
  { type: 'balances', sequence: 4, balances: [balance, balance] },
  { type: 'follow', sequence: 5, followId: 'f', status: 'active' },
  { type: 'subscribed', channel: 'candles', market: 'BTC-USDT', interval: '4h' },
  { type: 'subscribed', channel: 'account' },
  { type: 'unsubscribed', channel: 'book', market: 'BTC-USDT' },
  { type: 'unsubscribed', channel: 'book', market: 'BTC-USDT', code: 'busy', message: 'Later.' },
  { type: 'refused', code: 'busy', message: 'Later.', request: { type: 'resync', market: 'BTC-USDT' } },
]

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** The value with whatever is at one place of it, chosen by `places`, replaced or, by undefined, left out. */
function changed(value: Json, places: readonly number[], junk: Json | undefined): Json {
  const [place = 0, ...further] = places
  if (typeof value !== 'object' || value === null) return junk ?? value
  // What a refusal repeats of the request may be anything, or absent.
  const keys = Object.keys(value).filter((key) => key !== 'type' && key !== 'request')
  const key = keys[place % Math.max(1, keys.length)]
  if (key === undefined) return value
  const copy: Json = Array.isArray(value) ? [...value] : { ...value }
  const inner = Reflect.get(value, key)
  if (further.length === 0 || typeof inner !== 'object' || inner === null) {
    if (junk === undefined) Reflect.deleteProperty(copy, key)
    else Reflect.set(copy, key, junk)
  } else Reflect.set(copy, key, changed(inner, further, junk))
  return copy
}

const isRead = (message: unknown): boolean => readMessage(JSON.stringify(message)) !== 'unreadable'

describe('messages of the venue', () => {
  test('those of the contract are read as they are', () => {
    for (const sample of samples) {
      expect(contract.safeParse(sample).success, JSON.stringify(sample)).toBe(true)
      expect(readMessage(JSON.stringify(sample))).toEqual(JSON.parse(JSON.stringify(sample)))
    }
  })

  test('what the contract does not take is not read either, wherever something is off', () => {
    const junk = fc.oneof(
      fc.constantFrom<Json | undefined>(undefined, null, true, -1, 1.5, [], {}, [[]], ['1'], ['1', '1', '1']),
    )
    let refused = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(fc.nat(200), { minLength: 1, maxLength: 4 }),
        junk,
        (sample, places, put) => {
          const message = changed(JSON.parse(JSON.stringify(sample)), places, put)
          const taken = contract.safeParse(message).success
          if (!taken) refused += 1
          expect(isRead(message), JSON.stringify(message).slice(0, 300)).toBe(taken)
        },
      ),
      { numRuns: 5_000 },
    )
    expect(refused).toBeGreaterThan(1_000)
  })

  test('a price or quantity that is no plain decimal is not read', () => {
    const text = fc.oneof(
      fc.constantFrom('', '1e3', '-1', '+1', '01', '1.', '.5', ' 1', '1,5', 'NaN', '1.123456789'),
      fc.string(),
    )
    fc.assert(
      fc.property(text, (price) => {
        const frame = {
          type: 'frame',
          market: 'A-B',
          book: { first: 1, last: 1, bids: [[price, '1']], asks: [], checksum: 0 },
          at: 0,
        }
        expect(isRead(frame)).toBe(MarketStreamMessage.safeParse({ ...frame, market: 'AA-BB' }).success)
      }),
    )
  })

  test('of an order, a fill, a copy and a notification the id must be there', () => {
    for (const [type, field] of [
      ['order', 'order'],
      ['fill', 'fill'],
      ['notification', 'notification'],
    ] as const) {
      expect(isRead({ type, sequence: 1, unread: 0, [field]: { id: 'x' } })).toBe(true)
      expect(isRead({ type, sequence: 1, unread: 0, [field]: {} })).toBe(false)
      expect(isRead({ type, sequence: 1, unread: 0 })).toBe(false)
    }
    expect(isRead({ type: 'copies', sequence: 1, copies: [{ id: 'x' }] })).toBe(true)
    expect(isRead({ type: 'copies', sequence: 1, copies: [{}] })).toBe(false)
  })

  test('what is of no known kind is left alone, what is no message at all is not', () => {
    expect(readMessage('{"type":"weather"}')).toBe('unknown')
    expect(readMessage('{"type":"toString"}')).toBe('unknown')
    for (const text of ['', '{', 'null', '1', '[]', '"frame"', '{"market":"BTC-USDT"}', '{"type":7}'])
      expect(readMessage(text)).toBe('unreadable')
  })

  test('a refusal by a code that is not known yet is still one, and says what it is about', () => {
    const refused = { type: 'refused', code: 'moon_phase', message: 'Not tonight.', request: null }
    expect(readMessage(JSON.stringify(refused))).toEqual(refused)
    expect(readRequest({ type: 'resync', market: 'A-B' })).toMatchObject({ channel: 'book', market: 'A-B' })
    expect(readRequest({ type: 'subscribe', channel: 'account' })).toMatchObject({ channel: 'account' })
    for (const asked of [null, 'ping', [], { type: 1 }, {}]) expect(readRequest(asked)).toBeNull()
  })
})
