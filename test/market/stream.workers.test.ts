import {
  applyD1Migrations,
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '../../worker/contract/errors.ts'
import { BookSnapshot } from '../../worker/contract/markets.ts'
import { MarketStreamMessage, STREAM_LIMITS } from '../../worker/contract/stream.ts'
import { Audience } from '../../worker/market/audience.ts'
import { Market } from '../../worker/market/market.ts'
import { marketById } from '../../worker/market/settings.ts'
import { encode } from '../../worker/messaging/codec.ts'
import type { Batch } from '../../worker/messaging/stream.ts'
import { StreamClient } from './streamClient.ts'
import { termsOf } from './terms.ts'

beforeEach(async () => {
  await reset()
  // The queue's consumer runs by itself here, and writes.
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

const sol = () => env.MARKET.getByName('SOL-USDT')

/** What ann's account would send: her n-th message. */
const batch = (first: number, ...messages: string[]): Batch => ({
  from: 'account/ann',
  to: 'market/SOL-USDT',
  first,
  messages,
  acknowledged: 0,
})

/** Half the price: rests below everything the house quotes. */
const LOW = Math.floor(marketById('SOL-USDT').simulatedTicks / 2)
const resting = (orderId = 'rests') =>
  encode({
    type: 'submitOrder',
    orderId,
    terms: termsOf({ orderId, side: 'buy', ticks: LOW, lots: 300 }),
    fireIfReached: false,
  })

const upgrade = (query: string, address?: string) =>
  sol().fetch(`http://market/stream?${query}`, {
    headers: { upgrade: 'websocket', ...(address === undefined ? {} : { 'cf-connecting-ip': address }) },
  })

/** A socket with what it has heard; `until` waits for what is to come. The test's own timeout bounds the wait. */
class Ear {
  readonly socket: WebSocket
  readonly heard: MarketStreamMessage[] = []
  readonly client = new StreamClient()
  pongs = 0
  closed: { code: number; reason: string } | null = null
  readonly #checks = new Set<() => void>()

  constructor({ webSocket, status }: Response) {
    if (webSocket === null) throw new Error(`no socket: ${status}`)
    this.socket = webSocket
    webSocket.addEventListener('message', ({ data }) => {
      this.#take(String(data))
      for (const check of [...this.#checks]) check()
    })
    webSocket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason }
      for (const check of [...this.#checks]) check()
    })
    webSocket.accept()
  }

  #take(text: string): void {
    if (text === 'pong') {
      this.pongs += 1
      return
    }
    const message = MarketStreamMessage.parse(JSON.parse(text))
    this.heard.push(message)
    if (message.type === 'snapshot' || message.type === 'frame') this.client.take(text)
  }

  count(type: MarketStreamMessage['type']): number {
    return this.heard.filter((message) => message.type === type).length
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!holds()) return
        this.#checks.delete(check)
        resolve()
      }
      this.#checks.add(check)
      check()
    })
  }
}

const listen = async (query = 'channel=book', address?: string) => new Ear(await upgrade(query, address))

