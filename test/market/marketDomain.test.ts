import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { feeOf } from '../../worker/ledger/amount.ts'
import { estimate } from '../../worker/market/estimate.ts'
import { baseOf, quoteOf } from '../../worker/market/settings.ts'
import { decideSweep } from '../../worker/market/sweep.ts'
import type { Outgoing } from '../../worker/messaging/domain.ts'
import { blockReports, MarketHarness, reportOf, reports, SOL, turns } from './marketHarness.ts'

describe('an order', () => {
  test('rests, and its account and the projection are told', () => {
    const market = new MarketHarness()
    const sent = market.submit('ann', { orderId: 'a', side: 'buy', ticks: 15_000, lots: 40 })
    expect(reportOf(sent, 'a')).toMatchObject({ status: 'open', reason: null, fills: [] })
    expect(sent.map(({ to }) => to)).toEqual(['account/ann', 'queue/market-events'])
    expect(turns(sent)[0]?.orders).toMatchObject([{ id: 'a', accountId: 'ann', status: 'open', sequence: 1 }])
    expect(market.levels('buy')).toEqual([[15_000, 40]])
  })

  test("trades at the maker's price; each side pays its fee in what it receives", () => {
    const market = new MarketHarness()
    market.submit('ann', { orderId: 'a', side: 'sell', ticks: 15_001, lots: 7 })
    const sent = market.submit('bob', { orderId: 'b', side: 'buy', ticks: 15_500, lots: 10 })
    const quote = quoteOf(SOL, 15_001, 7)
    const [made] = reportOf(sent, 'a').fills
    const [taken] = reportOf(sent, 'b').fills
    expect(made).toMatchObject({ ticks: 15_001, lots: 7, quote, liquidity: 'maker', ...feeOf(quote, 10) })
    expect(taken).toMatchObject({ ticks: 15_001, quote, liquidity: 'taker', ...feeOf(baseOf(SOL, 7), 10) })
    expect(made?.tradeId).toBe(taken?.tradeId)
    expect(reportOf(sent, 'a')).toMatchObject({ status: 'filled' })
    expect(reportOf(sent, 'b')).toMatchObject({ status: 'partially_filled' })
    expect(turns(sent)[0]?.trades).toMatchObject([
      { sequence: 1, maker: 'account/ann', taker: 'account/bob', takerSide: 'buy', quote },
    ])
    expect(reportOf(sent, 'b').mark).toMatchObject({ ticks: 15_001, at: market.now })
  })

  test('of a known id changes nothing, open or ended', () => {
    const market = new MarketHarness()
    const order = { orderId: 'a', side: 'sell', ticks: 15_000, lots: 40 } as const
    market.submit('ann', order)
    expect(market.submit('ann', order)).toEqual([])
    expect(market.submit('eve', order)).toEqual([])
    market.cancel('ann', 'a')
    expect(market.submit('ann', order)).toEqual([])
    expect(market.levels('sell')).toEqual([])
  })

  test('is cancelled by its own account alone, once', () => {
    const market = new MarketHarness()
    market.submit('ann', { orderId: 'a', side: 'buy', ticks: 15_000, lots: 40 })
    expect(market.cancel('eve', 'a')).toEqual([])
    expect(market.levels('buy')).toEqual([[15_000, 40]])
    const sent = market.cancel('ann', 'a')
    expect(reportOf(sent, 'a')).toMatchObject({ status: 'cancelled', reason: 'user' })
    expect(market.cancel('ann', 'a')).toEqual([])
    expect(market.disk.rows('live_order')).toEqual([])
  })

  test('that cannot be: post-only that would take, FOK that does not fit, IOC that finds little, own orders', () => {
    const market = new MarketHarness()
    market.submit('ann', { orderId: 'a', side: 'sell', ticks: 15_000, lots: 50 })
    const place = (orderId: string, more: object, account = 'bob') =>
      reportOf(market.submit(account, { orderId, side: 'buy', ticks: 15_000, lots: 60, ...more }), orderId)
    expect(place('p', { postOnly: true })).toMatchObject({ status: 'rejected', reason: 'post_only' })
    expect(place('f', { timeInForce: 'FOK' })).toMatchObject({
      status: 'cancelled',
      reason: 'fok',
      fills: [],
    })
    expect(place('s', {}, 'ann')).toMatchObject({ status: 'cancelled', reason: 'stp', fills: [] })
    expect(place('i', { timeInForce: 'IOC' })).toMatchObject({ status: 'cancelled', reason: 'ioc' })
    expect(market.levels('sell')).toEqual([])
    expect(market.levels('buy')).toEqual([])
  })

  test('beyond the open orders that one account may have is rejected', () => {
    const market = new MarketHarness()
    for (let n = 0; n < SOL.maxOpenOrders; n += 1)
      market.submit('ann', { orderId: `a${n}`, side: 'buy', ticks: 15_000 - n, lots: 10 })
    const more = { side: 'buy', ticks: 15_000, lots: 10 } as const
    const rejected = { status: 'rejected', reason: 'too_many_open_orders' }
    expect(reportOf(market.submit('ann', { orderId: 'x', ...more }), 'x')).toMatchObject(rejected)
    expect(reportOf(market.submit('bob', { orderId: 'y', ...more }), 'y')).toMatchObject({ status: 'open' })
    market.cancel('ann', 'a0')
    expect(reportOf(market.submit('ann', { orderId: 'z', ...more }), 'z')).toMatchObject({ status: 'open' })
  })

  test('far from the last price is rejected', () => {
    const market = new MarketHarness()
    market.submit('ann', { orderId: 'a', side: 'sell', ticks: 15_000, lots: 50 })
    market.submit('bob', { orderId: 'b', side: 'buy', ticks: 15_000, lots: 20 })
    const report = (orderId: string, ticks: number) =>
      reportOf(market.submit('bob', { orderId, side: 'buy', ticks, lots: 1_000 }), orderId)
    expect(report('low', 2_999)).toMatchObject({ status: 'rejected', reason: 'outside_band' })
    expect(report('edge', 3_000)).toMatchObject({ status: 'open' })
  })

  test('with any figures whatever is answered, and leaves a sound book', () => {
    const figure = fc.oneof(
      fc.constant(null),
      fc.integer(),
      fc.double(),
      fc.constantFrom(0, -1, 0.5, Number.NaN, 2 ** 53, 15_000, 10),
    )
    const order = fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      orderType: fc.constantFrom('limit' as const, 'market' as const),
      ticks: figure,
      lots: figure,
      quoteBudget: fc.oneof(fc.constant(null), fc.bigInt()),
      timeInForce: fc.constantFrom('GTC' as const, 'IOC' as const, 'FOK' as const),
      postOnly: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(order, { maxLength: 20 }), (orders) => {
        const market = new MarketHarness()
        market.submit('mia', { orderId: 'm', side: 'sell', ticks: 15_000, lots: 100 })
        orders.forEach((terms, index) => {
          const sent = market.submit('ann', { orderId: `o${index}`, ...terms })
          expect(reports(sent).some(({ orderId }) => orderId === `o${index}`)).toBe(true)
        })
        market.state.book.assertConsistent()
        market.disk.close()
      }),
      { numRuns: 100 },
    )
  })
})

