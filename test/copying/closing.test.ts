import { describe, expect, it } from 'vitest'
import { toUnits } from '../../worker/ledger/amount.ts'
import { balanceOf } from '../../worker/ledger/ledger.ts'
import { accountAddress } from '../../worker/messaging/address.ts'
import { BTC, LEADER, PoolBench } from './poolBench.ts'

const PRICE = 5_000_000

function unfollow(bench: PoolBench, name: string): void {
  bench.receive(accountAddress(name), { type: 'closeFollow', followId: `follow-${name}` })
}

const isReport = (body: unknown): body is { status: string; returned: bigint } =>
  typeof body === 'object' && body !== null && 'returned' in body && 'status' in body

const reports = (bench: PoolBench, name: string) => bench.to(accountAddress(name)).filter(isReport)

describe('unfollowing', () => {
  it('returns the funds at once when nothing is held', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    unfollow(bench, 'one')
    expect(reports(bench, 'one').map(({ status, returned }) => [status, returned])).toEqual([
      ['active', 0n],
      ['closing', 0n],
      ['closed', toUnits('1000')],
    ])
    expect(bench.cash(follow)).toBe(0n)
    expect(balanceOf(bench.state.balances, '', `pool/${LEADER}`, 'USDT')).toBe(0n)
    bench.check()
  })

  it('sells what it holds in a block of one; what is under a lot goes to the house at the block’s price', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    const held = bench.held(follow)
    expect(held % 1_000n).not.toBe(0n)
    unfollow(bench, 'one')
    expect(bench.block()).toMatchObject({ side: 'sell', tiers: [{ lots: Number(held / 1_000n) }] })
    bench.answer({ ticks: PRICE })
    expect(bench.held(follow)).toBe(0n)
    expect(bench.cash(follow)).toBe(0n)
    const residue = held % 1_000n
    expect(bench.to(accountAddress(`house.${BTC}`))).toMatchObject([
      { type: 'takeResidue', quantity: residue, quote: residue * 50_000n },
    ])
    const returned = reports(bench, 'one').at(-1)
    expect(returned?.status).toBe('closed')
    // A buy and a sell of 100 at one price cost two fees of 0.1%; what the house takes costs none.
    expect(returned?.returned).toBeLessThanOrEqual(toUnits('999.801'))
    expect(returned?.returned).toBeGreaterThan(toUnits('999.79'))
    expect(bench.lastCopy(follow)).toMatchObject({ reason: 'closing', outcome: 'filled', slippage: 0 })
    bench.check()
  })

  it('closes every market it holds, one block after another', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.copied({ side: 'buy', lots: 2_000, ticks: 268_500, market: 'ETH-USDT' })
    unfollow(bench, 'one')
    bench.answer({ ticks: PRICE })
    bench.answer({ ticks: 268_500 })
    expect(bench.held(follow, 'ETH')).toBe(0n)
    expect(reports(bench, 'one').at(-1)?.status).toBe('closed')
    bench.check()
  })

  it('tries again later what the market did not take, and ends all the same', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    unfollow(bench, 'one')
    bench.answer({ ticks: PRICE, part: 0.4 })
    expect(bench.state.block).toBeNull()
    expect(bench.timers.get(`close/${follow}`)).toBe(bench.now + 5_000)
    bench.now += 5_000
    bench.due(`close/${follow}`)
    bench.answer({ refuse: true })
    expect(bench.timers.get(`close/${follow}`)).toBe(bench.now + 10_000)
    bench.now += 10_000
    bench.due(`close/${follow}`)
    bench.answer({ ticks: PRICE })
    expect(reports(bench, 'one').at(-1)?.status).toBe('closed')
    expect(bench.timers.has(`close/${follow}`)).toBe(false)
    bench.check()
  })

  it('waits for the block that it takes part in', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.trade({ side: 'buy', lots: 2_000, ticks: PRICE })
    unfollow(bench, 'one')
    expect(bench.state.follows.get(follow)?.status).toBe('closing')
    bench.answer({ ticks: PRICE })
    expect(bench.block().side).toBe('sell')
    bench.answer({ ticks: PRICE })
    expect(reports(bench, 'one').at(-1)?.status).toBe('closed')
    bench.check()
  })

  it('leaves a position too small for the market to the house at the mark', () => {
    const bench = new PoolBench()
    bench.open('tiny', '20')
    const large = bench.open('large', '10000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    const held = bench.held(large)
    unfollow(bench, 'tiny')
    expect(bench.state.block).toBeNull()
    expect(reports(bench, 'tiny').at(-1)?.status).toBe('closed')
    expect(bench.held(large)).toBe(held)
    bench.check()
  })

  it('tells the leader when the first follow opens and when the last one closes', () => {
    const bench = new PoolBench()
    bench.open('one', '1000')
    bench.open('two', '1000')
    unfollow(bench, 'one')
    unfollow(bench, 'two')
    expect(bench.to(accountAddress(LEADER))).toEqual([
      { type: 'fillsWanted', wanted: true },
      { type: 'fillsWanted', wanted: false },
    ])
  })

  it('takes no second follow of the same follower, and none of the leader', () => {
    const bench = new PoolBench()
    bench.open('one', '1000')
    bench.receive(accountAddress('one'), {
      type: 'openFollow',
      followId: 'another',
      settings: bench.state.follows.get('follow-one')?.settings,
      amount: 5n,
    })
    expect(reports(bench, 'one').at(-1)).toMatchObject({
      status: 'refused',
      reason: 'already_following',
      returned: 5n,
    })
    bench.open(LEADER, '1000')
    expect(reports(bench, LEADER).at(-1)).toMatchObject({ status: 'refused', reason: 'cannot_follow_self' })
    expect(bench.state.follows.size).toBe(1)
    bench.check()
  })
})

describe('an exit of the leader', () => {
  it('leaves every follow at exactly zero; the residue of all is one entry to the house', () => {
    const bench = new PoolBench()
    const follows = ['137.77', '1000', '9.99'].map((amount, index) => bench.open(`f${index}`, amount))
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.copied({ side: 'sell', lots: 2_000, ticks: 5_100_000 })
    for (const follow of follows) {
      expect(bench.held(follow)).toBe(0n)
      expect(bench.state.positions.get(`${follow}|${BTC}`)).toMatchObject({ target: 0n, cost: 0n })
    }
    expect(bench.to(accountAddress(`house.${BTC}`))).toHaveLength(1)
    bench.check()
  })

  it('stays a wish while the market does not take it, and is not forgotten', () => {
    const bench = new PoolBench()
    const follow = bench.open('one', '1000')
    bench.copied({ side: 'buy', lots: 2_000, ticks: PRICE })
    bench.trade({ side: 'sell', lots: 2_000, ticks: PRICE })
    bench.answer({ part: 0 })
    expect(bench.state.positions.get(`${follow}|${BTC}`)?.target).toBe(0n)
    expect(bench.held(follow)).toBeGreaterThan(0n)
    bench.copied({ side: 'sell', lots: 1, ticks: PRICE })
    expect(bench.held(follow)).toBe(0n)
    bench.check()
  })
})
