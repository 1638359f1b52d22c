import { ENGINE_MUTATIONS } from './engine.ts'
import type { Mutation } from './mutation.ts'
import { STREAM_CLIENT_MUTATIONS } from './streamClient.ts'

const MARKET = ['test/market']
const ACCOUNT = ['test/account', 'test/simulation/laws.test.ts']
const COPYING = ['test/copying', 'test/simulation/laws.test.ts']
const MESSAGING = ['test/messaging', 'test/simulation/laws.test.ts']
const LEDGER = ['test/ledger', 'test/account']

/**
 * Faults that an engineer could make, by what they break. Each is a change of one line that still compiles and still works
 * most of the time.
 */
export const MUTATIONS: readonly Mutation[] = [
  ...ENGINE_MUTATIONS,
  ...STREAM_CLIENT_MUTATIONS,
  // What a market keeps
  {
    name: 'a woken market takes resting orders by their number, not by their place',
    file: 'worker/market/orderRows.ts',
    find: 'ORDER BY priority, number',
    replace: 'ORDER BY number',
    tests: MARKET,
  },
  {
    name: 'a woken market forgets what trailing stops have followed',
    file: 'worker/market/orderRows.ts',
    find: "state.engine.restoreMark(side === 'buy' ? 'buy' : 'sell', since, ticks)",
    replace: "state.engine.restoreMark(side === 'buy' ? 'buy' : 'sell', since, ticks + 500)",
    tests: MARKET,
  },
  {
    name: 'a woken market forgets pairs',
    file: 'worker/market/orderRows.ts',
    find: 'state.engine.pair(number, sibling)',
    replace: 'continue',
    tests: MARKET,
  },
  {
    name: 'anybody cancels anybody’s order',
    file: 'worker/market/cancel.ts',
    find: 'if (order === undefined || order.accountId !== accountId) return nothing(undefined)',
    replace: 'if (order === undefined) return nothing(undefined)',
    tests: MARKET,
  },
  {
    name: 'an order that comes twice is taken twice',
    file: 'worker/market/accept.ts',
    find: 'orders.find(orderId) !== undefined || ended.has(orderId)',
    replace: 'orders.find(orderId) !== undefined && ended.has(orderId)',
    tests: MARKET,
  },
  {
    name: 'a maker pays the fee of what it gives',
    file: 'worker/market/turn.ts',
    find: "feeOf(maker.terms.side === 'buy' ? base : quote, market.makerFeeBps)",
    replace: "feeOf(maker.terms.side === 'sell' ? base : quote, market.makerFeeBps)",
    tests: [...MARKET, 'test/simulation/laws.test.ts'],
  },
  {
    name: 'the house prints the reference before it moves its quotes',
    file: 'worker/market/quoting.ts',
    find: '  quote(state, turn, step, moment)\n  if (step !== null) print(state, turn, step, history === null)\n',
    replace:
      '  if (step !== null) print(state, turn, step, history === null)\n  quote(state, turn, step, moment)\n',
    tests: MARKET,
  },
  {
    name: 'a halted market lets triggers fire',
    file: 'worker/market/quoting.ts',
    find: "    if (state.status !== 'open') continue\n",
    replace: '',
    tests: MARKET,
  },
  // Holds and settlement
  {
    name: 'a pair holds for one of its two only, the cheaper',
    file: 'worker/account/newOrders.ts',
    find: 'takeProfit.amount > stopLoss.amount ? takeProfit.amount : stopLoss.amount',
    replace: 'takeProfit.amount > stopLoss.amount ? stopLoss.amount : takeProfit.amount',
    tests: ACCOUNT,
  },
  {
    name: 'a change to less gives back before the market has made it',
    file: 'worker/account/holds.ts',
    find: 'return amended > need ? amended : need',
    replace: 'return order.amendment === null ? need : amended',
    tests: ACCOUNT,
  },
  {
    name: 'what a filled order did not need stays held',
    file: 'worker/account/holds.ts',
    find: '  if (hasEnded(order.status)) return 0n\n',
    replace: '',
    tests: ACCOUNT,
  },
  {
    name: 'the winner of a pair leaves the hold with its sibling',
    file: 'worker/account/holds.ts',
    find: 'order.filledLots > 0 ? order : sibling.filledLots > 0 ? sibling : null',
    replace: 'sibling.filledLots > 0 ? sibling : null',
    tests: ACCOUNT,
  },
  {
    name: 'an order that has ended takes another report',
    file: 'worker/account/settle.ts',
    find: 'if (order === undefined || !mayBecome(order.status, report.status))',
    replace: 'if (order === undefined)',
    tests: ACCOUNT,
  },
  {
    name: 'a bracket arms what came in before fees',
    file: 'worker/account/settle.ts',
    find: "sum += (side === 'buy' ? baseOf(market, fill.lots) : fill.quote) - fill.fee - fill.rounding\n  return sum",
    replace: "sum += side === 'buy' ? baseOf(market, fill.lots) : fill.quote\n  return sum",
    tests: ACCOUNT,
  },
  {
    name: 'a bracket arms the same fills again',
    file: 'worker/account/bracket.ts',
    find: 'exits: { ...exits, unarmed: exits.unarmed - amount },',
    replace: 'exits,',
    tests: ACCOUNT,
  },
  {
    name: 'the unit of rounding is lost',
    file: 'worker/account/tradeEntry.ts',
    find: "{ owner: OWN, purse: 'rounding', asset: receives, amount: fill.rounding },",
    replace: '',
    tests: ACCOUNT,
  },
  {
    name: 'fees do not raise the average cost',
    file: 'worker/account/settle.ts',
    find: 'position = increase(position, base - paid, fill.quote)',
    replace: 'position = increase(position, base, fill.quote)',
    tests: ACCOUNT,
  },
  {
    name: 'an entry that does not balance is posted',
    file: 'worker/ledger/ledger.ts',
    find: 'for (const [asset, sum] of sums) if (sum !== 0n) return',
    replace: 'for (const [asset, sum] of sums) if (sum > 1n) return',
    tests: LEDGER,
  },
  // Messages
  {
    name: 'a batch that comes twice is applied twice',
    file: 'worker/messaging/inbox.ts',
    find: 'return Math.min(next - batch.first, batch.messages.length)',
    replace: 'return 0',
    tests: MESSAGING,
  },
  {
    name: 'a gap in a stream is passed over',
    file: 'worker/messaging/inbox.ts',
    find: 'if (batch.first > next) return null',
    replace: 'if (batch.first > next) return 0',
    tests: MESSAGING,
  },
  {
    name: 'how far a stream has come is not written',
    file: 'worker/messaging/inbox.ts',
    find: '    this.#positions.touch(from)\n',
    replace: '',
    tests: MESSAGING,
  },
  {
    name: 'the row of a message is used again before it is written that its receiver has it',
    file: 'worker/messaging/outbox.ts',
    find: '    unwritten.push(...slots.splice(0, count))\n',
    replace: '    this.#free.push(...slots.splice(0, count))\n',
    tests: MESSAGING,
  },
  {
    name: 'a message is forgotten before its receiver has it',
    file: 'worker/messaging/outbox.ts',
    find: 'const count = applied - (position.sent - position.waiting)\n',
    replace: 'const count = applied - (position.sent - position.waiting) + 1\n',
    tests: MESSAGING,
  },
  {
    name: 'the same client order id places a second order',
    file: 'worker/account/placeOrder.ts',
    find: 'return state.orders.get(byClient ?? orderId)',
    replace: 'return state.orders.get(orderId)',
    tests: ACCOUNT,
  },
  // Copies
  {
    name: 'a follow gets more than it wanted',
    file: 'worker/copying/allocate.ts',
    find: '      most: part.wanted,\n',
    replace: '      most: part.wanted * 2n,\n',
    tests: COPYING,
  },
  {
    name: 'what rounding owes a follow is forgotten',
    file: 'worker/copying/apportion.ts',
    find: 'claims.map(({ weight, remainder }) => remainder + (weight * parts) / weights)',
    replace: 'claims.map(({ weight }) => (weight * parts) / weights)',
    tests: COPYING,
  },
  {
    name: 'slippage is rounded outward',
    file: 'worker/copying/limits.ts',
    find: '? (quote * (BASIS + BigInt(bps))) / perLots\n',
    replace: '? (quote * (BASIS + BigInt(bps)) + perLots - 1n) / perLots\n',
    tests: COPYING,
  },
  {
    name: 'a paused follow buys',
    file: 'worker/copying/filters.ts',
    find: "  if (status === 'paused') return 'paused'\n",
    replace: '',
    tests: COPYING,
  },
]
