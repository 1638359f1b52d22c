import { describe, expect, test } from 'vitest'
import { gapOf } from '../../web/src/lib/copying/gap.ts'
import type { CopyView } from '../../worker/contract/follows.ts'

const id = '01900000-0000-7000-8000-000000000001'
const at = '2026-01-01T00:00:00.000Z'

function copy(change: Partial<CopyView>): CopyView {
  return {
    id,
    followId: id,
    leaderId: id,
    leaderName: 'Meridian',
    market: 'BTC-USDT',
    side: 'buy',
    outcome: 'filled',
    reason: null,
    leader: { orderId: id, quantity: '1', total: '100', price: '100', at },
    target: '1',
    wanted: '1',
    quantity: '1',
    total: '100',
    price: '100',
    fee: '0',
    feeAsset: 'BTC',
    block: null,
    slippageBps: '0',
    delayMs: 0,
    at,
    ...change,
  }
}
const bpsOf = (copies: CopyView[]) =>
  Object.fromEntries(gapOf(copies).parts.map(({ cause, bps }) => [cause, bps]))

describe('the distance of a follow from its leader', () => {
  test('is nothing where every copy was whole, free and at the same price', () => {
    expect(bpsOf([copy({}), copy({ side: 'sell' })])).toEqual({
      price: '0.00',
      fees: '0.00',
      unfilled: '0.00',
      skipped: '0.00',
    })
    expect(gapOf([]).parts.every(({ bps }) => bps === '0.00')).toBe(true)
  })

  test('weighs a price by what was traded at it', () => {
    expect(
      bpsOf([
        copy({ slippageBps: '10' }),
        copy({ wanted: '3', quantity: '3', total: '300', slippageBps: '-2' }),
      ]).price,
    ).toBe('1.00')
  })

  test('counts a fee in base and one in quote alike', () => {
    expect(bpsOf([copy({ fee: '0.001' })]).fees).toBe('10.00')
    expect(bpsOf([copy({ side: 'sell', fee: '0.1', feeAsset: 'USDT' })]).fees).toBe('10.00')
  })

  test('tells what was not filled from what was skipped, and names the copies behind each', () => {
    const partial = copy({ outcome: 'partial', quantity: '0.5', total: '50' })
    const skipped = copy({ outcome: 'skipped', quantity: '0', total: '0', price: null, slippageBps: null })
    const { parts, wanted } = gapOf([partial, skipped])
    expect(wanted).toBe('200')
    expect(parts.map(({ cause, bps, copies }) => [cause, bps, copies.length])).toEqual([
      ['price', '0.00', 0],
      ['fees', '0.00', 0],
      ['unfilled', '2500.00', 1],
      ['skipped', '5000.00', 1],
    ])
  })

  test('does not call the carried part of a lot a gap', () => {
    expect(gapOf([copy({ wanted: '1.005', quantity: '1' })]).parts[2]?.copies).toEqual([])
  })
})
