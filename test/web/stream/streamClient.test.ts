import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timing } from '../../../web/src/lib/stream/connection.ts'
import { StreamClient } from '../../../web/src/lib/stream/streamClient.ts'
import type { StreamState } from '../../../web/src/lib/stream/topic.ts'
import { Random } from '../../support/random.ts'
import { CALM, type Dials } from './faults.ts'
import { ModelVenue } from './modelVenue.ts'
import { isWhole, Viewer } from './viewer.ts'
import { LATENCY, VirtualNetwork } from './virtualNetwork.ts'
import { VirtualTime } from './virtualTime.ts'

const MARKETS = ['BTC-USDT', 'ETH-USDT']
const INTERVAL = 100

function world(seed = 1, dials: Dials = CALM) {
  const time = new VirtualTime()
  const venue = new ModelVenue(MARKETS, new Random(seed), () => time.now)
  const network = new VirtualNetwork(time, venue, seed, dials)
  const client = new StreamClient('wss://venue/api/v1/stream', network)
  /** The venue moves all the while. */
  const live = (milliseconds: number): void => {
    for (let passed = 0; passed < milliseconds; passed += INTERVAL) {
      venue.move()
      time.pass(INTERVAL)
    }
  }
  return { time, venue, network, client, live }
}

/** Longer than any wait of the client on top of another. */
const LONG = 90_000

const dials = (most: number): fc.Arbitrary<Dials> => {
  const dial = fc.oneof(fc.constant(0), fc.double({ min: 0, max: most, noNaN: true }))
  return fc.record({
    drop: dial,
    repeat: dial,
    delay: dial,
    truncate: fc.oneof(fc.constant(0), fc.double({ min: 0, max: most / 10, noNaN: true })),
    corrupt: dial,
    close: fc.oneof(fc.constant(0), fc.double({ min: 0, max: most / 10, noNaN: true })),
  })
}