describe('a market order', () => {
  function withAsks(): MarketHarness {
    const market = new MarketHarness()
    market.submit('mia', { orderId: 'm1', side: 'sell', ticks: 10_000, lots: 100 })
    market.submit('mia', { orderId: 'm2', side: 'sell', ticks: 11_000, lots: 100 })
    market.submit('mia', { orderId: 'm3', side: 'buy', ticks: 9_000, lots: 100 })
    market.submit('mia', { orderId: 'm4', side: 'buy', ticks: 8_000, lots: 100 })
    return market
  }
  const total = (sent: Parameters<typeof reportOf>[0], id: string) => {
    const { fills, status, reason } = reportOf(sent, id)
    return { status, reason, lots: fills.reduce((sum, fill) => sum + fill.lots, 0) }
  }
  const taker = { orderType: 'market', timeInForce: 'IOC' } as const

  test('to buy a quantity, with a hold that covers it', () => {
    const quoteBudget = quoteOf(SOL, 11_000, 150)
    const sent = withAsks().submit('bob', { orderId: 'b', side: 'buy', ...taker, lots: 150, quoteBudget })
    expect(total(sent, 'b')).toEqual({ status: 'filled', reason: null, lots: 150 })
  })

  test('to buy a quantity that its hold does not cover stops there', () => {
    const quoteBudget = quoteOf(SOL, 10_000, 100) + quoteOf(SOL, 11_000, 20) + 1n
    const sent = withAsks().submit('bob', { orderId: 'b', side: 'buy', ...taker, lots: 150, quoteBudget })
    expect(total(sent, 'b')).toEqual({ status: 'cancelled', reason: 'hold', lots: 120 })
  })

  test('to spend an amount is filled to less than the next lot', () => {
    const quoteBudget = quoteOf(SOL, 10_000, 100) + quoteOf(SOL, 11_000, 20) + quoteOf(SOL, 10_999, 1)
    const sent = withAsks().submit('bob', { orderId: 'b', side: 'buy', ...taker, quoteBudget })
    expect(total(sent, 'b')).toEqual({ status: 'filled', reason: null, lots: 120 })
  })

  test('to receive an amount, with more than enough held', () => {
    const quoteBudget = quoteOf(SOL, 9_000, 100) + quoteOf(SOL, 8_000, 30)
    const sent = withAsks().submit('bob', { orderId: 'b', side: 'sell', ...taker, quoteBudget, lots: 500 })
    expect(total(sent, 'b')).toEqual({ status: 'filled', reason: null, lots: 130 })
  })

  test('to receive an amount that its hold does not reach stops there', () => {
    const quoteBudget = quoteOf(SOL, 9_000, 100) + quoteOf(SOL, 8_000, 30)
    const sent = withAsks().submit('bob', { orderId: 'b', side: 'sell', ...taker, quoteBudget, lots: 110 })
    expect(total(sent, 'b')).toEqual({ status: 'cancelled', reason: 'hold', lots: 110 })
  })

  test('that empties the book keeps what it got', () => {
    const sent = withAsks().submit('bob', { orderId: 'b', side: 'sell', ...taker, lots: 500 })
    expect(total(sent, 'b')).toEqual({ status: 'cancelled', reason: 'no_liquidity', lots: 200 })
  })

  test('is estimated as it then trades', () => {
    const market = withAsks()
    const quote = quoteOf(SOL, 10_000, 100) + quoteOf(SOL, 11_000, 50)
    expect(estimate(market.state, { side: 'buy', lots: 150, quote: null }, market.now)).toEqual({
      lots: 150,
      quote,
    })
    expect(estimate(market.state, { side: 'buy', lots: null, quote }, market.now)).toEqual({
      lots: 150,
      quote,
    })
    const empty = new MarketHarness()
    expect(estimate(empty.state, { side: 'buy', lots: 1, quote: null }, empty.now)).toBeNull()
  })
})

