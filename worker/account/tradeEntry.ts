import { type Entry, move, type Posting, type Purse } from '../ledger/ledger.ts'
import type { Fill, Side } from '../market/messages.ts'
import { baseOf, type Market } from '../market/settings.ts'
import type { Moment } from '../messaging/domain.ts'
import { OWN } from './accountState.ts'

/**
 * One trade in the books of one side: what it gives leaves `from` for the market's clearing, what it receives comes out of
 * the clearing, and the fee of what it receives goes to the venue.
 */
export function tradeEntry(
  market: Market,
  side: Side,
  fill: Fill,
  from: 'held' | 'available',
  moment: Moment,
): Entry {
  const clearing: Purse = `clearing/${market.id}`
  const base = baseOf(market, fill.lots)
  const [gives, given, receives, received] =
    side === 'buy'
      ? [market.quote, fill.quote, market.base, base]
      : [market.base, base, market.quote, fill.quote]
  const postings: Posting[] = [
    ...move(OWN, gives, from, clearing, given),
    { owner: OWN, purse: clearing, asset: receives, amount: -received },
    { owner: OWN, purse: 'available', asset: receives, amount: received - fill.fee - fill.rounding },
    { owner: OWN, purse: 'fees', asset: receives, amount: fill.fee },
    { owner: OWN, purse: 'rounding', asset: receives, amount: fill.rounding },
  ]
  return {
    id: moment.newId(),
    kind: 'trade',
    reference: fill.tradeId,
    at: fill.at,
    postings: postings.filter(({ amount }) => amount !== 0n),
  }
}
