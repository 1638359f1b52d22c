import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { affordable, costOf, worstTicks } from '../../worker/copying/limits.ts'
import type { LeaderTraded } from '../../worker/copying/messages.ts'
import { addedByBuy, partOfOrder, targetAfterSell } from '../../worker/copying/targets.ts'
import { toUnits } from '../../worker/ledger/amount.ts'
import { MARKETS, marketById, quoteOf } from '../../worker/market/settings.ts'
import { SETTINGS } from './settings.ts'

const market = marketById('BTC-USDT')
const markets = fc.constantFrom(...MARKETS)

const trade = (more: Partial<LeaderTraded>): LeaderTraded => ({
  type: 'leaderTraded',
  orderId: 'order',
  market: market.id,
  side: 'buy',
  orderType: 'limit',
  lots: 1,
  filledBefore: 0,
  orderLots: null,
  quote: 1n,
  equity: toUnits('10000'),
  heldBefore: 0n,
  heldAfter: 0n,
  mark: { market: market.id, ticks: 1, at: 0 },
  at: 0,
  ...more,
})

/** An order cut into parts: how many lots each fills. */
const fills = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 10 })

/** Modes that copy a quantity; of a fixed amount each part buys at its own price. */
const sizings = fc.oneof(
  fc.constant(SETTINGS),
  fc
    .integer({ min: 1, max: 100_000_000 })
    .map((ratioMillionths) => ({ ...SETTINGS, mode: 'ratio' as const, ratioMillionths })),
)

const partsOf = (lots: readonly number[], whole: number): LeaderTraded[] => {
  let filledBefore = 0
  return lots.map((part) => {
    const one = trade({ lots: part, filledBefore, orderLots: whole, quote: quoteOf(market, 5_000_000, part) })
    filledBefore += part
    return one
  })
}

describe('limits', () => {
  it('rounds a limit price inward: never further from the leader than allowed, and less than a tick short of it', () => {
    fc.assert(
      fc.property(
        markets,
        fc.integer({ min: 100, max: 900_000 }),
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 0, max: 1_000 }),
        (each, ticks, lots, bps) => {
          const quote = quoteOf(each, ticks, lots)
          const buy = worstTicks(each, 'buy', quote, lots, bps)
          const sell = worstTicks(each, 'sell', quote, lots, bps)
          fc.pre(ticks * (1 + bps / 10_000) < each.maxTicks)
          expect(BigInt(buy) * 10_000n).toBeLessThanOrEqual(BigInt(ticks) * BigInt(10_000 + bps))
          expect(BigInt(buy + 1) * 10_000n).toBeGreaterThan(BigInt(ticks) * BigInt(10_000 + bps))
          expect(BigInt(sell) * 10_000n).toBeGreaterThanOrEqual(BigInt(ticks) * BigInt(10_000 - bps))
          expect(BigInt(sell - 1) * 10_000n).toBeLessThan(BigInt(ticks) * BigInt(10_000 - bps))
        },
      ),
    )
  })

  it('what is affordable costs no more than there is, and a unit more would', () => {
    fc.assert(
      fc.property(
        markets,
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.bigInt({ min: 0n, max: 10n ** 17n }),
        (each, ticks, cash) => {
          const units = affordable(each, ticks, cash)
          expect(costOf(each, ticks, units)).toBeLessThanOrEqual(cash)
          expect((units + 1n) * BigInt(ticks) * each.tickSize).toBeGreaterThan(cash * 10n ** 8n)
        },
      ),
    )
  })

  it('a maximum per order holds over all parts of an order, however it fills', () => {
    fc.assert(
      fc.property(fills, fc.bigInt({ min: 1n, max: 10n ** 15n }), (lots, amount) => {
        const whole = lots.reduce((sum, part) => sum + part, 0)
        const sum = partsOf(lots, whole).reduce((total, part) => total + partOfOrder(part, amount), 0n)
        expect(sum).toBe(amount)
        const half = partsOf(lots, whole * 2).reduce((total, part) => total + partOfOrder(part, amount), 0n)
        expect(half).toBe(amount / 2n)
      }),
    )
  })
})

it('a maximum per order holds for an order by quote amount that is told in two messages', () => {
  const [first, second] = [0, 1_000].map((filledBefore) =>
    trade({ orderType: 'market', lots: 1_000, filledBefore, quote: 1n }),
  )
  const parts = [first, second].map((part) => (part === undefined ? 0n : partOfOrder(part, 500n)))
  expect(parts).toEqual([500n, 0n])
})

describe('targets', () => {
  it('case 9: parts of an order add to the unit what the whole adds', () => {
    fc.assert(
      fc.property(fills, fc.bigInt({ min: 1n, max: 10n ** 14n }), sizings, (lots, equity, settings) => {
        const whole = lots.reduce((sum, part) => sum + part, 0)
        const added = (parts: readonly LeaderTraded[]) =>
          parts.reduce((sum, part) => sum + (addedByBuy(settings, market, part, equity) ?? 0n), 0n)
        expect(added(partsOf(lots, whole))).toBe(added(partsOf([whole], whole)))
      }),
    )
  })

  it('a sell closes the same fraction, an exit everything, and never makes a target grow', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        fc.bigInt({ min: 1n, max: 10n ** 15n }),
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        (target, heldBefore, sold) => {
          const heldAfter = sold >= heldBefore ? 0n : heldBefore - sold
          const after = targetAfterSell(target, trade({ side: 'sell', heldBefore, heldAfter }))
          expect(after).toBeLessThanOrEqual(target)
          if (heldAfter === 0n) expect(after).toBe(0n)
          else expect(after).toBe((target * heldAfter) / heldBefore)
        },
      ),
    )
  })

  it('is not known without an equity on both sides', () => {
    expect(addedByBuy(SETTINGS, market, trade({ equity: null }), 5n)).toBeNull()
    expect(addedByBuy(SETTINGS, market, trade({ equity: 0n }), 5n)).toBeNull()
    expect(addedByBuy(SETTINGS, market, trade({}), null)).toBeNull()
  })
})
