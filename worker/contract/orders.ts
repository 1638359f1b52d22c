import * as z from 'zod'
import {
  DecimalString,
  Id,
  MarketId,
  PageQuery,
  PositiveDecimal,
  Side,
  SignedDecimal,
  Time,
} from './amounts.ts'

export const OrderStatus = z.enum([
  'pending',
  'open',
  'partially_filled',
  'filled',
  'cancelled',
  'rejected',
  'expired',
])
export type OrderStatus = z.infer<typeof OrderStatus>

export const EndReason = z.enum([
  'user',
  'ioc',
  'fok',
  'stp',
  'band',
  'no_liquidity',
  'post_only',
  'market_closed',
  'outside_band',
  'too_many_open_orders',
  'admin',
])

export type EndReason = z.infer<typeof EndReason>

export const ClientOrderId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,36}$/, 'Use 1 to 36 letters, digits, hyphens or underscores.')

/** A new order. Exactly one of `quantity` and `quoteAmount`; the latter only for market orders. */
export const PlaceOrder = z
  .strictObject({
    market: MarketId,
    side: Side,
    type: z.enum(['limit', 'market']),
    price: PositiveDecimal.optional().describe('The limit; for limit orders only.'),
    quantity: PositiveDecimal.optional().describe('In base.'),
    quoteAmount: PositiveDecimal.optional().describe(
      'For market orders: what to spend or to receive, in quote.',
    ),
    timeInForce: z
      .enum(['GTC', 'IOC', 'FOK'])
      .default('GTC')
      .describe('A market order is always IOC or FOK.'),
    postOnly: z.boolean().default(false),
    clientOrderId: ClientOrderId.optional().describe(
      'Sending the same id again answers the same order, as long as it is among your newest 500 ended ones.',
    ),
  })
  .check((context) => {
    const order = context.value
    const fault = (field: string, message: string) =>
      context.issues.push({ code: 'custom', input: order, path: [field], message })
    if (order.type === 'limit') {
      if (order.price === undefined) fault('price', 'A limit order needs a price.')
      if (order.quantity === undefined) fault('quantity', 'A limit order needs a quantity.')
      if (order.quoteAmount !== undefined) fault('quoteAmount', 'Only a market order goes by quote amount.')
      if (order.postOnly && order.timeInForce !== 'GTC')
        fault('postOnly', 'A post-only order rests: use GTC.')
      return
    }
    if (order.price !== undefined) fault('price', 'A market order has no price; use a limit order.')
    if (order.postOnly) fault('postOnly', 'A market order always takes; use a limit order.')
    if ((order.quantity === undefined) === (order.quoteAmount === undefined))
      fault('quantity', 'Give either a quantity or a quote amount.')
  })
export type PlaceOrder = z.infer<typeof PlaceOrder>

export const FillView = z.object({
  id: Id.describe('Of the trade.'),
  orderId: Id,
  market: MarketId,
  side: Side,
  price: DecimalString,
  quantity: DecimalString,
  total: DecimalString.describe('Price times quantity, in quote.'),
  liquidity: z.enum(['maker', 'taker']),
  fee: DecimalString,
  feeAsset: z.string(),
  realised: SignedDecimal.nullable().describe(
    'Profit in quote, when this side reduced a position; average cost.',
  ),
  realisedBps: z.number().int().nullable(),
  sequence: z.number().int(),
  at: Time,
})
export type FillView = z.infer<typeof FillView>

export const OrderView = z.object({
  id: Id,
  clientOrderId: z.string().nullable(),
  market: MarketId,
  side: Side,
  type: z.enum(['limit', 'market']),
  price: DecimalString.nullable(),
  quantity: DecimalString.nullable(),
  quoteAmount: DecimalString.nullable(),
  timeInForce: z.enum(['GTC', 'IOC', 'FOK']),
  postOnly: z.boolean(),
  status: OrderStatus,
  reason: EndReason.nullable(),
  filledQuantity: DecimalString,
  filledTotal: DecimalString.describe('In quote.'),
  averagePrice: DecimalString.nullable().describe('Of what has filled, rounded; for display.'),
  createdAt: Time,
  updatedAt: Time,
})
export type OrderView = z.infer<typeof OrderView>

export const OrderDetail = z.object({ order: OrderView, fills: z.array(FillView) })
export type OrderDetail = z.infer<typeof OrderDetail>

export const OrdersQuery = PageQuery.extend({
  market: MarketId.optional(),
  status: z.enum(['open', 'closed', 'all']).default('all'),
})
export const CancelAllQuery = z.object({ market: MarketId.optional() })
export const CancelAllResult = z.object({
  requested: z.number().int().describe('Orders a cancel was sent for.'),
})
export const FillsQuery = PageQuery.extend({ market: MarketId.optional() })
