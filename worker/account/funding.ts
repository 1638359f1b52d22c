import { accepted, type Outcome, refused } from '../contract/errors.ts'
import { BASIS, toDecimal } from '../ledger/amount.ts'
import type { Estimate, OrderTerms } from '../market/messages.ts'
import { baseOf, type Market, quoteOf } from '../market/settings.ts'
import type { Asked } from './orderTerms.ts'

/** What is held above the estimate of an order whose cost follows the market, in basis points. */
export const HOLD_MARGIN_BPS = 500n

/** An order and what has to be held for it: `terms` carry the hold as a bound where the order has no limit. */
export interface Funded {
  readonly terms: OrderTerms
  readonly asset: string
  readonly amount: bigint
}

/** What is known of the price at which an order without a limit will trade. */
export interface Prospects {
  /** Of the Market, for a market order; null when nothing would trade. */
  readonly estimate: Estimate | null
  readonly referenceTicks: number | null
  readonly available: (asset: string) => bigint
}

/**
 * What to hold for an order, which is the most that it can cost: a limit at its price, a quote amount as it is, and where
 * the cost follows the market an estimate with a margin, or all that is available when that lies between.
 */
export function fund({ market, terms }: Asked, prospects: Prospects): Outcome<Funded> {
  const { side, ticks, lots, quoteBudget } = terms
  const asset = side === 'buy' ? market.quote : market.base
  const available = prospects.available(asset)
  const known =
    side === 'sell' && lots !== null
      ? baseOf(market, lots)
      : side === 'buy' && ticks !== null && lots !== null
        ? quoteOf(market, ticks, lots)
        : side === 'buy'
          ? quoteBudget
          : null
  if (known !== null)
    return known > available ? tooLittle(available, known, asset) : accepted({ terms, asset, amount: known })
  const estimate =
    terms.trigger === null ? prospects.estimate : estimateAt(market, terms, prospects.referenceTicks)
  if (estimate === null) return nobodyTrades(market, terms, prospects.referenceTicks)
  return side === 'buy'
    ? holdQuote(market, terms, estimate, available)
    : holdBase(market, terms, estimate, available)
}

function nobodyTrades(
  market: Market,
  { side, trigger }: OrderTerms,
  referenceTicks: number | null,
): Outcome<never> {
  if (trigger?.kind === 'trailing' && (trigger.activationTicks ?? referenceTicks) !== null)
    return refused(
      'invalid_input',
      'Trail by less than the price that it follows.',
      trigger.offsetTicks === null ? 'trailingBps' : 'trailingAmount',
    )
  if (trigger !== null)
    return refused('busy', `The price of ${market.base} is not known now. Try again in a moment.`)
  return refused(
    'no_liquidity',
    `Nobody ${side === 'buy' ? 'sells' : 'buys'} ${market.base} now. Place a limit order, or try again later.`,
  )
}

/** What an order that waits will trade at its trigger; of a trailing one, where that is when it begins to follow. */
function estimateAt(market: Market, terms: OrderTerms, referenceTicks: number | null): Estimate | null {
  const ticks = triggerTicks(terms, referenceTicks)
  if (ticks === null || ticks < 1) return null
  const { lots, quoteBudget } = terms
  if (lots !== null) return { lots, quote: quoteOf(market, ticks, lots) }
  const each = quoteOf(market, ticks, 1)
  return quoteBudget === null ? null : { lots: Number((quoteBudget + each - 1n) / each), quote: quoteBudget }
}

function triggerTicks({ side, trigger }: OrderTerms, referenceTicks: number | null): number | null {
  if (trigger === null) return null
  if (trigger.kind === 'price') return trigger.ticks
  const followed = trigger.activationTicks ?? referenceTicks
  if (followed === null) return null
  const offset = trigger.offsetTicks ?? Math.ceil((followed * (trigger.offsetBps ?? 0)) / Number(BASIS))
  return side === 'buy' ? followed + offset : followed - offset
}

function holdQuote(
  market: Market,
  terms: OrderTerms,
  { quote }: Estimate,
  available: bigint,
): Outcome<Funded> {
  if (quote > available) return tooLittle(available, quote, market.quote)
  const generous = quote + (quote * HOLD_MARGIN_BPS) / BASIS
  const amount = generous < available ? generous : available
  return accepted({ terms: { ...terms, quoteBudget: amount }, asset: market.quote, amount })
}

/** As `holdQuote`, in whole lots of the base. */
function holdBase(market: Market, terms: OrderTerms, { lots }: Estimate, available: bigint): Outcome<Funded> {
  const sellable = available / market.lotSize
  if (BigInt(lots) > sellable) return tooLittle(available, baseOf(market, lots), market.base)
  const generous = BigInt(lots) + (BigInt(lots) * HOLD_MARGIN_BPS + BASIS - 1n) / BASIS
  const most = Number(generous < sellable ? generous : sellable)
  const held = Math.min(most, market.maxLots)
  return accepted({ terms: { ...terms, lots: held }, asset: market.base, amount: baseOf(market, held) })
}

export function tooLittle(available: bigint, needed: bigint, asset: string): { ok: false } & Outcome<never> {
  return refused(
    'insufficient_funds',
    `This order needs ${toDecimal(needed)} ${asset} and ${toDecimal(available)} is available. Make it smaller, or cancel an open order.`,
  )
}
