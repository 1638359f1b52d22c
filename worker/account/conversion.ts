import { accepted, type Outcome, refused } from '../contract/errors.ts'
import type { LeaderTraded } from '../copying/messages.ts'
import { type Entry, move } from '../ledger/ledger.ts'
import { houseAccountId, MARKETS, type Market, marketById, QUOTE_ASSET, quoteOf } from '../market/settings.ts'
import { accountAddress, poolAddress } from '../messaging/address.ts'
import { type Decision, type Moment, nothing, type Outgoing } from '../messaging/domain.ts'
import {
  type AccountEvent,
  type AccountState,
  availableOf,
  type Conversion,
  type ConvertedBalance,
  OWN,
  positionOf,
  totalOf,
} from './accountState.ts'
import { equityOf, MARK_MAX_AGE_MS, valueAt } from './equity.ts'
import type { TakeResidue } from './messages.ts'
import { type Position, reduce } from './position.ts'

/** Conversions kept in the object, the newest: a repeat of one of them answers it again. */
export const CONVERSIONS_KEPT = 200

/** What can be converted of one asset now, and what the house gives for it. */
export type SmallBalance = Omit<ConvertedBalance, 'realised'>

/**
 * What is available and cannot be sold on the asset's market: all of it when it is below the market's minimum, else what
 * is over the last whole lot. At the mark, without a fee, rounded down to a unit; what is worth less than a unit, or whose
 * mark is older than `MARK_MAX_AGE_MS`, is not offered.
 */
export function smallBalances(state: AccountState, now: number): SmallBalance[] {
  return MARKETS.flatMap((market) => {
    const mark = state.marks.get(market.id)
    if (mark === undefined || now - mark.at > MARK_MAX_AGE_MS) return []
    const quantity = unsellable(market, availableOf(state, market.base), mark.ticks)
    const value = valueAt(mark, quantity)
    return value > 0n ? [{ asset: market.base, market: market.id, quantity, ticks: mark.ticks, value }] : []
  })
}

function unsellable(market: Market, available: bigint, ticks: number): bigint {
  const lots = available / market.lotSize
  // Past the largest order it is surely above the smallest.
  const counted = lots < BigInt(market.maxLots) ? Number(lots) : market.maxLots
  const sellable = counted >= market.minLots && quoteOf(market, ticks, counted) >= market.minNotional
  return sellable ? available % market.lotSize : available
}

/** Markets whose marks decide what can be converted. */
export const marketsToConvert = (state: AccountState): string[] =>
  MARKETS.filter((market) => availableOf(state, market.base) > 0n).map(({ id }) => id)

/**
 * Sells small balances to the houses of their markets: those of `assets`, or all. Each is an entry of its own here, and a
 * message to the house, which takes the same out of the same purse. The same id with the same assets answers what was done.
 */
export function convertSmallBalances(
  state: AccountState,
  conversionId: string,
  assets: readonly string[] | null,
  moment: Moment,
): Decision<AccountEvent, Outcome<Conversion>> {
  const earlier = state.conversions.get(conversionId)
  if (earlier !== undefined) return nothing(answerAgain(earlier, assets))
  const offered = smallBalances(state, moment.now)
  const wanted = assets === null ? offered : offered.filter(({ asset }) => assets.includes(asset))
  const missing = assets?.find((asset) => !wanted.some((balance) => balance.asset === asset))
  if (missing !== undefined) return nothing(notConvertible(state, missing))
  if (wanted.length === 0)
    return nothing(
      refused('nothing_to_convert', 'You have nothing that is too small to be sold on its market.'),
    )
  const sales = wanted.map((balance) => sale(state, conversionId, balance, moment))
  const conversion: Conversion = {
    id: conversionId,
    asked: assets,
    items: sales.map(({ item }) => item),
    at: moment.now,
  }
  return {
    reply: accepted(conversion),
    events: [
      ...sales.flatMap(({ events }) => events),
      { type: 'converted', conversion },
      ...forgetOldest(state),
    ],
    messages: sales.flatMap(({ messages }) => messages),
    timers: [],
  }
}

interface Sale {
  readonly item: ConvertedBalance
  readonly events: readonly AccountEvent[]
  readonly messages: readonly Outgoing[]
}

function sale(state: AccountState, conversionId: string, balance: SmallBalance, moment: Moment): Sale {
  const { asset, market, quantity, value } = balance
  const reduction = reduce(positionOf(state, asset), quantity, value)
  const purse = `residue/${market}` as const
  const entry: Entry = {
    id: moment.newId(),
    kind: 'residue',
    reference: conversionId,
    at: moment.now,
    postings: [
      ...move(OWN, asset, 'available', purse, quantity),
      ...move(OWN, QUOTE_ASSET, purse, 'available', value),
    ],
  }
  const body: TakeResidue = { type: 'takeResidue', blockId: conversionId, market, quantity, quote: value }
  return {
    item: { ...balance, realised: reduction.realised },
    events: [{ type: 'posted', entry }, ...positionChange(state, asset, reduction.position)],
    messages: [
      { to: accountAddress(houseAccountId(market)), body },
      ...told(state, conversionId, balance, moment),
    ],
  }
}

function positionChange(state: AccountState, asset: string, position: Position): AccountEvent[] {
  return positionOf(state, asset) === position ? [] : [{ type: 'positionChanged', asset, position }]
}

/** A leader who sells whole lots this way has sold: the followers close the same fraction. */
function told(
  state: AccountState,
  conversionId: string,
  { asset, market: marketId, quantity, ticks, value }: SmallBalance,
  { now }: Moment,
): Outgoing[] {
  const market = marketById(marketId)
  const lots = Number(quantity / market.lotSize)
  if (!state.fillsWanted || lots === 0) return []
  const heldBefore = totalOf(state, asset)
  const body: LeaderTraded = {
    type: 'leaderTraded',
    orderId: conversionId,
    market: marketId,
    side: 'sell',
    orderType: 'market',
    lots,
    filledBefore: 0,
    orderLots: null,
    quote: value,
    equity: equityOf(state, now),
    heldBefore,
    heldAfter: heldBefore - quantity,
    mark: { market: marketId, ticks, at: now },
    at: now,
  }
  return [{ to: poolAddress(state.accountId), body }]
}

function answerAgain(earlier: Conversion, assets: readonly string[] | null): Outcome<Conversion> {
  const key = (asked: readonly string[] | null) => (asked === null ? null : [...asked].sort().join())
  if (key(earlier.asked) === key(assets)) return accepted(earlier)
  return refused('duplicate_id', 'This id belongs to another conversion of yours. Give a new one a new id.')
}

function notConvertible(state: AccountState, asset: string): ReturnType<typeof refused> {
  if (!MARKETS.some(({ base }) => base === asset) || availableOf(state, asset) === 0n)
    return refused('nothing_to_convert', `You have no ${asset} available to convert.`, 'assets')
  return refused(
    'nothing_to_convert',
    `Your ${asset} can be sold on its market, or there is no fresh price for it now. Sell it, or try again.`,
    'assets',
  )
}

function forgetOldest(state: AccountState): AccountEvent[] {
  const count = Math.max(0, state.conversions.size + 1 - CONVERSIONS_KEPT)
  return [...state.conversions.keys()].slice(0, count).map((id) => ({ type: 'conversionForgotten', id }))
}
