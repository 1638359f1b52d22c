import type { MarketRules } from '../market/rules.ts'
import { baseFor, toDecimal } from '../money/decimal.ts'
import { formatDecimal } from '../money/format.ts'
import { canBracket, type Entry, hasPrice } from './entry.ts'
import type { Draft, Estimate } from './estimate.ts'

/** What the button does, in words: "Sell 0.42 ETH at 3,100.00". */
export function pressWords(draft: Draft, rules: MarketRules): string {
  const verb = draft.side === 'buy' ? 'Buy' : 'Sell'
  if (draft.quantity !== null) {
    if (draft.quantity === 0n) return `${verb} ${rules.base}`
    const size = `${formatDecimal(toDecimal(draft.quantity))} ${rules.base}`
    if (draft.price === null) return `${verb} ${size} at market`
    return `${verb} ${size} at ${formatDecimal(toDecimal(draft.price), { min: rules.priceDecimals })}`
  }
  if (draft.quoteAmount === null || draft.quoteAmount === 0n) return `${verb} ${rules.base}`
  const worth = `${formatDecimal(toDecimal(draft.quoteAmount), { min: 2 })} ${rules.quote}`
  return draft.side === 'buy' ? `Buy ${rules.base} for ${worth}` : `Sell ${rules.base} for ${worth}`
}

/** One sentence on what happens when it is pressed, given the book as it stands. */
export function outcomeWords(draft: Draft, estimated: Estimate, rules: MarketRules): string {
  const base = (units: bigint) => `${formatDecimal(toDecimal(units))} ${rules.base}`
  if (estimated.taken === 0n && estimated.resting === 0n) return ''
  if (estimated.taken === 0n) return `Rests on the book until someone takes it or you cancel it.`
  if (estimated.resting > 0n)
    return `${base(estimated.taken)} trades at once, ${base(estimated.resting)} rests on the book.`
  if (estimated.short > 0n && draft.timeInForce === 'IOC')
    return `The book has only ${base(estimated.taken)} within reach; the rest is cancelled.`
  return 'Trades at once, whole.'
}

/** Worth of it all in quote, and what is received after the fee. */
export function totals(draft: Draft, estimated: Estimate): { total: bigint; received: bigint } {
  const total = estimated.takenQuote + estimated.restingQuote
  const base = estimated.taken + estimated.resting
  return { total, received: (draft.side === 'buy' ? base : total) - estimated.fee }
}

/** Base that a quote amount is about, for the hint below the field; null where it cannot be said. */
export function aboutBase(quote: bigint, price: bigint | null): string | null {
  return price === null || price === 0n || quote === 0n ? null : toDecimal(baseFor(quote, price))
}

const stands = (text: string, rules: MarketRules): string =>
  text.trim() === '' ? '…' : formatDecimal(text.trim(), { min: rules.priceDecimals })

function sizeWords({ amount, unit }: Entry, rules: MarketRules): string {
  const size = amount.trim() === '' ? '…' : formatDecimal(amount.trim())
  return unit === 'base' ? `${size} ${rules.base}` : `${rules.base} for ${size} ${rules.quote}`
}

function stopWords(entry: Entry, rules: MarketRules, falls: boolean): string {
  const moves = falls ? 'falls' : 'rises'
  return entry.stopBy === 'price'
    ? `the price ${moves} to ${stands(entry.stopLoss, rules)}`
    : `the price ${moves} ${entry.stopLoss.trim() || '…'}% from its ${falls ? 'highest' : 'lowest'}`
}

/** What an order that waits will do, in one sentence; empty for one that acts at once. */
export function promiseWords(entry: Entry, rules: MarketRules): string {
  const { type, side } = entry
  const size = sizeWords(entry, rules)
  const verb = side === 'buy' ? 'buy' : 'sell'
  if (type === 'limit' || type === 'market') return ''
  if (type === 'oco')
    return `${side === 'buy' ? 'Buy' : 'Sell'} ${size} at ${stands(entry.takeProfit, rules)}, or at the market when ${stopWords(entry, rules, side === 'sell')}; one cancels the other.`
  const how = hasPrice(entry) ? `at ${stands(entry.price, rules)} or better` : 'at the market'
  const falls = (type === 'take_profit') === (side === 'buy')
  if (type !== 'trailing_stop')
    return `When the price ${falls ? 'falls' : 'rises'} to ${stands(entry.triggerPrice, rules)}, ${verb} ${size} ${how}.`
  const back = `${entry.trailing.trim() || '…'}${entry.trailBy === 'percent' ? '%' : ` ${rules.quote}`}`
  const from = falls ? `falls ${back} from its highest` : `rises ${back} from its lowest`
  const first =
    entry.activationPrice.trim() === ''
      ? 'When'
      : `Once the price has reached ${stands(entry.activationPrice, rules)}: when`
  return `${first} the price ${from}, ${verb} ${size} ${how}.`
}

/** The exits of an entry in words; empty without any. */
export function exitWords(entry: Entry, rules: MarketRules): string {
  if (!canBracket(entry)) return ''
  const verb = entry.side === 'buy' ? 'sold' : 'bought back'
  const ways = [
    ...(entry.takeProfit.trim() === '' ? [] : [`at ${stands(entry.takeProfit, rules)}`]),
    ...(entry.stopLoss.trim() === ''
      ? []
      : [`at the market when ${stopWords(entry, rules, entry.side === 'buy')}`]),
  ]
  return ways.length === 0 ? '' : `What fills is ${verb} ${ways.join(', or ')}.`
}

const percent = (bps: bigint): string => `${Number(bps) / 100}%`

/** The fee of an order that waits: what it will trade at is not known, so the rates are said. */
export function feeWords(entry: Entry, rules: MarketRules): string {
  const taken = percent(rules.takerFeeBps)
  const asset = entry.side === 'buy' ? rules.base : rules.quote
  if (entry.type === 'oco' || hasPrice(entry))
    return `Fee: ${taken} of the ${asset} you receive, ${percent(rules.makerFeeBps)} of what rests on the book first.`
  return `Fee: ${taken} of the ${asset} you receive.`
}
