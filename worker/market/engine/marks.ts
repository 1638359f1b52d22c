import type { Side, Trigger } from './order.ts'

/** How far behind its mark a trailing order fires. */
export type Offset = Extract<Trigger, { kind: 'trails' }>['offset']

/** An order that follows a mark. Its place `since` is written here alone, and is null while it follows none. */
export type Follower = { since: number | null; readonly offset: Offset }

type Mark = {
  since: number
  ticks: number
  /** How many orders follow it. */
  followers: number
  /** No smaller offsets are among its followers, nor were when it was last scanned; Infinity for none of the kind. */
  leastTicks: number
  leastBps: number
  /** Where, at the latest, an order fires that follows this mark or an earlier one; in `height`. */
  reach: number
}

/**
 * The highest prices that active trailing sells follow, or the lowest that trailing buys do.
 *
 * An order sees only prices from its activation on, so orders activated later follow marks that are no higher. The marks are a
 * stack: from the earliest to the latest activation they fall, and a new high takes all that are lower off its end and puts one
 * in their place. So a price costs amortised constant time, however many orders follow, and a new high is one row to keep and
 * not one an order. An order with place `since` follows the last mark whose `since` is not greater. The followers are kept in
 * order of `since`, so those of one mark are neighbours, and marks merge without any of them being touched.
 *
 * Looking for what fires costs one comparison while the price is short of the nearest. When it is not, it costs the followers of
 * each mark that has one to fire. Following and leaving cost the logarithm of the followers; leaving the last follower of a mark,
 * besides, the number of marks.
 *
 * Buys are sells upside down: `height` turns a price over, and everything else is said once.
 */
export class Marks<F extends Follower> {
  private readonly side: Side
  private readonly moved: (side: Side, since: number, ticks: number | null) => void
  private readonly marks: Mark[] = []
  /** In order of `since`, with null where one has left; the last is never null. */
  private followers: (F | null)[] = []
  private places: number[] = []
  private gone = 0
  /** Restored rows are put in order at the first use. */
  private settled = true

  constructor(side: Side, moved: (side: Side, since: number, ticks: number | null) => void) {
    this.side = side
    this.moved = moved
  }

  /** Starts an order at the present price. The price must have been observed. */
  follow(follower: F, ticks: number): void {
    this.settle()
    const since = (this.places.at(-1) ?? -1) + 1
    follower.since = since
    this.followers.push(follower)
    this.places.push(since)
    let mark = this.marks.at(-1)
    if (mark === undefined || mark.ticks !== ticks) {
      mark = { since, ticks, followers: 0, leastTicks: Infinity, leastBps: Infinity, reach: -Infinity }
      this.marks.push(mark)
      this.moved(this.side, since, ticks)
    }
    mark.followers++
    this.consider(mark, follower.offset)
    this.reachFrom(this.marks.length - 1)
  }

  /** Lets an order go. Its mark goes with its last follower. */
  leave(follower: F): void {
    this.settle()
    const since = placeOf(follower)
    this.followers[lowerBound(this.places, since)] = null
    this.gone++
    this.trim()
    const at = this.markAt(since)
    const mark = this.marks[at] as Mark
    mark.followers--
    follower.since = null
    if (mark.followers > 0) return
    this.marks.splice(at, 1)
    this.moved(this.side, mark.since, null)
  }

  /** Must be called when a follower's offset is another one now. */
  offsetChanged(follower: F): void {
    this.settle()
    const at = this.markAt(placeOf(follower))
    this.consider(this.marks[at] as Mark, follower.offset)
    this.reachFrom(at)
  }

  /** Moves what the price is better than. */
  observe(ticks: number): void {
    this.settle()
    const { marks } = this
    const height = this.height(ticks)
    let merged: Mark | undefined
    for (let top = marks.at(-1); top !== undefined && this.height(top.ticks) < height; top = marks.at(-1)) {
      if (merged !== undefined) this.moved(this.side, merged.since, null)
      merged = merge(top, merged)
      marks.pop()
    }
    if (merged === undefined) return
    const top = marks.at(-1)
    if (top !== undefined && top.ticks === ticks) {
      this.moved(this.side, merged.since, null)
      merge(top, merged)
    } else {
      merged.ticks = ticks
      marks.push(merged)
      this.moved(this.side, merged.since, ticks)
    }
    this.reachFrom(marks.length - 1)
  }

  /** Adds the orders that fire at a price to `found`. They must then leave. */
  collect(ticks: number, found: F[]): void {
    this.settle()
    const { marks, places } = this
    const height = this.height(ticks)
    if ((marks.at(-1)?.reach ?? -Infinity) < height) return
    for (const [at, mark] of marks.entries()) {
      if (this.ownReach(mark) < height) continue
      const next = marks[at + 1]
      const end = next === undefined ? places.length : lowerBound(places, next.since)
      mark.leastTicks = Infinity
      mark.leastBps = Infinity
      for (let index = lowerBound(places, mark.since); index < end; index++) {
        const follower = this.followers[index]
        if (follower === null || follower === undefined) continue
        if (this.firingHeight(mark.ticks, follower.offset) >= height) found.push(follower)
        else this.consider(mark, follower.offset)
      }
    }
    this.reachFrom(0)
  }