describe('a block', () => {
  test('takes for all tiers at once, pays one fee, and its trades carry it exactly', () => {
    const market = new MarketHarness()
    market.submit('mia', { orderId: 'm1', side: 'sell', ticks: 10_000, lots: 333 })
    market.submit('max', { orderId: 'm2', side: 'sell', ticks: 10_007, lots: 667 })
    const sent = market.block('lea', {
      blockId: 'k',
      side: 'buy',
      tiers: [
        { ticks: 10_000, lots: 200 },
        { ticks: 10_010, lots: 400 },
      ],
    })
    const [report] = blockReports(sent)
    expect(report?.refusal).toBeNull()
    expect(report?.tiers).toEqual([
      { lots: 111, quote: quoteOf(SOL, 10_000, 111) },
      { lots: 400, quote: quoteOf(SOL, 10_000, 222) + quoteOf(SOL, 10_007, 178) },
    ])
    const { fee, rounding } = feeOf(baseOf(SOL, 511), 10)
    expect(report).toMatchObject({ fee, rounding })
    const trades = turns(sent).flatMap((turn) => turn.trades)
    expect(trades.map(({ taker }) => taker)).toEqual(['pool/lea', 'pool/lea'])
    expect(trades.reduce((sum, trade) => sum + trade.takerFee, 0n)).toBe(fee + rounding)
    expect(trades.reduce((sum, trade) => sum + trade.lots, 0)).toBe(511)
    expect(sent.map(({ to }) => to)).toEqual([
      'account/mia',
      'account/max',
      'pool/lea',
      'queue/market-events',
    ])
  })

  test("never trades with its leader, whose orders in the way are cancelled; others' priority stays", () => {
    const market = new MarketHarness()
    market.submit('lea', { orderId: 'own', side: 'sell', ticks: 10_000, lots: 100 })
    market.submit('mia', { orderId: 'm', side: 'sell', ticks: 10_000, lots: 100 })
    market.submit('lea', { orderId: 'far', side: 'sell', ticks: 12_000, lots: 100 })
    const sent = market.block('lea', { blockId: 'k', side: 'buy', tiers: [{ ticks: 10_500, lots: 150 }] })
    expect(reportOf(sent, 'own')).toMatchObject({ status: 'cancelled', reason: 'stp', fills: [] })
    expect(reportOf(sent, 'm')).toMatchObject({ status: 'filled' })
    expect(blockReports(sent)[0]?.tiers).toEqual([{ lots: 100, quote: quoteOf(SOL, 10_000, 100) }])
    expect(market.levels('sell')).toEqual([[12_000, 100]])
  })

  test('is refused from anybody but its pool, and without a sound size; known, it changes nothing', () => {
    const market = new MarketHarness()
    market.submit('mia', { orderId: 'm', side: 'sell', ticks: 10_000, lots: 100 })
    const block = { type: 'submitBlock', blockId: 'k', leaderId: 'lea', side: 'buy' }
    const tiers = [{ ticks: 10_000, lots: 100 }]
    expect(blockReports(market.receive('pool/eve', { ...block, tiers }))[0]?.refusal?.code).toBe('forbidden')
    const refusalOf = (blockId: string, faulty: { ticks: number; lots: number }[]) =>
      blockReports(market.block('lea', { blockId, side: 'buy', tiers: faulty }))[0]?.refusal?.code
    expect(refusalOf('k1', [])).toBe('invalid_input')
    expect(refusalOf('k2', [{ ticks: 10_000, lots: 1 }])).toBe('below_minimum')
    expect(refusalOf('k3', [{ ticks: 0, lots: 100 }])).toBe('above_maximum')
    expect(
      refusalOf('k4', [
        { ticks: 10_000, lots: -5 },
        { ticks: 10_000, lots: 100 },
      ]),
    ).toBe('below_minimum')
    expect(market.block('lea', { blockId: 'k4', side: 'buy', tiers })).toEqual([])
    expect(market.levels('sell')).toEqual([[10_000, 100]])
  })
})

