/** A span of a market: a minute, where nothing else is said. Prices in ticks, volume in lots; exact while it trades fewer than 2^53 lots. */
export interface Candle {
  /** Milliseconds: when it opens. */
  readonly at: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly lots: number
}

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Closed minutes kept in memory: a day, for the ticker. */
const KEPT = DAY / MINUTE

export const minuteOf = (at: number): number => Math.floor(at / MINUTE) * MINUTE

/** What a market's last 24 hours were, or null when nothing has traded in them. */
export interface DayFigures {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly lots: number
}

/** A market's minutes, oldest first: those that have closed, and the one under way. */
export class CandleSeries {
  #closed: Candle[] = []
  #open: Candle | null = null
  #day: { minute: number; figures: DayFigures | null } | null = null

  get closed(): readonly Candle[] {
    return this.#closed
  }

  get open(): Candle | null {
    return this.#open
  }

  /** Takes back closed minutes after a wake, oldest first. */
  restore(closed: readonly Candle[]): void {
    this.#closed = [...closed]
    this.#day = null
  }

  /**
   * Takes a print. Answers the minute that it closes, if it does. A print older than the open minute (a feed's clock
   * is not ours) counts in the open one: what has closed has been told and does not change.
   */
  add(ticks: number, lots: number, at: number): Candle | null {
    const open = this.#open
    if (open !== null && at < open.at + MINUTE) {
      this.#open = {
        at: open.at,
        open: open.open,
        high: Math.max(open.high, ticks),
        low: Math.min(open.low, ticks),
        close: ticks,
        lots: open.lots + lots,
      }
      return null
    }
    this.#open = { at: minuteOf(at), open: ticks, high: ticks, low: ticks, close: ticks, lots }
    if (open !== null) this.#close(open)
    return open
  }

  /**
   * Fills the minutes that are missing with what the reference feed says of its past, up to now; in the open minute
   * that comes before what has been printed here. Answers the minute that this closes, if it does.
   */
  fill(history: readonly Candle[]): Candle | null {
    let open = this.#open
    const minutes = new Map(this.#closed.map((candle) => [candle.at, candle]))
    for (const candle of history) {
      if (open?.at === candle.at) open = joined(candle, open)
      else if (!minutes.has(candle.at)) minutes.set(candle.at, candle)
    }
    if (open !== null) minutes.set(open.at, open)
    const ordered = [...minutes.values()].sort((a, b) => a.at - b.at).slice(-KEPT - 1)
    this.#open = ordered.pop() ?? null
    this.#closed = ordered
    this.#day = null
    return open !== null && open.at !== this.#open?.at ? open : null
  }

  /** The 24 hours before `now`. */
  day(now: number): DayFigures | null {
    const minute = minuteOf(now)
    if (this.#day === null || this.#day.minute !== minute)
      this.#day = { minute, figures: this.#sum(minute - DAY) }
    const open = this.#open
    const past = this.#day.figures
    if (open === null || open.at < minute - DAY) return past
    return past === null ? open : joined(past, open)
  }

  #close(candle: Candle): void {
    this.#closed.push(candle)
    if (this.#closed.length > KEPT) this.#closed.shift()
    this.#day = null
  }

  #sum(from: number): DayFigures | null {
    let figures: DayFigures | null = null
    for (const candle of this.#closed) {
      if (candle.at < from) continue
      figures = figures === null ? candle : joined(figures, candle)
    }
    return figures
  }
}

/** An earlier span and a later one as one. */
function joined<Later extends DayFigures>(earlier: DayFigures, later: Later): Later {
  return {
    ...later,
    open: earlier.open,
    high: Math.max(earlier.high, later.high),
    low: Math.min(earlier.low, later.low),
    lots: earlier.lots + later.lots,
  }
}

/** Candles as longer ones, oldest first as they come; each opens at a multiple of `length` milliseconds. */
export function joinCandles(candles: readonly Candle[], length: number): Candle[] {
  const longer: Candle[] = []
  for (const candle of candles) {
    const at = Math.floor(candle.at / length) * length
    const last = longer.at(-1)
    if (last?.at === at) longer[longer.length - 1] = { ...joined(last, candle), at }
    else longer.push({ ...candle, at })
  }
  return longer
}

/** A span in which nothing traded is a candle too, at the close before it and without volume; up to one that opens before `end`. */
export function fillGaps(candles: readonly Candle[], length: number, end: number): Candle[] {
  const filled: Candle[] = []
  for (const [index, candle] of candles.entries()) {
    filled.push(candle)
    const { close } = candle
    const next = candles[index + 1]?.at ?? end
    for (let at = candle.at + length; at < next; at += length)
      filled.push({ at, open: close, high: close, low: close, close, lots: 0 })
  }
  return filled
}
