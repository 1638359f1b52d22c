import type { BookEvents, Side } from './order.ts'

/** The levels that changed in one call, to be told at its end, each once: a cascade passes the same level many times. */
export class LevelChanges {
  /** Ticks times two, plus one for sells. */
  private readonly levels: number[] = []
  private readonly totals: number[] = []
  private matchings = 0

  /** One matching tells no level twice; only over several of them can one repeat. */
  nextMatching(): void {
    this.matchings++
  }

  add(side: Side, ticks: number, totalLots: number): void {
    this.levels.push(ticks * 2 + (side === 'sell' ? 1 : 0))
    this.totals.push(totalLots)
  }

  tell(events: BookEvents): void {
    const { levels, totals } = this
    const latest = this.matchings > 1 ? new Map(levels.map((level, at) => [level, at])) : null
    for (let at = 0; at < levels.length; at++) {
      const level = levels[at] as number
      if (latest !== null && latest.get(level) !== at) continue
      events.levelChanged((level & 1) === 1 ? 'sell' : 'buy', level >>> 1, totals[at] ?? 0)
    }
    levels.length = 0
    totals.length = 0
    this.matchings = 0
  }
}
