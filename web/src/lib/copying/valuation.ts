import type { FollowView } from '$contract/follows.ts'
import type { Ticker } from '$contract/markets.ts'
import { quoteOf, toDecimal, unitsOf } from '../money/decimal.ts'

/**
 * A follow at the prices of this moment: the pool tells its equity at the marks it last saw, which move only with its
 * trades. A holding whose market has no price keeps the value the pool gave it.
 */
export function atPrices(follow: FollowView, tickers: ReadonlyMap<string, Ticker>): FollowView {
  if (follow.equity === null || follow.holdings.length === 0) return follow
  let change = 0n
  const holdings = follow.holdings.map((holding) => {
    const last = tickers.get(`${holding.asset}-USDT`)?.last ?? null
    if (last === null || holding.value === null) return holding
    const value = quoteOf(unitsOf(last), unitsOf(holding.quantity))
    change += value - unitsOf(holding.value)
    return { ...holding, value: toDecimal(value) }
  })
  const profit = follow.profit === null ? null : toDecimal(unitsOf(follow.profit) + change)
  return { ...follow, holdings, equity: toDecimal(unitsOf(follow.equity) + change), profit }
}
