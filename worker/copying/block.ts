import type { BlockTier, Side } from '../market/messages.ts'
import type { CopyReason, LeaderTraded } from './messages.ts'

/** The version of the rules by which a block was decided and will be allocated. Raised when either changes. */
export const RULE_VERSION = 1

/** What a block is for: a leader's trade, or a follow that is being closed. */
export type Cause =
  | { readonly kind: 'trade'; readonly trade: LeaderTraded }
  | { readonly kind: 'close'; readonly followId: string }

/** A cause that waits for its turn. Sequences rise in the order of arrival. */
export type Task = Cause & { readonly sequence: number }

/** One follow's part in a block, as decided. */
export interface Part {
  readonly followId: string
  /** Index of the tier that its limit put it in. */
  readonly tier: number
  /** Base units wanted: its weight. */
  readonly wanted: bigint
  /** Base units it was to hold by the leader's trade, before its limits. */
  readonly target: bigint
  /** Why it wants less than its target asks for, or null. */
  readonly reason: CopyReason | null
}

/**
 * The one block that a pool has at a market. It is written, with who takes part and how much, in the turn that sends it;
 * until its report comes nothing else is sent, because its fate is unknown.
 */
export interface Block {
  readonly id: string
  readonly ruleVersion: number
  readonly market: string
  readonly side: Side
  readonly cause: Cause
  readonly tiers: readonly BlockTier[]
  readonly parts: readonly Part[]
  /** The market's price when it was decided: what a closing is measured against. */
  readonly markTicks: number
  readonly at: number
}
