import type { BookLevel } from '$contract/markets.ts'
import { toDecimal, UNIT, unitsOf } from '../money/decimal.ts'

/** One row of a book as shown. */
export interface BookRow {
  price: string
  quantity: string
  /** Base from the best price to here. */
  cumulative: string
  /** Share of the deepest cumulative on show, 0 to 1. */
  depth: number
}

/** Prices a book can be grouped by: the tick and the steps above it that still leave several rows in a book. */
export function groupSteps(tickSize: string, price: string | null): string[] {
  const tick = unitsOf(tickSize)
  const largest = price === null ? tick * 1_000n : unitsOf(price) / 500n
  const steps = [tick]
  for (let step = tick * 10n; step <= largest && steps.length < 5; step *= 10n) steps.push(step)
  return steps.map((step) => toDecimal(step))
}

function grouped(levels: readonly BookLevel[], side: 'bids' | 'asks', step: bigint, rows: number) {
  const out: { price: bigint; quantity: bigint }[] = []
  for (const [price, quantity] of levels) {
    const units = unitsOf(price)
    // Asks up, bids down: a row never promises a better price than its levels have.
    const key = side === 'asks' ? ((units + step - 1n) / step) * step : (units / step) * step
    const last = out.at(-1)
    if (last !== undefined && last.price === key) last.quantity += unitsOf(quantity)
    else if (out.length === rows) break
    else out.push({ price: key, quantity: unitsOf(quantity) })
  }
  return out
}

/** Both sides of a book, best first, with bars on one scale so that the sides can be compared. */
export function bookRows(
  bids: readonly BookLevel[],
  asks: readonly BookLevel[],
  step: string,
  rows: number,
): { bids: BookRow[]; asks: BookRow[] } {
  const width = unitsOf(step)
  const below = grouped(bids, 'bids', width, rows)
  const above = grouped(asks, 'asks', width, rows)
  const sum = (side: typeof below) => side.reduce((total, { quantity }) => total + quantity, 0n)
  const deepest = [sum(below), sum(above), 1n].reduce((a, b) => (a > b ? a : b))
  const finish = (side: typeof below): BookRow[] => {
    let cumulative = 0n
    return side.map(({ price, quantity }) => {
      cumulative += quantity
      return {
        price: toDecimal(price),
        quantity: toDecimal(quantity),
        cumulative: toDecimal(cumulative),
        depth: Number((cumulative * 1_000n) / deepest) / 1_000,
      }
    })
  }
  return { bids: finish(below), asks: finish(above) }
}

/** Best ask less best bid, and that in basis points of the middle; null while a side is empty. */
export function spreadOf(
  bids: readonly BookLevel[],
  asks: readonly BookLevel[],
): { amount: string; bps: string } | null {
  const bid = bids[0]
  const ask = asks[0]
  if (bid === undefined || ask === undefined) return null
  const amount = unitsOf(ask[0]) - unitsOf(bid[0])
  const middle = (unitsOf(ask[0]) + unitsOf(bid[0])) / 2n
  const bps = middle === 0n ? 0n : (amount * 10_000n * UNIT) / middle
  return { amount: toDecimal(amount), bps: toDecimal(bps, 2) }
}
