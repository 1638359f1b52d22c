import type { Market } from '../../settings.ts'
import type { Level, Print, ReferenceBook } from '../feed.ts'
import { isUncrossed, lotsOf, ticksAbove, ticksBelow } from '../grid.ts'

/** ccxt gives prices and amounts as numbers, or as text where its parsers were told to; both may be missing. */
export type Figure = number | string | undefined

export interface OrderBookAnswer {
  readonly bids: readonly (readonly Figure[])[]
  readonly asks: readonly (readonly Figure[])[]
}

export interface TradeAnswer {
  readonly id?: string | undefined
  readonly timestamp?: number | undefined
  readonly side?: string | undefined
  readonly price?: Figure
  readonly amount?: Figure
}

/**
 * An exchange's book on our grid, or null when it is empty on one side or crossed. Where the exchange's ticks are finer,
 * levels come together on the tick that is no better than theirs: bids below, asks above.
 */
export function parseBook(market: Market, answer: OrderBookAnswer): ReferenceBook | null {
  const bids = parseSide(market, answer.bids, ticksBelow).sort(([one], [other]) => other - one)
  const asks = parseSide(market, answer.asks, ticksAbove).sort(([one], [other]) => one - other)
  return isUncrossed(bids, asks) ? { bids, asks } : null
}

function parseSide(
  market: Market,
  levels: OrderBookAnswer['bids'],
  toTicks: (market: Market, price: string) => number | null,
): Level[] {
  const lotsAt = new Map<number, number>()
  for (const [price, amount] of levels) {
    const ticks = toTicks(market, decimalOf(price))
    const lots = lotsOf(market, decimalOf(amount))
    if (ticks !== null && lots !== null && lots > 0) lotsAt.set(ticks, (lotsAt.get(ticks) ?? 0) + lots)
  }
  return [...lotsAt]
}

/** A trade that can be told apart from others of its time. */
export interface KeyedPrint {
  readonly key: string
  readonly print: Print
}

/** Trades of at least a lot, oldest first. Those without a time, side or price are left out. */
export function parseTrades(market: Market, answers: readonly TradeAnswer[]): KeyedPrint[] {
  const prints: KeyedPrint[] = []
  for (const { id, timestamp, side, price, amount } of answers) {
    const ticks = ticksBelow(market, decimalOf(price))
    const lots = lotsOf(market, decimalOf(amount))
    if (ticks === null || lots === null || lots === 0 || timestamp === undefined) continue
    if (side !== 'buy' && side !== 'sell') continue
    const key = id ?? `${timestamp}/${side}/${ticks}/${lots}`
    prints.push({ key, print: { ticks, lots, side, at: timestamp } })
  }
  return prints.sort((one, other) => one.print.at - other.print.at)
}

/** A double holds what an exchange sends to the eighth decimal: 17 digits are more than any of its prices has. */
function decimalOf(figure: Figure): string {
  if (typeof figure === 'string') return figure
  return figure === undefined || !Number.isFinite(figure) ? '' : figure.toFixed(8)
}
