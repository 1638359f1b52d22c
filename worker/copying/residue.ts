import type { TakeResidue } from '../account/messages.ts'
import type { Posting } from '../ledger/ledger.ts'
import { baseOf, houseAccountId, type Market, quoteOf } from '../market/settings.ts'
import { accountAddress } from '../messaging/address.ts'
import { apportion, rankOf } from './apportion.ts'
import { flat } from './follow.ts'
import type { PoolTurn } from './poolTurn.ts'

/** A price as what was paid for how much, so that none is rounded before it is used. */
export interface Price {
  readonly units: bigint
  readonly quote: bigint
}

/** The last known price of a market, or null. It prices only what is too small to trade. */
export function markPrice(turn: PoolTurn, market: Market): Price | null {
  const mark = turn.mark(market.id)
  return mark === undefined ? null : { units: baseOf(market, 1), quote: quoteOf(market, mark.ticks, 1) }
}

/**
 * Leaves to the house what these follows still hold of a market, as an entry of its own: exits, and less than the market
 * trades. All get the same price, the sum is rounded down once, and each ends at exactly zero.
 */
export function leaveToHouse(
  turn: PoolTurn,
  market: Market,
  blockId: string,
  followIds: readonly string[],
  price: Price,
): void {
  const lots = followIds
    .map((followId) => ({ followId, units: turn.holding(followId, market.base) }))
    .filter(({ units }) => units > 0n)
  const quantity = lots.reduce((sum, { units }) => sum + units, 0n)
  if (quantity === 0n) return
  const quote = (quantity * price.quote) / price.units
  const paid = apportion(
    quote,
    lots.map(({ followId, units }) => ({
      weight: units,
      most: quote,
      remainder: 0n,
      rank: rankOf(blockId, followId),
    })),
  )
  const postings: Posting[] = [
    { owner: '', purse: `residue/${market.id}`, asset: market.base, amount: quantity },
    { owner: '', purse: `residue/${market.id}`, asset: market.quote, amount: -quote },
  ]
  lots.forEach(({ followId, units }, index) => {
    const received = paid[index]?.units ?? 0n
    postings.push(
      { owner: followId, purse: 'available', asset: market.base, amount: -units },
      { owner: followId, purse: 'available', asset: market.quote, amount: received },
    )
    const position = turn.position(followId, market.id)
    turn.setPosition(
      followId,
      market.id,
      flat({ ...position, realised: position.realised + received - position.cost }),
    )
  })
  turn.post('residue', blockId, postings)
  const body: TakeResidue = { type: 'takeResidue', blockId, market: market.id, quantity, quote }
  turn.send(accountAddress(houseAccountId(market.id)), body)
}
