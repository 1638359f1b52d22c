import type { PlaceOcoCommand, PlaceOrderCommand } from '../../worker/account/placeOrder.ts'
import { toTime } from '../../worker/contract/amounts.ts'
import { toDecimal, UNIT } from '../../worker/ledger/amount.ts'
import { baseOf, type Market, quoteOf } from '../../worker/market/settings.ts'
import type { Random } from '../support/random.ts'

/** What an order is drawn for. */
export interface Draw {
  readonly random: Random
  readonly market: Market
  /** Where the reference stands. */
  readonly reference: number
  /** Whole quote units that it is to be worth about. */
  readonly worth: number
  readonly now: number
  readonly newId: () => string
  readonly clientOrderId: string
}

type Side = 'buy' | 'sell'

/** Lots worth so much at a price, one at least. */
export const lotsWorth = (market: Market, ticks: number, worth: number): number =>
  Math.max(1, Number((BigInt(worth) * UNIT) / quoteOf(market, ticks, 1)))

/** An order of any type, most of them limit and market orders; triggers so near that many of them fire. */
export function drawOrder(draw: Draw): PlaceOrderCommand {
  const { random, market } = draw
  const side: Side = random.chance(0.5) ? 'buy' : 'sell'
  const shared = {
    orderId: draw.newId(),
    clientOrderId: draw.clientOrderId,
    market: market.id,
    side,
    postOnly: false,
    selfTradePrevention: random.chance(0.6)
      ? 'cancel_newest'
      : random.pick(['cancel_oldest', 'cancel_both', 'decrement'] as const),
  } as const
  const order = random.chance(0.3)
    ? marketOrder(draw)
    : random.chance(0.25)
      ? waitingOrder(draw, side)
      : limitOrder(draw, side)
  return { ...shared, ...order, ...(random.chance(0.08) ? exits(draw, side) : {}) }
}

/** Two orders of which one cancels the other. */
export function drawPair(draw: Draw): PlaceOcoCommand {
  const { random, market, reference, worth } = draw
  const side: Side = random.chance(0.5) ? 'buy' : 'sell'
  const gain = away(draw, side, random.between(2, 40))
  const loss = away(draw, side, -random.between(2, 40))
  return {
    market: market.id,
    side,
    quantity: quantityAt(market, reference, worth),
    takeProfit: random.chance(0.7) ? { price: gain } : { triggerPrice: gain, price: gain },
    stopLoss: random.chance(0.5)
      ? { triggerPrice: loss, ...(random.chance(0.5) ? { price: away(draw, side, -60) } : {}) }
      : { trailingBps: random.between(2, 50) },
    timeInForce: 'GTC',
    selfTradePrevention: 'cancel_newest',
    takeProfitId: draw.newId(),
    stopLossId: draw.newId(),
    clientOrderId: draw.clientOrderId,
  }
}

type Terms = Omit<PlaceOrderCommand, 'orderId' | 'market' | 'side' | 'selfTradePrevention' | 'postOnly'> & {
  postOnly?: boolean
}

function marketOrder(draw: Draw): Terms {
  const timeInForce = draw.random.chance(0.1) ? 'FOK' : 'IOC'
  return { type: 'market', timeInForce, ...size(draw, draw.reference) }
}

function limitOrder(draw: Draw, side: Side): Terms {
  const { random, market, worth } = draw
  // From half a percent behind the reference to a fifth of one through it; many at round prices, where they queue.
  const ticks = ticksAt(draw, side, random.between(-20, 50))
  const price = toDecimal(BigInt(random.chance(0.6) ? rounded(ticks) : ticks) * market.tickSize)
  const lots = lotsWorth(market, draw.reference, worth) + 1
  const quantity = toDecimal(baseOf(market, lots))
  if (random.chance(0.1))
    return { type: 'limit', price, quantity, timeInForce: random.pick(['IOC', 'FOK'] as const) }
  const shown = Math.ceil(lots / random.between(2, 9))
  const iceberg =
    random.chance(0.15) && shown < lots ? { displayQuantity: toDecimal(baseOf(market, shown)) } : {}
  return { type: 'limit', price, quantity, ...iceberg, ...waits(draw), postOnly: random.chance(0.1) }
}

function waitingOrder(draw: Draw, side: Side): Terms {
  const { random, market, worth, reference } = draw
  // A stop lies where the price would be worse for its side, a take-profit where it would be better.
  const near = random.between(1, 30)
  const limited = random.chance(0.4)
  switch (random.below(3)) {
    case 0: {
      const triggerPrice = away(draw, side, -near)
      if (!limited) return { type: 'stop', triggerPrice, ...waits(draw), ...size(draw, reference) }
      const price = away(draw, side, -near - random.between(-10, 20))
      return {
        type: 'stop_limit',
        triggerPrice,
        price,
        quantity: quantityAt(market, reference, worth),
        ...waits(draw),
      }
    }
    case 1: {
      const triggerPrice = away(draw, side, near)
      if (!limited) return { type: 'take_profit', triggerPrice, ...waits(draw), ...size(draw, reference) }
      const quantity = quantityAt(market, reference, worth)
      return { type: 'take_profit_limit', triggerPrice, price: triggerPrice, quantity, ...waits(draw) }
    }
    default: {
      const offset = random.chance(0.5)
        ? { trailingBps: near }
        : {
            trailingAmount: toDecimal(
              BigInt(Math.max(1, Math.round((reference * near) / 10_000))) * market.tickSize,
            ),
          }
      const activation = random.chance(0.3)
        ? { activationPrice: away(draw, side, random.between(-5, 20)) }
        : {}
      const quantity = quantityAt(market, reference, worth)
      const ends = limited ? { price: away(draw, side, -50), quantity } : size(draw, reference)
      return { type: 'trailing_stop', ...offset, ...activation, ...ends, ...waits(draw) }
    }
  }
}

function exits(draw: Draw, side: Side): Pick<PlaceOrderCommand, 'takeProfit' | 'stopLoss'> {
  const other = side === 'buy' ? 'sell' : 'buy'
  const takeProfit = { price: away(draw, other, 80) }
  const stopLoss = draw.random.chance(0.5) ? { triggerPrice: away(draw, other, -80) } : { trailingBps: 40 }
  return draw.random.chance(0.7) ? { takeProfit, stopLoss } : { stopLoss }
}

const waits = ({ random, now }: Draw): Pick<PlaceOrderCommand, 'timeInForce' | 'expiresAt'> =>
  random.chance(0.1)
    ? { timeInForce: 'GTD', expiresAt: toTime(now + random.between(1_000, 120_000)) }
    : { timeInForce: 'GTC' }

const size = ({ random, market, worth }: Draw, ticks: number) =>
  random.chance(0.5) ? { quoteAmount: String(worth) } : { quantity: quantityAt(market, ticks, worth) }

const quantityAt = (market: Market, ticks: number, worth: number): string =>
  toDecimal(baseOf(market, lotsWorth(market, ticks, worth) + 1))

/** To three figures: a few prices within what is drawn. */
function rounded(ticks: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(ticks)) - 2)
  return Math.round(ticks / unit) * unit
}

/** The price so many basis points better for that side than the reference; worse when negative. */
function ticksAt({ reference }: Draw, side: Side, bps: number): number {
  return Math.max(1, Math.round(reference * (1 + ((side === 'buy' ? -1 : 1) * bps) / 10_000)))
}

const away = (draw: Draw, side: Side, bps: number): string =>
  toDecimal(BigInt(ticksAt(draw, side, bps)) * draw.market.tickSize)
