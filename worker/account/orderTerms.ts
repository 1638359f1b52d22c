import { accepted, type Outcome, refused } from '../contract/errors.ts'
import type { PlaceOco, PlaceOrder } from '../contract/orders.ts'
import { toUnits } from '../ledger/amount.ts'
import type { OrderTerms, TriggerTerms } from '../market/messages.ts'
import { toLots, toTicks } from '../market/rules.ts'
import { findMarket, type Market } from '../market/settings.ts'

/** What was asked for, on the grid of its market. Bounds that holds set are still open: see `fund`. */
export interface Asked {
  readonly market: Market
  readonly terms: OrderTerms
}

/** The terms of an order that came by the wire, or which of its values is not one of this market. */
export function askedOf(command: PlaceOrder): Outcome<Asked> {
  const market = findMarket(command.market)
  if (market === undefined)
    return refused(
      'unknown_market',
      `There is no market ${command.market}. Choose one from the list of markets.`,
      'market',
    )
  const ticks = optional(command.price, (price) => toTicks(market, price, 'price'))
  if (!ticks.ok) return ticks
  const lots = optional(command.quantity, (quantity) => toLots(market, quantity, 'quantity'))
  if (!lots.ok) return lots
  const displayLots = optional(command.displayQuantity, (quantity) =>
    toLots(market, quantity, 'displayQuantity'),
  )
  if (!displayLots.ok) return displayLots
  const trigger = triggerOf(market, command)
  if (!trigger.ok) return trigger
  const { type, timeInForce, quoteAmount, expiresAt } = command
  return accepted({
    market,
    terms: {
      side: command.side,
      orderType: type,
      ticks: ticks.value,
      lots: lots.value,
      quoteBudget: quoteAmount === undefined ? null : toUnits(quoteAmount),
      wants: quoteAmount === undefined ? 'lots' : 'quote',
      trigger: trigger.value,
      // A market order never rests, so the default of the wire means IOC for it.
      timeInForce: type === 'market' && timeInForce === 'GTC' ? 'IOC' : timeInForce,
      expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt),
      postOnly: command.postOnly,
      displayLots: displayLots.value,
      selfTrade: command.selfTradePrevention,
    },
  })
}

function triggerOf(market: Market, command: PlaceOrder): Outcome<TriggerTerms | null> {
  const price = optional(command.triggerPrice, (units) => toTicks(market, units, 'triggerPrice'))
  if (!price.ok) return price
  if (price.value !== null) return accepted({ kind: 'price', ticks: price.value })
  if (command.type !== 'trailing_stop') return accepted(null)
  const offset = optional(command.trailingAmount, (units) => toTicks(market, units, 'trailingAmount'))
  if (!offset.ok) return offset
  const activation = optional(command.activationPrice, (units) => toTicks(market, units, 'activationPrice'))
  if (!activation.ok) return activation
  return accepted({
    kind: 'trailing',
    offsetTicks: offset.value,
    offsetBps: command.trailingBps ?? null,
    activationTicks: activation.value,
  })
}

const optional = <Value>(
  decimal: string | undefined,
  parse: (units: bigint) => Outcome<Value>,
): Outcome<Value | null> => (decimal === undefined ? accepted(null) : parse(toUnits(decimal)))

/** The bounds that were asked for, without those that the hold has set since. */
export const askedTerms = (terms: OrderTerms): OrderTerms =>
  terms.ticks !== null
    ? terms
    : { ...terms, ...(terms.wants === 'lots' ? { quoteBudget: null } : { lots: null }) }

/** The two orders of a pair, each as if it came alone. */
export function legsOf(pair: Omit<PlaceOco, 'clientOrderId'>): {
  takeProfit: PlaceOrder
  stopLoss: PlaceOrder
} {
  const { takeProfit, stopLoss, ...shared } = pair
  const both = { ...shared, postOnly: false } as const
  return {
    takeProfit: { ...both, ...takeProfit, type: takeProfitType(takeProfit) },
    stopLoss: { ...both, ...stopLoss, type: stopLossType(stopLoss) },
  }
}

function takeProfitType({ price, triggerPrice }: PlaceOco['takeProfit']): PlaceOrder['type'] {
  if (triggerPrice === undefined) return 'limit'
  return price === undefined ? 'take_profit' : 'take_profit_limit'
}

function stopLossType({ price, triggerPrice }: PlaceOco['stopLoss']): PlaceOrder['type'] {
  if (triggerPrice === undefined) return 'trailing_stop'
  return price === undefined ? 'stop' : 'stop_limit'
}
