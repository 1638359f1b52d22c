import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocateBlock, NO_REMAINDERS, type Remainders } from '../../worker/copying/allocate.ts'
import { type Block, RULE_VERSION } from '../../worker/copying/block.ts'
import { costOf } from '../../worker/copying/limits.ts'
import { feeOf } from '../../worker/ledger/amount.ts'
import type { BlockReport } from '../../worker/market/messages.ts'
import { baseOf, MARKETS, quoteOf } from '../../worker/market/settings.ts'

const sum = (list: readonly bigint[]) => list.reduce((total, item) => total + item, 0n)

/** What rounding can have left from earlier blocks: up to a unit each way. */
const remainder = fc.bigInt({ min: -(2n ** 48n), max: 2n ** 48n })
const remainders: fc.Arbitrary<Remainders> = fc.record({
  quantity: remainder,
  quote: remainder,
  fee: remainder,
})

const tier = fc.record({
  ticks: fc.integer({ min: 2, max: 500_000 }),
  wants: fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { minLength: 1, maxLength: 12 }),
  /** Of the tier's lots, in thousandths. */
  filled: fc.integer({ min: 0, max: 1_000 }),
  /** How much better than the limit it traded, in thousandths of it. */
  better: fc.integer({ min: 0, max: 400 }),
})

const scenes = fc.record({
  market: fc.constantFrom(...MARKETS),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  tiers: fc.array(tier, { minLength: 1, maxLength: 4 }),
  before: fc.array(remainders, { minLength: 48, maxLength: 48 }),
})

function sceneOf({
  market,
  side,
  tiers,
}: { market: (typeof MARKETS)[number] } & Pick<Block, 'side'> & {
    tiers: { ticks: number; wants: bigint[]; filled: number; better: number }[]
  }) {
  const lotsOf = (wants: readonly bigint[]) => Number(sum(wants) / market.lotSize)
  const block: Block = {
    id: 'block',
    ruleVersion: RULE_VERSION,
    market: market.id,
    side,
    cause: { kind: 'close', followId: 'f' },
    tiers: tiers.map(({ ticks, wants }) => ({ ticks, lots: lotsOf(wants) })),
    parts: tiers.flatMap(({ wants }, index) =>
      wants.map((wanted, number) => ({
        followId: `follow-${index}-${number}`,
        tier: index,
        wanted,
        target: wanted,
        reason: null,
      })),
    ),
    markTicks: 1,
    at: 0,
  }
  const got = tiers.map(({ ticks, wants, filled, better }) => {
    const lots = Math.floor((lotsOf(wants) * filled) / 1_000)
    const off = Math.floor((ticks * better) / 1_000)
    return { lots, quote: quoteOf(market, side === 'buy' ? ticks - off : ticks + off, lots) }
  })
  const base = sum(got.map(({ lots }) => baseOf(market, lots)))
  const quote = sum(got.map((each) => each.quote))
  const report: BlockReport = {
    type: 'blockReport',
    market: market.id,
    blockId: block.id,
    refusal: null,
    tiers: got,
    ...feeOf(side === 'buy' ? base : quote, market.takerFeeBps),
    mark: { market: market.id, ticks: 1, at: 0 },
    at: 0,
  }
  return { block, report }
}

describe('a block’s allocation', () => {
  it('is three integers that each sum exactly, and breaks no limit of any follow', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { market, side, before } = scene
        const { block, report } = sceneOf(scene)
        const kept = new Map(
          block.parts.map((part, index) => [part.followId, before[index] ?? NO_REMAINDERS]),
        )
        const shares = allocateBlock(market, block, report, (id) => kept.get(id) ?? NO_REMAINDERS)
        expect(shares.map(({ part }) => part)).toEqual(block.parts)
        report.tiers.forEach((got, index) => {
          const members = shares.filter(({ part }) => part.tier === index)
          expect(sum(members.map(({ quantity }) => quantity))).toBe(baseOf(market, got.lots))
          expect(sum(members.map(({ quote }) => quote))).toBe(got.quote)
        })
        expect(sum(shares.map(({ fee }) => fee))).toBe(report.fee + report.rounding)
        for (const { part, quantity, quote, fee } of shares) {
          expect(quantity).toBeLessThanOrEqual(part.wanted)
          expect(fee).toBeLessThanOrEqual(side === 'buy' ? quantity : quote)
          for (const amount of [quantity, quote, fee]) expect(amount).toBeGreaterThanOrEqual(0n)
          if (side === 'buy')
            expect(quote).toBeLessThanOrEqual(costOf(market, block.tiers[part.tier]?.ticks ?? 0, quantity))
        }
      }),
      { numRuns: 300 },
    )
  })
})
