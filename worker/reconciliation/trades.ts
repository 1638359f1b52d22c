import type { PostedEntry } from '../ledger/journal.ts'
import type { TradeRecord } from '../market/messages.ts'
import { baseOf, type Market, marketById } from '../market/settings.ts'
import type { MarketStatement } from '../market/statement.ts'
import { type Difference, linesOf } from './difference.ts'
import { hasAll, toldAll } from './inFlight.ts'
import type { Entries, Projection, Streams } from './view.ts'

/** What one side of a trade, or a block's trades together, moves: through the market's clearing, and as its fee. */
interface Moved {
  readonly base: bigint
  readonly quote: bigint
  readonly baseFee: bigint
  readonly quoteFee: bigint
}

interface Expected extends Moved {
  readonly sides: number
  readonly at: number
}

const NOTHING: Moved = { base: 0n, quote: 0n, baseFee: 0n, quoteFee: 0n }

/**
 * That each side of each trade is settled in its books exactly once, with its amounts and its fee, and that nothing else is.
 * A trade that its side has not been told of yet is not missing; nor is one older than what the books or the market keep.
 */
export function tradeDifferences(
  books: Streams & Entries,
  market: MarketStatement,
  projection: Projection,
): Difference[] {
  const rules = marketById(market.market)
  const expected = expectedOf(books.address, market.trades, rules)
  const found = foundIn(books.entries, rules)
  const differences: Difference[] = []
  const differ = (about: string, should: string, is: string, entries: readonly PostedEntry[]) =>
    differences.push({
      kind: 'trade',
      where: books.address,
      about: `${market.market} ${about}`,
      expected: should,
      found: is,
      entries: linesOf(books.address, entries),
    })
  const oldestEntry = books.entries.at(-1)
  const keepsSince =
    books.complete && (oldestEntry === undefined || oldestEntry.number === 1)
      ? Number.NEGATIVE_INFINITY
      : (oldestEntry?.at ?? Number.POSITIVE_INFINITY)
  for (const [reference, side] of expected) {
    const entries = found.get(reference) ?? []
    // An entry of a pool is of the whole block.
    const times = books.address.startsWith('pool/') ? 1 : side.sides
    if (entries.length < times) {
      if (side.at > keepsSince && hasAll(books, market))
        differ(reference, `${times} entries, ${wordsOf(side)}`, `${entries.length}`, entries)
    } else if (entries.length > times) differ(reference, `${times} entries`, `${entries.length}`, entries)
    else {
      const moved = movedBy(entries, rules)
      if (wordsOf(moved) !== wordsOf(side)) differ(reference, wordsOf(side), wordsOf(moved), entries)
    }
  }
  const marketKeepsSince =
    market.oldest === null || market.oldest.sequence === 1 ? Number.NEGATIVE_INFINITY : market.oldest.at
  if (toldAll(market, books))
    for (const [reference, entries] of found) {
      // One that the market keeps no more is still shown by the database.
      if (expected.has(reference) || projection.trades.get(reference)?.market === market.market) continue
      const at = entries[0]?.at ?? 0
      if (at > marketKeepsSince) differ(reference, 'no such trade', `${entries.length} entries`, entries)
    }
  return differences
}

/** By the reference that its entry has: the trade's id, or the block's for a pool. */
function expectedOf(address: string, trades: readonly TradeRecord[], market: Market): Map<string, Expected> {
  const expected = new Map<string, Expected>()
  const add = (reference: string, trade: TradeRecord, buys: boolean, fee: bigint) => {
    const before = expected.get(reference) ?? { ...NOTHING, sides: 0, at: trade.at }
    const base = baseOf(market, trade.lots)
    expected.set(reference, {
      base: before.base + (buys ? -base : base),
      quote: before.quote + (buys ? trade.quote : -trade.quote),
      baseFee: before.baseFee + (buys ? fee : 0n),
      quoteFee: before.quoteFee + (buys ? 0n : fee),
      sides: before.sides + 1,
      at: trade.at,
    })
  }
  for (const trade of trades) {
    const takerBuys = trade.takerSide === 'buy'
    if (trade.maker === address) add(trade.id, trade, !takerBuys, trade.makerFee)
    if (trade.taker === address)
      add(address.startsWith('pool/') ? trade.takerOrderId : trade.id, trade, takerBuys, trade.takerFee)
  }
  return expected
}

/** Entries that move something through the market's clearing, by what they are about. */
function foundIn(entries: readonly PostedEntry[], market: Market): Map<string, PostedEntry[]> {
  const found = new Map<string, PostedEntry[]>()
  for (const entry of entries) {
    if (!entry.postings.some(({ purse }) => purse === `clearing/${market.id}`)) continue
    found.set(entry.reference, [...(found.get(entry.reference) ?? []), entry])
  }
  return found
}

function movedBy(entries: readonly PostedEntry[], market: Market): Moved {
  const sums: { -readonly [Name in keyof Moved]: bigint } = { ...NOTHING }
  for (const { purse, asset, amount } of entries.flatMap(({ postings }) => postings)) {
    const isBase = asset === market.base
    if (purse === `clearing/${market.id}`) sums[isBase ? 'base' : 'quote'] += amount
    else if (purse === 'fees' || purse === 'rounding') sums[isBase ? 'baseFee' : 'quoteFee'] += amount
  }
  return sums
}

const wordsOf = ({ base, quote, baseFee, quoteFee }: Moved): string =>
  `base ${base} and quote ${quote} into the clearing, fee base ${baseFee} quote ${quoteFee}`
