import { type Order, openOrders } from '../../worker/account/accountState.ts'
import { amendOrder } from '../../worker/account/amendOrder.ts'
import { cancelAllOrders, cancelOrder } from '../../worker/account/cancelOrder.ts'
import { marketsToMark } from '../../worker/account/equity.ts'
import { estimateFor, type PlaceOrderCommand, placeOco, placeOrder } from '../../worker/account/placeOrder.ts'
import { accepted, type Outcome } from '../../worker/contract/errors.ts'
import { toDecimal, UNIT } from '../../worker/ledger/amount.ts'
import { estimate } from '../../worker/market/estimate.ts'
import { baseOf, marketById } from '../../worker/market/settings.ts'
import type { Crowd } from './crowd.ts'
import { type Draw, drawOrder, drawPair, lotsWorth } from './orderMix.ts'
import type { VirtualAccount } from './venue.ts'

/** An order of any type worth from `least` to `most` whole quote units. */
export function place(crowd: Crowd, account: VirtualAccount, least: number, most: number): void {
  const command = drawOrder(drawFor(crowd, least, most))
  const { orderId: _id, clientOrderId: _name, type, ...details } = command
  const order = crowd.ask(account, type, details, (it) => submit(crowd, it, command))
  if (order === null) return
  const { accountId } = account.state
  crowd.promised.push({ account: accountId, order: order.id })
  if (type !== 'market') crowd.remember({ account: accountId, order: order.id, market: command.market })
}

/** As the shell of an account does it: asks the markets for what the decision needs, then decides. */
function submit({ venue }: Crowd, account: VirtualAccount, command: PlaceOrderCommand): Outcome<Order> {
  const { now } = venue.world
  const marks = [...new Set([command.market, ...marketsToMark(account.state)])].map((id) =>
    venue.market(id).state.mark(now),
  )
  const request = estimateFor(command)
  const estimated = request === null ? null : estimate(venue.market(command.market).state, request, now)
  return account.execute((state, moment) =>
    placeOrder(state, command, { estimate: estimated, marks }, moment),
  )
}

export function drawFor(crowd: Crowd, least: number, most: number): Draw {
  const { random, venue } = crowd
  const market = crowd.aMarket()
  return {
    random,
    market,
    reference: crowd.reference(market).ticks,
    worth: random.between(Math.max(least, Number(market.minNotional / UNIT) + 1), most),
    now: venue.world.now,
    newId: () => venue.world.newId(),
    clientOrderId: crowd.name('order'),
  }
}

/** Two orders that hold once. */
export function placePair(crowd: Crowd): void {
  const account = crowd.anybody()
  const command = drawPair(drawFor(crowd, 10, 150))
  const { market, takeProfitId: _first, stopLossId: _second, clientOrderId: _name, ...details } = command
  const mark = crowd.venue.market(market).state.mark(crowd.venue.world.now)
  const orders = crowd.ask(account, 'pair', { market, ...details }, (it) =>
    it.execute((state, moment) => placeOco(state, command, { estimate: null, marks: [mark] }, moment)),
  )
  for (const { id: order } of orders ?? []) {
    crowd.promised.push({ account: account.state.accountId, order })
    crowd.remember({ account: account.state.accountId, order, market })
  }
}

export function amend(crowd: Crowd): void {
  const { random, venue } = crowd
  const chosen = crowd.one(crowd.resting)
  if (chosen === undefined) return
  const market = marketById(chosen.market)
  const { ticks: reference } = crowd.reference(market)
  const price = toDecimal(
    BigInt(Math.round(reference * (1 + random.between(-40, 40) / 10_000))) * market.tickSize,
  )
  const lots = lotsWorth(market, reference, random.between(15, 200))
  const change = {
    ...(random.chance(0.5) ? { price } : {}),
    ...(random.chance(0.2) ? { triggerPrice: price } : {}),
    quantity: toDecimal(baseOf(market, lots)),
  }
  const details = { order: chosen.order, ...change }
  crowd.ask(venue.account(chosen.account), 'amend', details, (account) =>
    account.execute((state, moment) => amendOrder(state, chosen.order, change, moment)),
  )
}

export function cancel(crowd: Crowd): void {
  const chosen = crowd.take(crowd.resting)
  if (chosen === undefined) return
  crowd.asked.add(chosen.order)
  crowd.ask(crowd.venue.account(chosen.account), 'cancel', chosen.order, (account) =>
    account.execute((state) => cancelOrder(state, chosen.order)),
  )
}

export function cancelAll(crowd: Crowd): void {
  const market = crowd.random.chance(0.5) ? crowd.aMarket().id : undefined
  crowd.ask(crowd.anybody(), 'cancel all', market ?? 'markets', (account) =>
    accepted(
      account.execute((state) => {
        for (const { id } of openOrders(state, market)) crowd.asked.add(id)
        return cancelAllOrders(state, market)
      }),
    ),
  )
}
