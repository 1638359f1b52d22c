import type { JournalEntry } from '../contract/account.ts'
import type { Candle, Trade } from '../contract/markets.ts'
import type { FillView, OrderView } from '../contract/orders.ts'
import type { Columns } from './csv.ts'

// The columns of the files, named as the fields of the JSON answers.

export const ORDER_COLUMNS: Columns<OrderView> = {
  createdAt: (order) => order.createdAt,
  updatedAt: (order) => order.updatedAt,
  id: (order) => order.id,
  clientOrderId: (order) => order.clientOrderId,
  market: (order) => order.market,
  side: (order) => order.side,
  type: (order) => order.type,
  price: (order) => order.price,
  triggerPrice: (order) => order.triggerPrice,
  quantity: (order) => order.quantity,
  quoteAmount: (order) => order.quoteAmount,
  timeInForce: (order) => order.timeInForce,
  postOnly: (order) => order.postOnly,
  status: (order) => order.status,
  reason: (order) => order.reason,
  filledQuantity: (order) => order.filledQuantity,
  filledTotal: (order) => order.filledTotal,
  averagePrice: (order) => order.averagePrice,
}

export const FILL_COLUMNS: Columns<FillView> = {
  at: (fill) => fill.at,
  id: (fill) => fill.id,
  orderId: (fill) => fill.orderId,
  market: (fill) => fill.market,
  side: (fill) => fill.side,
  price: (fill) => fill.price,
  quantity: (fill) => fill.quantity,
  total: (fill) => fill.total,
  liquidity: (fill) => fill.liquidity,
  fee: (fill) => fill.fee,
  feeAsset: (fill) => fill.feeAsset,
  realised: (fill) => fill.realised,
  realisedBps: (fill) => fill.realisedBps,
  sequence: (fill) => fill.sequence,
}

/** One line for each posting of an entry. */
export type PostingLine = Omit<JournalEntry, 'postings'> & JournalEntry['postings'][number]

export const postingLines = ({ postings, ...entry }: JournalEntry): PostingLine[] =>
  postings.map((posting) => ({ ...entry, ...posting }))

export const JOURNAL_COLUMNS: Columns<PostingLine> = {
  at: (line) => line.at,
  id: (line) => line.id,
  kind: (line) => line.kind,
  reference: (line) => line.reference,
  purse: (line) => line.purse,
  asset: (line) => line.asset,
  amount: (line) => line.amount,
}

export const TRADE_COLUMNS: Columns<Trade> = {
  at: (trade) => trade.at,
  sequence: (trade) => trade.sequence,
  id: (trade) => trade.id,
  price: (trade) => trade.price,
  quantity: (trade) => trade.quantity,
  total: (trade) => trade.total,
  side: (trade) => trade.side,
}

export const CANDLE_COLUMNS: Columns<Candle> = {
  time: ({ time }) => new Date(time * 1_000).toISOString(),
  open: (candle) => candle.open,
  high: (candle) => candle.high,
  low: (candle) => candle.low,
  close: (candle) => candle.close,
  volume: (candle) => candle.volume,
}
