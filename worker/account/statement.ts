import { type PostedEntry, readEntriesOf } from '../ledger/journal.ts'
import { type LedgerStatement, readLedger } from '../ledger/statement.ts'
import type { OrderReport, OrderStatus } from '../market/messages.ts'
import { marketById } from '../market/settings.ts'
import { type Address, accountAddress } from '../messaging/address.ts'
import { decode } from '../messaging/codec.ts'
import type { Store } from '../messaging/store.ts'
import { readPositions, type StreamPosition } from '../messaging/streamPositions.ts'
import { type AccountState, type Follow, type Order, openOrders } from './accountState.ts'
import { heldAsset } from './holds.ts'

/** One order as its account sees it, for comparing with the market's and the database's. */
export interface OrderLine {
  readonly id: string
  readonly market: string
  readonly status: OrderStatus
  readonly filledLots: number
  readonly filledQuote: bigint
  readonly held: bigint
  readonly heldAsset: string
  readonly updatedAt: number
}

/** What an account says of itself at one moment: the word that reconciliation compares with everybody else's. */
export interface AccountStatement {
  readonly address: Address
  readonly ledger: LedgerStatement
  readonly streams: readonly StreamPosition[]
  readonly open: readonly OrderLine[]
  readonly ended: readonly OrderLine[]
  readonly follows: readonly Follow[]
  readonly disputes: readonly OrderReport[]
}

export function accountStatement(store: Store, state: AccountState): AccountStatement {
  const open = openOrders(state)
  const isOpen = new Set(open.map(({ id }) => id))
  return {
    address: accountAddress(state.accountId),
    ledger: readLedger(store),
    streams: readPositions(store),
    open: open.map(lineOf),
    ended: [...state.orders.values()].filter(({ id }) => !isOpen.has(id)).map(lineOf),
    follows: [...state.follows.values()],
    disputes: store
      .all<{ body: string }>('SELECT body FROM disputed_report ORDER BY number')
      .map(({ body }) => decode(body) as OrderReport),
  }
}

function lineOf(order: Order): OrderLine {
  const { id, market, terms, status, filledLots, filledQuote, held, updatedAt } = order
  const asset = heldAsset(marketById(market), terms)
  return { id, market, status, filledLots, filledQuote, held, heldAsset: asset, updatedAt }
}

/** What the house of a market says of residues that were left to it. */
export interface ResidueStatement {
  readonly address: Address
  readonly market: string
  readonly streams: readonly StreamPosition[]
  /** Of the references that were asked for, newest first. */
  readonly entries: readonly PostedEntry[]
  /** Older ones may have left its journal; 0 when none has. */
  readonly keepsSince: number
}

export function residueStatement(
  store: Store,
  state: AccountState,
  market: string,
  references: readonly string[],
): ResidueStatement {
  const wanted = new Set(references)
  const [oldest] = store.all<{ number: number; at: number }>(
    'SELECT number, at FROM entry ORDER BY number LIMIT 1',
  )
  return {
    address: accountAddress(state.accountId),
    market,
    streams: readPositions(store),
    entries: readEntriesOf(store, 'residue').filter(({ reference }) => wanted.has(reference)),
    keepsSince: oldest === undefined || oldest.number === 1 ? 0 : oldest.at,
  }
}
