import type { MarketView } from '$contract/markets.ts'
import { decimalsOf, unitsOf } from '../money/decimal.ts'

/** A market's settings in units of 10^-8, as the ticket reckons with them. */
export interface MarketRules {
  id: string
  base: string
  quote: string
  tick: bigint
  lot: bigint
  minQuantity: bigint
  maxQuantity: bigint
  minNotional: bigint
  makerFeeBps: bigint
  takerFeeBps: bigint
  bandDownBps: bigint
  bandUpBps: bigint
  maxIcebergParts: bigint
  priceDecimals: number
  quantityDecimals: number
  /** Of amounts in quote where people read them. */
  quoteDecimals: number
  status: MarketView['status']
}

export function rulesOf(market: MarketView): MarketRules {
  return {
    id: market.id,
    base: market.base,
    quote: market.quote,
    tick: unitsOf(market.tickSize),
    lot: unitsOf(market.lotSize),
    minQuantity: unitsOf(market.minQuantity),
    maxQuantity: unitsOf(market.maxQuantity),
    minNotional: unitsOf(market.minNotional),
    makerFeeBps: BigInt(market.makerFeeBps),
    takerFeeBps: BigInt(market.takerFeeBps),
    bandDownBps: BigInt(market.bandDownBps),
    bandUpBps: BigInt(market.bandUpBps),
    maxIcebergParts: BigInt(market.maxIcebergParts),
    priceDecimals: decimalsOf(market.tickSize),
    quantityDecimals: decimalsOf(market.lotSize),
    quoteDecimals: 2,
    status: market.status,
  }
}
