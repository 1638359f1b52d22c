import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answer, Recording, readRecordings, serveRecordings } from '../../scripts/recordings.ts'
import { sharedData } from '../support/sharedData.ts'

const small = [
  '{"exchange":"binance","symbol":"BTC/USDT","from":1000,"to":1400}',
  '{"t":1000,"type":"snapshot","last":10,"bids":[["99.00","1.0"],["98.00","2.0"]],"asks":[["101.00","1.0"]]}',
  '{"t":1050,"type":"trade","id":1,"price":"99.00","amount":"0.5","side":"sell"}',
  '{"t":1100,"type":"delta","first":9,"last":12,"bids":[["99.00","0.00000"],["98.50","3.0"]],"asks":[]}',
  '{"t":1200,"type":"delta","first":13,"last":14,"bids":[],"asks":[["100.50","4.0"],["97.00","0.00000"]]}',
  '{"t":1400,"type":"trade","id":2,"price":"100.50","amount":"1.0","side":"buy"}',
]
const recording = new Recording(small.join('\n'))

interface Line {
  t: number
  type: string
  bids?: [string, string][]
  asks?: [string, string][]
}
const parsed = (lines: string[]): Line[] => lines.map((line) => JSON.parse(line))

/** The book after these lines, as sorted text. */
function bookAfter(lines: Line[]): string[] {
  const book = new Map<string, string>()
  for (const line of lines) {
    if (line.type === 'snapshot') book.clear()
    for (const side of ['bids', 'asks'] as const) {
      for (const [price, amount] of line[side] ?? []) {
        if (Number(amount) === 0) book.delete(`${side} ${price}`)
        else book.set(`${side} ${price}`, amount)
      }
    }
  }
  return [...book].map((level) => level.join(' ')).sort()
}

describe('a stretch', () => {
  it('is the file itself from the beginning', () => {
    expect(recording.stretch(0, 401)).toEqual(small.slice(1))
  })

  it('includes its beginning and not its end', () => {
    expect(parsed(recording.stretch(100, 200)).map((line) => [line.t, line.type])).toEqual([
      [1100, 'snapshot'],
      [1100, 'delta'],
    ])
  })

  it('begins elsewhere with the book as it stood there, best prices first', () => {
    const [snapshot] = parsed(recording.stretch(300, 400))
    expect(snapshot).toEqual({
      t: 1300,
      type: 'snapshot',
      last: 14,
      bids: [
        ['98.50', '3.0'],
        ['98.00', '2.0'],
      ],
      asks: [
        ['100.50', '4.0'],
        ['101.00', '1.0'],
      ],
    })
  })

  it('after the end is the last book alone', () => {
    expect(parsed(recording.stretch(10_000, 20_000)).map((line) => line.type)).toEqual(['snapshot'])
  })
})

it('refuses a file that is none, and two of one market, and says which', () => {
  expect(() => new Recording('{"symbol":"BTC/USDT"}')).toThrow(/header/)
  expect(() => readRecordings(['/no/such/recording.jsonl'])).toThrow(/\/no\/such\/recording\.jsonl/)
})

describe('served', () => {
  let served: Awaited<ReturnType<typeof serveRecordings>>
  beforeAll(async () => {
    served = await serveRecordings([recording])
  })
  afterAll(() => served.close())

  it('lists the markets', async () => {
    const response = await fetch(`${served.url}/recordings`)
    expect(await response.json()).toEqual([{ market: 'BTC-USDT', from: 1000, to: 1400 }])
  })

  it('gives a stretch as JSON lines', async () => {
    const response = await fetch(`${served.url}/recordings/BTC-USDT?from=0&to=101`)
    expect(await response.text()).toBe(`${small.slice(1, 4).join('\n')}\n`)
  })

  it.each(['/recordings/DOGE-USDT', '/other'])('knows nothing of %s', async (path) => {
    expect((await fetch(served.url + path)).status).toBe(404)
  })

  it.each(['from=x', 'from=-1', 'from=5&to=4'])('refuses %s', (query) => {
    expect(answer([recording], new URL(`http://loopback/recordings/BTC-USDT?${query}`)).status).toBe(400)
  })
})

const btc = sharedData('book/binance-spot-btcusdt-20240808.jsonl.gz')
it.skipIf(btc === null)(
  'starts anywhere in a real recording with the same book (needs ../shared/data)',
  () => {
    if (btc === null) return
    const text = gunzipSync(readFileSync(btc)).toString('utf8')
    const real = new Recording(text)
    const lines = text.trimEnd().split('\n').slice(1)
    const entries = parsed(lines)
    const length = real.to - real.from
    expect(real.stretch(0, length + 1)).toEqual(lines)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: length }), fc.integer({ min: 0, max: 5000 }), (from, span) => {
        const until = entries.filter((entry) => entry.t < real.from + from + span)
        expect(bookAfter(parsed(real.stretch(from, from + span)))).toEqual(bookAfter(until))
      }),
      { numRuns: 5 },
    )
  },
)
