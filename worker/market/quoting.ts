import { LARGEST_AMOUNT } from '../ledger/amount.ts'
import type { Decision, Moment } from '../messaging/domain.ts'
import { takerOf } from './accept.ts'
import type { Candle } from './candles.ts'
import type { FeedStep } from './feed/feed.ts'
import { type HouseInventory, type HouseQuote, requote } from './house.ts'
import { type MarketState, quoteKey } from './marketState.ts'
import type { MarketEvent } from './rows.ts'
import { houseAccountId } from './settings.ts'
import { withSweep } from './sweep.ts'
import { Turn } from './turn.ts'

/** The venue issues to the house what it lacks (see `account/house.ts`), so its inventory bounds no quote. */
const INVENTORY: HouseInventory = { base: LARGEST_AMOUNT, quote: LARGEST_AMOUNT }

/**
 * Takes a step of the reference feed: its prints to the tape and the candles, its book to the quotes of the house, which
 * take what users' orders the reference has moved through. Null: the feed is stale, and the house withdraws.
 *
 * `history` is given when the market has slept: the minutes that it missed. Those hold what has been printed, so the
 * step's own prints go to the tape alone.
 */
export function decideStep(
  state: MarketState,
  step: FeedStep | null,
  history: readonly Candle[] | null,
  moment: Moment,
): Decision<MarketEvent> {
  const turn = new Turn(state, moment)
  state.stale = step === null
  if (history !== null) turn.closeMinute(state.candles.fill(history))
  if (step !== null) takeReference(state, turn, step, history === null)
  quote(state, turn, step, moment)
  return withSweep(turn.decision(), moment)
}

function takeReference(state: MarketState, turn: Turn, step: FeedStep, inCandles: boolean): void {
  const bid = step.book.bids[0]?.[0]
  const ask = step.book.asks[0]?.[0]
  if (bid !== undefined && ask !== undefined)
    state.reference = { ticks: Math.floor((bid + ask) / 2), at: step.at }
  for (const { ticks, lots, side, at } of step.prints)
    turn.closeMinute(state.printReference({ ticks, lots, side, at }, inCandles))
}

function quote(state: MarketState, turn: Turn, step: FeedStep | null, moment: Moment): void {
  const { market, book, quotes } = state
  const present = [...quotes.values()].map(
    ({ side, ticks, restingLots }): HouseQuote => ({ side, ticks: ticks ?? 0, lots: restingLots }),
  )
  const wanted = market.status === 'open' ? step : null
  for (const change of requote(market, present, wanted, INVENTORY)) {
    if (change.type === 'place') {
      place(state, turn, change.quote, moment)
      continue
    }
    const order = quotes.get(quoteKey(change.quote))
    if (order === undefined) continue
    book.cancel(order.number, 'admin')
    turn.absorb(null)
  }
}

/** A quote of the house is an order of the engine and no row: on wake the book starts without them. */
function place(state: MarketState, turn: Turn, { side, ticks, lots }: HouseQuote, moment: Moment): void {
  const order = state.accept(
    {
      id: moment.newId(),
      accountId: houseAccountId(state.market.id),
      side,
      orderType: 'limit',
      ticks,
      lots,
      quoteBudget: null,
    },
    moment.now,
  )
  const { number: id, owner } = order
  const placement = state.book.place({ type: 'limit', id, owner, side, ticks, lots })
  if (placement.status === 'rested') order.restingLots = placement.leftLots
  turn.absorb(takerOf(state, order))
  if (placement.status === 'rested') state.quotes.set(quoteKey({ side, ticks }), order)
}
