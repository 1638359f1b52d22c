import { describe, expect, test } from 'vitest'
import type { FeedStep } from '../../worker/market/feed/feed.ts'
import { EXPIRY } from '../../worker/market/turn.ts'
import { MarketHarness, reportOf, reports } from './marketHarness.ts'

/** A market with room on both sides: bids at 9,900 and below, asks at 10,100 and above, and a last price of 10,000. */
function quoted(): MarketHarness {
  const market = new MarketHarness()
  market.submit('mia', { orderId: 'print-ask', side: 'sell', ticks: 10_000, lots: 20 })
  market.submit('max', { orderId: 'print-bid', side: 'buy', ticks: 10_000, lots: 20 })
  for (const [index, ticks] of [9_900, 9_800, 9_700].entries())
    market.submit('mia', { orderId: `bid-${index}`, side: 'buy', ticks, lots: 100 })
  for (const [index, ticks] of [10_100, 10_200, 10_300].entries())
    market.submit('mia', { orderId: `ask-${index}`, side: 'sell', ticks, lots: 100 })
  return market
}

const price = (ticks: number) => ({ kind: 'price', ticks }) as const
const stop = (orderId: string, ticks: number, lots = 50) =>
  ({ orderId, side: 'sell', orderType: 'stop', timeInForce: 'GTC', trigger: price(ticks), lots }) as const
const trailing = (orderId: string, offsetTicks: number, activationTicks: number | null = null) =>
  ({
    orderId,
    side: 'sell',
    orderType: 'trailing_stop',
    timeInForce: 'GTC',
    trigger: { kind: 'trailing', offsetTicks, offsetBps: null, activationTicks },
    lots: 50,
  }) as const

/** Prints of the reference, one after another, with a book around the last that the house does not reach users through. */
function printed(market: MarketHarness, ...ticks: number[]) {
  const last = ticks.at(-1) ?? 0
  const step: FeedStep = {
    at: market.now,
    book: { bids: [[last - 500, 4]], asks: [[last + 500, 4]] },
    prints: ticks.map((at) => ({ ticks: at, lots: 1, side: 'sell', at: market.now })),
  }
  return market.step(step)
}

