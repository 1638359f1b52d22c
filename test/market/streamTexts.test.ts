import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Interval } from '../../worker/contract/markets.ts'
import { CandleMessage, MarketFrame, TradesMessage } from '../../worker/contract/stream.ts'
import { KeptFrames } from '../../worker/market/keptFrames.ts'
import { lengthOf } from '../../worker/market/pastCandles.ts'
import { type Channel, StreamTexts } from '../../worker/market/streamTexts.ts'
import { MarketHarness } from './marketHarness.ts'
import { printsFrom } from './prints.ts'
import { StreamClient } from './streamClient.ts'

/** A market with what it says in public, as its shell makes it. */
class ToldMarket extends MarketHarness {
  readonly texts = new StreamTexts()

  constructor() {
    super()
    this.begin()
  }

  /** The memory is new. */
  begin(): void {
    this.state.stream.begin(this.now)
    this.texts.begin(this.state)
  }

  say(channel: Channel, heard = true): string[] {
    const news = this.texts.news(this.state, (each) => heard && each === channel, this.now)
    return news.flatMap(([each, text]) => (each === channel ? [text] : []))
  }

  standing(channel: Channel, after: number | null = null): readonly string[] {
    return this.texts.standing(this.state, channel, after, this.now)
  }
}

function expectBookOf(client: StreamClient, market: ToldMarket): void {
  const fresh = new StreamClient()
  for (const text of market.standing('book')) fresh.take(text)
  expect(client.bids).toEqual(fresh.bids)
  expect(client.asks).toEqual(fresh.asks)
  expect(client.sequence).toBe(fresh.sequence)
}

const submit = fc.record({
  type: fc.constant('submit' as const),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  ticks: fc.integer({ min: 9_980, max: 10_020 }),
  lots: fc.integer({ min: 11, max: 200 }),
})
const act = fc.oneof(
  { weight: 6, arbitrary: submit },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('cancel' as const), of: fc.nat(60) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('frame' as const), lost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wake' as const) }) },
)

describe('a client of the book', () => {
  test('has the book of the market at each frame, and after each resume, whatever it misses', () => {
    let resumed = 0
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
        const market = new ToldMarket()
        const client = new StreamClient()
        for (const text of market.standing('book')) client.take(text)
        acts.forEach((step, index) => {
          market.now += 20
          if (step.type === 'submit') {
            const { side, ticks, lots } = step
            market.submit(index % 2 === 0 ? 'ann' : 'bob', { orderId: `o${index}`, side, ticks, lots })
          } else if (step.type === 'cancel') {
            market.cancel('ann', `o${step.of}`)
            market.cancel('bob', `o${step.of}`)
          } else if (step.type === 'wake') {
            market.wake()
            market.begin()
            client.gap = true
          } else {
            for (const text of market.say('book')) if (!step.lost) client.take(text)
            if (step.lost) return
          }
          if (!client.gap) return
          const answer = market.standing('book', client.sequence)
          if (step.type !== 'wake') expect(JSON.parse(answer[0] ?? '')).toMatchObject({ type: 'frame' })
          for (const text of answer) client.take(text)
          expect(client.gap).toBe(false)
          resumed += 1
        })
        for (const text of market.say('book')) client.take(text)
        for (const text of market.standing('book', client.sequence)) client.take(text)
        expectBookOf(client, market)
        market.disk.close()
      }),
      { numRuns: 200 },
    )
    expect(resumed).toBeGreaterThan(50)
  })

  test('that has missed nothing is told so by a frame that changes nothing', () => {
    const market = new ToldMarket()
    market.submit('ann', { orderId: 'a', side: 'buy', ticks: 10_000, lots: 20 })
    market.say('book')
    const [text, ...more] = market.standing('book', market.state.stream.sequence)
    expect(more).toEqual([])
    expect(MarketFrame.parse(JSON.parse(text ?? ''))).toMatchObject({ market: 'SOL-USDT' })
    expect(MarketFrame.parse(JSON.parse(text ?? '')).book).toBeUndefined()
  })

  test('can come back for what it missed while nobody listened, for half a minute', () => {
    const market = new ToldMarket()
    market.say('book')
    const before = market.state.stream.sequence
    const place = (id: string) => market.submit('ann', { orderId: id, side: 'buy', ticks: 10_000, lots: 20 })
    place('a')
    market.now += 29_000
    expect(market.texts.keeps(market.now)).toBe(true)
    market.say('book', false)
    expect(JSON.parse(market.standing('book', before)[0] ?? '')).toMatchObject({ type: 'frame' })
    place('b')
    market.now += 2_000
    expect(market.texts.keeps(market.now)).toBe(false)
    market.say('book', false)
    expect(JSON.parse(market.standing('book', before)[0] ?? '')).toMatchObject({ type: 'snapshot' })
  })

  test('that names a sequence at which no frame ended gets a snapshot', () => {
    const market = new ToldMarket()
    for (const id of ['a', 'b']) market.submit('ann', { orderId: id, side: 'buy', ticks: 10_000, lots: 20 })
    market.say('book')
    for (const after of [market.state.stream.sequence - 1, market.state.stream.sequence + 1, 0])
      expect(JSON.parse(market.standing('book', after)[0] ?? '')).toMatchObject({ type: 'snapshot' })
  })
})

