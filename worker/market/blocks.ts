import { type Refusal, refused } from '../contract/errors.ts'
import { feeOf } from '../ledger/amount.ts'
import { type Address, poolAddress } from '../messaging/address.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import type { BlockResult } from './engine/index.ts'
import type { MarketState } from './marketState.ts'
import type { BlockReport, SubmitBlock } from './messages.ts'
import type { MarketEvent } from './rows.ts'
import { checkOrder } from './rules.ts'
import { baseOf, type Market, quoteOf } from './settings.ts'
import { plainLimit } from './terms.ts'
import { type Taker, Turn } from './turn.ts'

/** Tiers of one block: a pool sums its follows by limit price. */
export const MAX_TIERS = 500

/**
 * Matches a pool's block: one immediate order for all follows of a leader. It never trades with the leader, whose orders
 * in its way are cancelled. The pool is answered by tier, and trades name the pool as their taker.
 */
export function decideBlock(
  state: MarketState,
  pool: Address,
  message: SubmitBlock,
  moment: Moment,
): Decision<MarketEvent> {
  const { market, orders, ended } = state
  const { blockId, leaderId, side } = message
  if (ended.has(blockId)) return nothing(undefined)
  ended.add(blockId)
  const turn = new Turn(state, moment)
  const refusal = pool === poolAddress(leaderId) ? faultOf(state, message, moment.now) : notYours()
  if (refusal !== null)
    return turn.decision([{ to: pool, body: refusedBlock(state, message, refusal, moment.now) }])
  const taker = blockTaker(market, pool, message)
  const tiers = message.tiers.map(({ ticks, lots }) => ({ limitTicks: ticks, lots }))
  const result = state.engine.block({ side, leaderOwner: orders.intern(leaderId), tiers })
  orders.release(leaderId)
  turn.absorb(taker)
  return turn.decision([{ to: pool, body: report(state, message, result, moment.now) }])
}

function report(state: MarketState, message: SubmitBlock, result: BlockResult, now: number): BlockReport {
  const { market } = state
  const tiers = result.tiers.map(({ filledLots, fills }) => ({
    lots: filledLots,
    quote: fills.reduce((sum, { ticks, lots }) => sum + quoteOf(market, ticks, lots), 0n),
  }))
  const received =
    message.side === 'buy'
      ? baseOf(market, result.filledLots)
      : tiers.reduce((sum, tier) => sum + tier.quote, 0n)
  return {
    type: 'blockReport',
    market: market.id,
    blockId: message.blockId,
    refusal: null,
    tiers,
    ...feeOf(received, market.takerFeeBps),
    mark: state.mark(now),
    at: now,
  }
}

/**
 * A block pays one fee on all that it receives. Its trades carry it in parts that sum to it exactly: each the fee on what
 * has been received so far, less the parts before.
 */
function blockTaker(market: Market, pool: Address, { blockId, side }: SubmitBlock): Taker {
  let received = 0n
  let paid = 0n
  const feeOn = (more: bigint) => {
    received += more
    const { fee, rounding } = feeOf(received, market.takerFeeBps)
    const part = fee + rounding - paid
    paid += part
    return { fee: part, rounding: 0n }
  }
  return { address: pool, id: blockId, side, order: null, feeOn }
}

/** Each tier obeys the market's grid; the minimum notional is the whole block's. */
function faultOf(state: MarketState, { side, tiers }: SubmitBlock, now: number): Refusal | null {
  const { market, status } = state
  const [first] = tiers
  if (first === undefined || tiers.length > MAX_TIERS)
    return refused('invalid_input', `Send a block of 1 to ${MAX_TIERS} tiers.`).refusal
  const lots = tiers.reduce((sum, tier) => sum + tier.lots, 0)
  const standing = { status, referenceTicks: state.referenceTicks(now), openOrders: 0 }
  for (const { ticks } of tiers) {
    const fault = checkOrder(market, plainLimit(side, ticks, lots, 'IOC'), standing)
    if (fault !== null) return fault
  }
  if (tiers.every((tier) => Number.isSafeInteger(tier.lots) && tier.lots >= 1)) return null
  return refused('below_minimum', 'Each tier of a block needs a lot or more.').refusal
}

const notYours = (): Refusal => refused('forbidden', 'Only the pool of a leader sends its blocks.').refusal

function refusedBlock(state: MarketState, message: SubmitBlock, refusal: Refusal, now: number): BlockReport {
  return {
    type: 'blockReport',
    market: state.market.id,
    blockId: message.blockId,
    refusal,
    tiers: message.tiers.map(() => ({ lots: 0, quote: 0n })),
    fee: 0n,
    rounding: 0n,
    mark: state.mark(now),
    at: now,
  }
}
