import { type Refusal, refused } from '../contract/errors.ts'
import type { PlaceOrder, StopLossLeg, TakeProfitLeg } from '../contract/orders.ts'
import { toDecimal, toUnits } from '../ledger/amount.ts'
import type { OrderTerms, Side } from '../market/messages.ts'
import { checkOrder, priceOf } from '../market/rules.ts'
import { baseOf, type Market, marketById, quoteOf } from '../market/settings.ts'
import { marketAddress } from '../messaging/address.ts'
import type { Moment, Outgoing } from '../messaging/domain.ts'
import { type AccountEvent, type AccountState, type Exits, type Order, openOrders } from './accountState.ts'
import { type Funded, fund } from './funding.ts'
import { heldAsset } from './holds.ts'
import { holdEntry, holdOfPair, newOrder, pairOf, submitOf } from './newOrders.ts'
import { hasEnded } from './orderStates.ts'
import { askedOf, legsOf } from './orderTerms.ts'

/** What arming the exits of an entry leads to. */
export interface Armed {
  readonly exits: Exits
  readonly events: readonly AccountEvent[]
  readonly messages: readonly Outgoing[]
}

/** The side of an entry's exits. */
export const opposite = (side: Side): Side => (side === 'buy' ? 'sell' : 'buy')

/**
 * Why the exits of a bracket make no sense: they gain or lose on the wrong side of the entry, and would be done the moment
 * they are armed. `referenceTicks` is the market's price, for an entry that names none.
 */
export function faultOfExits(entry: PlaceOrder, referenceTicks: number | null): Refusal | null {
  const { takeProfit, stopLoss, side } = entry
  if (takeProfit === undefined && stopLoss === undefined) return null
  const market = marketById(entry.market)
  const quantity = toDecimal(baseOf(market, market.maxLots))
  for (const [leg, command] of Object.entries(
    exitCommands(entry, takeProfit ?? null, stopLoss ?? null, quantity),
  )) {
    const asked = askedOf(command)
    if (!asked.ok) return { ...asked.refusal, field: `${leg}.${asked.refusal.field ?? 'price'}` }
  }
  const named = entry.price ?? entry.triggerPrice
  const from =
    named !== undefined ? toUnits(named) : referenceTicks === null ? null : priceOf(market, referenceTicks)
  return faultOfLegs(opposite(side), takeProfit, stopLoss, from)
}

/** Orders of an account in a market, and those that it keeps room for: the exits of entries that can still fill. */
export const placesTaken = (state: AccountState, market: string): number =>
  openOrders(state, market).reduce((sum, { exits }) => sum + 1 + legCount(exits), 0)

/** Why there is no room for the exits of a new entry beside the entry itself, which a market order takes none for. */
export function faultOfRoom(state: AccountState, market: Market, terms: OrderTerms, exits: Exits | null) {
  const needed = legCount(exits) + (terms.orderType === 'market' ? 0 : 1)
  const taken = placesTaken(state, market.id)
  if (exits === null || taken + needed <= market.maxOpenOrders) return null
  return refused(
    'too_many_open_orders',
    `This order and its exits need room for ${needed} orders in ${market.symbol}; you have ${taken} open or to come, and ${market.maxOpenOrders} is the most. Cancel one first.`,
  ).refusal
}

const legCount = (exits: Exits | null): number =>
  exits === null ? 0 : Number(exits.takeProfit !== null) + Number(exits.stopLoss !== null)

/** That a take-profit lies on the side of a gain, from the stop and from where the position begins. */
export function faultOfLegs(
  side: Side,
  takeProfit: TakeProfitLeg | undefined,
  stopLoss: StopLossLeg | undefined,
  from: bigint | null,
): Refusal | null {
  const gain = unitsOf(takeProfit?.triggerPrice ?? takeProfit?.price)
  const loss = unitsOf(stopLoss?.triggerPrice)
  const better = (price: bigint, than: bigint): boolean => (side === 'sell' ? price > than : price < than)
  const [above, below] = side === 'sell' ? ['above', 'below'] : ['below', 'above']
  if (gain !== null && from !== null && !better(gain, from))
    return refused('invalid_input', `Take profit ${above} ${toDecimal(from)}.`, 'takeProfit').refusal
  if (loss !== null && from !== null && !better(from, loss))
    return refused('invalid_input', `Stop ${below} ${toDecimal(from)}.`, 'stopLoss').refusal
  if (gain !== null && loss !== null && !better(gain, loss))
    return refused('invalid_input', `Take profit ${above} the stop.`, 'takeProfit').refusal
  return null
}

const unitsOf = (decimal: string | undefined): bigint | null =>
  decimal === undefined ? null : toUnits(decimal)

/**
 * Places exits for what an entry has brought in: as soon as it is worth an order, and again with each further fill. The
 * exits of a buy sell what it bought; those of a sell buy back what its proceeds pay for at the worse of their prices. What
 * is too little stays unarmed and is counted with the next fill. `available` is what the account has with the fills.
 */