describe('frames that are kept', () => {
  test('are bounded by count and by size, and end where what is left begins', () => {
    const frame = fc.record({ step: fc.nat(3), size: fc.nat(4_000) })
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 1_500 }), fc.nat(1_500), (frames, back) => {
        const kept = new KeptFrames()
        kept.clear(0)
        const all: { sequence: number; text: string }[] = []
        let sequence = 0
        for (const [index, { step, size }] of frames.entries()) {
          sequence += step
          const text = `${index}:`.padEnd(size, '.')
          kept.add(step === 0 ? null : sequence, text)
          all.push({ sequence, text })
        }
        const after = all[Math.max(0, all.length - back)]?.sequence ?? 0
        const told = kept.after(after)
        if (told === null) return
        // All that came after is there, once and in order; what comes before may be told again, without a book.
        const missed = all.filter((each) => each.sequence > after).map(({ text }) => text)
        expect(told.slice(told.length - missed.length)).toEqual(missed)
        const again = all.filter((each) => each.sequence === after).map(({ text }) => text)
        expect(again).toEqual(expect.arrayContaining(told.slice(0, told.length - missed.length)))
        expect(told.length).toBeLessThanOrEqual(600)
        expect(told.reduce((sum, text) => sum + text.length, 0)).toBeLessThanOrEqual(512 * 1_024)
      }),
      { numRuns: 50 },
    )
  })

  test('are the newest', () => {
    const kept = new KeptFrames()
    kept.clear(0)
    for (let n = 1; n <= 1_000; n++) kept.add(n, String(n))
    expect(kept.after(399)).toBeNull()
    expect(kept.after(400)?.[0]).toBe('401')
    expect(kept.after(1_000)).toEqual([])
    kept.add(1_001, 'x'.repeat(512 * 1_024 + 1))
    expect(kept.after(1_000)).toBeNull()
    expect(kept.after(1_001)).toEqual([])
  })
})

describe('the channel of candles', () => {
  const wait = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 3 * 3_600_000 }))
  const START = Date.parse('2026-03-01T22:17:03.250Z')

  test.each(Interval.options)(
    'tells every candle of %s as it is made, and each that closed whole',
    (interval) => {
      fc.assert(
        fc.property(
          printsFrom(START, wait, 40),
          fc.array(fc.boolean(), { minLength: 40 }),
          (prints, flushes) => {
            const market = new ToldMarket()
            const length = lengthOf(interval)
            const heard = new Map<number, object>()
            const hear = (texts: readonly string[]) => {
              for (const text of texts) {
                const { candle, ...about } = CandleMessage.parse(JSON.parse(text))
                expect(about).toEqual({ type: 'candle', market: 'SOL-USDT', interval })
                heard.set(candle.time * 1_000, candle)
              }
            }
            hear(market.standing(`candles ${interval}`))
            market.say(`candles ${interval}`)
            const wanted = new Map<
              number,
              { open: number; high: number; low: number; close: number; lots: number }
            >()
            for (const [index, { ticks, lots, at }] of prints.entries()) {
              market.now = at
              market.state.printReference({ ticks, lots, side: 'buy', at }, true)
              const opens = Math.floor(at / length) * length
              const {
                open,
                high,
                low,
                lots: before,
              } = wanted.get(opens) ?? { open: ticks, high: 0, low: ticks, lots: 0 }
              const [highest, lowest] = [Math.max(high, ticks), Math.min(low, ticks)]
              wanted.set(opens, { open, high: highest, low: lowest, close: ticks, lots: before + lots })
              if (flushes[index] || index === 0) hear(market.say(`candles ${interval}`))
            }
            hear(market.say(`candles ${interval}`))
            const decimal = (ticks: number) => Number((ticks / 100).toFixed(2))
            const told = [...heard].map(([at, candle]) => [at, candle])
            expect(told).toEqual(
              [...wanted].map(([at, { open, high, low, close, lots }]) => [
                at,
                {
                  time: at / 1_000,
                  ...Object.fromEntries(
                    Object.entries({ open, high, low, close, volume: lots }).map(([name, value]) => [
                      name,
                      String(decimal(value)),
                    ]),
                  ),
                },
              ]),
            )
            market.disk.close()
          },
        ),
        { numRuns: 30 },
      )
    },
  )

  test('begins with the candle under way', () => {
    const market = new ToldMarket()
    market.submit('ann', { orderId: 'a', side: 'sell', ticks: 10_000, lots: 50 })
    expect(market.standing('candles 1h')).toEqual([])
    market.submit('bob', { orderId: 'b', side: 'buy', ticks: 10_000, lots: 20 })
    expect(
      market.standing('candles 1h').map((text) => CandleMessage.parse(JSON.parse(text)).candle.volume),
    ).toEqual(['0.2'])
  })
})

describe('the channel of trades', () => {
  test('begins with the newest of the tape and goes on with what is printed, oldest first', () => {
    const market = new ToldMarket()
    market.submit('ann', { orderId: 'a', side: 'sell', ticks: 10_000, lots: 500 })
    const buy = (id: string, lots: number) =>
      market.submit('bob', { orderId: id, side: 'buy', ticks: 10_000, lots })
    const quantities = (texts: readonly string[]) =>
      texts.map((text) => TradesMessage.parse(JSON.parse(text)).prints.map(({ quantity }) => quantity))
    buy('b', 20)
    buy('c', 30)
    expect(quantities(market.standing('trades'))).toEqual([['0.2', '0.3']])
    market.say('trades')
    buy('d', 40)
    buy('e', 50)
    expect(quantities(market.say('trades'))).toEqual([['0.4', '0.5']])
    expect(market.say('trades')).toEqual([])
  })
})

test('the ticker is told when it says something else', () => {
  const market = new ToldMarket()
  market.submit('ann', { orderId: 'a', side: 'sell', ticks: 10_000, lots: 500 })
  expect(market.say('ticker')).toHaveLength(1)
  market.now += 1_000
  market.submit('ann', { orderId: 'b', side: 'sell', ticks: 10_001, lots: 500 })
  expect(market.say('ticker')).toEqual([])
})
