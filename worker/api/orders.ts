import { uuidv7 } from 'uuidv7'
import * as z from 'zod'
import { Id, page } from '../contract/amounts.ts'
import type { Refusal } from '../contract/errors.ts'
import {
  AmendOrder,
  CancelAllQuery,
  CancelAllResult,
  ClientOrderId,
  type EndReason,
  FillsQuery,
  FillView,
  OcoDetail,
  OrderDetail,
  OrdersQuery,
  OrderView,
  PlaceOco,
  PlaceOrder,
} from '../contract/orders.ts'
import { csvList } from './csv.ts'
import { FILL_COLUMNS, ORDER_COLUMNS } from './exports.ts'
import { knownMarket } from './markets.ts'
import { orRefuse, RefusalError } from './problem.ts'
import { accountOf, answers, jsonBody, listAnswers, route, routes } from './route.ts'

const OrderPath = z.object({ id: Id })

const IdempotencyHeaders = z.object({
  'idempotency-key': ClientOrderId.optional().describe('Serves as client order id where the body has none.'),
})

const placeOrder = route({
  access: 'account',
  method: 'post',
  path: '/orders',
  tags: ['Orders'],
  summary: 'Place an order',
  description:
    'Answers the order as it is after the market has taken it, fills included. When the market could not be reached in ' +
    'time the order is answered as `pending` and is delivered later, once.',
  request: { headers: IdempotencyHeaders, body: jsonBody(PlaceOrder) },
  responses: answers(OrderDetail, 'The order'),
})

const placeOco = route({
  access: 'account',
  method: 'post',
  path: '/orders/oco',
  tags: ['Orders'],
  summary: 'Place two orders of which one cancels the other',
  description:
    'A take-profit and a stop-loss of the same quantity that hold funds once. As soon as one of them fills, fires or ends, ' +
    'the other is cancelled with the reason `oco`.',
  request: { headers: IdempotencyHeaders, body: jsonBody(PlaceOco) },
  responses: answers(OcoDetail, 'The two orders'),
})

const amendOrder = route({
  access: 'account',
  method: 'patch',
  path: '/orders/{id}',
  tags: ['Orders'],
  summary: 'Change an order',
  description:
    'Less quantity keeps its place in the queue; more quantity or another price loses it, and may trade at once. When the ' +
    'market could not be reached in time the answer says that the amendment is under way.',
  request: { params: OrderPath, body: jsonBody(AmendOrder) },
  responses: answers(OrderDetail, 'The order as it is now'),
})

const listOrders = route({
  access: 'account',
  method: 'get',
  path: '/orders',
  tags: ['Orders'],
  summary: 'Your orders, newest first',
  request: { query: OrdersQuery },
  responses: listAnswers(page(OrderView), 'A page of orders'),
})

const getOrder = route({
  access: 'account',
  method: 'get',
  path: '/orders/{id}',
  tags: ['Orders'],
  summary: 'One order with its fills',
  request: { params: OrderPath },
  responses: answers(OrderDetail, 'The order'),
})

const cancelOrder = route({
  access: 'account',
  method: 'delete',
  path: '/orders/{id}',
  tags: ['Orders'],
  summary: 'Cancel an order',
  request: { params: OrderPath },
  responses: answers(OrderDetail, 'The order as it is now'),
})

const cancelAll = route({
  access: 'account',
  method: 'delete',
  path: '/orders',
  tags: ['Orders'],
  summary: 'Cancel all open orders, or all of one market',
  request: { query: CancelAllQuery },
  responses: answers(CancelAllResult, 'How many cancels were sent'),
})

const listFills = route({
  access: 'account',
  method: 'get',
  path: '/fills',
  tags: ['Orders'],
  summary: 'Your fills, newest first',
  request: { query: FillsQuery },
  responses: listAnswers(page(FillView), 'A page of fills'),
})

/** What the market did not take is an error of the request, though the order and its reason stay in the history. */
function taken(detail: OrderDetail): OrderDetail {
  const { status, reason } = detail.order
  const refusal = status === 'rejected' && reason !== null ? REJECTED[reason] : undefined
  if (refusal !== undefined) throw new RefusalError(refusal)
  return detail
}