export function armExits(
  state: AccountState,
  entry: Order,
  received: bigint,
  available: bigint,
  referenceTicks: number,
  moment: Moment,
): Armed | null {
  if (entry.exits === null) return null
  const exits = { ...entry.exits, unarmed: entry.exits.unarmed + received }
  const market = marketById(entry.market)
  const funded = fundExits(state, market, entry, exits, available, referenceTicks)
  if (funded === null) return { exits, events: [], messages: [] }
  const [first, second] = funded
  const { orders, entry: hold, amount } = placeExits(state, market, first, second, entry.id, moment)
  return {
    exits: { ...exits, unarmed: exits.unarmed - amount },
    events: [
      { type: 'posted', entry: hold },
      ...orders.map((order) => ({ type: 'orderChanged', order }) as const),
    ],
    messages: [{ to: marketAddress(entry.market), body: submitOf(orders, true) }],
  }
}

/** The exits with their holds, or null when what came in is not worth an order yet, or the market takes none. */
function fundExits(
  state: AccountState,
  market: Market,
  entry: Order,
  exits: Exits,
  available: bigint,
  referenceTicks: number,
): readonly [Funded, Funded | undefined] | null {
  const budget = exits.unarmed < available ? exits.unarmed : available
  const lots = affordableLots(market, entry, exits, budget, referenceTicks)
  if (lots < market.minLots) return null
  const { terms } = entry
  const shared = {
    market: market.id,
    side: terms.side,
    type: terms.orderType,
    timeInForce: 'GTC',
    postOnly: false,
    selfTradePrevention: terms.selfTrade,
  } as const
  const quantity = toDecimal(baseOf(market, lots))
  // The entry is still among the open ones, though this fill may have ended it.
  const openNow = openOrders(state, market.id).length - (hasEnded(entry.status) ? 1 : 0)
  const funded: Funded[] = []
  for (const command of Object.values(exitCommands(shared, exits.takeProfit, exits.stopLoss, quantity))) {
    const asked = askedOf(command)
    if (!asked.ok) return null
    const held = fund(asked.value, { estimate: null, referenceTicks, available: () => budget })
    const standing = { status: 'open', referenceTicks, openOrders: openNow + funded.length } as const
    if (!held.ok || checkOrder(market, held.value.terms, standing) !== null) return null
    funded.push(held.value)
  }
  const [first, second] = funded
  return first === undefined ? null : [first, second]
}

/** The exits that there are, each as an order of the other side. */
function exitCommands(
  entry: PlaceOrder,
  takeProfit: TakeProfitLeg | null,
  stopLoss: StopLossLeg | null,
  quantity: string,
): { takeProfit?: PlaceOrder; stopLoss?: PlaceOrder } {
  const { market, selfTradePrevention } = entry
  const shared = {
    market,
    side: opposite(entry.side),
    quantity,
    timeInForce: 'GTC',
    selfTradePrevention,
  } as const
  const legs = legsOf({ ...shared, takeProfit: takeProfit ?? {}, stopLoss: stopLoss ?? {} })
  return {
    ...(takeProfit === null ? {} : { takeProfit: legs.takeProfit }),
    ...(stopLoss === null ? {} : { stopLoss: legs.stopLoss }),
  }
}

/** Whole lots: of a buy what it bought, of a sell what its proceeds buy back at the dearest price that an exit may pay. */
function affordableLots(
  market: Market,
  { terms }: Order,
  { takeProfit, stopLoss }: Exits,
  budget: bigint,
  referenceTicks: number,
): number {
  if (terms.side === 'buy') return Math.min(market.maxLots, Number(budget / market.lotSize))
  const dearest = dearestOf([
    takeProfit?.price,
    takeProfit?.triggerPrice,
    stopLoss?.price,
    stopLoss?.triggerPrice,
  ])
  const trailed = stopLoss?.trailingAmount !== undefined ? toUnits(stopLoss.trailingAmount) : 0n
  const reference = priceOf(market, referenceTicks)
  const followed = reference + trailed + (reference * BigInt(stopLoss?.trailingBps ?? 0)) / 10_000n
  const ticks = Number((dearest > followed ? dearest : followed) / market.tickSize) + 1
  return Math.min(market.maxLots, Number(budget / quoteOf(market, ticks, 1)))
}

const dearestOf = (prices: readonly (string | undefined)[]): bigint =>
  prices.reduce((most, price) => (price !== undefined && toUnits(price) > most ? toUnits(price) : most), 0n)

function placeExits(
  state: AccountState,
  market: Market,
  first: Funded,
  second: Funded | undefined,
  entryId: string,
  moment: Moment,
) {
  if (second === undefined) {
    const order = { ...newOrder(state, market, first, moment.newId(), moment), held: first.amount, entryId }
    return { orders: [order], entry: holdEntry(order, first, moment), amount: first.amount }
  }
  const ids = { takeProfitId: moment.newId(), stopLossId: moment.newId() }
  const pair = pairOf(state, market, first, second, ids, moment)
  const orders = pair.map((order) => ({ ...order, entryId }))
  return { orders, entry: holdOfPair(pair, second, moment), amount: pair[0].held }
}

/** What a fill of an entry brings in is in the asset that its exits give. */
export const receivedAsset = (market: Market, side: Side): string =>
  heldAsset(market, { side: opposite(side) })