/** What people do, over a narrow range of prices so that much of it meets. */
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('limit' as const),
      account: fc.constantFrom('ann', 'bob', 'mia', 'lea'),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      ticks: fc.integer({ min: 9_998, max: 10_002 }),
      lots: fc.integer({ min: 11, max: 300 }),
      timeInForce: fc.constantFrom('GTC' as const, 'GTC' as const, 'IOC' as const, 'FOK' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('cancel' as const), of: fc.nat(60) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('market' as const),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      quoteBudget: fc.bigInt({ min: SOL.minNotional, max: SOL.minNotional * 500n }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('block' as const),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      ticks: fc.integer({ min: 9_998, max: 10_002 }),
      lots: fc.integer({ min: 11, max: 500 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wake' as const) }) },
)

type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

function perform(market: MarketHarness, step: Action, index: number): void {
  market.now += 1_700
  const orderId = `o${index}`
  if (step.type === 'limit') {
    const { account, side, ticks, lots, timeInForce } = step
    market.submit(account, { orderId, side, ticks, lots, timeInForce })
  } else if (step.type === 'market')
    market.submit('zoe', {
      orderId,
      side: step.side,
      orderType: 'market',
      timeInForce: 'IOC',
      quoteBudget: step.quoteBudget,
      lots: step.side === 'sell' ? 100_000 : null,
    })
  else if (step.type === 'block')
    market.block('lea', {
      blockId: orderId,
      side: step.side,
      tiers: [{ ticks: step.ticks, lots: step.lots }],
    })
  else if (step.type === 'cancel')
    for (const account of ['ann', 'bob', 'mia', 'lea']) market.cancel(account, `o${step.of}`)
}

/** What was sent, with each change of an order by its place among all: a woken market's sequences rise, with a gap. */
function numbered(sent: readonly Outgoing[]): unknown[] {
  const sequences = new Set(reports(sent).map(({ sequence }) => sequence))
  for (const { orders } of turns(sent)) for (const { sequence } of orders) sequences.add(sequence)
  const places = new Map([...sequences].sort((a, b) => a - b).map((sequence, place) => [sequence, place]))
  const placed = <Change extends { readonly sequence: number }>(change: Change) => ({
    ...change,
    sequence: places.get(change.sequence),
  })
  return sent.map((message) => {
    const [report] = reports([message])
    const [turn] = turns([message])
    if (report !== undefined) return { ...message, body: placed(report) }
    return turn === undefined ? message : { ...message, body: { ...turn, orders: turn.orders.map(placed) } }
  })
}

describe('whatever people do', () => {
  test('a market that loses its memory at any time says and does the same as one that does not', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (actions) => {
        const steady = new MarketHarness()
        const woken = new MarketHarness()
        actions.forEach((step, index) => {
          perform(steady, step, index)
          if (step.type === 'wake') woken.wake()
          perform(woken, step, index)
        })
        woken.wake()
        expect(numbered(woken.sent)).toEqual(numbered(steady.sent))
        for (const side of ['buy', 'sell'] as const) {
          expect(woken.levels(side)).toEqual(steady.levels(side))
          for (const [ticks] of steady.levels(side))
            expect(woken.queue(side, ticks)).toEqual(steady.queue(side, ticks))
        }
        expect(woken.state.candles.open).toEqual(steady.state.candles.open)
        expect(woken.state.tape.newestFirst(50)).toEqual(steady.state.tape.newestFirst(50))
        expect(woken.disk.rows('trade')).toEqual(steady.disk.rows('trade'))
        woken.disk.close()
        steady.disk.close()
      }),
      { numRuns: 60 },
    )
  })

  test('the book is never crossed, nobody trades beyond a limit or with oneself, and what is bought is sold', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (actions) => {
        const market = new MarketHarness()
        const limits = new Map<string, { side: string; ticks: number | null }>()
        actions.forEach((step, index) => {
          if (step.type === 'limit') limits.set(`o${index}`, step)
          perform(market, step, index)
          market.state.book.assertConsistent()
        })
        const filled = new Map<string, number>()
        for (const { fills, orderId, side } of reports(market.sent))
          for (const fill of fills) {
            const limit = limits.get(orderId)?.ticks ?? null
            if (limit !== null) expect(side === 'buy' ? fill.ticks <= limit : fill.ticks >= limit).toBe(true)
            expect(fill.quote).toBe(quoteOf(SOL, fill.ticks, fill.lots))
            filled.set(
              fill.tradeId,
              (filled.get(fill.tradeId) ?? 0) + (side === 'buy' ? fill.lots : -fill.lots),
            )
          }
        const trades = turns(market.sent).flatMap((turn) => turn.trades)
        for (const trade of trades) {
          expect(trade.maker).not.toBe(trade.taker)
          expect([trade.maker, trade.taker].sort()).not.toEqual(['account/lea', 'pool/lea'])
          const byPool = trade.takerSide === 'buy' ? -trade.lots : trade.lots
          expect(filled.get(trade.id)).toBe(trade.taker.startsWith('pool/') ? byPool : 0)
        }
        expect(trades.map(({ sequence }) => sequence)).toEqual(trades.map((_, index) => index + 1))
        market.disk.close()
      }),
      { numRuns: 60 },
    )
  })
})

