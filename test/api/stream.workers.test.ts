import { applyD1Migrations, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type * as z from 'zod'
import { Interval } from '../../worker/contract/markets.ts'
import {
  AccountStreamMessage,
  ControlMessage,
  MarketStreamMessage,
  STREAM_LIMITS,
} from '../../worker/contract/stream.ts'
import { MARKETS } from '../../worker/market/settings.ts'
import { Client, type StreamReader } from '../support/client.ts'

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

const connect = (client = new Client()) => client.stream('/stream')
const say = (reader: StreamReader, message: object) => reader.socket.send(JSON.stringify(message))

/** The first message of a schema that holds what is wanted. */
const next = <Schema extends z.ZodType>(reader: StreamReader, schema: Schema, wanted: object) =>
  reader.next((message) => {
    const { success, data } = schema.safeParse(message)
    return success && matches(data, wanted) ? data : undefined
  })

function matches(message: unknown, wanted: object): boolean {
  if (typeof message !== 'object' || message === null) return false
  const found = new Map(Object.entries(message))
  return Object.entries(wanted).every(([name, value]) => found.get(name) === value)
}

/** What a request is refused with. */
async function refusalOf(reader: StreamReader, request: object): Promise<string> {
  const before = reader.messages.length
  say(reader, request)
  return reader.next((message) => {
    if (reader.messages.indexOf(message) < before) return undefined
    const { data } = ControlMessage.safeParse(message)
    return data?.type === 'refused' ? data.code : undefined
  })
}

const closed = ({ socket }: StreamReader) =>
  new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))

const socketsOf = (market: string) =>
  runInDurableObject(env.MARKET.getByName(market), (_, ctx) =>
    ctx.getWebSockets().map((socket) => ctx.getWebSocketAutoResponseTimestamp(socket)),
  )

const BTC = { market: 'BTC-USDT' }
const SOL = { market: 'SOL-USDT' }

describe('one connection', () => {
  it('hears many channels of many markets, until it says that it does not want to', async () => {
    const reader = await connect()
    const asked = [
      { channel: 'book', ...BTC },
      { channel: 'ticker', ...SOL },
      { channel: 'trades', ...SOL },
      { channel: 'candles', ...BTC, interval: '5m' },
    ]
    for (const subscription of asked) {
      say(reader, { type: 'subscribe', ...subscription })
      const { interval, ...plain } = { interval: undefined, ...subscription }
      const wanted = interval === undefined ? plain : { ...plain, interval }
      await next(reader, ControlMessage, { type: 'subscribed', ...wanted })
    }
    await next(reader, MarketStreamMessage, { type: 'snapshot', ...BTC })
    await next(reader, MarketStreamMessage, { type: 'frame', ...BTC })
    await next(reader, MarketStreamMessage, { type: 'ticker' })
    await next(reader, MarketStreamMessage, { type: 'trades', ...SOL })
    await next(reader, MarketStreamMessage, { type: 'candle', ...BTC, interval: '5m' })

    say(reader, { type: 'unsubscribe', channel: 'book', ...BTC })
    const ended = await next(reader, ControlMessage, { type: 'unsubscribed', channel: 'book' })
    expect(ended).toEqual({ type: 'unsubscribed', channel: 'book', ...BTC })
    const end = reader.messages.length
    await reader.next((message) => (reader.messages.indexOf(message) > end + 5 ? true : undefined))
    const after = reader.messages.slice(end).map((message) => MarketStreamMessage.parse(message).type)
    expect(after).not.toContain('frame')
    reader.socket.close()
  })

  it('goes on with a book where it was left, and heals', async () => {
    const first = await connect()
    say(first, { type: 'subscribe', channel: 'book', ...BTC })
    await next(first, MarketStreamMessage, { type: 'snapshot' })
    const frame = await first.next((message) => {
      const { data } = MarketStreamMessage.safeParse(message)
      return data?.type === 'frame' && data.book !== undefined ? data.book : undefined
    })
    first.socket.close()

    const second = await connect()
    say(second, { type: 'subscribe', channel: 'book', ...BTC, after: frame.last })
    await next(second, MarketStreamMessage, { type: 'frame' })
    expect(second.messages.some((message) => matches(message, { type: 'snapshot' }))).toBe(false)
    say(second, { type: 'resync', ...BTC })
    await next(second, MarketStreamMessage, { type: 'snapshot' })
    second.socket.close()
  })

  it('is refused what cannot be, with the code and what was asked', async () => {
    const reader = await connect()
    expect(await refusalOf(reader, { type: 'subscribe', channel: 'book', market: 'ABC-USDT' })).toBe(
      'unknown_market',
    )
    expect(await refusalOf(reader, { type: 'subscribe', channel: 'book' })).toBe('invalid_input')
    expect(await refusalOf(reader, { type: 'shout' })).toBe('invalid_input')
    expect(await refusalOf(reader, { type: 'subscribe', channel: 'account' })).toBe('unauthenticated')
    expect(await refusalOf(reader, { type: 'unsubscribe', channel: 'ticker', ...BTC })).toBe('not_subscribed')
    expect(await refusalOf(reader, { type: 'resync', ...BTC })).toBe('not_subscribed')
    const twice = { type: 'subscribe', channel: 'ticker', ...BTC }
    say(reader, twice)
    expect(await refusalOf(reader, twice)).toBe('already_subscribed')
    reader.socket.send('{"type":')
    await reader.next((message) =>
      matches(message, { type: 'refused', request: undefined }) ? true : undefined,
    )
    reader.socket.close()
  })

  it('is closed when it says too much at once, or too often', async () => {
    const loud = await connect()
    const loudClosed = closed(loud)
    loud.socket.send('x'.repeat(STREAM_LIMITS.textLength + 1))
    expect(await loudClosed).toBe(1009)
    const quick = await connect()
    const quickClosed = closed(quick)
    for (let n = 0; n < 2 * STREAM_LIMITS.controlsAtOnce; n++) say(quick, { type: 'resync', ...BTC })
    expect(await quickClosed).toBe(1008)
  })

  it('holds so many subscriptions, and its objects let go of them when it closes', async () => {
    const reader = await connect()
    const all = MARKETS.flatMap(({ id: market }) => [
      ...['book', 'ticker', 'trades'].map((channel) => ({ channel, market })),
      ...Interval.options.map((interval) => ({ channel: 'candles', market, interval })),
    ])
    for (const subscription of all.slice(0, STREAM_LIMITS.subscriptions))
      say(reader, { type: 'subscribe', ...subscription })
    expect(await refusalOf(reader, { type: 'subscribe', ...all[STREAM_LIMITS.subscriptions] })).toBe(
      'too_many_subscriptions',
    )
    await reader.next(() =>
      reader.messages.filter((message) => matches(message, { type: 'subscribed' })).length ===
      STREAM_LIMITS.subscriptions
        ? true
        : undefined,
    )
    expect(await socketsOf('BTC-USDT')).toHaveLength(10)
    const ended = closed(reader)
    reader.socket.close(1000)
    await ended
    await expect.poll(() => socketsOf('BTC-USDT')).toEqual([])
  })

  it('says "pong" once, and tells its objects that somebody reads', async () => {
    const reader = await connect()
    for (const market of [BTC, SOL]) say(reader, { type: 'subscribe', channel: 'trades', ...market })
    for (const market of [BTC, SOL]) await next(reader, MarketStreamMessage, { type: 'trades', ...market })
    expect(await socketsOf('BTC-USDT')).toEqual([null])
    reader.socket.send('ping')
    await reader.next((message) => (message === 'pong' ? true : undefined))
    for (const { market } of [BTC, SOL])
      await expect.poll(() => socketsOf(market)).toEqual([expect.any(Date)])
    reader.socket.send('ping')
    await reader.next(() =>
      reader.messages.filter((message) => message === 'pong').length === 2 ? true : undefined,
    )
    reader.socket.close()
  })
})