describe('the channel of the book', () => {
  it('is a snapshot and frames without a gap, which make the book', async () => {
    const ear = await listen()
    const { client, heard } = ear
    await ear.until(() => ear.count('frame') >= 5)
    expect(heard[0]?.type).toBe('snapshot')
    expect(client.gap).toBe(false)
    expect(heard.some((message) => message.type === 'frame' && message.prints !== undefined)).toBe(true)
    // A book that is read lies between two frames, or within one, whose levels then replace those that were read.
    const book = BookSnapshot.parse(await sol().snapshot(5_000))
    const read = { bids: new Map(book.bids), asks: new Map(book.asks) }
    await ear.until(() => client.sequence > book.sequence)
    for (const message of heard) {
      if (message.type !== 'frame' || message.book === undefined || message.book.last <= book.sequence)
        continue
      for (const side of ['bids', 'asks'] as const)
        for (const [price, quantity] of message.book[side])
          if (quantity === '0') read[side].delete(price)
          else read[side].set(price, quantity)
    }
    expect(read).toEqual({ bids: client.bids, asks: client.asks })
    ear.socket.close()
  })

  it('shows an order of ours, and heals who asks', async () => {
    const ear = await listen()
    const { client, socket } = ear
    await ear.until(() => ear.heard.length > 0)
    await sol().receive(batch(1, resting()))
    await ear.until(() => client.bids.get('77.15') === '3')
    const before = ear.count('snapshot')
    socket.send('{"type":"resync"}')
    await ear.until(() => ear.count('snapshot') > before)
    expect(client.bids.get('77.15')).toBe('3')
    expect(client.gap).toBe(false)
    socket.close()
  })

  it('gives who comes back, and who asks, the frames that were missed', async () => {
    const first = await listen()
    await first.until(() => first.count('frame') >= 2)
    first.socket.close()
    const { sequence } = first.client
    await sol().receive(batch(1, resting()))
    const again = await listen(`channel=book&after=${sequence}`)
    again.client.snapshot(JSON.stringify(first.heard[0]))
    for (const message of first.heard.slice(1)) again.client.take(JSON.stringify(message))
    await again.until(() => again.client.bids.get('77.15') === '3')
    expect(again.count('snapshot')).toBe(0)
    expect(again.client.gap).toBe(false)

    const missed = again.client.sequence
    const from = again.heard.length
    await again.until(() => again.client.sequence > missed)
    again.socket.send(JSON.stringify({ type: 'resync', after: missed }))
    const firsts = () =>
      again.heard
        .slice(from)
        .filter((message) => message.type === 'frame' && message.book?.first === missed + 1)
    await again.until(() => firsts().length === 2)
    expect(again.count('snapshot')).toBe(0)
    again.socket.close()
  })

  it('goes on for the same sockets after the memory was lost, with a fresh snapshot and a higher sequence', async () => {
    const ear = await listen()
    const { client, heard } = ear
    await sol().receive(batch(1, resting()))
    await ear.until(() => client.bids.get('77.15') === '3')
    const { sequence } = client
    const before = heard.length
    // A turn that throws leaves no row, and the memory it may have half changed is thrown away.
    await sol().receive(batch(2, 'not a message'))
    await ear.until(() => heard.slice(before).some(({ type }) => type === 'snapshot'))
    expect(client.sequence).toBeGreaterThan(sequence)
    expect(client.bids.get('77.15')).toBe('3')
    const frames = () => heard.slice(before).filter(({ type }) => type === 'frame').length
    await ear.until(() => frames() >= 2)
    expect(client.gap).toBe(false)
    ear.socket.close()
  })
})

describe('the other channels', () => {
  it('tell the ticker alone, prints alone, candles alone', async () => {
    for (const [channel, type] of [
      ['channel=ticker', 'ticker'],
      ['channel=trades', 'trades'],
      ['channel=candles&interval=1s', 'candle'],
      ['channel=candles&interval=1d', 'candle'],
    ] as const) {
      const ear = await listen(channel)
      await ear.until(() => ear.heard.length >= 3)
      expect(new Set(ear.heard.map((message) => message.type))).toEqual(new Set([type]))
      ear.socket.close()
    }
  })
})

describe('a connection', () => {
  it('is answered when it closes, and refused when it is none', async () => {
    const ear = await listen()
    ear.socket.close(1000, 'done')
    await ear.until(() => ear.closed !== null)
    expect(ear.closed?.code).toBe(1000)
    for (const response of [await sol().fetch('http://market/stream'), await upgrade('channel=all')]) {
      expect(response.status).toBe(400)
      expect(Problem.parse(await response.json()).code).toBe('invalid_input')
    }
  })

  it('is refused where an address has as many as it may, until one closes', async () => {
    const limit = 100
    const ears: Ear[] = []
    for (let n = 0; n < limit; n++) ears.push(await listen('channel=trades', '203.0.113.9'))
    const refused = await upgrade('channel=ticker', '203.0.113.9')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(Problem.parse(await refused.json()).code).toBe('too_many_streams')
    const other = await listen('channel=ticker', '203.0.113.10')
    ears[0]?.socket.close()
    await ears[0]?.until(() => ears[0]?.closed !== null)
    const admitted = await listen('channel=ticker', '203.0.113.9')
    for (const ear of [...ears, other, admitted]) ear.socket.close()
  })

  it('is closed when it says too much at once, or too often', async () => {
    const loud = await listen()
    loud.socket.send('x'.repeat(STREAM_LIMITS.textLength + 1))
    await loud.until(() => loud.closed !== null)
    expect(loud.closed?.code).toBe(1009)
    const quick = await listen()
    for (let n = 0; n < 2 * STREAM_LIMITS.controlsAtOnce; n++) quick.socket.send('{"type":"resync"}')
    await quick.until(() => quick.closed !== null)
    expect(quick.closed?.code).toBe(1008)
  })
})