describe('bounds', () => {
  test('a sweep of a thick book is told in messages that a queue and a row can hold', () => {
    const market = new MarketHarness()
    for (let n = 0; n < 2_500; n += 1)
      market.submit(`m${n}`, { orderId: `o${n}`, side: 'sell', ticks: 10_000 + (n % 50), lots: 10 })
    const sent = market.submit('bob', { orderId: 'b', side: 'buy', ticks: 11_000, lots: 25_000 })
    const own = reports(sent).filter(({ orderId }) => orderId === 'b')
    expect(own.map(({ status, fills }) => [status, fills.length])).toEqual([
      ['partially_filled', 1_000],
      ['partially_filled', 1_000],
      ['filled', 500],
    ])
    const told = turns(sent)
    expect(told.flatMap((turn) => turn.trades)).toHaveLength(2_500)
    expect(told.flatMap((turn) => turn.orders)).toHaveLength(2_501)
    const text = (body: unknown) =>
      JSON.stringify(body, (_, item: unknown) => (typeof item === 'bigint' ? { $bigint: `${item}` } : item))
    // Ids are 36 characters in earnest, and shorter here.
    for (const turn of told) expect(text(turn).length + 80 * 6 * 36).toBeLessThan(128_000)
  })

  test('old trades and candles are swept, and the market still wakes', () => {
    const market = new MarketHarness()
    market.submit('mia', { orderId: 'm', side: 'sell', ticks: 10_000, lots: 89_000 })
    market.submit('bob', { orderId: 'b', side: 'buy', ticks: 10_000, lots: 20 })
    market.now += 8 * 24 * 3_600_000
    market.submit('bob', { orderId: 'c', side: 'buy', ticks: 10_000, lots: 20 })
    market.now += 60_000
    market.submit('bob', { orderId: 'd', side: 'buy', ticks: 10_000, lots: 20 })
    expect(market.disk.rows('candle')).toHaveLength(2)
    market.due('sweep')
    expect(market.disk.rows('candle')).toHaveLength(1)
    expect(decideSweep(market.state, { now: market.now, newId: () => '' }).events).toMatchObject([
      { tradesTo: 3 - 10_000 },
    ])
    market.wake()
    expect(market.levels('sell')).toEqual([[10_000, 89_000 - 60]])
  })
})
