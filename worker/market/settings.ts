import { ASSET_SCALE } from '../contract/amounts.ts'
import { toDecimal, toUnits, UNIT } from '../ledger/amount.ts'

/** What a market allows and charges. Fixed by configuration, the same for everybody. */
export interface Market {
  /** Base and quote with a hyphen: the name in addresses and paths. */
  readonly id: string
  readonly symbol: string
  readonly base: string
  readonly quote: string
  /** Quote units (10^-8) of one tick, for a whole unit of base. */
  readonly tickSize: bigint
  /** Base units (10^-8) of one lot. */
  readonly lotSize: bigint
  /** Quote units that one lot costs per tick of price. Exact, or the market is refused at start. */
  readonly quotePerTickLot: bigint
  /** Decimals that tick and lot need on the wire. */
  readonly priceDecimals: number
  readonly quantityDecimals: number
  readonly minLots: number
  readonly maxLots: number
  readonly maxTicks: number
  /** Quote units below which an order is refused. */
  readonly minNotional: bigint
  /** How far below and above the reference a limit may lie, and where a market order stops, in basis points. */
  readonly bandDownBps: number
  readonly bandUpBps: number
  readonly makerFeeBps: number
  readonly takerFeeBps: number
  readonly maxOpenOrders: number
  /** Parts that an iceberg has at most. */
  readonly maxIcebergParts: number
  /** Ticks where the simulated reference feed is centred. */
  readonly simulatedTicks: number
}

interface Figures {
  base: string
  quote: string
  tick: string
  lot: string
  minNotional: string
  maxPrice: string
  maxQuantity: string
  simulatedPrice: string
}

const decimalsOf = (decimal: string): number => decimal.split('.')[1]?.length ?? 0

function define(figures: Figures): Market {
  const tickSize = toUnits(figures.tick)
  const lotSize = toUnits(figures.lot)
  const product = tickSize * lotSize
  if (product % UNIT !== 0n)
    throw new Error(`${figures.base}/${figures.quote}: a lot at a tick costs a fraction of the smallest unit`)
  return {
    id: `${figures.base}-${figures.quote}`,
    symbol: `${figures.base}/${figures.quote}`,
    base: figures.base,
    quote: figures.quote,
    tickSize,
    lotSize,
    quotePerTickLot: product / UNIT,
    priceDecimals: decimalsOf(figures.tick),
    quantityDecimals: decimalsOf(figures.lot),
    minLots: 1,
    maxLots: Number(toUnits(figures.maxQuantity) / lotSize),
    maxTicks: Number(toUnits(figures.maxPrice) / tickSize),
    minNotional: toUnits(figures.minNotional),
    bandDownBps: 8_000,
    bandUpBps: 40_000,
    makerFeeBps: 10,
    takerFeeBps: 10,
    maxOpenOrders: 200,
    maxIcebergParts: 10,
    simulatedTicks: Number(toUnits(figures.simulatedPrice) / tickSize),
  }
}

/**
 * Binance spot's own figures: BTC and ETH of 2025-08-07, SOL, XRP and BNB of 2021-10-12, LTC of 2020-04-15 (the band of
 * a fifth to five times the reference, 200 open orders, ten parts of an iceberg, fees of 0.1%, are the same for all). Quantities are capped lower
 * where the cap would let a notional pass what an integer of 2^53 holds.
 */
export const MARKETS: readonly Market[] = [
  define({
    base: 'BTC',
    quote: 'USDT',
    tick: '0.01',
    lot: '0.00001',
    minNotional: '5',
    maxPrice: '1000000',
    maxQuantity: '900',
    simulatedPrice: '61838',
  }),
  define({
    base: 'ETH',
    quote: 'USDT',
    tick: '0.01',
    lot: '0.0001',
    minNotional: '5',
    maxPrice: '1000000',
    maxQuantity: '9000',
    simulatedPrice: '2685',
  }),
  define({
    base: 'SOL',
    quote: 'USDT',
    tick: '0.01',
    lot: '0.01',
    minNotional: '10',
    maxPrice: '10000',
    maxQuantity: '90000',
    simulatedPrice: '154.3',
  }),
  define({
    base: 'XRP',
    quote: 'USDT',
    tick: '0.0001',
    lot: '1',
    minNotional: '10',
    maxPrice: '10000',
    maxQuantity: '9222449',
    simulatedPrice: '0.6084',
  }),
  define({
    base: 'BNB',
    quote: 'USDT',
    tick: '0.1',
    lot: '0.001',
    minNotional: '10',
    maxPrice: '100000',
    maxQuantity: '900000',
    simulatedPrice: '512.4',
  }),
  define({
    base: 'LTC',
    quote: 'USDT',
    tick: '0.01',
    lot: '0.00001',
    minNotional: '10',
    maxPrice: '100000',
    maxQuantity: '9000',
    simulatedPrice: '61.37',
  }),
]

const BY_ID = new Map(MARKETS.map((market) => [market.id, market]))

export const findMarket = (id: string): Market | undefined => BY_ID.get(id)

/** For ids that our own code made; throws on any other. */
export function marketById(id: string): Market {
  const market = BY_ID.get(id)
  if (market === undefined) throw new Error(`no market ${id}`)
  return market
}

/** The asset that equity, allocations and profit are counted in. Every market is quoted in it. */
export const QUOTE_ASSET = 'USDT'

/** Quote units of `lots` at `ticks`. */
export const quoteOf = (market: Market, ticks: number, lots: number): bigint =>
  BigInt(ticks) * BigInt(lots) * market.quotePerTickLot

/** Base units of `lots`. */
export const baseOf = (market: Market, lots: number): bigint => BigInt(lots) * market.lotSize

/** Quote for a whole base, rounded down to two decimals more than a tick has; null for nothing. For display only. */
export function averagePrice(market: Market, quote: bigint, quantity: bigint): string | null {
  if (quantity === 0n) return null
  const exact = (quote * UNIT) / quantity
  const grain = 10n ** BigInt(Math.max(0, ASSET_SCALE - market.priceDecimals - 2))
  return toDecimal(exact - (exact % grain))
}

export const houseAccountId = (marketId: string): string => `house.${marketId}`
export const isHouseAccount = (accountId: string): boolean => accountId.startsWith('house.')
