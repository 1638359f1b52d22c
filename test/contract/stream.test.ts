import { describe, expect, test } from 'vitest'
import { ControlMessage, StreamQuery, StreamRequest, Subscription } from '../../worker/contract/stream.ts'

const market = 'BTC-USDT'

describe('what a client says on the stream', () => {
  test.each([
    { type: 'subscribe', channel: 'book', market },
    { type: 'subscribe', channel: 'book', market, after: 123 },
    { type: 'subscribe', channel: 'ticker', market },
    { type: 'subscribe', channel: 'trades', market },
    { type: 'subscribe', channel: 'candles', market, interval: '5m' },
    { type: 'subscribe', channel: 'account' },
    { type: 'unsubscribe', channel: 'candles', market, interval: '5m' },
    { type: 'unsubscribe', channel: 'account' },
    { type: 'resync', market },
    { type: 'resync', market, after: 123 },
  ])('may be %o', (request) => {
    expect(StreamRequest.parse(request)).toEqual(request)
  })

  test.each([
    { type: 'subscribe', channel: 'book' },
    { type: 'subscribe', channel: 'book', market, after: -1 },
    { type: 'subscribe', channel: 'book', market, after: '123' },
    { type: 'subscribe', channel: 'ticker', market, after: 123 },
    { type: 'subscribe', channel: 'candles', market },
    { type: 'subscribe', channel: 'candles', market, interval: '2m' },
    { type: 'subscribe', channel: 'account', market },
    { type: 'subscribe', channel: 'everything', market },
    { type: 'resync' },
    { type: 'shout' },
    'ping',
    null,
  ])('may not be %o', (request) => {
    expect(StreamRequest.safeParse(request).success).toBe(false)
  })

  test('of one market stands in its address', () => {
    expect(StreamQuery.parse({})).toEqual({ channel: 'book', interval: '1m' })
    expect(StreamQuery.parse({ channel: 'book', after: '123' })).toMatchObject({ after: 123 })
    expect(StreamQuery.safeParse({ channel: 'book', after: 'x' }).success).toBe(false)
  })
})

test('what the connection answers names the subscription', () => {
  const subscription = Subscription.parse({ channel: 'candles', market, interval: '1h' })
  for (const type of ['subscribed', 'unsubscribed'] as const)
    expect(ControlMessage.parse({ type, ...subscription })).toEqual({ type, ...subscription })
  const refused = {
    type: 'refused',
    code: 'invalid_input',
    message: 'Name a market.',
    request: { type: 'x' },
  }
  expect(ControlMessage.parse(refused)).toEqual(refused)
})
