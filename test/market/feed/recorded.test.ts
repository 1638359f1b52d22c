import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { answer, Recording } from '../../../scripts/recordings.ts'
import { createRecordedFeed, type FetchText } from '../../../worker/market/feed/recorded.ts'
import { parseLine, RecordedBook, type RecordedLine } from '../../../worker/market/feed/recordedBook.ts'
import { createSimulatedFeed } from '../../../worker/market/feed/simulated.ts'
import { marketById } from '../../../worker/market/settings.ts'
import { sharedData } from '../../support/sharedData.ts'

const BTC = marketById('BTC-USDT')
const ETH = marketById('ETH-USDT')
const TWENTY_SECONDS = sharedData('book/binance-spot-btcusdt-20240808-20s.jsonl')
const BTC_WHOLE = sharedData('book/binance-spot-btcusdt-20240808.jsonl.gz')
const ETH_WHOLE = sharedData('book/binance-spot-ethusdt-20240808.jsonl.gz')

const linesOf = (file: string): RecordedLine[] => {
  const bytes = readFileSync(file)
  const text = new TextDecoder().decode(file.endsWith('.gz') ? gunzipSync(bytes) : bytes)
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map(parseLine)
}

/** A recording of four seconds: the price rises by a cent a second. */
const FROM = 1_700_000_000_000
const SMALL = [
  {
    exchange: 'none',
    symbol: 'BTC/USDT',
    from: FROM,
    to: FROM + 3_999,
    price_step: '0.01',
    amount_step: '0.00001',
  },
  { t: FROM, type: 'snapshot', last: 1, bids: [['100.00', '1.00000']], asks: [['100.01', '2.00000']] },
  { t: FROM + 500, type: 'trade', id: 1, price: '100.01', amount: '0.50000', side: 'buy' },
  {
    t: FROM + 1_000,
    type: 'delta',
    first: 2,
    last: 2,
    bids: [['100.01', '1']],
    asks: [['100.01', '0.00000']],
  },
  { t: FROM + 1_000, type: 'delta', first: 3, last: 3, bids: [], asks: [['100.02', '3.00000']] },
  { t: FROM + 2_500, type: 'trade', id: 2, price: '100.01', amount: '0.25000', side: 'sell' },
  { t: FROM + 3_999, type: 'trade', id: 3, price: '100.02', amount: '0.12500', side: 'buy' },
]
  .map((line) => JSON.stringify(line))
  .join('\n')

/** The start script's own answers, without a socket between. */
function server(text = SMALL): { fetchFrom: FetchText; asked: string[]; down: boolean } {
  const recordings = [new Recording(text)]
  const state = {
    asked: [] as string[],
    down: false,
    fetchFrom: async (url: string): Promise<string> => {
      state.asked.push(url)
      if (state.down) throw new Error('connection refused')
      const { status, body } = answer(recordings, new URL(url))
      if (status !== 200) throw new Error(`status ${status}`)
      return body
    },
  }
  return state
}

/** A time at which the recording of 4 s begins again. */
const LOOP = Math.ceil(Date.UTC(2026, 10, 25) / 4_000) * 4_000

