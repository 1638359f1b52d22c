import { describe, expect, it } from 'vitest'
import { toUnits } from '../../worker/ledger/amount.ts'
import { baseOf, marketById } from '../../worker/market/settings.ts'
import { accountAddress, marketAddress } from '../../worker/messaging/address.ts'
import { encode } from '../../worker/messaging/codec.ts'
import { BTC, LEADER, PoolBench } from './poolBench.ts'
import { SETTINGS } from './settings.ts'

// Numbers are those of the list of faults that users of other copy-trading systems reported; cases 1 and 2 (what arrives
// twice acts once) are the messaging's, and are run on the pool in simulation.test.ts.

const market = marketById(BTC)
/** A price of 50,000.00. */
const PRICE = 5_000_000
const fee = (units: bigint) => (units + 999n) / 1_000n

describe('a pool of follows', () => {
  it('copies a buy in proportion to equity, at one price, in one block', () => {
    const bench = new PoolBench()
    const small = bench.open('small', '1000')
    const large = bench.open('large', '4000')
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    // The leader put 1,000 of 10,000 in: a tenth.
    expect(bench.block().tiers).toEqual([{ ticks: 5_050_000, lots: 1_000 }])
    bench.answer({ ticks: PRICE })
    expect(bench.held(small)).toBe(toUnits('0.002') - fee(toUnits('0.002')))
    expect(bench.held(large)).toBe(toUnits('0.008') - fee(toUnits('0.008')))
    expect(bench.cash(small)).toBe(toUnits('900'))
    expect(bench.cash(large)).toBe(toUnits('3600'))
    expect(bench.lastCopy(small)).toMatchObject({
      target: toUnits('0.002'),
      wanted: toUnits('0.002'),
      quantity: toUnits('0.002'),
      quote: toUnits('100'),
      feeAsset: 'BTC',
      outcome: 'filled',
      reason: null,
      slippage: 0,
    })
    expect(bench.pages().at(-1)?.block).toEqual({ lots: 1_000, quote: toUnits('500'), participants: 2 })
    bench.check()
  })

  it('copies a buy with a fixed amount, whatever the equities are', () => {
    const bench = new PoolBench()
    const follow = bench.open('fixed', '1000', { mode: 'fixed', fixedAmount: toUnits('150') })
    bench.copied({ side: 'buy', lots: 10, ticks: PRICE, equity: null })
    expect(bench.cash(follow)).toBe(toUnits('850'))
  })

  it('measures slippage against the leader and the delay from the leader', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.now += 340
    bench.answer({ ticks: 5_000_500 })
    expect(bench.lastCopy(follow)).toMatchObject({ slippage: 100, delayMs: 340 })
  })

  it('case 4: a stale buy is skipped, and the sell is limited to what the follow holds', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    const held = bench.held(follow)
    const hourAgo = bench.now
    bench.now += 3_600_000
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE, at: hourAgo })
    expect(bench.state.block).toBeNull()
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'skipped', reason: 'stale' })
    bench.trade({ side: 'sell', lots: 4_000, ticks: PRICE, at: hourAgo + 1 })
    const whole = held / market.lotSize
    expect(bench.block().tiers).toEqual([{ ticks: 4_950_000, lots: Number(whole) }])
    bench.answer({ ticks: PRICE })
    expect(bench.held(follow)).toBe(0n)
    bench.check()
  })

  it('case 5: a refused block allocates nothing, reserves nothing, and its reason is on every copy', () => {
    const bench = new PoolBench()
    const follows = ['a', 'b', 'c'].map((name) => bench.open(name, '1000'))
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.answer({ refuse: true })
    for (const follow of follows) {
      expect(bench.cash(follow)).toBe(toUnits('1000'))
      expect(bench.held(follow)).toBe(0n)
      expect(bench.lastCopy(follow)).toMatchObject({
        outcome: 'failed',
        reason: 'market_refused',
        quantity: 0n,
      })
    }
    expect(bench.state.block).toBeNull()
    bench.check()
  })

  it('case 6: a leader who spends everything never makes a follow spend more than its cash', () => {
    const bench = new PoolBench()
    const follow = bench.open('all', '1000')
    bench.trade({ side: 'buy', lots: 20_000, ticks: PRICE })
    bench.answer()
    expect(bench.cash(follow)).toBeGreaterThanOrEqual(0n)
    expect(bench.cash(follow)).toBeLessThan(toUnits('1'))
    expect(bench.lastCopy(follow)).toMatchObject({ reason: 'no_funds' })
    bench.check()
  })

  it('never lets one order cost more than its maximum, however it is filled and wherever it trades', () => {
    const bench = new PoolBench()
    const follow = bench.open('limited', '10000', { maxPerOrder: toUnits('100.01') })
    const order = { side: 'buy', ticks: PRICE, orderId: 'big', orderLots: 9_000 } as const
    for (const filledBefore of [0, 3_000, 6_000]) {
      bench.trade({ ...order, lots: 3_000, filledBefore })
      bench.answer()
    }
    const spent = toUnits('10000') - bench.cash(follow)
    expect(spent).toBeLessThanOrEqual(toUnits('100.01'))
    expect(spent).toBeGreaterThan(toUnits('98'))
    expect(bench.lastCopy(follow)).toMatchObject({ reason: 'max_per_order', outcome: 'filled' })
    bench.check()
  })

  it('case 7: a share of 1.85 takes part in full beside one of thousands', () => {
    const bench = new PoolBench()
    const tiny = bench.open('tiny', '18.5')
    bench.open('large', '50000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.lastCopy(tiny)).toMatchObject({ outcome: 'filled', quantity: toUnits('0.000037') })
    expect(bench.cash(tiny)).toBe(toUnits('16.65'))
  })

  it('case 7: a block below the minimum of the market is carried, visible, and traded later', () => {
    const bench = new PoolBench()
    const tiny = bench.open('tiny', '30')
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.state.block).toBeNull()
    expect(bench.lastCopy(tiny)).toMatchObject({
      outcome: 'skipped',
      reason: 'below_minimum',
      wanted: toUnits('0.00006'),
      target: toUnits('0.00006'),
    })
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.block().tiers).toEqual([{ ticks: 5_050_000, lots: 12 }])
    bench.answer({ ticks: PRICE })
    expect(bench.lastCopy(tiny)).toMatchObject({ outcome: 'filled', quantity: toUnits('0.00012') })
    bench.check()
  })

  it('case 8: a share below the smallest unit gets nothing, without an error', () => {
    const bench = new PoolBench()
    const dust = bench.open('dust', '0.00000005')
    bench.open('large', '50000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.held(dust)).toBe(0n)
    expect(bench.lastCopy(dust).outcome).toBe('skipped')
    bench.check()
  })

  it.each(['proportional', 'fixed'] as const)(
    'case 9: 40 + 30 + 30 leaves every %s follow as one fill of 100 does',
    (mode) => {
      const settings = { mode, fixedAmount: mode === 'fixed' ? toUnits('333.33333333') : null }
      const parts = new PoolBench()
      const whole = new PoolBench()
      for (const bench of [parts, whole])
        for (const [name, amount] of [
          ['a', '1234.56789'],
          ['b', '777'],
          ['c', '31.41592653'],
        ] as const)
          bench.open(name, amount, settings)
      whole.copied({ side: 'buy', lots: 3_000, ticks: PRICE, orderLots: 3_000 })
      for (const [lots, filledBefore] of [
        [1_200, 0],
        [900, 1_200],
        [900, 2_100],
      ] as const)
        parts.copied({ side: 'buy', lots, ticks: PRICE, orderId: 'one', filledBefore, orderLots: 3_000 })
      for (const name of ['a', 'b']) {
        const [first, second] = [parts, whole].map((bench) => {
          const position = bench.state.positions.get(`follow-${name}|${BTC}`)
          // The target less fees, which round up per fill.
          return (
            (position?.target ?? 0n) +
            bench.copies(`follow-${name}`).reduce((sum, copy) => sum + copy.fee, 0n)
          )
        })
        expect(first).toBe(second)
      }
      parts.check()
    },
  )

  it('case 10: holds what is left after the fee in base, and can sell exactly that', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '50000')
    bench.copied({ side: 'buy', lots: 79_000, ticks: PRICE, equity: toUnits('50000') })
    expect(bench.lastCopy(follow).quantity).toBe(toUnits('0.79'))
    expect(bench.held(follow)).toBe(toUnits('0.78921'))
    bench.copied({ side: 'sell', lots: 79_000, ticks: PRICE })
    expect(bench.lastCopy(follow)).toMatchObject({ wanted: toUnits('0.78921'), outcome: 'filled' })
    expect(bench.held(follow)).toBe(0n)
    bench.check()
  })

  it('case 11: a partial sell is rounded down, never past the holding', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    const held = bench.held(follow)
    const before = baseOf(market, 3)
    bench.trade({ side: 'sell', lots: 1, ticks: PRICE, heldBefore: before, heldAfter: baseOf(market, 2) })
    const wanted = held - (held * 2n) / 3n
    expect(bench.block().tiers[0]?.lots).toBe(Number(wanted / market.lotSize))
    bench.answer({ ticks: PRICE })
    expect(bench.lastCopy(follow).quantity).toBeLessThanOrEqual(wanted)
    expect(bench.held(follow)).toBeGreaterThan(0n)
    bench.check()
  })

  it('case 13: when the follow holds nothing any more, the leader closing does nothing', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.copied({ side: 'sell', lots: 2_000, ticks: PRICE })
    const cash = bench.cash(follow)
    bench.copied({ side: 'sell', lots: 2_000, ticks: PRICE })
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'skipped', reason: 'no_position' })
    expect(bench.cash(follow)).toBe(cash)
    expect(bench.held(follow)).toBe(0n)
  })

  it('case 14: a follow that joined later ignores what it never copied, and ends flat with the leader', () => {
    const bench = new PoolBench()
    const follow = bench.open('late', '1000')
    const coin = toUnits('1')
    bench.copied({ side: 'sell', lots: 100_000, ticks: PRICE, heldBefore: 2n * coin, heldAfter: coin })
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'skipped', reason: 'no_position' })
    bench.copied({ side: 'buy', lots: 100_000, ticks: PRICE, equity: toUnits('200000'), heldBefore: coin })
    expect(bench.held(follow)).toBeGreaterThan(0n)
    bench.copied({ side: 'sell', lots: 200_000, ticks: PRICE, heldBefore: 2n * coin, heldAfter: 0n })
    expect(bench.held(follow)).toBe(0n)
    expect(bench.state.positions.get(`${follow}|${BTC}`)).toMatchObject({ target: 0n, cost: 0n })
    bench.check()
  })

  it('case 16: with less equity later buys are smaller, and none fails', () => {
    const bench = new PoolBench()
    const whole = bench.open('whole', '1000')
    const less = bench.open('less', '600')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.lastCopy(whole).quantity * 6n).toBe(bench.lastCopy(less).quantity * 10n)
    expect(bench.lastCopy(less).outcome).toBe('filled')
  })

  it('case 17: an order for 100 that fills 40 and is cancelled is copied with 40% of its size', () => {
    const bench = new PoolBench()
    const fixed = bench.open('fixed', '1000', { mode: 'fixed', fixedAmount: toUnits('100') })
    const capped = bench.open('capped', '1000', {
      mode: 'fixed',
      fixedAmount: toUnits('500'),
      maxPerOrder: toUnits('101'),
    })
    bench.copied({ side: 'buy', lots: 800, ticks: PRICE, orderLots: 2_000 })
    expect(bench.cash(fixed)).toBe(toUnits('960'))
    expect(bench.lastCopy(capped).quantity).toBe(toUnits('0.0008'))
  })

  it('case 18: settings that limit nothing are refused where they are set, and the funds come back', () => {
    const bench = new PoolBench()
    bench.open('a', '1000', { maxSlippageBps: 100_000 })
    bench.open('b', '1000', { mode: 'fixed', fixedAmount: 0n })
    expect(bench.state.follows.size).toBe(0)
    for (const name of ['a', 'b'])
      expect(bench.to(accountAddress(name))).toMatchObject([
        { type: 'followReport', status: 'refused', reason: 'invalid_input', returned: toUnits('1000') },
      ])
    bench.check()
  })

  it('case 23: a block names its leader, whose resting orders the market keeps out of it', () => {
    const bench = new PoolBench()
    bench.open('one', '1000')
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.block().leaderId).toBe(LEADER)
    expect(bench.to(marketAddress(BTC))).toHaveLength(1)
  })

  it('treats equals alike: the same settings get the same share to the smallest unit', () => {
    const bench = new PoolBench()
    const follows = Array.from({ length: 7 }, (_, index) => bench.open(`f${index}`, '100.00000007'))
    for (let turn = 0; turn < 5; turn += 1) {
      bench.trade({ side: 'buy', lots: 333, ticks: PRICE })
      bench.answer({ part: 0.77, ticks: PRICE })
      const quantities = follows.map((follow) => bench.lastCopy(follow).quantity)
      const spread =
        quantities.reduce((a, b) => (a > b ? a : b)) - quantities.reduce((a, b) => (a < b ? a : b))
      // One of this block's rounding, and one that an earlier block gave the other ahead.
      expect(spread).toBeLessThanOrEqual(2n)
    }
    const held = follows.map((follow) => bench.held(follow))
    const furthest = held.reduce((a, b) => (a > b ? a : b)) - held.reduce((a, b) => (a < b ? a : b))
    // A unit of rounding in each of quantity and fee, over all five.
    expect(furthest).toBeLessThanOrEqual(2n)
    bench.check()
  })

  it('sorts follows into tiers by the slippage each accepts, and none pays past its own', () => {
    const bench = new PoolBench()
    const strict = bench.open('strict', '1000', { maxSlippageBps: 10 })
    const loose = bench.open('loose', '1000', { maxSlippageBps: 200 })
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.block().tiers.map(({ ticks }) => ticks)).toEqual([5_100_000, 5_005_000])
    bench.answer()
    const price = (follow: string) =>
      (bench.lastCopy(follow).quote * 10n ** 8n) / bench.lastCopy(follow).quantity
    expect(price(strict)).toBeLessThanOrEqual(toUnits('50050'))
    expect(price(loose)).toBeLessThanOrEqual(toUnits('51000'))
  })

  it('carries what the market had not, and says so', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.answer({ ticks: PRICE, part: 0.25 })
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'partial', reason: 'slippage' })
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.block().tiers[0]?.lots).toBeGreaterThan(300)
    bench.answer({ ticks: PRICE })
    bench.check()
  })

  it('a sell after an unfinished buy closes what was not bought first', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.answer({ ticks: PRICE, part: 0.25 })
    bench.trade({ side: 'sell', lots: 1_000, ticks: PRICE, heldBefore: baseOf(market, 2_000) })
    expect(bench.state.block).toBeNull()
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'skipped', reason: 'carried' })
    bench.check()
  })

  it('buys nothing while paused, and still sells with its leader', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.receive(accountAddress('one'), { type: 'changeFollow', followId: follow, paused: true })
    const held = bench.held(follow)
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.held(follow)).toBe(held)
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'skipped', reason: 'paused' })
    bench.copied({ side: 'sell', lots: 4_000, ticks: PRICE })
    expect(bench.held(follow)).toBe(0n)
    bench.receive(accountAddress('one'), { type: 'changeFollow', followId: follow, paused: false })
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    expect(bench.held(follow)).toBeGreaterThan(0n)
    bench.check()
  })

  it('sizes nothing by an equity that it cannot know', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE, equity: null })
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'skipped', reason: 'no_equity' })
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.now += 61_000
    bench.copied({ side: 'buy', lots: 100, ticks: 268_500, market: 'ETH-USDT' })
    expect(bench.lastCopy(follow)).toMatchObject({ outcome: 'skipped', reason: 'no_equity' })
  })

  it('lets further trades of the leader wait their turn while a block is out', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.trade({ side: 'sell', lots: 4_000, ticks: PRICE })
    expect(bench.state.waiting.size).toBe(2)
    expect(bench.to(marketAddress(BTC))).toHaveLength(1)
    bench.answer({ ticks: PRICE })
    bench.answer({ ticks: PRICE })
    bench.answer({ ticks: PRICE })
    expect(bench.held(follow)).toBe(0n)
    expect(bench.state.waiting.size).toBe(0)
    bench.check()
  })

  it('bounds what waits, and loses no way out by it', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    for (let index = 0; index < 1_050; index += 1)
      bench.trade({ side: 'buy', lots: 1, ticks: PRICE, equity: null })
    for (let held = 64n; held > 0n; held /= 2n)
      bench.trade({ side: 'sell', lots: 1, ticks: PRICE, heldBefore: held, heldAfter: held / 2n })
    expect(bench.state.waiting.size).toBe(1_001)
    bench.answer({ ticks: PRICE })
    for (let turn = 0; turn < 100 && bench.timers.has('advance'); turn += 1) bench.due('advance')
    bench.answer({ ticks: PRICE })
    expect(bench.held(follow)).toBe(0n)
    expect(bench.state.waiting.size).toBe(0)
    bench.check()
  })

  it('takes a leader’s trades from the leader and a block’s report from its market, and from nobody else', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    const trade = bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    const blockId = bench.block().blockId
    bench.receive(accountAddress('mallory'), { ...trade, orderId: 'forged' })
    expect(bench.state.waiting.size).toBe(0)
    const report = {
      type: 'blockReport',
      market: BTC,
      blockId,
      refusal: null,
      tiers: [],
      fee: 0n,
      rounding: 0n,
    }
    bench.receive(marketAddress('ETH-USDT'), report)
    bench.receive(accountAddress(LEADER), report)
    expect(bench.state.block?.id).toBe(blockId)
    bench.receive(accountAddress('mallory'), { type: 'closeFollow', followId: follow })
    bench.receive(accountAddress('mallory'), { type: 'changeFollow', followId: follow, paused: true })
    expect(bench.state.follows.get(follow)?.status).toBe('active')
    expect(bench.to(accountAddress('mallory'))).toMatchObject([
      { status: 'closed', reason: 'unknown_follow' },
      { status: 'closed', reason: 'unknown_follow' },
    ])
    bench.receive(accountAddress(LEADER), 'nonsense')
    bench.check()
  })

  it('says its copies in pages that a queue takes', () => {
    const bench = new PoolBench()
    const uuid = (kind: number, index: number) =>
      `01990000-0000-7000-8${kind}00-${String(index).padStart(12, '0')}`
    for (let index = 0; index < 450; index += 1)
      bench.receive(accountAddress(uuid(1, index)), {
        type: 'openFollow',
        followId: uuid(2, index),
        settings: SETTINGS,
        amount: toUnits('123456.78901234') + BigInt(index),
      })
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE, equity: toUnits('10123.45678901') })
    const pages = bench.pages()
    expect(pages.map((page) => page.copies.length)).toEqual([200, 200, 50])
    for (const page of pages) expect(encode(page).length).toBeLessThan(120_000)
    bench.check()
  })

  it('decides over many follows and writes nothing for those that it does not change', () => {
    const bench = new PoolBench()
    for (let index = 0; index < 300; index += 1) bench.open(`f${index}`, '1000')
    const before = bench.store.rowsWritten
    bench.trade({ side: 'sell', lots: 1, ticks: PRICE })
    // The price of the market.
    expect(bench.store.rowsWritten - before).toBe(1)
  })
})
