import type { TradeRecord } from '../market/messages.ts'
import { priceOf } from '../market/rules.ts'
import { baseOf, marketById } from '../market/settings.ts'
import type { MarketStatement } from '../market/statement.ts'
import type { Difference } from './difference.ts'
import type { AccountBooks, ProjectedTrade, Projection } from './view.ts'

/** What has changed so recently may be on its way through a queue, retries included. */
export const PROJECTED_WITHIN_MS = 2 * 60_000

/** That the database shows each trade of a market as the market keeps it. */
export function tradeProjections(market: MarketStatement, projection: Projection): Difference[] {
  return market.trades
    .filter(({ at }) => at < projection.at - PROJECTED_WITHIN_MS)
    .flatMap((trade) => {
      const shown = projection.trades.get(trade.id)
      const [should, is] = [
        wordsOf(projected(market.market, trade)),
        shown === undefined ? 'nothing' : wordsOf(shown),
      ]
      return should === is ? [] : [difference(market.address, `trade ${trade.id}`, should, is)]
    })
}

/**
 * That the database shows each order as its account has it. One that is not shown counts only when it has traded or rests:
 * an order may have been ended by its account before any market knew it.
 */
export function orderProjections(account: AccountBooks, projection: Projection): Difference[] {
  return [...account.open, ...account.ended]
    .filter(
      ({ updatedAt, status }) => updatedAt < projection.at - PROJECTED_WITHIN_MS && status !== 'pending',
    )
    .flatMap((order) => {
      const shown = projection.orders.get(order.id)
      if (shown === undefined && order.filledLots === 0 && order.status !== 'open') return []
      const should = `${order.status}, ${baseOf(marketById(order.market), order.filledLots)} for ${order.filledQuote}`
      const is = shown === undefined ? 'nothing' : `${shown.status}, ${shown.filled} for ${shown.filledQuote}`
      return should === is ? [] : [difference(account.address, `order ${order.id}`, should, is)]
    })
}

/** A trade as its row is to be. */
export function projected(marketId: string, trade: TradeRecord): ProjectedTrade {
  const market = marketById(marketId)
  return {
    id: trade.id,
    market: marketId,
    price: priceOf(market, trade.ticks),
    quantity: baseOf(market, trade.lots),
    quote: trade.quote,
    maker: partyOf(trade.maker),
    taker: partyOf(trade.taker),
    makerFee: trade.makerFee,
    takerFee: trade.takerFee,
  }
}

const partyOf = (address: string): string =>
  address.startsWith('account/') ? address.slice('account/'.length) : address

const wordsOf = (trade: ProjectedTrade): string =>
  `${trade.market} ${trade.quantity} for ${trade.quote} at ${trade.price}, ${trade.maker} paid ${trade.makerFee} and ${trade.taker} ${trade.takerFee}`

const difference = (where: string, about: string, expected: string, found: string): Difference => ({
  kind: 'projection',
  where,
  about,
  expected,
  found: `the database shows ${found}`,
  entries: [],
})