describe('the account on a connection', () => {
  it('is that of the session, and tells what happens to it', async () => {
    const ada = new Client()
    await ada.signUp('Ada')
    const reader = await connect(ada)
    say(reader, { type: 'subscribe', channel: 'account' })
    await next(reader, AccountStreamMessage, { type: 'hello' })
    const order = { ...BTC, side: 'buy', type: 'limit', price: '50000', quantity: '0.001' }
    expect((await ada.call('POST', '/orders', order)).status).toBe(200)
    await next(reader, AccountStreamMessage, { type: 'order' })
    reader.socket.close()
  })

  it('is ended with its reason when the account has too many', async () => {
    const ada = new Client()
    await ada.signUp('Ada')
    const reader = await connect(ada)
    say(reader, { type: 'subscribe', channel: 'account' })
    await next(reader, AccountStreamMessage, { type: 'hello' })
    const others = await Promise.all(
      Array.from({ length: STREAM_LIMITS.socketsOfAccount }, () => ada.stream('/stream/account')),
    )
    const ended = await next(reader, ControlMessage, { type: 'unsubscribed', channel: 'account' })
    expect(ended).toMatchObject({ code: 'too_many_streams' })
    for (const { socket } of [reader, ...others]) socket.close()
  })
})

describe('a market', () => {
  it('refuses a subscription as it refuses a socket of its own', async () => {
    const address = { 'cf-connecting-ip': '203.0.113.7', upgrade: 'websocket' }
    const open = () =>
      env.MARKET.getByName('SOL-USDT').fetch('http://market/?channel=trades', { headers: address })
    const sockets: WebSocket[] = []
    for (let n = 0; n < 100; n++) {
      const { webSocket } = await open()
      webSocket?.accept()
      if (webSocket !== null) sockets.push(webSocket)
    }
    const reader = await connect()
    expect(await refusalOf(reader, { type: 'subscribe', channel: 'ticker', ...SOL })).toBe('too_many_streams')
    for (const socket of [reader.socket, ...sockets]) socket.close()
  })
})
