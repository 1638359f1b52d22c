import type { BookEvents, Side } from './order.ts'

/**
 * The levels that changed in one call, to be told at its end, each once: a cascade passes the same level many times. They are
 * kept in columns that stay (as long as the longest call needed), for a list that is emptied is allocated anew in the next call.
 */
export class LevelChanges {
  /** Ticks times two, plus one for sells: below 2^31. */
  private levels = new Int32Array(64)
  private totals = new Float64Array(64)
  private count = 0
  private matchings = 0

  /** One matching tells no level twice; only over several of them can one repeat. */
  nextMatching(): void {
    this.matchings++
  }

  add(side: Side, ticks: number, totalLots: number): void {
    if (this.count === this.levels.length) this.grow()
    this.levels[this.count] = ticks * 2 + (side === 'sell' ? 1 : 0)
    this.totals[this.count++] = totalLots
  }

  tell(events: BookEvents): void {
    const { levels, totals, count, matchings } = this
    const latest = matchings > 1 ? this.latest() : null
    for (let at = 0; at < count; at++) {
      const level = levels[at] as number
      if (latest !== null && latest.get(level) !== at) continue
      events.levelChanged((level & 1) === 1 ? 'sell' : 'buy', level >>> 1, totals[at] as number)
    }
    this.count = 0
    this.matchings = 0
  }

  /** Where each level was told last. */
  private latest(): Map<number, number> {
    const latest = new Map<number, number>()
    for (let at = 0; at < this.count; at++) latest.set(this.levels[at] as number, at)
    return latest
  }

  private grow(): void {
    const { levels, totals } = this
    this.levels = new Int32Array(levels.length * 2)
    this.levels.set(levels)
    this.totals = new Float64Array(totals.length * 2)
    this.totals.set(totals)
  }
}
