import type { PlaceOrder } from '../contract/orders.ts'
import { toDecimal } from '../ledger/amount.ts'
import { priceOf } from '../market/rules.ts'
import { baseOf, marketById } from '../market/settings.ts'
import type { TraderAction } from './view.ts'

/** What a trader wants to place, as the API takes it. */
export function orderOf(action: Exclude<TraderAction, { type: 'cancel' }>): PlaceOrder {
  const market = marketById(action.market)
  const common = { market: market.id, postOnly: false, selfTradePrevention: 'cancel_newest' } as const
  switch (action.type) {
    case 'buyFor':
      return {
        ...common,
        side: 'buy',
        type: 'market',
        quoteAmount: toDecimal(action.quote),
        timeInForce: 'IOC',
      }
    case 'sell':
      return {
        ...common,
        side: 'sell',
        type: 'market',
        quantity: toDecimal(baseOf(market, action.lots)),
        timeInForce: 'IOC',
      }
    case 'rest':
      return {
        ...common,
        side: action.side,
        type: 'limit',
        price: toDecimal(priceOf(market, action.ticks)),
        quantity: toDecimal(baseOf(market, action.lots)),
        timeInForce: 'GTC',
        postOnly: true,
      }
  }
}
