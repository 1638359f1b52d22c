export { type EngineOptions, MatchingEngine } from './matchingEngine.ts'
export type {
  BlockOrder,
  BlockResult,
  BookEvents,
  CancelReason,
  EndReason,
  EngineEvents,
  LimitOrder,
  MarketOrder,
  NewOrder,
  Placement,
  RestingOrder,
  SelfTradePrevention,
  Side,
  Tier,
  TierFill,
  TierResult,
  TimeInForce,
  Trigger,
  WaitingOrder,
} from './order.ts'
export { type BookOptions, createBook, OrderBook } from './orderBook.ts'
export { shareLots } from './shareLots.ts'