describe('a stream client', () => {
  test('shows what the venue has, and nothing else was needed for it', () => {
    const { venue, client, live } = world()
    const viewers = MARKETS.map((market) => new Viewer(client, venue, market))
    live(5_000)
    expect(viewers.map(({ states }) => states)).toEqual([
      ['connecting', 'live'],
      ['connecting', 'live'],
    ])
    expect(isWhole(viewers)).toBe(true)
    expect(viewers[0]?.ticker?.volume24h).toBe(venue.market('BTC-USDT').ticker.volume24h)
    expect(viewers[0]?.prints.slice(0, 20)).toEqual(venue.market('BTC-USDT').tape.toReversed().slice(0, 20))
    expect(venue.served).toEqual({ connections: 1, subscribes: 6, resyncs: 0, snapshots: 2, resumes: 0 })
    expect(client.counts).toEqual({ connections: 1, unreadable: 0, behind: 0, wrong: 0 })
  })

  test('whatever goes wrong, nothing wrong is shown as the venue’s, and once it behaves all is right again', () => {
    fc.assert(
      fc.property(fc.integer(), dials(0.3), (seed, faults) => {
        const { time, venue, network, client, live } = world(seed, faults)
        const viewers = MARKETS.map((market) => new Viewer(client, venue, market))
        live(30_000)
        const attempts = network.attempts.length
        expect(attempts).toBeLessThan(40)
        expect(time.pending).toBeLessThan(200)
        network.faults.dials = CALM
        for (let passed = 0; passed < LONG && !isWhole(viewers); passed += 1_000) live(1_000)
        expect(viewers.flatMap(({ wrongs }) => wrongs)).toEqual([])
        expect(viewers.map(({ state }) => state)).toEqual(['live', 'live'])
        expect(viewers.map(({ isRight }) => isRight)).toEqual([true, true])
        for (const viewer of viewers) viewer.end()
        live(6_000)
        expect(time.pending).toBe(0)
      }),
      { numRuns: Number(process.env.NUM_RUNS ?? 30), endOnFailure: true },
    )
  })

  test('a missed frame is asked for by the last sequence that was right, and sent again', () => {
    const { venue, network, client, live } = world()
    const viewer = new Viewer(client, venue, 'BTC-USDT')
    live(1_000)
    network.faults.dials = { ...CALM, drop: 1 }
    live(3 * INTERVAL)
    network.faults.dials = CALM
    live(1_000)
    expect(viewer.states).toEqual(['connecting', 'live', 'resyncing', 'live'])
    expect(isWhole([viewer])).toBe(true)
    expect(client.counts).toMatchObject({ connections: 1, behind: 1, wrong: 0 })
    expect(venue.served).toMatchObject({ snapshots: 1, resyncs: 1, resumes: 1 })
  })

  test('a book that is not what the checksum says is asked for whole', () => {
    const { time, venue, network, client, live } = world()
    const viewer = new Viewer(client, venue, 'BTC-USDT')
    live(1_000)
    network.faults.dials = { ...CALM, corrupt: 1 }
    while (client.counts.wrong === 0) {
      venue.move()
      time.pass(LATENCY)
    }
    network.faults.dials = CALM
    live(1_000)
    expect(viewer.states).toEqual(['connecting', 'live', 'resyncing', 'live'])
    expect(isWhole([viewer])).toBe(true)
    expect(client.counts).toMatchObject({ connections: 1, behind: 0, wrong: 1 })
    expect(venue.served).toMatchObject({ snapshots: 2, resyncs: 1, resumes: 0 })
  })

  test('a venue whose every book is wrong is not asked in a storm', () => {
    const { venue, network, client, live } = world(1, { ...CALM, corrupt: 1 })
    const viewer = new Viewer(client, venue, 'BTC-USDT')
    live(120_000)
    expect(viewer.state).not.toBe('live')
    expect(venue.served.resyncs).toBeLessThan(40)
    expect(client.counts.connections).toBe(1)
    network.faults.dials = CALM
    live(timing.longestDelay + 1_000)
    expect(isWhole([viewer])).toBe(true)
  })

  test('a lost connection is resumed where it was, where the venue still has the frames', () => {
    const { venue, network, client, live } = world(4)
    const viewer = new Viewer(client, venue, 'BTC-USDT')
    live(2_000)
    network.cut()
    live(700)
    expect(viewer.states).toEqual(['connecting', 'live', 'reconnecting', 'live'])
    expect(isWhole([viewer])).toBe(true)
    expect(venue.served).toMatchObject({ connections: 2, snapshots: 1, resumes: 1 })
    network.cut()
    network.reachable = false
    live(5_000)
    network.reachable = true
    for (let passed = 0; passed < LONG && !isWhole([viewer]); passed += 100) live(100)
    expect(isWhole([viewer])).toBe(true)
    expect(venue.served).toMatchObject({ snapshots: 2, resumes: 1 })
    expect(viewer.wrongs).toEqual([])
  })

  test('without a network it tries within its backoff, says that it is offline, and comes back', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { venue, network, client, live } = world(seed)
        const viewer = new Viewer(client, venue, 'BTC-USDT')
        live(2_000)
        network.reachable = false
        network.cut()
        live(120_000)
        expect(viewer.states).toEqual(['connecting', 'live', 'reconnecting', 'offline'])
        const waits = network.attempts.slice(1).map(({ at }, n) => at - (network.attempts[n]?.at ?? 0))
        // A try takes a moment to fail; the first loss was not at the moment of its try.
        const expected = network.draws.map(
          (draw, n) => 40 + Math.round(draw * Math.min(timing.longestDelay, 500 * 2 ** n)),
        )
        expect(waits.slice(1)).toEqual(expected.slice(1, waits.length))
        network.reachable = true
        live(timing.longestDelay + 1_000)
        expect(isWhole([viewer])).toBe(true)
      }),
      { numRuns: 5, endOnFailure: true },
    )
  })

  test('a refused subscription says why and is not asked for again; the others go on', () => {
    const { venue, client, live } = world()
    const states: [StreamState, string | undefined][] = []
    client.book('XXX-YYY', {
      update: () => {},
      state: (state, refusal) => states.push([state, refusal?.code]),
    })
    const viewer = new Viewer(client, venue, 'BTC-USDT')
    live(60_000)
    expect(states).toEqual([
      ['connecting', undefined],
      ['refused', 'unknown_market'],
    ])
    expect(venue.served.subscribes).toBe(4)
    expect(isWhole([viewer])).toBe(true)
  })

  test('what the venue ends is subscribed to again after a moment', () => {
    const { venue, client, live } = world()
    const viewer = new Viewer(client, venue, 'BTC-USDT')
    live(1_000)
    venue.endMarket('BTC-USDT')
    live(2_000)
    expect(viewer.states).toEqual(['connecting', 'live', 'reconnecting', 'live'])
    expect(isWhole([viewer])).toBe(true)
    expect(client.counts.connections).toBe(1)
  })

  test('one that was ended to make room for another of its owner gives way, until somebody is there again', () => {
    const { venue, client, live } = world()
    const states: StreamState[] = []
    const end = client.account({ update: () => {}, state: (state) => states.push(state) })
    live(1_000)
    venue.endAccount()
    live(60_000)
    expect(states).toEqual(['connecting', 'live', 'refused'])
    client.resume()
    live(1_000)
    expect(states.at(-1)).toBe('live')
    end()
  })

  test('a channel that has nothing to say yet is live', () => {
    const { venue, client, time } = world()
    const states: StreamState[] = []
    client.candles('BTC-USDT', '4h', { update: () => {}, state: (state) => states.push(state) })
    time.pass(120_000)
    expect(states).toEqual(['connecting', 'live'])
    expect(venue.served.subscribes).toBe(1)
  })

  test('a market that counts anew after its object woke is followed, upwards and downwards', () => {
    for (const sequence of [1_000_000, 5]) {
      const { venue, client, live } = world()
      const viewer = new Viewer(client, venue, 'BTC-USDT')
      live(1_000)
      venue.wake('BTC-USDT', sequence)
      live(2_000)
      expect(isWhole([viewer])).toBe(true)
      expect(viewer.wrongs).toEqual([])
    }
  })

  test('a subscription whose answer never comes is asked for again', () => {
    const { venue, network, client, live } = world(1, { ...CALM, drop: 0.7 })
    const viewer = new Viewer(client, venue, 'BTC-USDT')
    live(1_000)
    network.faults.dials = CALM
    live(30_000)
    expect(isWhole([viewer])).toBe(true)
    expect(viewer.ticker?.volume24h).toBe(venue.market('BTC-USDT').ticker.volume24h)
  })

  test('a message that cannot be read costs the connection, one of an unknown kind nothing', () => {
    const { time, venue, client, live } = world()
    const viewer = new Viewer(client, venue, 'BTC-USDT')
    live(1_000)
    venue.announce('{"type":"weather","sky":"blue"}')
    time.pass(100)
    expect(client.counts).toMatchObject({ connections: 1, unreadable: 0 })
    for (const [n, text] of [
      '{',
      '7',
      'null',
      '{"type":"ticker"}',
      '{"type":"frame","market":"BTC-USDT"}',
    ].entries()) {
      venue.announce(text)
      time.pass(timing.longestDelay + 100)
      expect(client.counts).toMatchObject({ connections: n + 2, unreadable: n + 1 })
    }
    live(1_000)
    expect(isWhole([viewer])).toBe(true)
  })

  test('who wants the same shares a subscription, and the last one ends it and the connection', () => {
    const { time, venue, client, live } = world()
    const first = new Viewer(client, venue, 'BTC-USDT')
    live(1_000)
    const second = new Viewer(client, venue, 'BTC-USDT')
    expect(second.states).toEqual(['live'])
    expect(second.isRight).toBe(true)
    expect(venue.served.subscribes).toBe(3)
    first.end()
    live(1_000)
    expect(isWhole([second])).toBe(true)
    second.end()
    time.pass(1_000)
    const third = new Viewer(client, venue, 'BTC-USDT')
    live(10_000)
    expect(isWhole([third])).toBe(true)
    expect(client.counts.connections).toBe(1)
    third.end()
    time.pass(6_000)
    expect(time.pending).toBe(0)
    expect(venue.listeners).toBe(0)
  })

  test('a client that rests keeps its subscriptions and nothing else', () => {
    const { time, venue, client, live } = world()
    const viewer = new Viewer(client, venue, 'BTC-USDT')
    live(1_000)
    client.pause()
    const late = new Viewer(client, venue, 'ETH-USDT')
    expect([viewer.state, late.state]).toEqual(['closed', 'closed'])
    expect(time.pending).toBe(0)
    time.pass(600_000)
    expect(venue.listeners).toBe(0)
    client.resume()
    live(1_000)
    expect(isWhole([viewer, late])).toBe(true)
  })

  test('asks no faster than the venue takes', () => {
    const { venue, client, live } = world()
    for (let n = 0; n < 50; n++) client.candles(`M${n}-USDT`, '1m', { update: () => {} })
    live(1_000)
    for (let n = 0; n < 50; n++) client.ticker(`M${n}-USDT`, { update: () => {} })
    live(20_000)
    expect(venue.served.subscribes).toBe(100)
    expect(venue.mostAtOnce).toBeLessThanOrEqual(60)
    expect(client.counts.connections).toBe(1)
  })

  test('of an account, whatever is not told is asked for, and nothing is told twice', () => {
    fc.assert(
      fc.property(fc.integer(), dials(0.3), (seed, faults) => {
        const { venue, network, client, live } = world(seed, faults)
        // What is known: all up to the last reading, and what was told since.
        let known = 0
        const told: string[] = []
        client.account({
          update: ({ message, continuity }) => {
            if (message.type === 'notification') {
              told.push(message.notification.body)
              if (continuity === 'next') known = Number(message.notification.body)
            }
            if (continuity === 'fetch') known = venue.happened
          },
        })
        live(20_000)
        network.faults.dials = CALM
        live(timing.longestDelay + 2 * timing.patience)
        venue.happen()
        live(1_000)
        expect(known).toBe(venue.happened)
        expect(told.at(-1)).toBe(`${venue.happened}`)
      }),
      { numRuns: 15, endOnFailure: true },
    )
  })
})