describe('a slow reader', () => {
  const SLOW = STREAM_LIMITS.slowAfterMs

  /** Sockets of an object, whose clock is the test's: its own audience hears nothing of them. */
  const audienceOf = (ctx: DurableObjectState) => new Audience(ctx, 100, Date.now())
  const request = () =>
    new Request('http://market/stream?channel=book', { headers: { upgrade: 'websocket' } })
  const text = (sequence: number) =>
    JSON.stringify({ type: 'frame', market: 'SOL-USDT', at: sequence } satisfies MarketStreamMessage)

  it('is sent nothing until it says "ping" again, and then where the market stands', async () => {
    const ear = await runInDurableObject(sol(), async (_, ctx) => {
      const audience = audienceOf(ctx)
      const now = Date.now()
      const ear = new Ear(audience.admit(request(), now))
      const answers: (number | null)[] = []
      const answer = (at: number) => (_channel: string, after: number | null) => {
        answers.push(after)
        return [text(at)]
      }
      audience.answerWaiting(answer(1), now)
      audience.tell('book', text(2), now + SLOW)
      expect(audience.someAreBehind).toBe(false)
      audience.tell('book', text(3), now + SLOW + 1)
      expect(audience.someAreBehind).toBe(true)
      audience.tell('book', text(4), now + SLOW + 2)
      audience.answerWaiting(answer(5), now + SLOW + 3)
      expect(answers).toEqual([null])

      ear.socket.send('ping')
      await ear.until(() => ear.pongs === 1)
      // It has read up to its ping: what it asked for before is of no use any more.
      audience.answerWaiting(answer(6), Date.now() + SLOW - 1_000)
      expect(answers).toEqual([null, null])
      audience.tell('book', text(7), Date.now() + SLOW - 1_000)
      await ear.until(() => ear.heard.length === 4)
      return ear
    })
    expect(ear.heard.map((message) => (message.type === 'frame' ? message.at : null))).toEqual([1, 2, 6, 7])
  })

  it('is still behind for an object that has slept, and is closed when nobody seems to be there', async () => {
    await runInDurableObject(sol(), async (_, ctx) => {
      const before = audienceOf(ctx)
      const now = Date.now()
      const ear = new Ear(before.admit(request(), now))
      before.answerWaiting(() => [text(1)], now)
      before.tell('book', text(2), now + SLOW + 1)
      const after = audienceOf(ctx)
      expect(after.someAreBehind).toBe(true)
      after.everybodyWaits()
      after.answerWaiting(() => [text(3)], now + SLOW + 2)
      expect(after.someAreBehind).toBe(true)
      after.answerWaiting(() => [text(4)], now + 180_001)
      expect(after.isEmpty).toBe(true)
      await ear.until(() => ear.closed !== null)
      expect(ear.closed?.code).toBe(1001)
      expect(ear.heard).toHaveLength(1)
    })
  })
})

describe('a market in which nothing trades', () => {
  const dueTimes = () =>
    runInDurableObject(sol(), (_, { storage }) =>
      storage.sql
        .exec<{ key: string }>('SELECT key FROM due_time')
        .toArray()
        .map(({ key }) => key),
    )

  it('sleeps with its sockets while it is halted, without an alarm, and tells them all when it opens', async () => {
    const ear = await listen()
    await ear.until(() => ear.count('frame') >= 1)
    expect(await dueTimes()).toEqual(['feed'])
    await sol().setStatus('halted')
    await ear.until(() =>
      ear.heard.some((message) => message.type === 'frame' && message.ticker?.status === 'halted'),
    )
    // Whoever watches a market that is open keeps it awake, and this would wait for ever.
    await evictDurableObject(sol())
    await runInDurableObject(sol(), (_, { storage }) =>
      storage.sql.exec('UPDATE due_time SET at = 1').toArray(),
    )
    await evictDurableObject(sol())
    await runDurableObjectAlarm(sol())
    expect(await dueTimes()).toEqual([])
    await evictDurableObject(sol())
    const before = ear.heard.length
    ear.socket.send('ping')
    await ear.until(() => ear.pongs === 1)
    expect(ear.heard.length).toBe(before)
    await sol().setStatus('open')
    await ear.until(() => ear.heard.slice(before).some(({ type }) => type === 'snapshot'))
    const frames = () => ear.heard.slice(before).filter(({ type }) => type === 'frame').length
    await ear.until(() => frames() >= 2)
    expect(ear.client.gap).toBe(false)
    ear.socket.close()
  })

  it('sleeps with its sockets when its feed has not answered for a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    try {
      await runInDurableObject(sol(), (market, ctx) => {
        const deaf = new Market(ctx, { ...env, FEED: 'recorded', RECORDING_URL: 'http://127.0.0.1:9' })
        market.fetch = (request) => deaf.fetch(request)
      })
      const ear = await listen()
      await ear.until(() => ear.heard.length > 0)
      const [first] = ear.heard
      expect(first?.type === 'snapshot' && first.ticker.stale).toBe(true)
      vi.setSystemTime(Date.now() + 61_000)
      await evictDurableObject(sol())
      ear.socket.send('ping')
      await ear.until(() => ear.pongs === 1)
      ear.socket.close()
    } finally {
      vi.useRealTimers()
    }
  })
})
