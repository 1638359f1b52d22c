import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FollowSettingsInput } from '../../worker/contract/follows.ts'
import type { FollowLimits } from '../../worker/copying/messages.ts'
import { checkSettings, NO_LIMITS, settingsOf, settingsView } from '../../worker/copying/settings.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { MARKETS } from '../../worker/market/settings.ts'
import { accountAddress } from '../../worker/messaging/address.ts'
import { PoolBench } from './poolBench.ts'
import { SETTINGS } from './settings.ts'

/** 50,000.00 of BTC, 2,500.00 of ETH. */
const PRICE = 5_000_000
const ETH = { market: 'ETH-USDT', ticks: 250_000 } as const
const DAY = 86_400_000

const limited = (limits: Partial<FollowLimits>) => ({ limits: { ...NO_LIMITS, ...limits } })

describe('the mode ratio', () => {
  it("buys so many times the leader's quantity, whatever the equities are", () => {
    const bench = new PoolBench()
    const half = bench.open('half', '1000', { mode: 'ratio', ratioMillionths: 500_000 })
    const twice = bench.open('twice', '1000', { mode: 'ratio', ratioMillionths: 2_000_000 })
    bench.trade({ side: 'buy', lots: 100, ticks: PRICE, equity: null })
    bench.answer({ ticks: PRICE })
    expect(bench.lastCopy(half)).toMatchObject({ quantity: toUnits('0.0005') })
    expect(bench.lastCopy(twice)).toMatchObject({ quantity: toUnits('0.002') })
    bench.check()
  })

  it('case 18: an absurd multiplier is refused where it is set, and capped where it is applied', () => {
    for (const ratio of ['100.000001', '999999', '0.0000001'])
      expect(checkSettings(settingsOf(inputOf({ mode: 'ratio', ratio })))).toMatchObject({
        refusal: { field: 'ratio' },
      })
    const bench = new PoolBench()
    const follow = bench.open('wild', '1000', { mode: 'ratio', ratioMillionths: 100_000_000 })
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.cash(follow)).toBeGreaterThanOrEqual(0n)
    expect(bench.lastCopy(follow)).toMatchObject({ reason: 'no_funds' })
  })
})

