import { type BookEvents, createBook } from '../../../worker/market/engine/index.ts'

export const ADD = 0
export const CANCEL = 1
export const TAKE = 2

/** What happened while a stream was played; equal for engines that match alike. */
export type Tally = { trades: number; lots: number; cancelled: number; rested: number; levels: number }

export function emptyTally(): Tally {
  return { trades: 0, lots: 0, cancelled: 0, rested: 0, levels: 0 }
}

/**
 * A sequence of operations as columns, the same for every engine: first `resting` adds that build the book, then `operations`
 * that keep it at about that size (50% adds, 40% cancels of a random resting order, 10% takers that consume one order on average).
 * Operation `i` places the order with id `i`; a cancel names its target. `tally` is what our engine did with it.
 */
export type Stream = {
  resting: number
  operations: number
  kinds: Uint8Array
  buys: Uint8Array
  ticks: Int32Array
  lots: Int32Array
  owners: Int32Array
  targets: Int32Array
  tally: Tally
  finalCount: number
}

const MID = 6_500_000
const MAX_LOTS = 100

/** Takers have owners of their own, so that self-trade prevention looks at every meeting and stops none: peers differ in how. */
const MAKERS = 1000
const RECENT = 1000

/** How far from the mid orders are placed, in ticks: about five orders a price at 1,000, fifty from 100,000 on. */
export function widthOf(resting: number): number {
  return Math.max(100, Math.min(10_000, resting / 100))
}

/** xorshift32 (Marsaglia 2003), so that every run and every machine plays the same stream. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.floor(((state >>> 0) / 2 ** 32) * below)
  }
}

/**
 * Which orders are cancelled: any, so that an order's memory is cold, or one of the latest thousand or so, as where quotes are
 * replaced all the time.
 */
export type Cancels = 'any' | 'recent'

export function makeStream(resting: number, operations: number, cancels: Cancels, seed = 12): Stream {
  const total = resting + operations
  const stream: Stream = {
    resting,
    operations,
    kinds: new Uint8Array(total),
    buys: new Uint8Array(total),
    ticks: new Int32Array(total),
    lots: new Int32Array(total),
    owners: new Int32Array(total),
    targets: new Int32Array(total),
    tally: emptyTally(),
    finalCount: 0,
  }
  const random = randomFrom(seed)
  const live = new LiveOrders(total)
  const { events, tally } = tallying()
  const book = createBook({
    events: {
      ...events,
      rested: (id, owner, side, ticks, lots) => {
        live.add(id)
        events.rested(id, owner, side, ticks, lots)
      },
      ended: (id, owner, side, left, reason) => {
        live.remove(id)
        events.ended(id, owner, side, left, reason)
      },
    },
    maxOrders: total,
  })
  for (let at = 0; at < total; at++) {
    if (at === resting) Object.assign(tally, emptyTally())
    drawOperation(stream, at, random, live, cancels)
    play(book, stream, at)
  }
  stream.tally = tally
  stream.finalCount = book.count
  return stream
}

function drawOperation(
  stream: Stream,
  at: number,
  random: (below: number) => number,
  live: LiveOrders,
  cancels: Cancels,
): void {
  const dice = at < stream.resting ? 0 : random(10)
  stream.kinds[at] = dice < 5 || live.count === 0 ? ADD : dice < 9 ? CANCEL : TAKE
  stream.buys[at] = random(2)
  stream.lots[at] = 1 + random(MAX_LOTS)
  // Takers keep the book at its size: they take two orders when it is over, a tenth of one when it is under.
  if (stream.kinds[at] === TAKE)
    stream.lots[at] = 1 + random(live.count > stream.resting ? 2 * MAX_LOTS : MAX_LOTS / 10)
  const buys = stream.buys[at] === 1
  if (stream.kinds[at] === CANCEL) {
    stream.targets[at] = live.at(
      live.count - 1 - random(cancels === 'any' ? live.count : Math.min(RECENT, live.count)),
    )
  } else if (stream.kinds[at] === TAKE) {
    stream.owners[at] = MAKERS + random(MAKERS)
  } else {
    // Twice the average density at the mid, thinning evenly to none at the far end.
    const offset = Math.floor((1 - Math.sqrt(1 - random(1 << 30) / 2 ** 30)) * widthOf(stream.resting))
    stream.ticks[at] = buys ? MID - 1 - offset : MID + offset
    stream.owners[at] = random(MAKERS)
  }
}

/** Plays one operation on our engine. */
export function play(book: ReturnType<typeof createBook>, stream: Stream, at: number): void {
  const kind = stream.kinds[at]
  if (kind === CANCEL) {
    book.cancel(stream.targets[at] as number)
    return
  }
  const owner = stream.owners[at] as number
  const side = stream.buys[at] === 1 ? 'buy' : 'sell'
  const lots = stream.lots[at] as number
  if (kind === TAKE) book.place({ type: 'market', id: at, owner, side, lots })
  else book.place({ type: 'limit', id: at, owner, side, ticks: stream.ticks[at] as number, lots })
}

/** A sink that counts: the least that shows that every event arrives. */
export function tallying(): { events: BookEvents; tally: Tally } {
  const tally = emptyTally()
  const events: BookEvents = {
    traded(_makerId, _makerOwner, _makerSide, _ticks, lots) {
      tally.trades++
      tally.lots += lots
    },
    rested() {
      tally.rested++
    },
    refreshed() {},
    reduced() {},
    ended(_id, _owner, _side, _lotsLeft, reason) {
      if (reason === 'user') tally.cancelled++
    },
    levelChanged() {
      tally.levels++
    },
  }
  return { events, tally }
}

/** The ids on the book, to draw from at random and to drop from by id. */
class LiveOrders {
  count = 0
  private readonly ids: Int32Array
  private readonly places: Int32Array

  constructor(total: number) {
    this.ids = new Int32Array(total)
    this.places = new Int32Array(total).fill(-1)
  }

  at(place: number): number {
    return this.ids[place] as number
  }

  add(id: number): void {
    this.ids[this.count] = id
    this.places[id] = this.count++
  }

  remove(id: number): void {
    const place = this.places[id] as number
    if (place === -1) return
    const last = this.ids[--this.count] as number
    this.ids[place] = last
    this.places[last] = place
    this.places[id] = -1
  }
}
