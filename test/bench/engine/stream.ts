import {
  type BookEvents,
  createBook,
  type EndReason,
  type LimitOrder,
  type NewOrder,
  type Side,
} from '../../../worker/market/engine/index.ts'

export const ADD = 0
export const CANCEL = 1
export const TAKE = 2
export const MOVE = 3
/** An immediate-or-cancel limit order that reaches everything on the other side. */
export const IOC = 4

/** What happened while a stream was played; equal for engines that match alike. */
export type Tally = { trades: number; lots: number; cancelled: number; rested: number; levels: number }

export function emptyTally(): Tally {
  return { trades: 0, lots: 0, cancelled: 0, rested: 0, levels: 0 }
}

/**
 * Which of a hundred operations are which; the rest are market orders. Streams differ in these alone.
 *
 * `width` is how far from the mid orders are placed, in ticks, on each side. It is the same at every size: the book of a pair gets
 * deeper, not wider, when more people quote.
 */
export type Mix = {
  adds: number
  cancels: number
  moves: number
  iocs: number
  width: number
  /**
   * Which orders are cancelled or moved: any, so that an order's memory is cold, or one of the latest thousand, as where quotes
   * are replaced all the time.
   */
  targets: 'any' | 'recent'
}

export const MIXED: Mix = { adds: 50, cancels: 40, moves: 0, iocs: 0, width: 1000, targets: 'any' }
export const MIXED_RECENT: Mix = { ...MIXED, targets: 'recent' }
/** The mix of exchange-core's published benchmark: 9% GTC, 3% IOC, 6% cancel, 82% move, over 750 prices. */
export const EXCHANGE_CORE: Mix = { adds: 9, cancels: 6, moves: 82, iocs: 3, width: 375, targets: 'any' }

/**
 * A sequence of operations as columns, the same for every engine: first `resting` adds that build the book, then `operations`
 * that keep it at about that size (takers consume one order on average). Operation `i` places the order with id `i`; a cancel
 * or a move names its target. `tally` is what our engine did with it.
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

export function makeStream(resting: number, operations: number, mix: Mix, seed = 12): Stream {
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
  const events = new Drawing(total)
  const { live, tally } = events
  const book = createBook({ events, maxOrders: total })
  for (let at = 0; at < total; at++) {
    if (at === resting) Object.assign(tally, emptyTally())
    drawOperation(stream, at, random, live, mix)
    play(book, stream, at)
  }
  stream.tally = tally
  stream.finalCount = book.count
  return stream
}

function drawKind(mix: Mix, dice: number): number {
  const { adds, cancels, moves, iocs } = mix
  if (dice < adds) return ADD
  if (dice < adds + cancels) return CANCEL
  if (dice < adds + cancels + moves) return MOVE
  return dice < adds + cancels + moves + iocs ? IOC : TAKE
}

function drawOperation(
  stream: Stream,
  at: number,
  random: (below: number) => number,
  live: LiveOrders,
  mix: Mix,
): void {
  const { kinds, buys, ticks, lots, owners, targets, resting } = stream
  const kind = at < resting || live.count === 0 ? ADD : drawKind(mix, random(100))
  kinds[at] = kind
  buys[at] = random(2)
  lots[at] = 1 + random(MAX_LOTS)
  if (kind === CANCEL || kind === MOVE) {
    const among = mix.targets === 'any' ? live.count : Math.min(RECENT, live.count)
    const target = live.at(live.count - 1 - random(among))
    targets[at] = target
    buys[at] = buys[target] as number
    lots[at] = lots[target] as number
    owners[at] = owners[target] as number
  } else if (kind === ADD) {
    owners[at] = random(MAKERS)
  } else {
    owners[at] = MAKERS + random(MAKERS)
    // Takers keep the book at its size: they take two orders when it is over, a tenth of one when it is under.
    lots[at] = 1 + random(live.count > resting ? 2 * MAX_LOTS : MAX_LOTS / 10)
  }
  // Twice the average density at the mid, thinning evenly to none at the far end.
  const offset = Math.floor((1 - Math.sqrt(1 - random(1 << 30) / 2 ** 30)) * mix.width)
  const away = kind === IOC ? -mix.width : offset
  ticks[at] = buys[at] === 1 ? MID - 1 - away : MID + away
}

/** What our book and the engine around it have in common. */
export type Venue = {
  place(order: NewOrder): unknown
  cancel(id: number, reason: 'user'): unknown
  replace(order: LimitOrder): unknown
}

/** Plays one operation on our book or engine. */
export function play(book: Venue, stream: Stream, at: number): void {
  const kind = stream.kinds[at]
  if (kind === CANCEL) {
    book.cancel(stream.targets[at] as number, 'user')
    return
  }
  const owner = stream.owners[at] as number
  const side = stream.buys[at] === 1 ? 'buy' : 'sell'
  const lots = stream.lots[at] as number
  if (kind === TAKE) {
    book.place({ type: 'market', id: at, owner, side, lots })
    return
  }
  const ticks = stream.ticks[at] as number
  if (kind === ADD) book.place({ type: 'limit', id: at, owner, side, ticks, lots })
  else if (kind === IOC) book.place({ type: 'limit', id: at, owner, side, ticks, lots, timeInForce: 'IOC' })
  else book.replace({ type: 'limit', id: stream.targets[at] as number, owner, side, ticks, lots })
}

/**
 * A sink that counts: the least that shows that every event arrives. A class, as the Market's log is: with closures made anew for
 * each book, the compiler would have to give up what it knew of the last one's, and the figures would be of luck in that.
 */
export class Counting implements BookEvents {
  readonly tally = emptyTally()

  traded(_makerId: number, _makerOwner: number, _makerSide: Side, _ticks: number, lots: number): void {
    this.tally.trades++
    this.tally.lots += lots
  }

  rested(_id: number): void {
    this.tally.rested++
  }

  refreshed(): void {}

  reduced(): void {}

  ended(_id: number, _owner: number, _side: Side, _lotsLeft: number, reason: EndReason): void {
    if (reason === 'user') this.tally.cancelled++
  }

  levelChanged(): void {
    this.tally.levels++
  }
}

/** Counts, and knows which orders rest. */
class Drawing extends Counting {
  readonly live: LiveOrders

  constructor(total: number) {
    super()
    this.live = new LiveOrders(total)
  }

  override rested(id: number): void {
    this.live.add(id)
    super.rested(id)
  }

  override ended(id: number, owner: number, side: Side, lotsLeft: number, reason: EndReason): void {
    this.live.remove(id)
    super.ended(id, owner, side, lotsLeft, reason)
  }
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

  /** A moved order comes to rest again. */
  add(id: number): void {
    if (this.places[id] !== -1) return
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
