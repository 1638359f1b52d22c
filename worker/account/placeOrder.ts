import { accepted, type Outcome, type Refusal, refused } from '../contract/errors.ts'
import type { PlaceOco, PlaceOrder } from '../contract/orders.ts'
import type { Entry } from '../ledger/ledger.ts'
import type { Estimate, EstimateRequest, Mark, OrderTerms } from '../market/messages.ts'
import { checkOrder } from '../market/rules.ts'
import { marketAddress } from '../messaging/address.ts'
import { encode } from '../messaging/codec.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import { type AccountEvent, type AccountState, availableOf, type Exits, type Order } from './accountState.ts'
import { faultOfExits, faultOfLegs, faultOfRoom, placesTaken } from './bracket.ts'
import { MARK_MAX_AGE_MS } from './equity.ts'
import { type Funded, fund } from './funding.ts'
import { siblingOf } from './holds.ts'
import { holdEntry, holdOfPair, newOrder, pairOf, submitOf } from './newOrders.ts'
import { type Asked, askedOf, askedTerms, legsOf } from './orderTerms.ts'

/** An order as it comes in, with the id that the shell has made for it. */
export interface PlaceOrderCommand extends PlaceOrder {
  readonly orderId: string
}

/** A pair as it comes in, with the ids that the shell has made for its two orders. */
export interface PlaceOcoCommand extends PlaceOco {
  readonly takeProfitId: string
  readonly stopLossId: string
}

/** What the shell has asked the Markets before the decision. */
export interface MarketsNow {
  /** The answer to `estimateFor`; null when nothing would trade, or nothing was asked. */
  readonly estimate: Estimate | null
  readonly marks: readonly Mark[]
}

type Placed<Reply> = Decision<AccountEvent, Outcome<Reply>>

/** What to ask the Market before placing: only a market order whose cost is not known from its own figures needs it. */
export function estimateFor(command: PlaceOrder): EstimateRequest | null {
  const asked = askedOf(command)
  if (!asked.ok || asked.value.terms.orderType !== 'market') return null
  const { side, lots, quoteBudget } = asked.value.terms
  if (side === 'buy') return lots === null ? null : { side, lots, quote: null }
  return quoteBudget === null ? null : { side, lots: null, quote: quoteBudget }
}

/**
 * Holds what the order can cost and sends it to its market; it is `pending` until the market reports. The same client
 * order id with the same content answers the order as it is now, and nothing is placed a second time.
 */
export function placeOrder(
  before: AccountState,
  command: PlaceOrderCommand,
  known: MarketsNow,
  moment: Moment,
): Placed<Order> {
  const asked = askedOf(command)
  if (!asked.ok) return nothing(asked)
  const exits = exitsOf(command)
  const earlier = earlierOrder(before, command.clientOrderId, command.orderId)
  if (earlier !== undefined)
    return nothing(isSame(earlier, asked.value, exits) ? accepted(earlier) : duplicate())
  const state = withMarks(before, known.marks)
  const fault = faultOfExits(command, referenceOf(state, command.market, moment.now))
  if (fault !== null) return nothing({ ok: false, refusal: fault })
  const room = faultOfRoom(state, asked.value.market, asked.value.terms, exits)
  if (room !== null) return nothing({ ok: false, refusal: room })
  const funded = fundOf(state, asked.value, known.estimate, 0, moment)
  if (!funded.ok) return nothing(funded)
  const { amount } = funded.value
  const order: Order = {
    ...newOrder(state, asked.value.market, funded.value, command.orderId, moment),
    clientOrderId: command.clientOrderId ?? null,
    held: amount,
    exits,
  }
  return place(accepted(order), known, [order], holdEntry(order, funded.value, moment))
}