describe('a recorded book', () => {
  const apply = (...lines: RecordedLine[]) => {
    const book = new RecordedBook(BTC)
    const prints = lines.map((line) => book.apply(line))
    return { book: book.best(10), prints }
  }
  const snapshot: RecordedLine = {
    t: 1,
    type: 'snapshot',
    bids: [
      ['100.00', '1.00000'],
      ['99.99', '2.00000'],
    ],
    asks: [
      ['100.02', '1.50000'],
      ['100.01', '0.00100'],
    ],
  }

  test('is on our grid, best first', () => {
    expect(apply(snapshot).book).toEqual({
      bids: [
        [10_000, 100_000],
        [9_999, 200_000],
      ],
      asks: [
        [10_001, 100],
        [10_002, 150_000],
      ],
    })
  })

  test('replaces an amount, removes at zero, ignores the removal of a level it never saw', () => {
    const delta: RecordedLine = {
      t: 2,
      type: 'delta',
      bids: [
        ['100.00', '0.50000'],
        ['98.00', '0.00000'],
      ],
      asks: [
        ['100.01', '0.00000'],
        ['101.00', '4'],
      ],
    }
    expect(apply(snapshot, delta).book).toEqual({
      bids: [
        [10_000, 50_000],
        [9_999, 200_000],
      ],
      asks: [
        [10_002, 150_000],
        [10_100, 400_000],
      ],
    })
  })

  test('cuts off what is finer than a lot, drops a level below one and a price off the grid', () => {
    const delta: RecordedLine = {
      t: 2,
      type: 'delta',
      bids: [
        ['100.00', '0.00001999'],
        ['99.99', '0.00000999'],
        ['99.985', '7.00000'],
      ],
      asks: [],
    }
    expect(apply(snapshot, delta).book?.bids).toEqual([[10_000, 1]])
  })

  test('forgets everything at a snapshot', () => {
    const later: RecordedLine = { t: 3, type: 'snapshot', bids: [['90', '1']], asks: [['91', '1']] }
    expect(apply(snapshot, later).book).toEqual({ bids: [[9_000, 100_000]], asks: [[9_100, 100_000]] })
  })

  test('is no book while it is crossed or one-sided', () => {
    expect(apply({ t: 1, type: 'snapshot', bids: [['5', '1']], asks: [] }).book).toBeNull()
    expect(apply({ t: 1, type: 'snapshot', bids: [['5', '1']], asks: [['5', '1']] }).book).toBeNull()
  })

  test('refuses a line that is none', () => {
    expect(() => parseLine('{"t":1,"type":"trade","price":5}')).toThrow('no line of a recording')
    expect(() => parseLine('[]')).toThrow('no line of a recording')
  })

  test.skipIf(TWENTY_SECONDS === null)(
    'is never crossed after any line of twenty real seconds (needs ../shared/data)',
    () => {
      const book = new RecordedBook(BTC)
      const counts = { snapshot: 0, delta: 0, trade: 0, prints: 0 }
      for (const line of linesOf(TWENTY_SECONDS ?? '')) {
        if (book.apply(line) !== null) counts.prints += 1
        counts[line.type] += 1
        expect(book.best(50)).not.toBeNull()
      }
      expect(counts).toEqual({ snapshot: 1, delta: 199, trade: 333, prints: 333 })
      expect(book.best(1)?.bids[0]?.[0]).toBeGreaterThan(6_100_000)
    },
  )

  test.skipIf(BTC_WHOLE === null || ETH_WHOLE === null)(
    'is never crossed in eleven real minutes of BTC and ETH (needs ../shared/data)',
    () => {
      for (const [market, file, deltas, trades] of [
        [BTC, BTC_WHOLE ?? '', 6_493, 19_904],
        [ETH, ETH_WHOLE ?? '', 6_468, 14_515],
      ] as const) {
        const book = new RecordedBook(market)
        const counts = { snapshot: 0, delta: 0, trade: 0 }
        let crossed = 0
        for (const line of linesOf(file)) {
          book.apply(line)
          counts[line.type] += 1
          if (book.best(1) === null) crossed += 1
        }
        expect({ ...counts, crossed }).toEqual({ snapshot: 1, delta: deltas, trade: trades, crossed: 0 })
      }
    },
    60_000,
  )
})

