import { type Address, parseAddress } from '../messaging/address.ts'
import { type Decision, type Domain, type Moment, nothing } from '../messaging/domain.ts'
import { decidePair, decideSubmit } from './accept.ts'
import { decideAmend } from './amend.ts'
import { decideBlock } from './blocks.ts'
import { decideCancel, decideExpiry } from './cancel.ts'
import type { MarketState } from './marketState.ts'
import type { MarketMessage, WatchPrice } from './messages.ts'
import { loadMarket, type MarketEvent, persistMarket } from './rows.ts'
import type { Market } from './settings.ts'
import { decideCascade } from './status.ts'
import { decideSweep, SWEEP, withSweep } from './sweep.ts'
import { CASCADE, EXPIRY, Turn } from './turn.ts'

/** The rules of one market, for an Actor: what it does with each message and each due time, and its rows. */
export function marketDomain(market: Market): Domain<MarketState, MarketEvent> {
  return {
    load: (store) => loadMarket(store, market),
    persist: persistMarket,
    // A match has changed the state while it was decided.
    apply: () => {},
    receive(state, from, message, moment) {
      if (!isMarketMessage(message)) return nothing(undefined)
      return withSweep(decide(state, from, message, moment), moment)
    },
    due: (state, key, moment) => atDue(state, key, moment),
  }
}

function decide(
  state: MarketState,
  from: Address,
  message: MarketMessage,
  moment: Moment,
): Decision<MarketEvent> {
  const { kind, id } = parseAddress(from)
  if (message.type === 'submitBlock') return decideBlock(state, from, message, moment)
  if (message.type === 'watchPrice')
    return kind === 'pool' ? decideWatch(state, from, message, moment) : nothing(undefined)
  if (kind !== 'account') return nothing(undefined)
  switch (message.type) {
    case 'submitOrder':
      return decideSubmit(state, id, message, moment)
    case 'submitPair':
      return decidePair(state, id, message, moment)
    case 'amendOrder':
      return decideAmend(state, id, message, moment)
    case 'cancelOrder':
      return decideCancel(state, id, message, moment)
  }
}

/** A pool is told at once when the price is there already: the turn ends with a look at it. */
function decideWatch(
  state: MarketState,
  pool: Address,
  { below, above }: WatchPrice,
  moment: Moment,
): Decision<MarketEvent> {
  const turn = new Turn(state, moment)
  turn.watchPrice(pool, below === null && above === null ? null : { below, above })
  return turn.decision()
}

function atDue(state: MarketState, key: string, moment: Moment): Decision<MarketEvent> {
  switch (key) {
    case SWEEP:
      return decideSweep(state, moment)
    case EXPIRY:
      return withSweep(decideExpiry(state, moment), moment)
    case CASCADE:
      return withSweep(decideCascade(state, moment), moment)
    default:
      return nothing(undefined)
  }
}

const TYPES = new Set<unknown>([
  'submitOrder',
  'submitPair',
  'amendOrder',
  'cancelOrder',
  'submitBlock',
  'watchPrice',
] satisfies MarketMessage['type'][])

/** Our own objects send these; what the type says was true when it was encoded. */
function isMarketMessage(message: unknown): message is MarketMessage {
  return typeof message === 'object' && message !== null && 'type' in message && TYPES.has(message.type)
}