/** Places two orders that hold once, of which one cancels the other. A repeat is answered as for a single order. */
export function placeOco(
  before: AccountState,
  command: PlaceOcoCommand,
  known: MarketsNow,
  moment: Moment,
): Placed<readonly [Order, Order]> {
  const legs = legsOf(command)
  const asked = [askedOf(legs.takeProfit), askedOf(legs.stopLoss)] as const
  if (!asked[0].ok) return nothing(underLeg('takeProfit', asked[0].refusal))
  if (!asked[1].ok) return nothing(underLeg('stopLoss', asked[1].refusal))
  const earlier = earlierOrder(before, command.clientOrderId, command.takeProfitId)
  if (earlier !== undefined) {
    const other = siblingOf(before, earlier)
    const same =
      other !== undefined && isSame(earlier, asked[0].value, null) && isSame(other, asked[1].value, null)
    return nothing(same ? accepted([earlier, other] as const) : duplicate())
  }
  const fault = faultOfLegs(command.side, command.takeProfit, command.stopLoss, null)
  if (fault !== null) return nothing({ ok: false, refusal: fault })
  const state = withMarks(before, known.marks)
  const takeProfit = fundOf(state, asked[0].value, null, 0, moment)
  if (!takeProfit.ok) return nothing(underLeg('takeProfit', takeProfit.refusal))
  const stopLoss = fundOf(state, asked[1].value, null, 1, moment)
  if (!stopLoss.ok) return nothing(underLeg('stopLoss', stopLoss.refusal))
  const { market } = asked[0].value
  const pair = pairOf(state, market, takeProfit.value, stopLoss.value, command, moment)
  const first = { ...pair[0], clientOrderId: command.clientOrderId ?? null }
  return place(
    accepted([first, pair[1]] as const),
    known,
    [first, pair[1]],
    holdOfPair(pair, stopLoss.value, moment),
  )
}

/** The order with its hold, once the rules of its market allow it. `before` counts orders of the same command. */
function fundOf(
  state: AccountState,
  asked: Asked,
  estimate: Estimate | null,
  before: number,
  { now }: Moment,
): Outcome<Funded> {
  const { market, terms } = asked
  if (terms.expiresAt !== null && terms.expiresAt <= now)
    return refused('invalid_input', 'Give a time that is still to come.', 'expiresAt')
  const referenceTicks = referenceOf(state, market.id, now)
  const openNow = placesTaken(state, market.id) + before
  const standing = { status: 'open', referenceTicks, openOrders: openNow } as const
  const early = checkOrder(market, terms, standing)
  if (early !== null) return { ok: false, refusal: early }
  const funded = fund(asked, { estimate, referenceTicks, available: (asset) => availableOf(state, asset) })
  if (!funded.ok) return funded
  // The hold has become a bound of the order, and is to obey the rules too.
  const late = checkOrder(market, funded.value.terms, standing)
  return late === null ? funded : { ok: false, refusal: late }
}

function place<Reply>(
  reply: Outcome<Reply>,
  known: MarketsNow,
  orders: readonly Order[],
  entry: Entry,
): Placed<Reply> {
  const [first] = orders
  if (first === undefined) throw new Error('account: no order to place')
  return {
    reply,
    events: [
      ...known.marks.map((mark) => ({ type: 'marked', mark }) as const),
      { type: 'posted', entry },
      ...orders.map((order) => ({ type: 'orderChanged', order }) as const),
    ],
    messages: [{ to: marketAddress(first.market), body: submitOf(orders, false) }],
    timers: [],
  }
}

function exitsOf({ takeProfit, stopLoss }: PlaceOrder): Exits | null {
  if (takeProfit === undefined && stopLoss === undefined) return null
  return { takeProfit: takeProfit ?? null, stopLoss: stopLoss ?? null, unarmed: 0n }
}

function earlierOrder(
  state: AccountState,
  clientOrderId: string | undefined,
  orderId: string,
): Order | undefined {
  const byClient = clientOrderId === undefined ? undefined : state.orderByClientId.get(clientOrderId)
  return state.orders.get(byClient ?? orderId)
}

/** Whether an earlier order asked for the same; one that has been amended since is compared as it is now. */
function isSame(earlier: Order, { market, terms }: Asked, exits: Exits | null): boolean {
  const content = (asked: OrderTerms, legs: Exits | null): string =>
    encode([askedTerms(asked), legs?.takeProfit ?? null, legs?.stopLoss ?? null])
  return earlier.market === market.id && content(earlier.terms, earlier.exits) === content(terms, exits)
}

const duplicate = (): { ok: false; refusal: Refusal } =>
  refused(
    'duplicate_id',
    'This id belongs to another order of yours. Give a new order a new id.',
    'clientOrderId',
  )

/** A fault of one order of several names the field where the person gave it. */
export function underLeg(leg: 'takeProfit' | 'stopLoss', refusal: Refusal): { ok: false; refusal: Refusal } {
  const { code, message, field } = refusal
  return refused(code, message, field === undefined || field === 'quantity' ? field : `${leg}.${field}`)
}

/** The state with newer marks: the decision is made with what the shell has just learned. */
function withMarks(state: AccountState, marks: readonly Mark[]): AccountState {
  return { ...state, marks: new Map([...state.marks, ...marks.map((mark) => [mark.market, mark] as const)]) }
}

export function referenceOf(state: AccountState, market: string, now: number): number | null {
  const mark = state.marks.get(market)
  return mark === undefined || now - mark.at > MARK_MAX_AGE_MS ? null : mark.ticks
}
