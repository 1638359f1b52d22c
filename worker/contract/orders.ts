import * as z from 'zod'
import {
  DecimalString,
  FormatQuery,
  Id,
  MarketId,
  NumberedPageQuery,
  PositiveDecimal,
  Side,
  SignedDecimal,
  SpanQuery,
  Time,
  TimedPageQuery,
} from './amounts.ts'
import { END_REASONS } from './endReasons.ts'

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

const REASONS = Object.keys(END_REASONS) as [keyof typeof END_REASONS, ...(keyof typeof END_REASONS)[]]
export const EndReason = z.enum(REASONS)
export type EndReason = z.infer<typeof EndReason>

export const ClientOrderId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,36}$/, 'Use 1 to 36 letters, digits, hyphens or underscores.')

export const OrderType = z
  .enum(['limit', 'market', 'stop', 'stop_limit', 'take_profit', 'take_profit_limit', 'trailing_stop'])
  .describe(
    'A stop fires when the last price reaches its trigger from the side of a loss (a sell at or below, a buy at or above), ' +
      'a take-profit from the other side; then it is a market order, or a limit order when it has a price. A trailing stop ' +
      'follows the best price since it became active and fires when the price has come back by its offset.',
  )
export type OrderType = z.infer<typeof OrderType>

export const TimeInForce = z
  .enum(['GTC', 'IOC', 'FOK', 'GTD'])
  .describe(
    'GTC until cancelled; IOC what trades at once; FOK whole or not at all; GTD until `expiresAt`. Of an order with a ' +
      'trigger IOC and FOK count from when it fires.',
  )
export type TimeInForce = z.infer<typeof TimeInForce>

export const SelfTradePrevention = z
  .enum(['cancel_newest', 'cancel_oldest', 'cancel_both', 'decrement'])
  .describe('What happens where it would meet an order of your own; they never trade.')
export type SelfTradePrevention = z.infer<typeof SelfTradePrevention>

const Price = PositiveDecimal.describe('The limit, in quote for a whole unit of base.')
const TriggerPrice = PositiveDecimal.describe('Compared with the price of the last trade.')
const TrailingBps = z
  .number()
  .int()
  .min(1)
  .max(9_000)
  .describe('The offset in basis points of the price followed.')
const TrailingAmount = PositiveDecimal.describe('The offset in quote, a multiple of the tick.')
const ActivationPrice = PositiveDecimal.describe(
  'A trailing stop begins to follow when the price has reached it: a sell at or above, a buy at or below. At once if absent.',
)

/** The half of a pair that takes a profit: `price` alone is a limit order, `triggerPrice` makes it a take-profit. */
export const TakeProfitLeg = z
  .strictObject({ price: Price.optional(), triggerPrice: TriggerPrice.optional() })
  .refine((leg) => leg.price !== undefined || leg.triggerPrice !== undefined, {
    error: 'Give a price, a trigger price, or both.',
    path: ['price'],
  })
export type TakeProfitLeg = z.infer<typeof TakeProfitLeg>

/** The half of a pair that limits a loss: with a trigger price or trailing; market when it has no `price`. */
export const StopLossLeg = z
  .strictObject({
    price: Price.optional(),
    triggerPrice: TriggerPrice.optional(),
    trailingBps: TrailingBps.optional(),
    trailingAmount: TrailingAmount.optional(),
    activationPrice: ActivationPrice.optional(),
  })
  .refine(
    ({ triggerPrice, trailingBps, trailingAmount }) =>
      [triggerPrice, trailingBps, trailingAmount].filter((each) => each !== undefined).length === 1,
    { error: 'Give exactly one of a trigger price, trailingBps and trailingAmount.', path: ['triggerPrice'] },
  )
export type StopLossLeg = z.infer<typeof StopLossLeg>

/** What every order of its own has, of whatever type. */
const terms = {
  market: MarketId,
  side: Side,
  type: OrderType,
  price: Price.optional(),
  triggerPrice: TriggerPrice.optional(),
  trailingBps: TrailingBps.optional(),
  trailingAmount: TrailingAmount.optional(),
  activationPrice: ActivationPrice.optional(),
  quantity: PositiveDecimal.optional().describe('In base.'),
  quoteAmount: PositiveDecimal.optional().describe(
    'For orders without a limit: what to spend or to receive, in quote.',
  ),
  displayQuantity: PositiveDecimal.optional().describe(
    'Iceberg: no more of it is shown at once. Each next part goes to the back of its price level.',
  ),
  timeInForce: TimeInForce.default('GTC'),
  expiresAt: Time.optional().describe('When a GTD order ends.'),
  postOnly: z.boolean().default(false),
  selfTradePrevention: SelfTradePrevention.default('cancel_newest'),
}

