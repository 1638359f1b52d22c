import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FollowReport } from '../../worker/account/messages.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import type { PriceReached, WatchPrice } from '../../worker/market/messages.ts'
import { MARKETS, marketById, quoteOf } from '../../worker/market/settings.ts'
import { accountAddress, marketAddress } from '../../worker/messaging/address.ts'
import { BTC, PoolBench } from './poolBench.ts'
import { SETTINGS } from './settings.ts'

/** 50,000.00 of BTC, 2,500.00 of ETH. */
const PRICE = 5_000_000
const ETH = 'ETH-USDT'

/** What a market was last asked to watch for. */
function watched(bench: PoolBench, market = BTC): { below: number | null; above: number | null } | null {
  const body = bench.to(marketAddress(market)).findLast((each) => isWatch(each))
  return isWatch(body) ? { below: body.below, above: body.above } : null
}

const isWatch = (body: unknown): body is WatchPrice =>
  typeof body === 'object' && body !== null && 'type' in body && body.type === 'watchPrice'

function reach(bench: PoolBench, ticks: number, market = BTC): void {
  const mark = { market, ticks, at: bench.now }
  const body: PriceReached = { type: 'priceReached', market, mark, at: bench.now }
  bench.receive(marketAddress(market), body)
}

const statusOf = (bench: PoolBench, follow: string) => bench.state.follows.get(follow)?.status
const lastReport = (bench: PoolBench, follower: string) =>
  bench.to(accountAddress(follower)).at(-1) as FollowReport

/** A follow of 1,000 with half of it in BTC. */
function invested(stopLossBps: number | null, takeProfitBps: number | null = null) {
  const bench = new PoolBench()
  const follow = bench.open('one', '1000', { stopLossBps, takeProfitBps })
  bench.copied({ side: 'buy', lots: 10_000, ticks: PRICE })
  return { bench, follow }
}

