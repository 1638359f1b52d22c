import { describe, expect, test } from 'vitest'
import type { Surroundings } from '../../../web/src/lib/stream/connection.ts'
import { StreamClient } from '../../../web/src/lib/stream/streamClient.ts'
import { surroundings } from '../../../web/src/lib/stream/surroundings.ts'
import { Random } from '../../support/random.ts'
import { CALM, type Dials, Faults } from './faults.ts'
import { FaultyServer } from './faultyServer.ts'
import { ModelVenue } from './modelVenue.ts'
import { isWhole, Viewer } from './viewer.ts'

const MARKETS = ['BTC-USDT', 'ETH-USDT']

/** Real sockets, and a time that goes so many times as fast. */
const hurried = (speed: number): Surroundings => ({
  ...surroundings,
  after: (milliseconds, run) => surroundings.after(milliseconds / speed, run),
})

async function world(seed: number, dials: Dials, speed: number) {
  const venue = new ModelVenue(MARKETS, new Random(seed), Date.now)
  const faults = new Faults(new Random(seed + 1), dials)
  const server = new FaultyServer(venue, faults)
  const client = new StreamClient(await server.start(5), hurried(speed))
  return { venue, faults, server, client }
}

describe('a stream client on real sockets', () => {
  test.each([1, 2, 3])('comes through whatever a server does to its bytes (seed %i)', async (seed) => {
    const dials = { drop: 0.03, repeat: 0.03, delay: 0.03, truncate: 0.004, corrupt: 0.03, close: 0.004 }
    const { venue, faults, server, client } = await world(seed, dials, 20)
    const viewers = MARKETS.map((market) => new Viewer(client, venue, market))
    const { counts } = client
    const seen = () => [...Object.values(faults.happened), counts.connections, counts.behind, counts.wrong]
    await server.until(() => seen().every((times) => times >= 2))
    faults.dials = CALM
    await server.until(() => isWhole(viewers))
    expect(viewers.flatMap(({ wrongs }) => wrongs)).toEqual([])
    client.pause()
    await server.stop()
  })

  test('a connection may end after any byte, and the next one is as good', async () => {
    // Of the handshake some, of the first frames' headers all, of the snapshot those around letters of several bytes.
    const bytes = [
      ...range(0, 120, 10),
      ...range(120, 200, 1),
      ...range(200, 1_500, 100),
      ...range(1_500, 1_600, 1),
    ]
    const lanes = Array.from({ length: 4 }, (_, lane) => bytes.filter((_, n) => n % 4 === lane))
    await Promise.all(
      lanes.map(async (lane, seed) => {
        const { venue, server, client } = await world(seed, CALM, 1_000)
        const viewer = new Viewer(client, venue, 'BTC-USDT')
        for (const at of lane) {
          client.pause()
          server.ends.push(at)
          const before = venue.served.connections
          client.resume()
          await server.until(() => venue.served.connections >= before + 2 && isWhole([viewer]))
        }
        expect(viewer.wrongs).toEqual([])
        client.pause()
        await server.stop()
      }),
    )
  })
})

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => from + n * step)
}
