export type {
  BlockOrder,
  BlockResult,
  BookEvents,
  CancelReason,
  EndReason,
  LimitOrder,
  MarketOrder,
  NewOrder,
  Placement,
  RestingOrder,
  Side,
  Tier,
  TierFill,
  TierResult,
  TimeInForce,
} from './order.ts'
export { type BookOptions, createBook, OrderBook } from './orderBook.ts'
export { shareLots } from './shareLots.ts'
