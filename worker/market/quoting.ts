import { LARGEST_AMOUNT } from '../ledger/amount.ts'
import type { Decision, Moment } from '../messaging/domain.ts'
import type { Candle } from './candles.ts'
import type { FeedStep } from './feed/feed.ts'
import { type HouseInventory, type HouseQuote, requote } from './house.ts'
import { type MarketState, quoteKey } from './marketState.ts'
import type { MarketEvent } from './rows.ts'
import { houseAccountId } from './settings.ts'
import { withSweep } from './sweep.ts'
import { limitOf, plainLimit } from './terms.ts'
import { Turn, takerOf } from './turn.ts'

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
  if (step !== null) learnReference(state, step)
  quote(state, turn, step, moment)
  if (step !== null) print(state, turn, step, history === null)
  return withSweep(turn.decision(), moment)
}

function learnReference(state: MarketState, { book, at }: FeedStep): void {
  const bid = book.bids[0]?.[0]
  const ask = book.asks[0]?.[0]
  if (bid !== undefined && ask !== undefined) state.reference = { ticks: Math.floor((bid + ask) / 2), at }
}

/**
 * Takes the prints of the reference, which fire what waits for their price. The house has moved its quotes before: an
 * order that is fired by a fall must not be sold at the price from before it.
 */
function print(state: MarketState, turn: Turn, step: FeedStep, inCandles: boolean): void {
  for (const { ticks, lots, side, at } of step.prints) {
    turn.closeMinute(state.printReference({ ticks, lots, side, at }, inCandles))
    if (state.status !== 'open') continue
    state.engine.observe(ticks)
    turn.absorb(null)
  }
}

function quote(state: MarketState, turn: Turn, step: FeedStep | null, moment: Moment): void {
  const { engine, market, quotes, status } = state
  const present = [...quotes.values()].map(
    ({ terms, restingLots }): HouseQuote => ({
      side: terms.side,
      ticks: terms.ticks ?? 0,
      lots: restingLots,
    }),
  )
  const wanted = status === 'open' ? step : null
  for (const change of requote(market, present, wanted, INVENTORY)) {
    if (change.type === 'place') {
      place(state, turn, change.quote, moment)
      continue
    }
    const order = quotes.get(quoteKey(change.quote))
    if (order === undefined) continue
    engine.cancel(order.number, 'admin')
    turn.absorb(null)
  }
}

/** A quote of the house is an order of the engine and no row: on wake the book starts without them. */
function place(state: MarketState, turn: Turn, { side, ticks, lots }: HouseQuote, moment: Moment): void {
  const order = state.accept(
    moment.newId(),
    houseAccountId(state.market.id),
    plainLimit(side, ticks, lots, 'GTC'),
  )
  const placement = state.engine.place(limitOf(order, ticks))
  if (placement.status === 'rested') state.quotes.set(quoteKey({ side, ticks }), order)
  turn.absorb(takerOf(state, order))
}
