import type { Copy, CopyPage } from '../../worker/copying/messages.ts'
import { BASIS } from '../../worker/ledger/amount.ts'
import { baseOf, marketById } from '../../worker/market/settings.ts'
import { poolAddress } from '../../worker/messaging/address.ts'
import type { NotedPart, Venue } from './venue.ts'

/** Two equal shares may differ by what rounding gives one now and owes the other: the carried remainder, and a unit. */
const ROUNDING_UNITS = 2n

/** Law 7: within the limits of each follow, and alike for those who want alike. */
export function copies(venue: Venue): string[] {
  const broken: string[] = []
  const spent = new Map<string, Spent>()
  for (const page of venue.pages) {
    const traded = page.copies.filter(({ quantity }) => quantity > 0n)
    const parts = venue.blocks.get(page.blockId)
    for (const copy of traded) {
      const part = parts?.get(copy.followId)
      if (part === undefined) broken.push(`law 7: ${copy.followId} had no part in block ${page.blockId}`)
      else broken.push(...pastLimits(page, copy, part, spent))
    }
    if (parts !== undefined) broken.push(...unlike(page, traded, parts))
  }
  broken.push(...blocksMatchTrades(venue))
  return broken
}

/** Quote units spent by one order of the leader, and the most that it might be. */
interface Spent {
  readonly quote: bigint
  readonly limit: bigint
}

/** `spent` is what each follow has spent by each order of its leader so far. */
function pastLimits(page: CopyPage, copy: Copy, part: NotedPart, spent: Map<string, Spent>): string[] {
  const broken: string[] = []
  const name = `law 7: ${copy.followId} in block ${page.blockId}`
  if (copy.quantity > copy.wanted) broken.push(`${name} got ${copy.quantity} and wanted ${copy.wanted}`)
  // A closing names its block as the order, and goes by a bound of its own.
  if (page.leader.orderId === page.blockId) return broken
  const { maxPerOrder, maxSlippageBps, limits } = part.settings
  if (page.side === 'buy') {
    if (limits.exceptMarkets.includes(page.market))
      broken.push(`${name} bought in ${page.market}, which it leaves out`)
    const order = `${copy.followId} ${page.leader.orderId}`
    const before = spent.get(order) ?? { quote: 0n, limit: 0n }
    // Each part of an order is bounded by the settings that it met: together, by the widest of them.
    const limit = maxPerOrder > before.limit ? maxPerOrder : before.limit
    const quote = before.quote + copy.quote
    spent.set(order, { quote, limit })
    if (quote > limit) broken.push(`${name} has spent ${quote} for one order, and ${limit} is its most`)
  }
  // Both prices as quote units for all of both sides, so that nothing is rounded but the share of the block.
  const leaderBase = baseOf(marketById(page.market), page.leader.lots)
  const mine = copy.quote * leaderBase * BASIS
  const unit = leaderBase * BASIS * ROUNDING_UNITS
  const theirs = (bps: number) => page.leader.quote * copy.quantity * (BASIS + BigInt(bps))
  if (page.side === 'buy' && mine > theirs(maxSlippageBps) + unit)
    broken.push(`${name} paid more than its slippage allows`)
  if (page.side === 'sell' && mine < theirs(-maxSlippageBps) - unit)
    broken.push(`${name} got less than its slippage allows`)
  return broken
}

/** Those who want the same at the same limit get the same, to the unit that cannot be halved. */
function unlike(page: CopyPage, traded: readonly Copy[], parts: ReadonlyMap<string, NotedPart>): string[] {
  const broken: string[] = []
  const first = new Map<string, Copy>()
  for (const copy of traded) {
    const key = `${parts.get(copy.followId)?.tier} ${copy.wanted}`
    const other = first.get(key)
    if (other === undefined) {
      first.set(key, copy)
      continue
    }
    const apart = (a: bigint, b: bigint) => (a > b ? a - b : b - a)
    const quantity = apart(copy.quantity, other.quantity)
    // One unit more of the quantity costs its price.
    const price = copy.quote / copy.quantity + 1n
    const quote = apart(copy.quote, other.quote) - quantity * price
    const fee = apart(copy.fee, other.fee) - (page.side === 'sell' ? quantity * price : quantity)
    if (quantity > ROUNDING_UNITS || quote > ROUNDING_UNITS || fee > ROUNDING_UNITS)
      broken.push(
        `law 7: ${copy.followId} and ${other.followId} wanted the same of block ${page.blockId}, and got ` +
          `${copy.quantity} and ${other.quantity}; ${copy.quote} and ${other.quote}; ${copy.fee} and ${other.fee}`,
      )
  }
  return broken
}

/** What the copies of a block got is what the market traded for it, and the pool's entry says the same. */
function blocksMatchTrades(venue: Venue): string[] {
  const traded = new Map<string, bigint>()
  for (const trades of venue.trades.values())
    for (const { taker, takerOrderId, quote } of trades.values())
      if (taker.startsWith('pool/')) traded.set(takerOrderId, (traded.get(takerOrderId) ?? 0n) + quote)
  const shared = new Map<string, bigint>()
  for (const { blockId, copies } of venue.pages)
    for (const { quote } of copies) if (quote > 0n) shared.set(blockId, (shared.get(blockId) ?? 0n) + quote)
  const broken: string[] = []
  for (const [block, quote] of traded)
    if (quote !== (shared.get(block) ?? 0n))
      broken.push(`law 7: block ${block} traded ${quote}, and ${shared.get(block)} was shared out`)
  for (const block of shared.keys())
    if (!traded.has(block)) broken.push(`law 7: block ${block} was shared out and never traded`)
  return broken
}

/** Law 7: a leader never trades with the own followers' block. */
export function ownFollowers(venue: Venue): string[] {
  return [...venue.trades.values()].flatMap((trades) =>
    [...trades.values()]
      .filter(({ maker, taker }) => taker === poolAddress(maker.slice('account/'.length)))
      .map(
        ({ maker, takerOrderId }) => `law 7: ${maker} traded with the own followers' block ${takerOrderId}`,
      ),
  )
}