describe('an order that waits', () => {
  test('is accepted as pending, is on no book, and fires when somebody trades at its trigger', () => {
    const market = quoted()
    const accepted = market.submit('ann', stop('s', 9_900))
    expect(reportOf(accepted, 's')).toMatchObject({ status: 'pending', triggered: false, fills: [] })
    expect(market.levels('buy')[0]).toEqual([9_900, 100])
    const sent = market.submit('bob', { orderId: 'b', side: 'sell', ticks: 9_900, lots: 40 })
    expect(reportOf(sent, 'b')).toMatchObject({ status: 'filled' })
    expect(reportOf(sent, 's')).toMatchObject({
      status: 'filled',
      triggered: true,
      fills: [{ ticks: 9_900, lots: 50, liquidity: 'taker' }],
    })
  })

  test('is not measured after a wake against a trade that the reference has left behind', () => {
    const market = quoted()
    printed(market, 10_080)
    market.wake()
    const exit = { ...stop('exit', 10_020), fireIfReached: true }
    expect(reportOf(market.submit('ann', exit), 'exit')).toMatchObject({
      status: 'pending',
      triggered: false,
    })
    expect(reportOf(printed(market, 10_010), 'exit')).toMatchObject({ triggered: true })
  })

  test('is refused when the market is there already, but the exit of a bracket fires', () => {
    const market = quoted()
    expect(reportOf(market.submit('ann', stop('late', 10_000)), 'late')).toMatchObject({
      status: 'rejected',
      reason: 'would_trigger',
    })
    const sent = market.submit('ann', { ...stop('exit', 10_000), fireIfReached: true })
    expect(reportOf(sent, 'exit')).toMatchObject({ status: 'filled', triggered: true })
  })

  test('fires on a print of the reference, at the price that the house has moved to', () => {
    const market = quoted()
    market.submit('ann', stop('s', 9_950))
    const sent = printed(market, 9_940)
    expect(reportOf(sent, 's')).toMatchObject({ status: 'filled', fills: [{ ticks: 9_900 }] })
  })

  test('that a fall of the reference fires is not sold at a quote from before the fall', () => {
    const market = new MarketHarness()
    const step = (bid: number, ...prints: number[]): FeedStep => ({
      at: market.now,
      book: { bids: [[bid, 4_000]], asks: [[bid + 100, 4_000]] },
      prints: prints.map((ticks) => ({ ticks, lots: 1, side: 'sell', at: market.now })),
    })
    market.step(step(10_000, 10_050))
    market.submit('ann', stop('s', 9_900))
    const sent = market.step(step(9_500, 9_600))
    expect(reportOf(sent, 's')).toMatchObject({ status: 'filled', fills: [{ ticks: 9_500 }] })
  })

  test('as a stop-limit comes to rest with its whole quantity and no priority of before', () => {
    const market = quoted()
    const trigger = price(9_900)
    market.submit('ann', {
      orderId: 's',
      side: 'sell',
      orderType: 'stop_limit',
      trigger,
      ticks: 10_050,
      lots: 30,
    })
    market.submit('bob', { orderId: 'first', side: 'sell', ticks: 10_050, lots: 10 })
    market.submit('cat', { orderId: 'hit', side: 'sell', ticks: 9_900, lots: 20 })
    expect(market.queue('sell', 10_050)).toEqual(['first', 's'])
    market.wake()
    expect(market.queue('sell', 10_050)).toEqual(['first', 's'])
  })

  test('sets off others, in one turn, in the order in which they came', () => {
    const market = quoted()
    market.submit('cat', stop('second', 9_800, 100))
    market.submit('ann', stop('first', 9_900, 100))
    const sent = market.submit('bob', { orderId: 'b', side: 'sell', ticks: 9_900, lots: 50 })
    const told = reports(sent).filter(({ fills, orderId }) => fills.length > 0 && !orderId.startsWith('bid'))
    expect(told.map(({ orderId, status }) => [orderId, status])).toEqual([
      ['b', 'filled'],
      ['first', 'filled'],
      ['second', 'filled'],
    ])
  })

  test('of a market order stops at the band of that moment', () => {
    const market = quoted()
    market.submit('ann', stop('s', 9_900, 10_000))
    const sent = market.submit('bob', { orderId: 'b', side: 'sell', ticks: 9_900, lots: 20 })
    expect(reportOf(sent, 's')).toMatchObject({ status: 'cancelled', reason: 'no_liquidity' })
  })

  test('outlives the memory of the market: what waits, what it has followed, and what it is paired with', () => {
    const market = quoted()
    market.submit('ann', trailing('t', 300))
    printed(market, 10_090)
    market.submit('cat', trailing('later', 300))
    market.submitPair(
      'dan',
      { orderId: 'gain', side: 'sell', ticks: 10_400, lots: 20 },
      { ...stop('loss', 9_500, 20) },
    )
    market.wake()
    expect(market.state.book.fillable('buy', 10_400)).toBe(320)
    // 10,090 less 300 is 9,790: the one that has seen 10,090 fires there, the stop of the pair does not.
    const sent = printed(market, 9_790)
    expect(reportOf(sent, 't')).toMatchObject({ status: 'filled', triggered: true })
    expect(reportOf(sent, 'later')).toMatchObject({ status: 'filled' })
    expect(reportOf(market.cancel('dan', 'gain'), 'loss')).toMatchObject({
      status: 'cancelled',
      reason: 'oco',
    })
  })
})

describe('a trailing stop', () => {
  test('waits for its activation price, then follows', () => {
    const market = quoted()
    market.submit('ann', trailing('t', 100, 10_050))
    expect(reports(printed(market, 9_950)).some(({ orderId }) => orderId === 't')).toBe(false)
    printed(market, 10_060)
    expect(market.state.engine.triggerTicks(market.state.orders.find('t')?.number ?? 0)).toBe(9_960)
    market.wake()
    expect(market.state.engine.triggerTicks(market.state.orders.find('t')?.number ?? 0)).toBe(9_960)
    expect(reportOf(printed(market, 10_090, 9_990), 't')).toMatchObject({ status: 'filled', triggered: true })
  })
})

