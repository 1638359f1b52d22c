import type { BlockReport } from '../market/messages.ts'
import { findMarket } from '../market/settings.ts'
import { type Address, parseAddress } from '../messaging/address.ts'
import type { Decision, Domain, Moment } from '../messaging/domain.ts'
import { advance, takeTrade } from './advance.ts'
import { afterClosingBlock } from './closing.ts'
import { changeFollow, closeFollow, openFollow } from './following.ts'
import type { LeaderTraded, PoolMessage } from './messages.ts'
import { PoolTurn } from './poolTurn.ts'
import { settleBlock } from './settleBlock.ts'
import { applyEvent, loadState, type PoolEvent, type PoolState, persistEvent } from './state.ts'
import { endStopped, takePrice, watchStops } from './stops.ts'

/** The rules of one leader's pool. */
export function copyPoolDomain(leaderId: string): Domain<PoolState, PoolEvent> {
  return {
    load: (store) => loadState(leaderId, store),
    receive(state, from, message, moment) {
      return isPoolMessage(message)
        ? decide(state, from, message, moment)
        : new PoolTurn(state, moment).decision()
    },
    due(state, key, moment) {
      const turn = new PoolTurn(state, moment)
      const [kind, followId] = key.split('/')
      if (kind === 'close' && followId !== undefined && !isWaiting(turn, followId))
        turn.wait({ kind: 'close', followId })
      return concluded(turn)
    },
    apply: applyEvent,
    persist: persistEvent,
  }
}

function decide(
  state: PoolState,
  from: Address,
  message: PoolMessage | BlockReport,
  moment: Moment,
): Decision<PoolEvent> {
  const turn = new PoolTurn(state, moment)
  const sender = parseAddress(from)
  if (message.type === 'blockReport') {
    if (sender.kind === 'market' && sender.id === turn.block?.market) settle(turn, message)
    return concluded(turn)
  }
  if (message.type === 'priceReached') {
    if (sender.kind === 'market' && sender.id === message.market) takePrice(turn, message)
    return concluded(turn)
  }
  if (sender.kind !== 'account') return turn.decision()
  switch (message.type) {
    case 'openFollow':
      openFollow(turn, sender.id, message)
      break
    case 'changeFollow':
      changeFollow(turn, sender.id, message)
      break
    case 'closeFollow':
      closeFollow(turn, sender.id, message)
      break
    case 'leaderTraded':
      if (sender.id === turn.leaderId && isTrade(message)) takeTrade(turn, message)
      break
  }
  return concluded(turn)
}

/** What every turn ends with: the stops that its prices have reached, whatever waits, and the prices to watch for from now on. */
function concluded(turn: PoolTurn): Decision<PoolEvent> {
  endStopped(turn)
  advance(turn)
  watchStops(turn)
  return turn.decision()
}

function settle(turn: PoolTurn, report: BlockReport): void {
  const block = settleBlock(turn, report)
  if (block !== null) afterClosingBlock(turn, block)
}

const isWaiting = (turn: PoolTurn, followId: string): boolean =>
  turn.waiting().some((task) => task.kind === 'close' && task.followId === followId)

const isTrade = ({ market, lots, quote }: LeaderTraded): boolean =>
  findMarket(market) !== undefined && lots > 0 && quote > 0n

const TYPES: ReadonlySet<unknown> = new Set([
  'openFollow',
  'changeFollow',
  'closeFollow',
  'leaderTraded',
  'priceReached',
  'blockReport',
] satisfies (PoolMessage | BlockReport)['type'][])

/** Only objects of the venue reach a stream, and what they send is typed where it is sent: the type tells the rest. */
const isPoolMessage = (message: unknown): message is PoolMessage | BlockReport =>
  typeof message === 'object' && message !== null && 'type' in message && TYPES.has(message.type)