describe('the recorded feed', () => {
  const feedOf = (fetchFrom: FetchText, market = BTC) =>
    createRecordedFeed(market, 'http://recordings', createSimulatedFeed(market, 1), fetchFrom)

  test('plays book and trades at their own times', async () => {
    const feed = feedOf(server().fetchFrom)
    await feed.prepare(LOOP)
    expect(feed.step(LOOP)).toEqual({
      at: LOOP,
      book: { bids: [[10_000, 100_000]], asks: [[10_001, 200_000]] },
      prints: [],
    })
    expect(feed.step(LOOP + 600)?.prints).toEqual([
      { ticks: 10_001, lots: 50_000, side: 'buy', at: LOOP + 500 },
    ])
    expect(feed.step(LOOP + 700)?.prints).toEqual([])
    expect(feed.step(LOOP + 1_000)?.book).toEqual({
      bids: [
        [10_001, 100_000],
        [10_000, 100_000],
      ],
      asks: [[10_002, 300_000]],
    })
  })

  test('begins in the middle with the book of that moment', async () => {
    const feed = feedOf(server().fetchFrom)
    await feed.prepare(LOOP + 2_000)
    expect(feed.step(LOOP + 2_000)).toMatchObject({ book: { asks: [[10_002, 300_000]] }, prints: [] })
    expect(feed.step(LOOP + 3_000)?.prints).toHaveLength(1)
  })

  test('begins again at the end, with every trade played once a round', async () => {
    const feed = feedOf(server().fetchFrom)
    const prints: number[] = []
    for (let now = LOOP; now < LOOP + 12_000; now += 250) {
      await feed.prepare(now)
      for (const print of feed.step(now)?.prints ?? []) prints.push(print.at - LOOP)
    }
    expect(prints).toEqual([500, 2_500, 3_999, 4_500, 6_500, 7_999, 8_500, 10_500])
  })

  test('fetches ahead, and not at every step', async () => {
    const source = server()
    const feed = feedOf(source.fetchFrom)
    for (let now = LOOP; now < LOOP + 40_000; now += 100) await feed.prepare(now)
    expect(source.asked.length).toBeLessThan(16)
    expect(feed.step(LOOP + 40_000)).not.toBeNull()
  })

  test('is stale when the server is gone and what was fetched is played, and goes on when it is back', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const source = server()
    const feed = feedOf(source.fetchFrom)
    await feed.prepare(LOOP)
    source.down = true
    for (let now = LOOP; now < LOOP + 30_000; now += 1_000) await feed.prepare(now)
    expect(feed.step(LOOP + 30_000)).toBeNull()
    source.down = false
    await feed.prepare(LOOP + 32_000)
    expect(feed.step(LOOP + 32_000)).toMatchObject({ book: { bids: [[10_000, 100_000]] } })
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
  })

  test('knows its past: what it played in the rounds before, up to the time that is asked', async () => {
    const feed = feedOf(server().fetchFrom)
    expect(feed.history?.(LOOP - 120_000, LOOP)).toEqual([])
    await feed.prepare(LOOP)
    const minute = Math.ceil(LOOP / 60_000) * 60_000
    const [whole, cut] = feed.history?.(minute, minute + 61_000) ?? []
    // Fifteen rounds of four seconds a minute, each of 0.875 BTC from 100.01 to 100.02.
    expect(whole).toEqual({
      at: minute,
      open: 10_001,
      high: 10_002,
      low: 10_001,
      close: 10_002,
      lots: 15 * 87_500,
    })
    expect(cut).toMatchObject({ at: minute + 60_000, lots: 50_000, close: 10_001 })
    const prints = feed.pastPrints?.(minute, minute + 61_000) ?? []
    expect(prints.reduce((sum, { lots }) => sum + lots, 0)).toBe(15 * 87_500 + 50_000)
    expect(prints.every(({ at }, index) => at >= (prints[index - 1]?.at ?? minute))).toBe(true)
  })

  test('is simulated for a market that was not recorded', async () => {
    const feed = feedOf(server().fetchFrom, ETH)
    await feed.prepare(LOOP)
    expect(feed.kind).toBe('simulated')
    expect(feed.step(LOOP)).toEqual(createSimulatedFeed(ETH, 1).step(LOOP))
  })

  test.skipIf(TWENTY_SECONDS === null)(
    'plays twenty real seconds: a book at every step, all trades (needs ../shared/data)',
    async () => {
      const text = readFileSync(TWENTY_SECONDS ?? '', 'utf8')
      const recording = new Recording(text)
      const length = recording.to - recording.from + 1
      const begin = Math.ceil(LOOP / length) * length
      const feed = feedOf(server(text).fetchFrom)
      let prints = 0
      for (let now = begin; now < begin + length; now += 100) {
        await feed.prepare(now)
        const step = feed.step(now)
        expect(step?.book.bids).toHaveLength(50)
        prints += step?.prints.length ?? 0
      }
      await feed.prepare(begin + length - 1)
      prints += feed.step(begin + length - 1)?.prints.length ?? 0
      expect(prints).toBe(333)
    },
  )
})