/** Fields that depend on the type of an order. */
type Field = 'price' | 'triggerPrice' | 'activationPrice' | 'quantity' | 'quoteAmount' | 'displayQuantity'

/** What each type needs and may have; the size and the offset of a trailing stop are checked apart. */
const FIELDS: Readonly<Record<OrderType, { needs: readonly Field[]; may: readonly Field[] }>> = {
  limit: { needs: ['price', 'quantity'], may: ['displayQuantity'] },
  market: { needs: [], may: ['quantity', 'quoteAmount'] },
  stop: { needs: ['triggerPrice'], may: ['quantity', 'quoteAmount'] },
  take_profit: { needs: ['triggerPrice'], may: ['quantity', 'quoteAmount'] },
  stop_limit: { needs: ['triggerPrice', 'price', 'quantity'], may: ['displayQuantity'] },
  take_profit_limit: { needs: ['triggerPrice', 'price', 'quantity'], may: ['displayQuantity'] },
  trailing_stop: {
    needs: [],
    may: ['price', 'quantity', 'quoteAmount', 'activationPrice', 'displayQuantity'],
  },
}

const NAMES: Readonly<Record<Field, string>> = {
  price: 'price',
  triggerPrice: 'trigger price',
  activationPrice: 'activation price',
  quantity: 'quantity',
  quoteAmount: 'quote amount',
  displayQuantity: 'display quantity',
}

const TYPE_NAMES: Readonly<Record<OrderType, string>> = {
  limit: 'limit order',
  market: 'market order',
  stop: 'stop order',
  stop_limit: 'stop-limit order',
  take_profit: 'take-profit order',
  take_profit_limit: 'take-profit-limit order',
  trailing_stop: 'trailing stop',
}

type Terms = z.output<z.ZodObject<typeof terms>>
type Fault = (field: string, message: string) => void

/** Whether fields and type of an order fit together, by table and by what the parts of an order exclude. */
function checkTerms(order: Terms, fault: Fault): void {
  const { needs, may } = FIELDS[order.type]
  const name = TYPE_NAMES[order.type]
  for (const field of needs)
    if (order[field] === undefined) fault(field, `A ${name} needs a ${NAMES[field]}.`)
  for (const field of Object.keys(NAMES) as Field[])
    if (order[field] !== undefined && !needs.includes(field) && !may.includes(field))
      fault(field, `A ${name} has no ${NAMES[field]}.`)
  checkSize(order, fault)
  checkTrailing(order, fault)
  checkTimeInForce(order, fault)
}

function checkSize(order: Terms, fault: Fault): void {
  if (order.price !== undefined) {
    if (order.quantity === undefined) fault('quantity', 'An order with a price needs a quantity.')
    if (order.quoteAmount !== undefined)
      fault('quoteAmount', 'Only an order without a limit goes by quote amount.')
  } else if ((order.quantity === undefined) === (order.quoteAmount === undefined))
    fault('quantity', 'Give either a quantity or a quote amount.')
}

function checkTrailing({ type, trailingBps, trailingAmount }: Terms, fault: Fault): void {
  const given = [trailingBps, trailingAmount].filter((offset) => offset !== undefined).length
  if (type === 'trailing_stop' && given !== 1)
    fault('trailingBps', 'A trailing stop needs either trailingBps or trailingAmount.')
  if (type !== 'trailing_stop' && given > 0) fault('trailingBps', `A ${TYPE_NAMES[type]} does not trail.`)
}

function checkTimeInForce(order: Terms, fault: Fault): void {
  const { type, timeInForce, price } = order
  const rests = timeInForce === 'GTC' || timeInForce === 'GTD'
  const limited = price !== undefined
  if ((timeInForce === 'GTD') !== (order.expiresAt !== undefined))
    fault('expiresAt', 'Give a time for GTD, and only for GTD.')
  if (type === 'market' && timeInForce === 'GTD')
    fault('timeInForce', 'A market order does not wait: use IOC or FOK.')
  if (!limited && type !== 'market' && !rests)
    fault('timeInForce', 'An order that fires as a market order waits with GTC or GTD.')
  if (order.postOnly && !limited)
    fault('postOnly', 'An order without a price always takes; it cannot be post-only.')
  if (order.postOnly && !rests) fault('postOnly', 'A post-only order rests: use GTC or GTD.')
  if (order.displayQuantity !== undefined && !(limited && rests))
    fault('displayQuantity', 'An iceberg rests: it needs a price and GTC or GTD.')
}

/**
 * A new order. With `takeProfit` or `stopLoss` it is the entry of a bracket: orders of the other side that are placed for
 * what it fills, as it fills; with both they are a pair of which one cancels the other.
 */
