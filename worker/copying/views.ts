import type { FollowView } from '../contract/follows.ts'
import { toDecimal } from '../ledger/amount.ts'
import { balanceOf } from '../ledger/ledger.ts'
import { MARKETS, QUOTE_ASSET, quoteOf } from '../market/settings.ts'
import { type Follow, isOpen, NO_POSITION, positionKey } from './follow.ts'
import type { PoolState } from './state.ts'

/** What a pool knows of a follow beside what the follower's account knows. Skipped copies are counted in D1. */
export type PoolFollowView = Pick<
  FollowView,
  'id' | 'cash' | 'equity' | 'profit' | 'realised' | 'fees' | 'holdings' | 'carried' | 'copied'
>

export interface PoolStats {
  readonly followers: number
  /** Quote units allocated by open follows. */
  readonly allocated: bigint
  /** Quote units that open follows are worth at the last marks. */
  readonly funds: bigint
  /** Since when a block has been out at its market, or null. */
  readonly blockOutSince: number | null
  readonly waiting: number
}

export function followView(state: PoolState, followId: string): PoolFollowView | null {
  const follow = state.follows.get(followId)
  return follow === undefined ? null : viewOf(state, follow)
}

function viewOf(state: PoolState, follow: Follow): PoolFollowView {
  const worth = equityOf(state, follow.id)
  const positions = MARKETS.map((market) => ({
    market,
    position: state.positions.get(positionKey(follow.id, market.id)) ?? NO_POSITION,
    held: balanceOf(state.balances, follow.id, 'available', market.base),
  }))
  const sum = (pick: (position: typeof NO_POSITION) => bigint) =>
    positions.reduce((total, { position }) => total + pick(position), 0n)
  return {
    id: follow.id,
    cash: toDecimal(balanceOf(state.balances, follow.id, 'available', QUOTE_ASSET)),
    equity: worth === null ? null : toDecimal(worth),
    profit: worth === null ? null : toDecimal(worth + follow.returned - follow.allocated),
    realised: toDecimal(sum((position) => position.realised)),
    fees: toDecimal(sum((position) => position.fees)),
    copied: positions.reduce((total, { position }) => total + position.copies, 0),
    holdings: positions
      .filter(({ held }) => held > 0n)
      .map(({ market, position, held }) => {
        const mark = state.marks.get(market.id)
        const value = mark === undefined ? null : (quoteOf(market, mark.ticks, 1) * held) / market.lotSize
        return {
          asset: market.base,
          quantity: toDecimal(held),
          cost: toDecimal(position.cost),
          value: value === null ? null : toDecimal(value),
        }
      }),
    carried: (isOpen(follow) ? positions : [])
      .filter(({ position, held }) => position.target !== held)
      .map(({ market, position, held }) => ({
        market: market.id,
        side: position.target > held ? 'buy' : 'sell',
        quantity: toDecimal(position.target > held ? position.target - held : held - position.target),
      })),
  }
}

export function statsOf(state: PoolState): PoolStats {
  let followers = 0
  let allocated = 0n
  let funds = 0n
  for (const follow of state.follows.values()) {
    if (!isOpen(follow)) continue
    followers += 1
    allocated += follow.allocated
    funds += equityOf(state, follow.id) ?? 0n
  }
  return { followers, allocated, funds, blockOutSince: state.block?.at ?? null, waiting: state.waiting.size }
}

/** Quote units at the last known marks, however old: for display. A decision asks `PoolTurn.equity`, which minds their age. */
function equityOf(state: PoolState, followId: string): bigint | null {
  let equity = balanceOf(state.balances, followId, 'available', QUOTE_ASSET)
  for (const market of MARKETS) {
    const held = balanceOf(state.balances, followId, 'available', market.base)
    if (held === 0n) continue
    const mark = state.marks.get(market.id)
    if (mark === undefined) return null
    equity += (quoteOf(market, mark.ticks, 1) * held) / market.lotSize
  }
  return equity
}