describe('a stop of a follow', () => {
  it('watches the price at which it could be reached, and ends the follow there with its reason', () => {
    const { bench, follow } = invested(2_000)
    // 499.5 in BTC and 500 in cash: down to 800 the BTC has to lose 199.5 of 499.5.
    expect(watched(bench)).toEqual({ below: 3_003_004, above: null })
    reach(bench, 3_010_000)
    expect(statusOf(bench, follow)).toBe('active')
    reach(bench, 3_003_003)
    expect(statusOf(bench, follow)).toBe('closing')
    expect(lastReport(bench, 'one')).toMatchObject({ status: 'closing', reason: 'stop_loss' })
    bench.answer({ ticks: 3_000_000 })
    expect(lastReport(bench, 'one')).toMatchObject({ status: 'closed', reason: 'stop_loss' })
    expect(bench.state.watches.size).toBe(0)
    bench.check()
  })

  it('takes a profit likewise', () => {
    const { bench, follow } = invested(null, 1_000)
    expect(watched(bench)).toEqual({ below: null, above: 6_006_006 })
    reach(bench, 6_010_000)
    expect(statusOf(bench, follow)).toBe('closing')
    bench.answer({ ticks: 6_010_000 })
    expect(lastReport(bench, 'one')).toMatchObject({ status: 'closed', reason: 'take_profit' })
    bench.check()
  })

  it('case 20: is there after the pool has lost its memory, and fires once', () => {
    const { bench, follow } = invested(2_000)
    bench.state = bench.domain.load(bench.store)
    reach(bench, 3_000_000)
    reach(bench, 2_900_000)
    expect(statusOf(bench, follow)).toBe('closing')
    const ends = bench
      .to(accountAddress('one'))
      .filter((body) => (body as FollowReport).reason === 'stop_loss')
    expect(ends).toHaveLength(1)
    expect(bench.said.filter(({ body }) => (body as { type: string }).type === 'submitBlock')).toHaveLength(2)
  })

  it('is reached by the price that a trade of the leader brings, before that trade is copied', () => {
    const { bench, follow } = invested(2_000)
    bench.trade({ side: 'buy', lots: 1_000, ticks: 2_900_000 })
    expect(statusOf(bench, follow)).toBe('closing')
    expect(bench.block()).toMatchObject({ side: 'sell' })
  })

  it('is not decided by an old price: each market that is held is asked for its price first', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000', { stopLossBps: 2_000 })
    bench.copied({ side: 'buy', lots: 10_000, ticks: PRICE })
    bench.copied({ side: 'buy', lots: 12_000, ticks: 250_000, market: ETH })
    bench.now += 120_000
    reach(bench, 1_000, BTC)
    expect(statusOf(bench, follow)).toBe('active')
    expect(watched(bench, ETH)?.below).toBe(marketById(ETH).maxTicks)
    reach(bench, 260_000, ETH)
    expect(statusOf(bench, follow)).toBe('closing')
  })

  it('holds for a paused follow, and where it is set later', () => {
    const { bench, follow } = invested(null)
    expect(watched(bench)).toBeNull()
    const change = { type: 'changeFollow', followId: follow }
    bench.receive(accountAddress('one'), { ...change, settings: { ...SETTINGS, stopLossBps: 2_000 } })
    bench.receive(accountAddress('one'), { ...change, paused: true })
    expect(watched(bench)).toEqual({ below: 3_003_004, above: null })
    reach(bench, 3_000_000)
    expect(statusOf(bench, follow)).toBe('closing')
  })

  it('less than a tick away is watched for at the next tick, since the market tells of a price that is there at once', () => {
    const { bench, follow } = invested(2_000, 1_000)
    for (const ticks of [3_003_004, 6_006_005]) {
      reach(bench, ticks)
      expect(statusOf(bench, follow)).toBe('active')
      const watch = watched(bench)
      expect(watch?.below).toBeLessThan(ticks)
      expect(watch?.above).toBeGreaterThan(ticks)
    }
  })

  it('costs no message while nothing nearer has to be watched', () => {
    const { bench } = invested(2_000)
    const asked = () => bench.to(marketAddress(BTC)).filter(isWatch).length
    const before = asked()
    bench.trade({ side: 'sell', lots: 100, ticks: PRICE, heldBefore: 10n, heldAfter: 9n })
    bench.answer({ ticks: PRICE })
    expect(asked()).toBe(before)
  })

  it('is never reached while every market is short of what it watches for, whatever is held and however prices move', () => {
    const holdings = fc.record({
      btc: fc.integer({ min: 0, max: 8_000 }),
      eth: fc.integer({ min: 0, max: 16_000 }),
    })
    const moves = fc.record({
      btc: fc.integer({ min: 1, max: 99_999 }),
      eth: fc.integer({ min: 1, max: 99_999 }),
    })
    fc.assert(
      fc.property(
        holdings,
        moves,
        fc.integer({ min: 500, max: 9_500 }),
        fc.integer({ min: 100, max: 20_000 }),
        (bought, moved, stopLossBps, takeProfitBps) => {
          const bench = new PoolBench()
          const follow = bench.open('one', '1000', { stopLossBps, takeProfitBps })
          if (bought.btc > 0) bench.copied({ side: 'buy', lots: bought.btc, ticks: PRICE })
          if (bought.eth > 0) bench.copied({ side: 'buy', lots: bought.eth, ticks: 250_000, market: ETH })
          fc.pre(statusOf(bench, follow) === 'active')
          // Each price somewhere short of what is watched for, down to a hundredth of itself and up to ten times.
          const price = (market: string, from: number, share: number) => {
            const { below, above } = bench.state.watches.get(market) ?? { below: null, above: null }
            const low = (below ?? Math.floor(from / 100)) + 1
            const high = Math.max(low, (above ?? from * 10) - 1)
            return low + Math.floor(((high - low) * share) / 100_000)
          }
          const [btc, eth] = [price(BTC, PRICE, moved.btc), price(ETH, 250_000, moved.eth)]
          const worth = MARKETS.reduce((sum, market) => {
            const ticks = market.id === BTC ? btc : eth
            return sum + (quoteOf(market, ticks, 1) * bench.held(follow, market.base)) / market.lotSize
          }, bench.cash(follow))
          const allocated = toUnits('1000')
          expect(worth).toBeGreaterThan(allocated - (allocated * BigInt(stopLossBps)) / 10_000n - 2n)
          expect(worth).toBeLessThan(allocated + (allocated * BigInt(takeProfitBps)) / 10_000n + 2n)
        },
      ),
      { numRuns: 200 },
    )
  })
})
