import { UNIT } from '../ledger/amount.ts'
import type { Mark } from '../market/messages.ts'
import { marketById, QUOTE_ASSET } from '../market/settings.ts'
import { type AccountState, OWN, ownedAssets, totalOf } from './accountState.ts'

/** A mark older than this decides nothing. */
export const MARK_MAX_AGE_MS = 60_000

/** The market whose price values an asset. */
export const valuedBy = (asset: string): string => `${asset}-${QUOTE_ASSET}`

/** Quote units that `quantity` base units are worth at a mark, rounded down. */
export function valueAt(mark: Mark, quantity: bigint): bigint {
  return (quantity * BigInt(mark.ticks) * marketById(mark.market).tickSize) / UNIT
}

/** Markets whose marks the equity of this account depends on. */
export const marketsToMark = (state: AccountState): string[] =>
  ownedAssets(state)
    .filter((asset) => asset !== QUOTE_ASSET)
    .map(valuedBy)

/**
 * Cash and holdings at their marks, in quote units; funds in pools are not in it. Null when a mark that is needed is
 * missing or older than `MARK_MAX_AGE_MS`.
 */
export function equityOf(state: AccountState, now: number): bigint | null {
  let equity = totalOf(state, QUOTE_ASSET)
  for (const asset of ownedAssets(state)) {
    if (asset === QUOTE_ASSET) continue
    const mark = state.marks.get(valuedBy(asset))
    if (mark === undefined || now - mark.at > MARK_MAX_AGE_MS) return null
    equity += valueAt(mark, totalOf(state, asset))
  }
  return equity
}

/**
 * Quote units that have come in from outside less those that have gone out: grants, and transfers to and from pools.
 * Coins granted beside the quote asset are not in it; an account is granted them once, when it opens.
 */
export function netDepositsOf(state: AccountState): bigint {
  let deposits = 0n
  for (const [key, balance] of state.balances) {
    const [owner, purse, asset] = key.split('|')
    if (owner !== OWN || asset !== QUOTE_ASSET || purse === undefined) continue
    if (purse === 'issued' || purse.startsWith('pool/')) deposits -= balance
  }
  return deposits
}

/** What is with leaders, in quote units, as transferred: gains and losses show when it comes back. */
export function allocatedOf(state: AccountState): bigint {
  let allocated = 0n
  for (const follow of state.follows.values())
    if (follow.status !== 'closed' && follow.status !== 'refused')
      allocated += follow.allocated - follow.returned
  return allocated
}
