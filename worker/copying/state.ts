import { loadBalances, persistEntry } from '../ledger/journal.ts'
import type { Balances, Entry } from '../ledger/ledger.ts'
import { postEntry } from '../ledger/ledger.ts'
import type { Mark, PriceWatch } from '../market/messages.ts'
import { MARKETS } from '../market/settings.ts'
import type { Store } from '../messaging/store.ts'
import type { Block, Task } from './block.ts'
import { type Follow, type Position, type PositionKey, positionKey } from './follow.ts'
import * as rows from './rows.ts'

/**
 * All follows of one leader. Follows and positions are objects in maps and a row each for now; they are to become
 * columns (typed arrays by index of the follow: cash, holding and target by market) behind the readers of
 * `PoolTurn`, and pages of some hundreds of follows in the rows. A decision already costs one pass over the follows
 * and writes nothing for those it does not change.
 */
export interface PoolState {
  readonly leaderId: string
  readonly balances: Balances
  readonly follows: Map<string, Follow>
  readonly positions: Map<PositionKey, Position>
  /** The last known price of each market that the leader trades. */
  readonly marks: Map<string, Mark>
  /** What each market has been asked to watch its price for, on account of the follows' stops. */
  readonly watches: Map<string, PriceWatch>
  /** What waits until the block that is out has come back, by sequence, oldest first. */
  readonly waiting: Map<number, Task>
  block: Block | null
}

/** What has become of a pool in one turn. */
export type PoolEvent =
  | { readonly type: 'marked'; readonly marks: readonly Mark[] }
  | { readonly type: 'watchesChanged'; readonly watches: ReadonlyMap<string, PriceWatch | null> }
  | { readonly type: 'followsChanged'; readonly follows: readonly Follow[] }
  | { readonly type: 'followForgotten'; readonly followId: string }
  | { readonly type: 'positionsChanged'; readonly positions: ReadonlyMap<PositionKey, Position> }
  | {
      readonly type: 'posted'
      readonly entry: Entry
    }
  | { readonly type: 'taskKept'; readonly task: Task }
  | { readonly type: 'taskTaken'; readonly sequence: number }
  | { readonly type: 'blockSent'; readonly block: Block }
  | { readonly type: 'blockDone'; readonly blockId: string }

export function applyEvent(state: PoolState, event: PoolEvent): void {
  switch (event.type) {
    case 'marked':
      for (const mark of event.marks) state.marks.set(mark.market, mark)
      return
    case 'watchesChanged':
      for (const [market, watch] of event.watches)
        if (watch === null) state.watches.delete(market)
        else state.watches.set(market, watch)
      return
    case 'followsChanged':
      for (const follow of event.follows) state.follows.set(follow.id, follow)
      return
    case 'followForgotten':
      state.follows.delete(event.followId)
      for (const market of MARKETS) state.positions.delete(positionKey(event.followId, market.id))
      return
    case 'positionsChanged':
      for (const [key, position] of event.positions) state.positions.set(key, position)
      return
    case 'posted':
      postEntry(state.balances, event.entry)
      return
    case 'taskKept':
      state.waiting.set(event.task.sequence, event.task)
      return
    case 'taskTaken':
      state.waiting.delete(event.sequence)
      return
    case 'blockSent':
      state.block = event.block
      return
    case 'blockDone':
      state.block = null
      return
  }
}

export function persistEvent(store: Store, event: PoolEvent, before: PoolState): void {
  switch (event.type) {
    case 'marked':
      rows.saveMarks(store, event.marks)
      return
    case 'watchesChanged':
      rows.saveWatches(store, event.watches)
      return
    case 'followsChanged':
      rows.saveFollows(store, event.follows)
      return
    case 'followForgotten':
      rows.deleteFollow(store, event.followId)
      return
    case 'positionsChanged':
      rows.savePositions(store, event.positions)
      return
    case 'posted':
      persistEntry(store, event.entry, before.balances)
      return
    case 'taskKept':
      rows.saveTask(store, event.task)
      return
    case 'taskTaken':
      rows.deleteTask(store, event.sequence)
      return
    case 'blockSent':
      rows.saveBlock(store, event.block)
      return
    case 'blockDone':
      rows.deleteBlock(store, event.blockId)
      return
  }
}

export function loadState(leaderId: string, store: Store): PoolState {
  rows.migrateTables(store)
  return {
    leaderId,
    balances: loadBalances(store),
    follows: rows.loadFollows(store),
    positions: rows.loadPositions(store),
    marks: rows.loadMarks(store),
    watches: rows.loadWatches(store),
    waiting: rows.loadWaiting(store),
    block: rows.loadBlock(store),
  }
}