describe('a pair', () => {
  const pair = (market: MarketHarness) =>
    market.submitPair(
      'dan',
      { orderId: 'gain', side: 'sell', ticks: 10_050, lots: 50 },
      { ...stop('loss', 9_900) },
    )

  test('cancels its stop as soon as its limit trades, be it a part', () => {
    const market = quoted()
    expect(reports(pair(market)).map(({ orderId, status }) => [orderId, status])).toEqual([
      ['loss', 'pending'],
      ['gain', 'open'],
    ])
    const sent = market.submit('eve', { orderId: 'e', side: 'buy', ticks: 10_050, lots: 20 })
    expect(reportOf(sent, 'gain')).toMatchObject({ status: 'partially_filled' })
    expect(reportOf(sent, 'loss')).toMatchObject({ status: 'cancelled', reason: 'oco' })
  })

  test('cancels its limit when its stop fires', () => {
    const market = quoted()
    pair(market)
    const sent = market.submit('eve', { orderId: 'e', side: 'sell', ticks: 9_900, lots: 20 })
    expect(reportOf(sent, 'loss')).toMatchObject({ status: 'filled' })
    expect(reportOf(sent, 'gain')).toMatchObject({ status: 'cancelled', reason: 'oco' })
    expect(market.levels('sell')[0]).toEqual([10_100, 100])
  })

  test('is taken whole or not at all', () => {
    const market = quoted()
    const sent = market.submitPair(
      'dan',
      { orderId: 'gain', side: 'sell', ticks: 10_050, lots: 50 },
      { ...stop('loss', 10_000) },
    )
    expect(reportOf(sent, 'loss')).toMatchObject({ status: 'rejected', reason: 'would_trigger' })
    expect(reportOf(sent, 'gain')).toMatchObject({ status: 'cancelled', reason: 'oco', fills: [] })
    const posts = market.submitPair(
      'dan',
      { orderId: 'crossing', side: 'sell', ticks: 9_900, lots: 50, postOnly: true },
      { ...stop('alone', 9_500) },
    )
    expect(reportOf(posts, 'crossing')).toMatchObject({ status: 'rejected', reason: 'post_only' })
    expect(reportOf(posts, 'alone')).toMatchObject({ status: 'cancelled', reason: 'oco' })
    expect(market.state.orders.countOf('dan')).toBe(0)
  })
})

describe('an iceberg', () => {
  test('shows a part at a time, and wakes with the part it had', () => {
    const market = new MarketHarness()
    market.submit('ann', { orderId: 'i', side: 'sell', ticks: 10_000, lots: 100, displayLots: 20 })
    market.submit('bob', { orderId: 'b', side: 'sell', ticks: 10_000, lots: 10 })
    market.submit('cat', { orderId: 'c', side: 'buy', ticks: 10_000, lots: 25 })
    expect(market.levels('sell')).toEqual([[10_000, 25]])
    expect(market.queue('sell', 10_000)).toEqual(['b', 'i'])
    market.wake()
    expect(market.levels('sell')).toEqual([[10_000, 25]])
    expect(market.queue('sell', 10_000)).toEqual(['b', 'i'])
    const sent = market.submit('dan', {
      orderId: 'd',
      side: 'buy',
      orderType: 'market',
      lots: 85,
      quoteBudget: 10n ** 15n,
    })
    expect(reportOf(sent, 'd')).toMatchObject({ status: 'filled' })
    expect(reportOf(sent, 'i')).toMatchObject({ status: 'filled' })
  })
})

describe('an amendment', () => {
  const two = () => {
    const market = new MarketHarness()
    market.submit('ann', { orderId: 'a', side: 'buy', ticks: 10_000, lots: 50 })
    market.submit('bob', { orderId: 'b', side: 'buy', ticks: 10_000, lots: 50 })
    return market
  }
  const answer = { amendmentId: 'amend-a', refusal: null }

  test('to less keeps its place, to more or to another price goes to the back', () => {
    const market = two()
    expect(reportOf(market.amend('ann', 'a', { lots: 30 }), 'a')).toMatchObject({ status: 'open', answer })
    expect(market.queue('buy', 10_000)).toEqual(['a', 'b'])
    expect(market.levels('buy')).toEqual([[10_000, 80]])
    market.amend('ann', 'a', { lots: 60 })
    expect(market.queue('buy', 10_000)).toEqual(['b', 'a'])
    market.amend('bob', 'b', { ticks: 10_001 })
    market.amend('bob', 'b', { ticks: 10_000 })
    expect(market.queue('buy', 10_000)).toEqual(['a', 'b'])
    market.wake()
    expect(market.queue('buy', 10_000)).toEqual(['a', 'b'])
    expect(market.levels('buy')).toEqual([[10_000, 110]])
  })

  test('through the market trades at once', () => {
    const market = two()
    market.submit('cat', { orderId: 'c', side: 'sell', ticks: 10_100, lots: 20 })
    const sent = market.amend('ann', 'a', { ticks: 10_100 })
    expect(reportOf(sent, 'a')).toMatchObject({
      status: 'partially_filled',
      answer,
      fills: [{ ticks: 10_100, lots: 20, liquidity: 'taker' }],
    })
  })

  test('that cannot be done leaves the order as it was, and says why', () => {
    const market = two()
    market.submit('cat', { orderId: 'c', side: 'sell', ticks: 10_000, lots: 20 })
    const refusal = (change: Parameters<MarketHarness['amend']>[2]) =>
      reportOf(market.amend('ann', 'a', change), 'a').answer?.refusal?.code
    expect(refusal({ lots: 20 })).toBe('cannot_amend')
    expect(refusal({ lots: 10_000_000_000 })).toBe('above_maximum')
    expect(refusal({ side: 'sell' })).toBe('cannot_amend')
    market.submit('cat', { orderId: 'post', side: 'sell', ticks: 10_100, lots: 20 })
    expect(refusal({ ticks: 10_100, postOnly: true })).toBe('post_only_would_take')
    expect(market.queue('buy', 10_000)).toEqual(['a', 'b'])
    expect(market.levels('buy')).toEqual([[10_000, 80]])
    expect(market.amend('eve', 'a', { lots: 40 })).toEqual([])
  })

  test('of an order that waits moves its trigger, but not to where the market is', () => {
    const market = quoted()
    market.submit('ann', stop('s', 9_500))
    const far = reportOf(market.amend('ann', 's', { trigger: price(9_900) }), 's')
    expect(far).toMatchObject({ status: 'pending', answer: { refusal: null } })
    const near = reportOf(market.amend('ann', 's', { trigger: price(10_000) }), 's')
    expect(near.answer?.refusal?.code).toBe('would_trigger')
    const sent = market.submit('bob', { orderId: 'b', side: 'sell', ticks: 9_900, lots: 20 })
    expect(reportOf(sent, 's')).toMatchObject({ status: 'filled' })
  })
})