const REJECTED: Partial<Record<EndReason, Refusal>> = {
  would_trigger: {
    code: 'would_trigger',
    message: 'The price has reached this trigger already. Choose another, or place the order without one.',
    field: 'triggerPrice',
  },
  book_full: { code: 'book_full', message: 'The market takes no more orders now. Try again later.' },
  post_only: {
    code: 'post_only_would_take',
    message: 'At this price the order would trade at once. Choose a price further from the market.',
    field: 'price',
  },
  outside_band: {
    code: 'outside_band',
    message: 'The price is too far from the market. Choose one nearer to it.',
    field: 'price',
  },
  too_many_open_orders: {
    code: 'too_many_open_orders',
    message: 'You have too many open orders in this market. Cancel one first.',
  },
  market_closed: { code: 'market_closed', message: 'The market takes no new orders now. Try again later.' },
}

export const orderRoutes = routes()
  .openapi(placeOrder, async (context) => {
    const { accountId } = accountOf(context)
    const order = context.req.valid('json')
    const key = context.req.valid('header')['idempotency-key']
    knownMarket(order.market)
    const clientOrderId = order.clientOrderId ?? key
    const named = clientOrderId === undefined ? order : { ...order, clientOrderId }
    const outcome = await context.env.ACCOUNT.getByName(accountId).placeOrder(uuidv7(), named)
    return context.json(taken(orRefuse(outcome)), 200)
  })
  .openapi(placeOco, async (context) => {
    const { accountId } = accountOf(context)
    const pair = context.req.valid('json')
    const key = context.req.valid('header')['idempotency-key']
    knownMarket(pair.market)
    const clientOrderId = pair.clientOrderId ?? key
    const named = clientOrderId === undefined ? pair : { ...pair, clientOrderId }
    const ids = { takeProfitId: uuidv7(), stopLossId: uuidv7() }
    const outcome = await context.env.ACCOUNT.getByName(accountId).placeOco(ids, named)
    const placed = orRefuse(outcome)
    return context.json({ takeProfit: taken(placed.takeProfit), stopLoss: taken(placed.stopLoss) }, 200)
  })
  .openapi(amendOrder, async (context) => {
    const { accountId } = accountOf(context)
    const { id } = context.req.valid('param')
    const change = context.req.valid('json')
    return context.json(orRefuse(await context.env.ACCOUNT.getByName(accountId).amendOrder(id, change)), 200)
  })
  .openapi(listOrders, async (context) => {
    const { accountId } = accountOf(context)
    const { format, ...query } = context.req.valid('query')
    const account = context.env.ACCOUNT.getByName(accountId)
    if (format === 'json') return context.json(await account.orders(query), 200)
    return csvList('orders', ORDER_COLUMNS, query, (asked) => account.orders(asked))
  })
  .openapi(getOrder, async (context) => {
    const { accountId } = accountOf(context)
    const { id } = context.req.valid('param')
    return context.json(orRefuse(await context.env.ACCOUNT.getByName(accountId).order(id)), 200)
  })
  .openapi(cancelOrder, async (context) => {
    const { accountId } = accountOf(context)
    const { id } = context.req.valid('param')
    return context.json(orRefuse(await context.env.ACCOUNT.getByName(accountId).cancelOrder(id)), 200)
  })
  .openapi(cancelAll, async (context) => {
    const { accountId } = accountOf(context)
    const { market } = context.req.valid('query')
    if (market !== undefined) knownMarket(market)
    return context.json(await context.env.ACCOUNT.getByName(accountId).cancelAll(market), 200)
  })
  .openapi(listFills, async (context) => {
    const { accountId } = accountOf(context)
    const { format, ...query } = context.req.valid('query')
    const account = context.env.ACCOUNT.getByName(accountId)
    if (format === 'json') return context.json(await account.fills(query), 200)
    return csvList('fills', FILL_COLUMNS, query, (asked) => account.fills(asked))
  })
