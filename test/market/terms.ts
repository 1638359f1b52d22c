import type { OrderTerms, Side, SubmitOrder } from '../../worker/market/messages.ts'

/** An order of a test: a limit order good till cancelled where it says nothing else. */
export type TestOrder = Partial<OrderTerms> & { orderId: string; side: Side; fireIfReached?: boolean }

export function termsOf({ orderId: _id, fireIfReached: _fire, ...terms }: TestOrder): OrderTerms {
  const orderType = terms.orderType ?? 'limit'
  const { lots = null, quoteBudget = null } = terms
  return {
    orderType,
    ticks: null,
    lots,
    quoteBudget,
    wants: (terms.side === 'buy' ? lots !== null : quoteBudget === null) ? 'lots' : 'quote',
    trigger: null,
    timeInForce: orderType === 'market' ? 'IOC' : 'GTC',
    expiresAt: null,
    postOnly: false,
    displayLots: null,
    selfTrade: 'cancel_newest',
    ...terms,
  }
}

export const submitOrder = (order: TestOrder): SubmitOrder => ({
  type: 'submitOrder',
  orderId: order.orderId,
  terms: termsOf(order),
  fireIfReached: order.fireIfReached ?? false,
})
