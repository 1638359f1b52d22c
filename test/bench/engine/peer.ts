import { OrderBook, SelfTradePreventionMode, Side } from 'nodejs-order-book'
import { CANCEL, type Stream, TAKE, type Tally } from './stream.ts'

export const peerName = 'nodejs-order-book 10.1.1'

const stpMode = SelfTradePreventionMode.EXPIRE_TAKER

/** The peer takes ids and accounts as strings; they are made before the clock starts. */
export type Names = { ids: string[]; owners: string[] }

export function namesOf(stream: Stream): Names {
  const ids = Array.from(stream.kinds, (_, at) => `o${at}`)
  const owners = Array.from(stream.owners, (owner) => `a${owner}`)
  return { ids, owners }
}

export function createPeer(): OrderBook {
  return new OrderBook()
}

/** Plays one operation on the peer, with its self-trade prevention on, and counts from its answers what ours counts from events. */
export function playPeer(book: OrderBook, stream: Stream, names: Names, at: number, tally: Tally): void {
  const kind = stream.kinds[at]
  if (kind === CANCEL) {
    if (book.cancel(names.ids[stream.targets[at] as number] as string) !== undefined) tally.cancelled++
    return
  }
  const side = stream.buys[at] === 1 ? Side.BUY : Side.SELL
  const size = stream.lots[at] as number
  const accountId = names.owners[at] as string
  if (kind === TAKE) {
    const done = book.market({ side, size, accountId, stpMode })
    tally.trades += done.done.length + (done.partial === null ? 0 : 1)
    tally.lots += size - done.quantityLeft
  } else {
    book.limit({
      id: names.ids[at] as string,
      side,
      size,
      price: stream.ticks[at] as number,
      accountId,
      stpMode,
    })
    tally.rested++
  }
}
