import { serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode } from '../../worker/messaging/codec.ts'
import type { Batch } from '../../worker/messaging/stream.ts'
import {
  bindingTransport,
  type MessagingBindings,
  partsOf,
  type QueueMessage,
  readQueueMessage,
} from '../../worker/messaging/transport.ts'

const batch = (messages: readonly string[], to: Batch['to'] = 'queue/market-events'): Batch => ({
  from: 'market/BTC-USDT',
  to,
  first: 7,
  messages,
  acknowledged: 0,
})

type Sent = { name: string; batch: Batch }[]

/** Bindings that note what is sent; the queue refuses every part from the `failing`th on. */
function bindings(
  sent: Sent,
  queued: QueueMessage[][],
  failing = Number.POSITIVE_INFINITY,
): MessagingBindings {
  const namespace = (kind: string) => ({
    getByName: (id: string) => ({
      receive: async (batch: Batch) => {
        sent.push({ name: `${kind}/${id}`, batch })
        return { applied: 9, back: null }
      },
    }),
  })
  const queue = {
    sendBatch: async (messages: Iterable<{ body: QueueMessage }>) => {
      if (queued.length + 1 >= failing) throw new Error('the queue is away')
      queued.push([...messages].map(({ body }) => body))
    },
  }
  return {
    ACCOUNT: namespace('account'),
    MARKET: namespace('market'),
    COPY_POOL: namespace('pool'),
    MARKET_EVENTS: queue,
    COPY_FILLS: queue,
    COPY_ORDERS: queue,
    NOTIFICATIONS: queue,
  }
}

describe('a batch to an object', () => {
  it.each(['account/ada', 'market/BTC-USDT', 'pool/ada'] as const)('%s reaches it by name', async (to) => {
    const sent: Sent = []
    const receipt = await bindingTransport(bindings(sent, [])).deliver(batch(['"a"'], to))
    expect(receipt).toEqual({ applied: 9, back: null })
    expect(sent).toEqual([{ name: to, batch: batch(['"a"'], to) }])
  })
})

describe('a batch to a queue', () => {
  const large = JSON.stringify('x'.repeat(90_000))

  it('is acknowledged whole, each message with its source and sequence', async () => {
    const queued: QueueMessage[][] = []
    const receipt = await bindingTransport(bindings([], queued)).deliver(batch(['"a"', '"b"']))
    expect(receipt.applied).toBe(8)
    expect(queued).toEqual([
      [
        { source: 'market/BTC-USDT', sequence: 7, body: '"a"' },
        { source: 'market/BTC-USDT', sequence: 8, body: '"b"' },
      ],
    ])
  })

  it('of which a later part fails is acknowledged up to there', async () => {
    const queued: QueueMessage[][] = []
    const receipt = await bindingTransport(bindings([], queued, 2)).deliver(batch([large, large, large]))
    expect(queued).toHaveLength(1)
    expect(receipt.applied).toBe(8)
  })

  it('of which the first part fails rejects', async () => {
    const delivered = bindingTransport(bindings([], [], 1)).deliver(batch(['"a"']))
    await expect(delivered).rejects.toThrow('the queue is away')
  })

  it('is cut into parts of at most 100 messages and 200,000 bytes, with nothing lost or moved', () => {
    const body = fc.oneof(
      fc.nat(5_000).map((length) => 'a'.repeat(length)),
      fc.nat(20_000).map((length) => '€'.repeat(length)),
    )
    fc.assert(
      fc.property(fc.array(body, { maxLength: 250, size: 'max' }), (messages) => {
        const parts = partsOf(batch(messages))
        expect(parts.flat().map((message) => message.body)).toEqual(messages)
        expect(parts.flat().map((message) => message.sequence)).toEqual(messages.map((_, index) => 7 + index))
        for (const part of parts) {
          const bytes = part.reduce((sum, message) => sum + serialize(message).length, 0)
          expect(part.length).toBeLessThanOrEqual(100)
          if (part.length > 1) expect(bytes).toBeLessThanOrEqual(200_000)
        }
      }),
      { numRuns: 10 },
    )
  })
})

describe('what a consumer reads', () => {
  it('is the message with its source and sequence', () => {
    const body = { source: 'pool/ada', sequence: 3, body: encode({ amount: 5n }) }
    expect(readQueueMessage(body)).toEqual({ source: 'pool/ada', sequence: 3, message: { amount: 5n } })
  })

  it.each([
    ['no object', 'text'],
    ['no source', { sequence: 1, body: '1' }],
    ['a source that is no address', { source: 'nobody', sequence: 1, body: '1' }],
    ['a sequence of 0', { source: 'pool/ada', sequence: 0, body: '1' }],
    ['a body that is no text', { source: 'pool/ada', sequence: 1, body: { a: 1 } }],
    ['a body that is no JSON', { source: 'pool/ada', sequence: 1, body: '{' }],
  ])('throws on %s: it goes to the dead letters', (_name, body) => {
    expect(() => readQueueMessage(body)).toThrow()
  })
})