describe('an order good till a date', () => {
  test('expires when its time comes, on the book or waiting, and not before', () => {
    const market = quoted()
    const expiresAt = market.now + 60_000
    const gtd = { timeInForce: 'GTD', expiresAt } as const
    market.submit('ann', { orderId: 'rests', side: 'buy', ticks: 9_000, lots: 50, ...gtd })
    market.submit('ann', { ...stop('waits', 9_500), ...gtd })
    market.submit('ann', { orderId: 'stays', side: 'buy', ticks: 9_000, lots: 50 })
    market.now = expiresAt - 1
    expect(market.due(EXPIRY)).toEqual([])
    market.wake()
    market.now = expiresAt
    const sent = market.due(EXPIRY)
    expect(reportOf(sent, 'rests')).toMatchObject({ status: 'expired', reason: 'expired' })
    expect(reportOf(sent, 'waits')).toMatchObject({ status: 'expired', reason: 'expired' })
    expect(market.queue('buy', 9_000)).toEqual(['stays'])
    const late = market.submit('ann', { orderId: 'late', side: 'buy', ticks: 9_000, lots: 50, ...gtd })
    expect(reportOf(late, 'late')).toMatchObject({ status: 'expired', reason: 'expired' })
  })
})

describe('a market that is not open', () => {
  test('with cancel-only takes cancels and less, and nothing else; nothing fires', () => {
    const market = quoted()
    market.submit('ann', stop('s', 9_900))
    market.submit('ann', { orderId: 'a', side: 'buy', ticks: 9_000, lots: 50 })
    market.submit('ann', { orderId: 'gone', side: 'buy', ticks: 9_000, lots: 50 })
    market.setStatus('cancel_only')
    const placed = market.submit('bob', { orderId: 'b', side: 'buy', ticks: 9_000, lots: 50 })
    expect(reportOf(placed, 'b')).toMatchObject({ status: 'rejected', reason: 'market_closed' })
    expect(reportOf(market.cancel('ann', 'gone'), 'gone')).toMatchObject({
      status: 'cancelled',
      reason: 'user',
    })
    expect(reportOf(market.amend('ann', 'a', { lots: 40 }), 'a').answer?.refusal).toBeNull()
    expect(reportOf(market.amend('ann', 'a', { ticks: 9_100 }), 'a').answer?.refusal?.code).toBe(
      'market_closed',
    )
    market.wake()
    expect(market.state.status).toBe('cancel_only')
    expect(reports(printed(market, 9_800))).toEqual([])
    market.setStatus('open')
    expect(reportOf(printed(market, 9_890), 's')).toMatchObject({ status: 'filled' })
  })

  test('when halted refuses cancels too, and says so', () => {
    const market = quoted()
    market.submit('ann', { orderId: 'a', side: 'buy', ticks: 9_000, lots: 50 })
    market.setStatus('halted')
    expect(reportOf(market.cancel('ann', 'a'), 'a')).toMatchObject({
      status: 'open',
      answer: { amendmentId: null, refusal: { code: 'market_closed' } },
    })
    market.setStatus('open')
    expect(reportOf(market.cancel('ann', 'a'), 'a')).toMatchObject({ status: 'cancelled', reason: 'user' })
  })
})