describe('limits of a follow', () => {
  it('case 12: leave out a market, an order type, a side or a small order, and say which it was', () => {
    const bench = new PoolBench()
    const cases = [
      ['market_excluded', limited({ exceptMarkets: ['BTC-USDT'] })],
      ['market_excluded', limited({ markets: ['ETH-USDT'] })],
      ['order_type_excluded', limited({ orderTypes: ['limit'] })],
      ['side_excluded', limited({ sides: ['sell'] })],
      ['small_order', limited({ minLeaderOrder: toUnits('1000.01') })],
    ] as const
    const follows = cases.map(([, settings], index) => bench.open(`out${index}`, '1000', settings))
    const inside = bench.open('in', '1000', limited({ minLeaderOrder: toUnits('1000') }))
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    follows.forEach((follow, index) => {
      expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'skipped', reason: cases[index]?.[0] })
      expect(bench.held(follow)).toBe(0n)
    })
    expect(bench.held(inside)).toBeGreaterThan(0n)
    bench.check()
  })

  it('measure a small order by the whole of it, and not by the part that has filled', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000', limited({ minLeaderOrder: toUnits('1000') }))
    bench.copied({ side: 'buy', lots: 100, ticks: PRICE, orderLots: 2_000 })
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'filled' })
  })

  it('do not hold back the way out: what is held is sold in a market that is left out since', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    const none = limited({ exceptMarkets: ['BTC-USDT'], orderTypes: ['limit'], maxOrdersPerDay: 1 })
    bench.receive(accountAddress('one'), {
      type: 'changeFollow',
      followId: follow,
      settings: { ...SETTINGS, ...none },
    })
    bench.copied({ side: 'sell', lots: 2_000, ticks: PRICE })
    expect(bench.held(follow)).toBe(0n)
  })

  it('keep what is held when only buys are copied', () => {
    const bench = new PoolBench()
    const follow = bench.open('keeper', '1000', limited({ sides: ['buy'] }))
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    const held = bench.held(follow)
    bench.copied({ side: 'sell', lots: 2_000, ticks: PRICE })
    expect(bench.held(follow)).toBe(held)
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'skipped', reason: 'side_excluded' })
  })

  it("skip a buy that comes later than the follow's own limit allows", () => {
    const bench = new PoolBench()
    const patient = bench.open('patient', '1000')
    const hasty = bench.open('hasty', '1000', limited({ maxDelayMs: 2_000 }))
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE, at: bench.now - 2_001 })
    bench.answer({ ticks: PRICE })
    expect(bench.lastCopy(hasty)).toMatchObject({ outcome: 'skipped', reason: 'stale' })
    expect(bench.lastCopy(patient)).toMatchObject({ outcome: 'filled' })
  })

  it('count the orders of a day, each once however many parts it fills in, and begin anew with the next', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '10000', limited({ maxOrdersPerDay: 2 }))
    const part = { side: 'buy', ticks: PRICE, lots: 500, orderLots: 1_000 } as const
    bench.copied({ ...part, orderId: 'a' })
    bench.copied({ ...part, orderId: 'b' })
    bench.copied({ ...part, orderId: 'a', filledBefore: 500 })
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'filled' })
    bench.copied({ ...part, orderId: 'c' })
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'skipped', reason: 'max_orders' })
    bench.now += DAY
    bench.copied({ ...part, orderId: 'd' })
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'filled' })
    bench.check()
  })

  it('bound what is paid for open positions, for one and for all, whatever is bought and sold', () => {
    const deed = fc.record({
      market: fc.constantFrom(undefined, ETH),
      side: fc.constantFrom('buy', 'buy', 'sell'),
      lots: fc.integer({ min: 1, max: 5_000 }),
      part: fc.constantFrom(0.3, 1),
    })
    fc.assert(
      fc.property(
        fc.array(deed, { maxLength: 25 }),
        fc.integer({ min: 1, max: 900 }),
        fc.integer({ min: 1, max: 900 }),
        (deeds, all, each) => {
          const bench = new PoolBench()
          const [maxExposure, maxExposurePerAsset] = [toUnits(String(all)), toUnits(String(each))]
          const follow = bench.open('one', '5000', limited({ maxExposure, maxExposurePerAsset }))
          for (const { market, side, lots, part } of deeds) {
            bench.trade({
              side,
              lots,
              ticks: PRICE,
              heldAfter: side === 'sell' ? 1n : 0n,
              heldBefore: 2n,
              ...market,
            })
            if (bench.state.block !== null) bench.answer({ part })
            const costs = MARKETS.map(({ id }) => bench.state.positions.get(`${follow}|${id}`)?.cost ?? 0n)
            for (const cost of costs) expect(cost).toBeLessThanOrEqual(maxExposurePerAsset)
            expect(costs.reduce((sum, cost) => sum + cost, 0n)).toBeLessThanOrEqual(maxExposure)
          }
          bench.check()
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('settings', () => {
  it('come back from the wire as they were sent', () => {
    const input = inputOf({
      mode: 'ratio',
      ratio: '0.25',
      limits: {
        maxDelayMs: 5_000,
        maxExposure: '500',
        maxExposurePerAsset: '100.5',
        maxOrdersPerDay: 12,
        minLeaderOrder: '20',
        markets: ['BTC-USDT', 'ETH-USDT'],
        exceptMarkets: ['ETH-USDT'],
        orderTypes: ['limit', 'market'],
        sides: ['buy'],
      },
    })
    expect(checkSettings(settingsOf(input)).ok).toBe(true)
    expect(settingsView(settingsOf(input))).toEqual(input)
    expect(settingsView(settingsOf(inputOf({ mode: 'proportional' })))).toEqual(
      inputOf({ mode: 'proportional' }),
    )
  })

  it.each([
    ['limits.markets', { markets: ['ABC-USDT'] }],
    ['limits.exceptMarkets', { markets: ['BTC-USDT'], exceptMarkets: ['BTC-USDT'] }],
    ['limits.maxOrdersPerDay', { maxOrdersPerDay: 501 }],
    ['limits.maxDelayMs', { maxDelayMs: 60_001 }],
    ['limits.maxExposure', { maxExposure: 0n }],
    ['limits.sides', { sides: [] }],
  ])('that make no sense are refused by name: %s', (field, limits) => {
    expect(checkSettings({ ...SETTINGS, ...limited(limits as Partial<FollowLimits>) })).toMatchObject({
      refusal: { code: 'invalid_input', field },
    })
  })
})

function inputOf(settings: object): FollowSettingsInput {
  return FollowSettingsInput.parse({ maxPerOrder: '250', maxSlippageBps: 50, notify: true, ...settings })
}
