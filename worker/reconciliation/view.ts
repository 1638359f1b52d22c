import type { AccountStatement, ResidueStatement } from '../account/statement.ts'
import type { PoolStatement } from '../copying/statement.ts'
import type { PostedEntry } from '../ledger/journal.ts'
import type { MarketStatement } from '../market/statement.ts'
import type { StreamPosition } from '../messaging/streamPositions.ts'

/** Who is looked at together: accounts, and the pools of those of them that lead. */
export interface Subjects {
  readonly accounts: readonly string[]
  readonly leaders: readonly string[]
}

/** Entries of a ledger, newest first: all that are kept, or the newest of a ledger too large to be read whole. */
export interface Entries {
  readonly entries: readonly PostedEntry[]
  readonly complete: boolean
}

export type AccountBooks = AccountStatement & Entries
export type PoolBooks = PoolStatement & Entries

/** A trade as the database shows it. Amounts in smallest units; an account by its id, a pool by its address. */
export interface ProjectedTrade {
  readonly id: string
  readonly market: string
  readonly price: bigint
  readonly quantity: bigint
  readonly quote: bigint
  readonly maker: string
  readonly taker: string
  readonly makerFee: bigint
  readonly takerFee: bigint
}

export interface ProjectedOrder {
  readonly id: string
  readonly status: string
  readonly filled: bigint
  readonly filledQuote: bigint
}

export interface ProjectedFollow {
  readonly id: string
  readonly leaderId: string
  readonly status: string
  readonly allocated: bigint
  /** Of the change that was written last. */
  readonly version: number
}

/** What the copies that the database shows of some blocks brought a follow in a market, summed. */
export interface ProjectedCopies {
  readonly followId: string
  readonly market: string
  readonly side: 'buy' | 'sell'
  readonly quantity: bigint
  readonly quote: bigint
  readonly fee: bigint
}

/** What the database has of that which is compared, and when it was read. */
export interface Projection {
  readonly trades: ReadonlyMap<string, ProjectedTrade>
  readonly orders: ReadonlyMap<string, ProjectedOrder>
  readonly follows: ReadonlyMap<string, ProjectedFollow>
  /** By leader: of the blocks that the pool's entries name (`blocksToShow`). */
  readonly copies: ReadonlyMap<string, readonly ProjectedCopies[]>
  readonly at: number
}

/**
 * What is compared: statements of some objects, each of one moment of its own, and the database. Statements of different
 * objects are never of the same moment; what may be compared is told by their streams (`inFlight.ts`).
 */
export interface View {
  readonly accounts: readonly AccountBooks[]
  /** Pools that are compared themselves. */
  readonly pools: readonly PoolBooks[]
  /** Pools that only their follows are read of, for comparing with the followers. */
  readonly followed: readonly PoolStatement[]
  readonly houses: readonly ResidueStatement[]
  readonly markets: readonly MarketStatement[]
  readonly projection: Projection
}

export interface Streams {
  readonly address: string
  readonly streams: readonly StreamPosition[]
}
