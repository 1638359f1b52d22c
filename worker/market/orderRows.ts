import { decode, encode } from '../messaging/codec.ts'
import type { SqlRow, Store } from '../messaging/store.ts'
import type { MarketState } from './marketState.ts'
import type { FollowedPrice } from './matchLog.ts'
import { isOrderTerms, type OrderTerms } from './messages.ts'
import type { OpenOrder } from './openOrders.ts'
import { placementOf, triggerOf } from './terms.ts'

/**
 * One row for each order of an account that is on the book or waits, its terms as one text. The followed prices are what
 * trailing stops have seen, one row for all that follow the same. The second statement carries over the table before.
 */
export const ORDER_TABLES = [
  `CREATE TABLE live_order (number INTEGER PRIMARY KEY, id TEXT NOT NULL, account TEXT NOT NULL, terms TEXT NOT NULL,
     filled_lots INTEGER NOT NULL, filled_quote INTEGER NOT NULL, prevented_lots INTEGER NOT NULL,
     resting_lots INTEGER NOT NULL, shown_lots INTEGER NOT NULL, priority INTEGER NOT NULL, sibling INTEGER,
     since INTEGER, triggered INTEGER NOT NULL, status TEXT NOT NULL, sequence INTEGER NOT NULL,
     created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)`,
  `INSERT INTO live_order (number, id, account, terms, filled_lots, filled_quote, prevented_lots, resting_lots,
     shown_lots, priority, triggered, status, sequence, created_at, updated_at)
   SELECT number, id, account, json_object('side', side, 'orderType', type, 'ticks', ticks, 'lots', lots,
       'quoteBudget', NULL, 'wants', 'lots', 'trigger', NULL, 'timeInForce', 'GTC', 'expiresAt', NULL,
       'postOnly', json('false'), 'displayLots', NULL, 'selfTrade', 'cancel_newest'),
     lots - resting_lots, filled_quote, 0, resting_lots, resting_lots, number, 0, status, sequence, created_at, updated_at
   FROM resting_order`,
  'DROP TABLE resting_order',
  `CREATE TABLE followed_price (side TEXT NOT NULL, since INTEGER NOT NULL, ticks INTEGER NOT NULL,
     PRIMARY KEY (side, since)) WITHOUT ROWID`,
]

/** An order as it is at the end of a turn, with what of it is shown on the book. */
export interface WrittenOrder extends OpenOrder {
  readonly shownLots: number
}

const hasEnded = ({ status }: OpenOrder): boolean =>
  status !== 'pending' && status !== 'open' && status !== 'partially_filled'

/** A row for as long as the order is under way; one that ends in the turn that took it leaves none. */
export function writeOrder(store: Store, order: WrittenOrder): void {
  if (hasEnded(order)) {
    store.run('DELETE FROM live_order WHERE number = ?', order.number)
    return
  }
  store.run(
    `INSERT OR REPLACE INTO live_order (number, id, account, terms, filled_lots, filled_quote, prevented_lots,
       resting_lots, shown_lots, priority, sibling, since, triggered, status, sequence, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, CAST(? AS INTEGER), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    order.number,
    order.id,
    order.accountId,
    encode(order.terms),
    order.filledLots,
    String(order.filledQuote),
    order.preventedLots,
    order.restingLots,
    order.shownLots,
    order.priority,
    order.sibling,
    order.since,
    order.triggered ? 1 : 0,
    order.status,
    order.sequence,
    order.createdAt,
    order.updatedAt,
  )
}

export function writeFollowed(store: Store, { side, since, ticks }: FollowedPrice): void {
  if (ticks === null) store.run('DELETE FROM followed_price WHERE side = ? AND since = ?', side, since)
  else
    store.run(
      'INSERT OR REPLACE INTO followed_price (side, since, ticks) VALUES (?, ?, ?)',
      side,
      since,
      ticks,
    )
}

/** The book in priority order and what waits in time order, without house quotes, which come with the next step of the feed. */
export function restoreOrders(store: Store, state: MarketState): void {
  for (const { side, since, ticks } of store.all<{ side: string; since: number; ticks: number }>(
    'SELECT side, since, ticks FROM followed_price ORDER BY side, since',
  ))
    state.engine.restoreMark(side === 'buy' ? 'buy' : 'sell', since, ticks)
  const waiting: OpenOrder[] = []
  const fired: OpenOrder[] = []
  for (const row of store.all<OrderRow>(`SELECT ${COLUMNS} FROM live_order ORDER BY priority, number`)) {
    const order = toOrder(row, state)
    state.orders.add(order)
    if (order.terms.expiresAt !== null) state.expiries.add(order.number, order.terms.expiresAt)
    state.priority = Math.max(state.priority, order.priority)
    if (order.restingLots > 0) restoreResting(state, order, row.shown_lots)
    else (order.triggered ? fired : waiting).push(order)
  }
  for (const order of [...waiting.sort((a, b) => a.number - b.number), ...fired]) restoreWaiting(state, order)
  for (const { number, sibling } of state.orders.all())
    if (sibling !== null && number < sibling && state.orders.get(sibling) !== undefined)
      state.engine.pair(number, sibling)
}

function restoreResting({ engine }: MarketState, order: OpenOrder, shownLots: number): void {
  const { number: id, owner, terms, restingLots: lots } = order
  if (terms.ticks === null) throw new Error(`market: order ${order.id} rests without a price`)
  engine.restore({
    id,
    owner,
    side: terms.side,
    ticks: terms.ticks,
    lots,
    shownLots,
    displayLots: terms.displayLots,
  })
}

function restoreWaiting({ engine, market }: MarketState, order: OpenOrder): void {
  const { terms, since, triggered: fired } = order
  if (terms.trigger === null) throw new Error(`market: order ${order.id} waits for nothing`)
  const waiting = { order: placementOf(market, order), trigger: triggerOf(terms, terms.trigger) }
  engine.restoreWaiting(waiting, { since, fired })
}

const COLUMNS = `number, id, account, terms, filled_lots, CAST(filled_quote AS TEXT) AS filled_quote, prevented_lots,
  resting_lots, shown_lots, priority, sibling, since, triggered, status, sequence, created_at, updated_at`

interface OrderRow extends SqlRow {
  number: number
  id: string
  account: string
  terms: string
  filled_lots: number
  filled_quote: string
  prevented_lots: number
  resting_lots: number
  shown_lots: number
  priority: number
  sibling: number | null
  since: number | null
  triggered: number
  status: string
  sequence: number
  created_at: number
  updated_at: number
}

function toOrder(row: OrderRow, state: MarketState): OpenOrder {
  return {
    number: row.number,
    id: row.id,
    accountId: row.account,
    owner: state.orders.intern(row.account),
    terms: toTerms(row.terms),
    createdAt: row.created_at,
    filledLots: row.filled_lots,
    filledQuote: BigInt(row.filled_quote),
    preventedLots: row.prevented_lots,
    restingLots: row.resting_lots,
    priority: row.priority,
    sibling: row.sibling,
    since: row.since,
    triggered: row.triggered === 1,
    status: toLiveStatus(row.status),
    reason: null,
    sequence: row.sequence,
    updatedAt: row.updated_at,
  }
}

function toTerms(text: string): OrderTerms {
  const terms = decode(text)
  if (isOrderTerms(terms)) return terms
  throw new Error(`market: no terms of an order ${text}`)
}

function toLiveStatus(text: string): 'pending' | 'open' | 'partially_filled' {
  if (text === 'pending' || text === 'open' || text === 'partially_filled') return text
  throw new Error(`market: no status of a live order ${text}`)
}
