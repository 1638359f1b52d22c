import { END_REASONS } from '../contract/endReasons.ts'
import type { Copy, CopyPage, FollowRecord } from '../copying/messages.ts'
import { toDecimal } from '../ledger/amount.ts'
import type { EndReason, MarketTurn, OrderRecord, OrderType } from '../market/messages.ts'
import { baseOf, isHouseAccount, marketById } from '../market/settings.ts'
import type { NotificationMessage } from './message.ts'

/**
 * What a turn of a market is worth telling its people: an order that rested and has now filled, and one that the venue
 * ended. What a person sees at once as the answer to their own command (a market order, their own cancel) is not told
 * again. The id follows from the order, so a turn that is delivered twice tells once.
 */
export function noticesOfTurn(turn: MarketTurn): NotificationMessage[] {
  if (turn.again) return []
  return turn.orders.flatMap((order) => {
    if (isHouseAccount(order.accountId)) return []
    const words = wordsOfOrder(turn.market, order)
    if (words === null) return []
    return [
      {
        id: order.id,
        accountId: order.accountId,
        type: 'trade',
        priority: 'medium',
        ...words,
        link: `/trade/${turn.market}`,
        at: order.updatedAt,
      },
    ]
  })
}

function wordsOfOrder(marketId: string, order: OrderRecord): { title: string; body: string } | null {
  const { orderType, side } = order.terms
  if (orderType === 'market') return null
  const market = marketById(marketId)
  const filled = `${toDecimal(baseOf(market, order.filledLots))} ${market.base}`
  const total = `${toDecimal(order.filledQuote)} ${market.quote}`
  const deed = side === 'buy' ? 'bought' : 'sold'
  const name = NAMES[orderType]
  if (order.status === 'filled')
    return { title: `${market.symbol} ${name} filled`, body: `You ${deed} ${filled} for ${total}.` }
  if (order.reason === null || !TOLD.has(order.reason)) return null
  const rest =
    order.filledLots === 0 ? 'Nothing was traded.' : `Before that you ${deed} ${filled} for ${total}.`
  const ended = order.status === 'expired' ? 'expired' : 'cancelled'
  return { title: `${market.symbol} ${name} ${ended}`, body: `${END_REASONS[order.reason]} ${rest}` }
}

const NAMES: Readonly<Record<OrderType, string>> = {
  limit: 'order',
  market: 'order',
  stop: 'stop',
  stop_limit: 'stop-limit order',
  take_profit: 'take-profit',
  take_profit_limit: 'take-profit order',
  trailing_stop: 'trailing stop',
}

/** Ends that come without the person's doing; those of a refused order are its answer already. */
const TOLD = new Set<EndReason>(['stp', 'expired', 'band', 'hold', 'no_liquidity', 'market_closed', 'admin'])

/** What the followers of a block asked to be told: one notice a copy. Skips are shown with the follow, not told. */
export function noticesOfCopies(page: CopyPage, leaderName: string): NotificationMessage[] {
  return page.copies
    .filter((copy) => copy.notify && copy.outcome !== 'skipped')
    .map((copy) => ({
      id: copy.id,
      accountId: copy.followerId,
      type: 'trade' as const,
      priority: copy.outcome === 'failed' ? ('high' as const) : ('medium' as const),
      ...wordsOfCopy(page, copy, leaderName),
      link: `/copies/${copy.followId}`,
      at: page.at,
    }))
}

/** Whose follow one of its stops has ended is told at once, whatever they asked of copies. */
export function noticesOfFollow(record: FollowRecord, leaderName: string): NotificationMessage[] {
  const { endedBy, status, settings } = record
  if (status !== 'closing' || endedBy === undefined || endedBy === null) return []
  const [stop, bps, moved] =
    endedBy === 'stop_loss'
      ? (['stop-loss', settings.stopLossBps, 'lost'] as const)
      : (['take-profit', settings.takeProfitBps, 'gained'] as const)
  return [
    {
      id: record.followId,
      accountId: record.followerId,
      type: 'risk',
      priority: endedBy === 'stop_loss' ? 'critical' : 'high',
      title: `The ${stop} of following ${leaderName} was reached`,
      body: `The follow has ${moved} ${(bps ?? 0) / 100}% of what you allocated. What it holds is being sold, and the funds come back.`,
      link: `/copies/${record.followId}`,
      at: record.at,
    },
  ]
}

function wordsOfCopy(page: CopyPage, copy: Copy, leaderName: string): { title: string; body: string } {
  const market = marketById(page.market)
  const verb = page.side === 'buy' ? 'Bought' : 'Sold'
  const traded = `${toDecimal(copy.quantity)} ${market.base} for ${toDecimal(copy.quote)} ${market.quote}`
  if (copy.outcome === 'failed')
    return {
      title: `A copy of ${leaderName} failed`,
      body: `The ${market.symbol} ${page.side} was not made, and nothing was spent. Open the follow to see why.`,
    }
  if (copy.reason === 'closing')
    return {
      title: `Unfollowing ${leaderName}: sold ${market.base}`,
      body: `Sold ${traded}. The funds come back when everything is sold.`,
    }
  return {
    title: `Copied ${leaderName}: ${verb.toLowerCase()} ${market.base}`,
    body: `${verb} ${traded}, ${copy.delayMs} ms after the trader.`,
  }
}
