import type { Env } from '../env.ts'
import { parseAddress } from '../messaging/address.ts'
import { readQueueMessage } from '../messaging/transport.ts'
import { noticesOfTurn } from '../notifications/rules.ts'
import { sendNotifications } from '../notifications/sending.ts'
import type { MarketTurn, OrderRecord, TradeRecord } from './messages.ts'
import { priceOf } from './rules.ts'
import { baseOf, marketById } from './settings.ts'

/** Rows of one statement: a parameter of about 200 kB, far from the 2 MB that D1 takes. */
const ROWS_A_STATEMENT = 500

/** What the consumer reads of one queue message. */
interface Received {
  readonly source: string
  readonly sequence: number
  readonly turn: MarketTurn
}

/**
 * The consumer of the market-events queue: trades and orders into D1, and notices of fills on their way. Repeats and
 * disorder change nothing: a trade is inserted once, an order moves only to a higher sequence, a notice has its id.
 * A message that cannot be read goes the way to the dead letters alone; when D1 fails, the whole batch comes again.
 */
export async function projectMarketEvents(batch: MessageBatch, env: Env): Promise<void> {
  const received: Received[] = []
  for (const message of batch.messages) {
    const read = readTurn(message.body)
    if (read === null) message.retry()
    else received.push(read)
  }
  if (received.length === 0) return
  await env.DB.batch(statements(env.DB, received))
  await sendNotifications(
    received.flatMap(({ turn }) => noticesOfTurn(turn)),
    env,
  )
  batch.ackAll()
}

function readTurn(body: unknown): Received | null {
  try {
    const { source, sequence, message } = readQueueMessage(body)
    if (isTurn(message)) return { source, sequence, turn: message }
    console.error({ event: 'market_event_unknown', source, sequence })
  } catch (error) {
    console.error({ event: 'market_event_unreadable', error: String(error) })
  }
  return null
}

const isTurn = (message: unknown): message is MarketTurn =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === 'marketTurn'

function statements(db: D1Database, received: readonly Received[]): D1PreparedStatement[] {
  const trades = received.flatMap(({ turn }) => turn.trades.map((trade) => tradeRow(turn.market, trade)))
  const orders = received.flatMap(({ turn }) => turn.orders.map((order) => orderRow(turn.market, order)))
  const positions = received.map(({ source, sequence }) => [source, sequence])
  return [
    ...pages(trades).map((rows) => db.prepare(INSERT_TRADES).bind(JSON.stringify(rows))),
    ...pages(orders).map((rows) => db.prepare(UPSERT_ORDERS).bind(JSON.stringify(rows))),
    ...pages(positions).map((rows) => db.prepare(UPSERT_POSITIONS).bind(JSON.stringify(rows))),
  ]
}

function pages<Row>(rows: readonly Row[]): Row[][] {
  const made: Row[][] = []
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT)
    made.push(rows.slice(start, start + ROWS_A_STATEMENT))
  return made
}

/** A row's amounts are decimal text, cast in the statement: a number of JSON would be rounded past 2^53. */
type Cell = string | number | null

function tradeRow(marketId: string, trade: TradeRecord): Cell[] {
  const market = marketById(marketId)
  const takerBuys = trade.takerSide === 'buy'
  return [
    trade.id,
    marketId,
    trade.sequence,
    String(priceOf(market, trade.ticks)),
    String(baseOf(market, trade.lots)),
    String(trade.quote),
    trade.takerSide,
    partyOf(trade.maker),
    partyOf(trade.taker),
    trade.makerOrderId,
    trade.takerOrderId,
    String(trade.makerFee),
    takerBuys ? market.quote : market.base,
    String(trade.takerFee),
    takerBuys ? market.base : market.quote,
    trade.at,
  ]
}

/** An account by its id; a pool keeps its address, so that its trades are not taken for the leader's own. */
function partyOf(address: string): string {
  const { kind, id } = parseAddress(address)
  return kind === 'account' ? id : address
}

/** Of an order that has two bounds the wanted one is told; the other is its hold (see `OrderTerms`). */
function orderRow(marketId: string, order: OrderRecord): Cell[] {
  const market = marketById(marketId)
  const { side, orderType, ticks, lots, quoteBudget, wants } = order.terms
  return [
    order.id,
    order.accountId,
    marketId,
    side,
    orderType,
    ticks === null ? null : String(priceOf(market, ticks)),
    wants === 'quote' || lots === null ? null : String(baseOf(market, lots)),
    wants === 'lots' || quoteBudget === null ? null : String(quoteBudget),
    String(baseOf(market, order.filledLots)),
    String(order.filledQuote),
    order.status,
    order.reason,
    order.sequence,
    order.createdAt,
    order.updatedAt,
  ]
}

const cell = (index: number): string => `json_extract(value, '$[${index}]')`
const amount = (index: number): string => `CAST(${cell(index)} AS INTEGER)`

const INSERT_TRADES = `
  INSERT INTO trades (id, market, sequence, price, quantity, quote, taker_side, maker_account_id, taker_account_id,
    maker_order_id, taker_order_id, maker_fee, maker_fee_asset, taker_fee, taker_fee_asset, at)
  SELECT ${cell(0)}, ${cell(1)}, ${cell(2)}, ${amount(3)}, ${amount(4)}, ${amount(5)}, ${cell(6)}, ${cell(7)},
    ${cell(8)}, ${cell(9)}, ${cell(10)}, ${amount(11)}, ${cell(12)}, ${amount(13)}, ${cell(14)}, ${cell(15)}
  FROM json_each(?1) WHERE true
  ON CONFLICT DO NOTHING`

// Later changes of one order come later in the list or not at all: WHERE decides, not the place.
const UPSERT_ORDERS = `
  INSERT INTO orders (id, account_id, market, side, type, price, quantity, quote_budget, filled, filled_quote, status,
    reason, sequence, created_at, updated_at)
  SELECT ${cell(0)}, ${cell(1)}, ${cell(2)}, ${cell(3)}, ${cell(4)}, ${amount(5)}, ${amount(6)}, ${amount(7)},
    ${amount(8)}, ${amount(9)}, ${cell(10)}, ${cell(11)}, ${cell(12)}, ${cell(13)}, ${cell(14)}
  FROM json_each(?1) WHERE true
  ON CONFLICT (id) DO UPDATE SET price = excluded.price, quantity = excluded.quantity, filled = excluded.filled, filled_quote = excluded.filled_quote,
    status = excluded.status, reason = excluded.reason, sequence = excluded.sequence, updated_at = excluded.updated_at
  WHERE excluded.sequence > orders.sequence`

const UPSERT_POSITIONS = `
  INSERT INTO projection_positions (source, sequence)
  SELECT ${cell(0)}, ${cell(1)} FROM json_each(?1) WHERE true
  ON CONFLICT (source) DO UPDATE SET sequence = excluded.sequence
  WHERE excluded.sequence > projection_positions.sequence`
