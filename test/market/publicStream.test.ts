import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MarketFrame } from '../../worker/contract/stream.ts'
import { frames, snapshotMessage, tickerView } from '../../worker/market/views.ts'
import { MarketHarness } from './marketHarness.ts'
import { StreamClient } from './streamClient.ts'

function flush(market: MarketHarness): string[] {
  const ticker = tickerView(market.state, market.now)
  return frames(market.state, market.state.stream.take(), ticker, market.now).map((frame) =>
    JSON.stringify(frame),
  )
}

const snapshot = (market: MarketHarness): string => JSON.stringify(snapshotMessage(market.state, market.now))

function expectBookOf(client: StreamClient, market: MarketHarness): void {
  const fresh = new StreamClient()
  fresh.snapshot(snapshot(market))
  expect(client.bids).toEqual(fresh.bids)
  expect(client.asks).toEqual(fresh.asks)
  expect(client.sequence).toBe(fresh.sequence)
}

const act = fc.oneof(
  fc.record({
    type: fc.constant('submit' as const),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    ticks: fc.integer({ min: 9_995, max: 10_005 }),
    lots: fc.integer({ min: 11, max: 200 }),
  }),
  fc.record({ type: fc.constant('cancel' as const), of: fc.nat(60) }),
  fc.record({ type: fc.constant('flush' as const), lost: fc.boolean() }),
  fc.record({ type: fc.constant('wake' as const) }),
)

test('snapshot and frames make the book; who misses a frame can tell, and a snapshot heals', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
      const market = new MarketHarness()
      market.state.stream.begin(market.now)
      const client = new StreamClient()
      client.snapshot(snapshot(market))
      let missed = false
      acts.forEach((step, index) => {
        market.now += 20
        if (step.type === 'submit') {
          const { side, ticks, lots } = step
          market.submit(index % 2 === 0 ? 'ann' : 'bob', { orderId: `o${index}`, side, ticks, lots })
        } else if (step.type === 'cancel') {
          market.cancel('ann', `o${step.of}`)
          market.cancel('bob', `o${step.of}`)
        } else if (step.type === 'wake') {
          const before = market.state.stream.sequence
          market.wake()
          market.state.stream.begin(market.now)
          expect(market.state.stream.sequence).toBeGreaterThan(before)
          client.snapshot(snapshot(market))
          missed = false
        } else
          for (const text of flush(market)) {
            const moved = MarketFrame.parse(JSON.parse(text)).book !== undefined
            if (step.lost) missed ||= moved
            else client.frame(text)
            if (!step.lost && moved && missed) {
              expect(client.gap).toBe(true)
              client.snapshot(snapshot(market))
              missed = false
            }
            if (!missed) expectBookOf(client, market)
          }
      })
      market.disk.close()
    }),
    { numRuns: 200 },
  )
})

test('changes of one level within a frame are told once, as the last of them', () => {
  const market = new MarketHarness()
  market.state.stream.begin(market.now)
  for (const n of [1, 2, 3]) market.submit('ann', { orderId: `a${n}`, side: 'buy', ticks: 10_000, lots: 20 })
  const { book } = market.state.stream.take()
  expect(book).toMatchObject({ bids: [[10_000, 60]], asks: [] })
  expect(book === null ? 0 : book.last - book.first + 1).toBe(3)
  expect(market.state.stream.pending).toBe(false)
})

test('a minute that closes within a frame is told whole, before the one that opens', () => {
  const market = new MarketHarness()
  market.submit('ann', { orderId: 'a', side: 'sell', ticks: 10_000, lots: 500 })
  flush(market)
  market.now = Math.floor(market.now / 60_000) * 60_000 + 59_990
  market.submit('bob', { orderId: 'b', side: 'buy', ticks: 10_000, lots: 20 })
  market.now += 20
  market.submit('bob', { orderId: 'c', side: 'buy', ticks: 10_000, lots: 30 })
  const told = flush(market).map((text) => MarketFrame.parse(JSON.parse(text)))
  expect(told.map(({ candle }) => candle?.volume)).toEqual(['0.2', '0.3'])
  expect(told[1]?.prints).toHaveLength(2)
})
