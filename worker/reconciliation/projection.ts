import type { PoolStatement } from '../copying/statement.ts'
import type { PostedEntry } from '../ledger/journal.ts'
import type { TradeRecord } from '../market/messages.ts'
import { priceOf } from '../market/rules.ts'
import { baseOf, marketById } from '../market/settings.ts'
import type { MarketStatement } from '../market/statement.ts'
import { type Difference, linesOf } from './difference.ts'
import type { AccountBooks, PoolBooks, ProjectedTrade, Projection } from './view.ts'

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

/**
 * That the database shows each follow as its pool has it. A row of another leader is not this follow's: older accounts chose the
 * ids themselves, and an id that somebody else had first stayed with that follow.
 */
export function followProjections(pool: PoolStatement, projection: Projection): Difference[] {
  return pool.follows
    .filter(({ updatedAt }) => updatedAt < projection.at - PROJECTED_WITHIN_MS)
    .flatMap(({ id, status, allocated, version }) => {
      const shown = projection.follows.get(id)
      if (shown !== undefined && shown.leaderId !== pool.leaderId) return []
      const should = `${status} with ${allocated}, change ${version}`
      const is =
        shown === undefined ? 'nothing' : `${shown.status} with ${shown.allocated}, change ${shown.version}`
      return should === is ? [] : [difference(pool.address, `follow ${id}`, should, is)]
    })
}

/** Entries of blocks whose copies the database ought to show by a time. */
export const blocksToShow = (pool: PoolBooks, at: number): PostedEntry[] =>
  pool.entries.filter((entry) => entry.kind === 'copy' && entry.at < at - PROJECTED_WITHIN_MS)

/** That the copies which the database shows of a pool's blocks add up, for each follow and asset, to what the blocks' entries gave it. */
export function copyProjections(pool: PoolBooks, projection: Projection): Difference[] {
  const entries = blocksToShow(pool, projection.at)
  const sums = new Map<string, { given: bigint; shown: bigint }>()
  const add = (followId: string, asset: string, given: bigint, shown: bigint) => {
    const key = `${followId} ${asset}`
    const before = sums.get(key) ?? { given: 0n, shown: 0n }
    sums.set(key, { given: before.given + given, shown: before.shown + shown })
  }
  for (const { postings } of entries)
    for (const { owner, asset, amount } of postings) if (owner !== '') add(owner, asset, amount, 0n)
  for (const { followId, market, side, quantity, quote, fee } of projection.copies.get(pool.leaderId) ?? []) {
    const { base, quote: quoteAsset } = marketById(market)
    add(followId, base, 0n, side === 'buy' ? quantity - fee : -quantity)
    add(followId, quoteAsset, 0n, side === 'buy' ? -quote : quote - fee)
  }
  return [...sums]
    .filter(([, { given, shown }]) => given !== shown)
    .map(([key, { given, shown }]) => {
      const [followId = '', asset] = key.split(' ')
      const behind = entries.filter(({ postings }) => postings.some(({ owner }) => owner === followId))
      return {
        ...difference(pool.address, `copies of ${followId}`, `${given} ${asset}`, `${shown} ${asset}`),
        entries: linesOf(pool.address, behind),
      }
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