  /** Where an order with that offset fires, in the place of a follower. May be at no price: under 1, or over all. */
  firingTicks(follower: F, offset: Offset = follower.offset): number {
    this.settle()
    const mark = this.marks[this.markAt(placeOf(follower))] as Mark
    return this.height(this.firingHeight(mark.ticks, offset))
  }

  restoreMark(since: number, ticks: number): void {
    this.marks.push({
      since,
      ticks,
      followers: 0,
      leastTicks: Infinity,
      leastBps: Infinity,
      reach: -Infinity,
    })
    this.settled = false
  }

  restoreFollower(follower: F): void {
    this.followers.push(follower)
    this.settled = false
  }

  /** Throws when the structures disagree. For tests: visits everything. */
  assertConsistent(): void {
    this.settle()
    const alive = this.followers.filter((follower) => follower !== null)
    const counts = this.marks.map(() => 0)
    for (const follower of alive) {
      const at = this.markAt(placeOf(follower))
      const mark = this.marks[at]
      if (mark === undefined) throw new Error(`a follower since ${follower.since} has no mark`)
      counts[at] = (counts[at] ?? 0) + 1
      const fires = this.firingHeight(mark.ticks, follower.offset)
      if (fires > this.ownReach(mark)) throw new Error(`mark ${mark.since} overlooks a follower`)
      if (this.marks.slice(at).some((later) => later.reach < fires)) throw new Error('a reach is too short')
    }
    for (const [at, mark] of this.marks.entries()) {
      const before = this.marks[at - 1]
      const falls = before === undefined || this.height(before.ticks) > this.height(mark.ticks)
      if (!falls || (before !== undefined && before.since >= mark.since)) throw new Error('marks do not fall')
      if (counts[at] !== mark.followers || mark.followers === 0)
        throw new Error(`mark ${mark.since} miscounts`)
    }
    if (this.gone !== this.followers.length - alive.length) throw new Error('places are lost')
  }

  /** Prices so that higher is better for either side; its own inverse. */
  private height(ticks: number): number {
    return this.side === 'sell' ? ticks : -ticks
  }

  /** Whole ticks beyond which the price is over the offset: in basis points of the mark, rounded away from it. Exact below 2^53. */
  private firingHeight(markTicks: number, offset: Offset): number {
    const height = this.height(markTicks)
    if ('ticks' in offset) return height - offset.ticks
    return Math.floor((height * 10_000 - markTicks * offset.bps) / 10_000)
  }

  private ownReach(mark: Mark): number {
    return Math.max(
      this.firingHeight(mark.ticks, { ticks: mark.leastTicks }),
      this.firingHeight(mark.ticks, { bps: mark.leastBps }),
    )
  }

  private consider(mark: Mark, offset: Offset): void {
    if ('ticks' in offset) mark.leastTicks = Math.min(mark.leastTicks, offset.ticks)
    else mark.leastBps = Math.min(mark.leastBps, offset.bps)
  }

  private reachFrom(at: number): void {
    let reach = this.marks[at - 1]?.reach ?? -Infinity
    for (let index = at; index < this.marks.length; index++) {
      const mark = this.marks[index] as Mark
      reach = Math.max(reach, this.ownReach(mark))
      mark.reach = reach
    }
  }

  /** The index of the mark that an order of that place follows; -1 when there is none. */
  private markAt(since: number): number {
    let low = 0
    let high = this.marks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.marks[middle] as Mark).since <= since) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** Drops the empty places at the end, so that the next place depends on who is there and not on who was; and all, when most are empty. */
  private trim(): void {
    while (this.followers.at(-1) === null) {
      this.followers.pop()
      this.places.pop()
      this.gone--
    }
    if (this.gone * 2 <= this.followers.length) return
    const alive = this.followers.filter((follower) => follower !== null)
    this.followers = alive
    this.places = alive.map(placeOf)
    this.gone = 0
  }

  private settle(): void {
    if (this.settled) return
    this.settled = true
    const alive = this.followers.filter((follower) => follower !== null)
    this.followers = alive.sort((a, b) => placeOf(a) - placeOf(b))
    this.places = alive.map(placeOf)
    this.gone = 0
    this.marks.sort((a, b) => a.since - b.since)
    for (const mark of this.marks) mark.followers = 0
    for (const follower of alive) {
      const mark = this.marks[this.markAt(placeOf(follower))]
      if (mark === undefined) throw new RangeError(`no mark was restored for place ${follower.since}`)
      mark.followers++
      this.consider(mark, follower.offset)
    }
    this.reachFrom(0)
  }
}

/** The later mark `upper` into the earlier `lower`, whose place and price stay. */
function merge(lower: Mark, upper: Mark | undefined): Mark {
  if (upper === undefined) return lower
  lower.followers += upper.followers
  lower.leastTicks = Math.min(lower.leastTicks, upper.leastTicks)
  lower.leastBps = Math.min(lower.leastBps, upper.leastBps)
  return lower
}

function placeOf(follower: Follower): number {
  if (follower.since === null) throw new Error('an order that follows no mark')
  return follower.since
}

/** The index of the first place that is not less than `since`. */
function lowerBound(places: readonly number[], since: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((places[middle] as number) < since) low = middle + 1
    else high = middle
  }
  return low
}
