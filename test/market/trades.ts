import type { TradeRecord } from '../../worker/market/messages.ts'
import type { PrintAt } from './prints.ts'

/** A trade between two strangers, as a row. */
export const tradeOf = (sequence: number, { ticks, lots, at }: PrintAt): TradeRecord => ({
  id: `trade-${sequence}`,
  sequence,
  ticks,
  lots,
  quote: 1n,
  takerSide: sequence % 2 === 0 ? 'buy' : 'sell',
  maker: 'account/maker',
  taker: 'account/taker',
  makerOrderId: `maker-${sequence}`,
  takerOrderId: `taker-${sequence}`,
  makerFee: 0n,
  takerFee: 0n,
  at,
})
