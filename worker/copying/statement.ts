import { type LedgerStatement, readLedger } from '../ledger/statement.ts'
import { type Address, poolAddress } from '../messaging/address.ts'
import type { Store } from '../messaging/store.ts'
import { readPositions, type StreamPosition } from '../messaging/streamPositions.ts'
import type { Follow } from './follow.ts'
import type { PoolState } from './state.ts'

/** What a pool says of itself at one moment. */
export interface PoolStatement {
  readonly leaderId: string
  readonly address: Address
  /** Without its balances and opening where only its follows were asked for. */
  readonly ledger: LedgerStatement | null
  readonly streams: readonly StreamPosition[]
  readonly follows: readonly Follow[]
}

export const poolStatement = (store: Store, state: PoolState): PoolStatement => ({
  leaderId: state.leaderId,
  address: poolAddress(state.leaderId),
  ledger: readLedger(store),
  streams: readPositions(store),
  follows: [...state.follows.values()],
})

/** Of the follows of these accounts alone: light however large the pool is. */
export function poolStatementFor(
  store: Store,
  state: PoolState,
  followers: readonly string[],
): PoolStatement {
  const asked = new Set(followers)
  return {
    leaderId: state.leaderId,
    address: poolAddress(state.leaderId),
    ledger: null,
    streams: readPositions(
      store,
      followers.map((id) => `account/${id}`),
    ),
    follows: [...state.follows.values()].filter(({ followerId }) => asked.has(followerId)),
  }
}
