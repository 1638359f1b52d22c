import type { MarketRules } from '../market/rules.ts'
import { quoteOf, toDecimal } from '../money/decimal.ts'
import type { Draft, Estimate } from './estimate.ts'
import { betweenSteps } from './steps.ts'

export type TicketField =
  | 'price'
  | 'amount'
  | 'triggerPrice'
  | 'trailing'
  | 'activationPrice'
  | 'expiresAt'
  | 'displayQuantity'
  | 'takeProfit'
  | 'stopLoss'

/** Why a ticket cannot be sent: feeds the field it belongs to and the button alike. */
export interface TicketFault {
  field: TicketField
  message: string
  /** Nothing was entered yet: keeps the button from being pressed, and says nothing in red. */
  quiet?: true
}

export interface Reckoning {
  draft: Draft
  estimate: Estimate
  rules: MarketRules
  postOnly: boolean
  /** Units that can be spent: quote when buying, base when selling; null while signed out. */
  available: bigint | null
  /** Best opposite price. */
  best: bigint | null
  /** It waits for a trigger or is a pair: the book as it stands says nothing of it. */
  waits?: boolean
  /** What it will hold, where that is known. */
  held?: bigint | null
}

const enough = (value: bigint, asset: string) => `${toDecimal(value)} ${asset}`

function priceFault({ draft, rules }: Reckoning): TicketFault | null {
  const { price } = draft
  if (price === null) return null
  if (price === 0n) return { field: 'price', message: 'Enter a price.', quiet: true }
  const message = betweenSteps('Prices', price, rules.tick)
  return message === null ? null : { field: 'price', message }
}

function sizeFault({ draft, estimate, rules, waits }: Reckoning): TicketFault | null {
  const amount = draft.quantity ?? draft.quoteAmount ?? 0n
  if (amount === 0n) return { field: 'amount', message: 'Enter an amount.', quiet: true }
  if (draft.quantity !== null) {
    const message = betweenSteps('Amounts', amount, rules.lot, rules.base)
    if (message !== null) return { field: 'amount', message }
    if (amount < rules.minQuantity)
      return { field: 'amount', message: `The least is ${enough(rules.minQuantity, rules.base)}.` }
    if (amount > rules.maxQuantity)
      return { field: 'amount', message: `The most is ${enough(rules.maxQuantity, rules.base)}.` }
  }
  if (waits === true && draft.price === null && draft.quoteAmount === null) return null
  const worth =
    draft.quoteAmount ?? (draft.price === null ? estimate.takenQuote : quoteOf(draft.price, amount))
  if (
    worth < rules.minNotional &&
    (draft.price !== null || draft.quoteAmount !== null || estimate.short === 0n)
  )
    return {
      field: 'amount',
      message: `An order is worth at least ${enough(rules.minNotional, rules.quote)}.`,
    }
  return null
}

function waitingFundsFault({ draft, rules, held }: Reckoning, available: bigint): TicketFault | null {
  if (held === undefined || held === null || held <= available) return null
  const asset = draft.side === 'buy' ? rules.quote : rules.base
  return {
    field: 'amount',
    message: `You have ${enough(available, asset)} available; this needs ${enough(held, asset)}.`,
  }
}

function fundsFault(reckoning: Reckoning): TicketFault | null {
  const { draft, estimate, rules, available } = reckoning
  if (available === null) return null
  if (reckoning.waits === true) return waitingFundsFault(reckoning, available)
  const asset = draft.side === 'buy' ? rules.quote : rules.base
  const amount = draft.quantity ?? 0n
  const bought =
    draft.quoteAmount ?? (draft.price === null ? estimate.takenQuote : quoteOf(draft.price, amount))
  const needed = draft.side === 'buy' ? bought : (draft.quantity ?? estimate.taken)
  if (needed <= available) return null
  return {
    field: 'amount',
    message: `You have ${enough(available, asset)} available; this needs ${enough(needed, asset)}.`,
  }
}

function bookFault({ draft, estimate, postOnly, best }: Reckoning): TicketFault | null {
  if (postOnly && draft.price !== null && best !== null) {
    const crosses = draft.side === 'buy' ? draft.price >= best : draft.price <= best
    const where = draft.side === 'buy' ? 'below' : 'above'
    if (crosses)
      return {
        field: 'price',
        message: `Post-only rests on the book: set a price ${where} ${toDecimal(best)}.`,
      }
  }
  if (draft.timeInForce === 'FOK' && estimate.short > 0n)
    return {
      field: 'amount',
      message: 'The book cannot fill this whole now, so fill-or-kill would cancel it.',
    }
  if (draft.price === null && estimate.taken === 0n)
    return { field: 'amount', message: 'There is nothing to trade against now. Use a limit order.' }
  return null
}

/** The first thing that stands in the way of sending, in the order of the fields; null when nothing does. */
export function faultOf(reckoning: Reckoning): TicketFault | null {
  return (
    priceFault(reckoning) ??
    sizeFault(reckoning) ??
    fundsFault(reckoning) ??
    (reckoning.waits === true ? null : bookFault(reckoning))
  )
}