export const PlaceOrder = z
  .strictObject({
    ...terms,
    takeProfit: TakeProfitLeg.optional().describe('Of a bracket.'),
    stopLoss: StopLossLeg.optional().describe('Of a bracket.'),
    clientOrderId: ClientOrderId.optional().describe(
      'Sending the same id again answers the same order, as long as it is among your newest 500 ended ones.',
    ),
  })
  .check((context) => {
    const input = context.value
    checkTerms(input, (field, message) =>
      context.issues.push({ code: 'custom', input, path: [field], message }),
    )
  })
export type PlaceOrder = z.infer<typeof PlaceOrder>

/** Two orders of one side and quantity that share one hold: as soon as one fills, fires or ends, the other is cancelled. */
export const PlaceOco = z
  .strictObject({
    market: MarketId,
    side: Side,
    quantity: PositiveDecimal.describe('In base, of each of the two.'),
    takeProfit: TakeProfitLeg,
    stopLoss: StopLossLeg,
    timeInForce: z.enum(['GTC', 'GTD']).default('GTC'),
    expiresAt: Time.optional(),
    selfTradePrevention: SelfTradePrevention.default('cancel_newest'),
    clientOrderId: ClientOrderId.optional().describe('Of the pair, as for a single order.'),
  })
  .refine(({ timeInForce, expiresAt }) => (timeInForce === 'GTD') === (expiresAt !== undefined), {
    error: 'Give a time for GTD, and only for GTD.',
    path: ['expiresAt'],
  })
export type PlaceOco = z.infer<typeof PlaceOco>

/**
 * A change of an order that is open or waits. Less quantity keeps its place in the queue; more quantity or another price
 * loses it, and may trade at once. What is left out stays.
 */
export const AmendOrder = z
  .strictObject({
    price: Price.optional(),
    triggerPrice: TriggerPrice.optional(),
    quantity: PositiveDecimal.optional().describe('The whole of it in base, what has filled included.'),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: 'Give a price, a trigger price or a quantity.',
    path: ['quantity'],
  })
export type AmendOrder = z.infer<typeof AmendOrder>

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
  type: OrderType,
  price: DecimalString.nullable(),
  triggerPrice: DecimalString.nullable().describe('Of a trailing stop null: it moves.'),
  trailingBps: z.number().int().nullable(),
  trailingAmount: DecimalString.nullable(),
  activationPrice: DecimalString.nullable(),
  quantity: DecimalString.nullable(),
  quoteAmount: DecimalString.nullable(),
  displayQuantity: DecimalString.nullable(),
  timeInForce: TimeInForce,
  expiresAt: Time.nullable(),
  postOnly: z.boolean(),
  selfTradePrevention: SelfTradePrevention,
  status: OrderStatus.describe(
    '`pending` until it is on the book: an order that waits for its trigger is pending.',
  ),
  reason: EndReason.nullable().describe('Why it ended without being filled whole.'),
  triggered: z.boolean().describe('Its trigger has fired.'),
  filledQuantity: DecimalString,
  filledTotal: DecimalString.describe('In quote.'),
  preventedQuantity: DecimalString.describe('Taken off by self-trade prevention (`decrement`).'),
  averagePrice: DecimalString.nullable().describe('Of what has filled, rounded; for display.'),
  pairedWith: Id.nullable().describe('The order that is cancelled when this one fills, fires or ends.'),
  entryId: Id.nullable().describe('The entry of the bracket that placed it.'),
  takeProfit: TakeProfitLeg.nullable().describe('Of an entry: what is placed for what it fills.'),
  stopLoss: StopLossLeg.nullable(),
  amendment: z
    .object({
      state: z.enum(['under_way', 'refused']),
      message: z.string().nullable().describe('Why it was refused.'),
    })
    .nullable()
    .describe('The last change that was asked for, while it is not done.'),
  createdAt: Time,
  updatedAt: Time,
})
export type OrderView = z.infer<typeof OrderView>

export const OrderDetail = z.object({ order: OrderView, fills: z.array(FillView) })
export type OrderDetail = z.infer<typeof OrderDetail>

export const OcoDetail = z.object({ takeProfit: OrderDetail, stopLoss: OrderDetail })
export type OcoDetail = z.infer<typeof OcoDetail>

const filters = {
  market: MarketId.optional(),
  side: Side.optional(),
  ...SpanQuery.shape,
  ...FormatQuery.shape,
}

/** The span is of when they were placed. */
export const OrdersQuery = TimedPageQuery.extend({
  ...filters,
  status: z.enum(['open', 'closed', 'all']).default('all'),
})
export type OrdersQuery = z.infer<typeof OrdersQuery>
export const CancelAllQuery = z.object({ market: MarketId.optional() })
export const CancelAllResult = z.object({
  requested: z.number().int().describe('Orders a cancel was sent for.'),
})
export const FillsQuery = NumberedPageQuery.extend(filters)
export type FillsQuery = z.infer<typeof FillsQuery>
