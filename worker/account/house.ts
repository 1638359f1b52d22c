import { type Entry, move } from '../ledger/ledger.ts'
import type { OrderReport } from '../market/messages.ts'
import { baseOf, marketById } from '../market/settings.ts'
import { type Decision, type Moment, nothing } from '../messaging/domain.ts'
import { type AccountEvent, type AccountState, availableOf, OWN } from './accountState.ts'
import type { TakeResidue } from './messages.ts'
import { tradeEntry } from './tradeEntry.ts'

/** How many times a shortfall is issued at once, so that a house that trades often is not topped up at each trade. */
const ISSUE_FACTOR = 20n

/**
 * The house has no orders here: its quotes live in the market's memory and nothing is held for them, so it pays from what
 * is available and the venue issues what is missing.
 */
export function settleHouse(state: AccountState, report: OrderReport, moment: Moment): AccountEvent[] {
  if (report.fills.length === 0) return []
  const market = marketById(report.market)
  let needed = 0n
  for (const fill of report.fills) needed += report.side === 'buy' ? fill.quote : baseOf(market, fill.lots)
  const asset = report.side === 'buy' ? market.quote : market.base
  return [
    ...issueShortfall(state, asset, needed, moment),
    ...report.fills.map((fill): AccountEvent => {
      return { type: 'posted', entry: tradeEntry(market, report.side, fill, 'available', moment) }
    }),
  ]
}

/** Takes over what could not be sold: of a pool below a lot, at its block's price; of an account at the mark. */
export function takeResidue(
  state: AccountState,
  message: TakeResidue,
  moment: Moment,
): Decision<AccountEvent> {
  if (!state.isHouse) return nothing(undefined)
  const market = marketById(message.market)
  const purse = `residue/${market.id}` as const
  const entry: Entry = {
    id: moment.newId(),
    kind: 'residue',
    reference: message.blockId,
    at: moment.now,
    postings: [
      ...move(OWN, market.base, purse, 'available', message.quantity),
      ...move(OWN, market.quote, 'available', purse, message.quote),
    ],
  }
  const events: AccountEvent[] = [...issueShortfall(state, market.quote, message.quote, moment)]
  if (entry.postings.length > 0) events.push({ type: 'posted', entry })
  return { reply: undefined, events, messages: [], timers: [] }
}

function issueShortfall(state: AccountState, asset: string, needed: bigint, moment: Moment): AccountEvent[] {
  const shortfall = needed - availableOf(state, asset)
  if (shortfall <= 0n) return []
  const entry: Entry = {
    id: moment.newId(),
    kind: 'grant',
    reference: state.accountId,
    at: moment.now,
    postings: move(OWN, asset, 'issued', 'available', shortfall * ISSUE_FACTOR),
  }
  return [{ type: 'posted', entry }]
}
