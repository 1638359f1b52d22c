import { closeNext } from './closing.ts'
import { copyTrade, skipTrade } from './copyTrade.ts'
import type { LeaderTraded } from './messages.ts'
import type { PoolTurn } from './poolTurn.ts'

/** Trades of the leader that wait behind a block at once. */
const MAX_WAITING = 1_000

/** Decisions in one turn, each over all follows; the rest goes on in the next. */
const DECISIONS_A_TURN = 20

const ADVANCE = 'advance'

/** Decides what waits, until a block is out or nothing waits. */
export function advance(turn: PoolTurn): void {
  for (let decisions = 0; decisions < DECISIONS_A_TURN; decisions += 1) {
    if (turn.block !== null) return
    const task = turn.takeWaiting()
    if (task === undefined) return
    if (task.kind === 'trade') copyTrade(turn, task.trade)
    else closeNext(turn, task.followId)
  }
  if (turn.block === null && turn.waiting().length > 0) turn.arm(ADVANCE, turn.now)
}

/**
 * A trade of the leader takes its turn. When too many wait, a further buy is skipped at once (its turn would come too
 * late for a buy), and a further sell joins the sell before it: to close a half and then a half of the rest is to close
 * three quarters. So what waits is bounded, and no way out is lost.
 */
export function takeTrade(turn: PoolTurn, trade: LeaderTraded): void {
  turn.setMark(trade.mark)
  if (!turn.hasOpenFollows()) return
  const waiting = turn.waiting()
  if (waiting.length < MAX_WAITING) {
    turn.wait({ kind: 'trade', trade })
    return
  }
  if (trade.side === 'buy') {
    skipTrade(turn, trade, 'stale')
    return
  }
  const last = waiting.findLast((task) => task.kind === 'trade' && task.trade.market === trade.market)
  if (last?.kind === 'trade' && last.trade.side === 'sell')
    turn.replaceWaiting(last, { kind: 'trade', trade: joined(last.trade, trade) })
  else turn.wait({ kind: 'trade', trade })
}

const joined = (first: LeaderTraded, second: LeaderTraded): LeaderTraded => ({
  ...second,
  lots: first.lots + second.lots,
  quote: first.quote + second.quote,
  heldBefore: first.heldBefore,
})
