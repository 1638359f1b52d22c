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

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Closed seconds kept in memory, nowhere else; and closed minutes: a day, for the ticker. */
export const SECONDS_KEPT = HOUR / SECOND
const MINUTES_KEPT = DAY / MINUTE

export const minuteOf = (at: number): number => Math.floor(at / MINUTE) * MINUTE

/** What a market's last 24 hours were, or null when nothing has traded in them. */
export interface DayFigures {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly lots: number
}

/** Candles of one length, oldest first: the newest that have closed, and the one under way. */
class Spans {
  readonly length: number
  readonly #kept: number
  closed: Candle[] = []
  open: Candle | null = null

  constructor(length: number, kept: number) {
    this.length = length
    this.#kept = kept
  }

  /** See `CandleSeries.add`. */
  add(ticks: number, lots: number, at: number): Candle | null {
    const { open, length } = this
    if (open !== null && at < open.at + length) {
      this.open = {
        at: open.at,
        open: open.open,
        high: Math.max(open.high, ticks),
        low: Math.min(open.low, ticks),
        close: ticks,
        lots: open.lots + lots,
      }
      return null
    }
    const opens = Math.floor(at / length) * length
    this.open = { at: opens, open: ticks, high: ticks, low: ticks, close: ticks, lots }
    if (open === null) return null
    this.closed.push(open)
    if (this.closed.length > this.#kept) this.closed.shift()
    return open
  }

  /** Takes all of them anew: the newest is the one under way. */
  replace(candles: Iterable<Candle>): void {
    const ordered = [...candles].sort((a, b) => a.at - b.at).slice(-this.#kept - 1)
    this.open = ordered.pop() ?? null
    this.closed = ordered
  }

  /** Those that open at `from` or later, the one under way included. */
  since(from: number): Candle[] {
    const { closed, open } = this
    let first = closed.length
    while (first > 0 && (closed[first - 1]?.at ?? 0) >= from) first -= 1
    return open === null || open.at < from ? closed.slice(first) : [...closed.slice(first), open]
  }
}

/** What has traded in a market of late: minutes, and seconds for less long, oldest first. Longer candles are made of minutes. */
export class CandleSeries {
  readonly #seconds = new Spans(SECOND, SECONDS_KEPT)
  readonly #minutes = new Spans(MINUTE, MINUTES_KEPT)
  #day: { minute: number; figures: DayFigures | null } | null = null
  /** By length: what the closed minutes say of the candle under way. Until one closes, or the past is filled. */
  readonly #begun = new Map<number, Candle | null>()

  /** Minutes. */
  get closed(): readonly Candle[] {
    return this.#minutes.closed
  }

  /** The minute under way. */
  get open(): Candle | null {
    return this.#minutes.open
  }

  /** The candle of `length` milliseconds that is under way, or null before the first print. */
  openOf(length: number): Candle | null {
    if (length === SECOND) return this.#seconds.open
    const { open } = this.#minutes
    if (open === null || length === MINUTE) return open
    const at = Math.floor(open.at / length) * length
    const begun = this.#begun.get(length) ?? joinCandles(this.#closedSince(at), length)[0] ?? null
    this.#begun.set(length, begun)
    return begun === null ? { ...open, at } : { ...joined(begun, open), at }
  }

  /**
   * The candles of `length` milliseconds that open at `from` or later, a multiple of it, without those in which nothing was
   * printed; the last is under way. Seconds and minutes go back only as far as they are kept.
   */
  since(length: number, from: number): Candle[] {
    if (length === SECOND) return this.#seconds.since(from)
    const open = this.openOf(length)
    if (open === null || open.at < from) return []
    return open.at === from ? [open] : joinCandles(this.#minutes.since(from), length)
  }

  /** As `add`, of a print from before a wake: the seconds are learned when somebody asks for them. */
  restorePrint(ticks: number, lots: number, at: number): void {
    this.#minutes.add(ticks, lots, at)
    this.#minutesChanged()
  }

  /** Takes back closed minutes after a wake, oldest first. */
  restore(closed: readonly Candle[]): void {
    this.#minutes.closed = [...closed]
    this.#minutesChanged()
  }

  /**
   * Takes a print. Answers the minute that it closes, if it does. A print older than the open minute (a feed's clock
   * is not ours) counts in the open one, as with seconds: what has closed has been told and does not change.
   */
  add(ticks: number, lots: number, at: number): Candle | null {
    this.#seconds.add(ticks, lots, at)
    const closed = this.#minutes.add(ticks, lots, at)
    if (closed !== null) this.#minutesChanged()
    return closed
  }

  /**
   * Fills the minutes that are missing with what the reference feed says of its past, up to now; in the open minute
   * that comes before what has been printed here. Answers the minute that this closes, if it does.
   */
  fill(history: readonly Candle[]): Candle | null {
    let { open } = this
    const minutes = new Map(this.closed.map((candle) => [candle.at, candle]))
    for (const candle of history) {
      if (open?.at === candle.at) open = joined(candle, open)
      else if (!minutes.has(candle.at)) minutes.set(candle.at, candle)
    }
    if (open !== null) minutes.set(open.at, open)
    this.#minutes.replace(minutes.values())
    this.#minutesChanged()
    return open !== null && open.at !== this.open?.at ? open : null
  }

  /** Takes the prints of a time that was missed, from `from` on and oldest first, to the seconds. */
  learnSeconds(from: number, prints: readonly { ticks: number; lots: number; at: number }[]): void {
    const seconds = new Map(this.#seconds.since(0).map((candle) => [candle.at, candle]))
    const single = prints.map(
      ({ ticks, lots, at }): Candle => ({ at, open: ticks, high: ticks, low: ticks, close: ticks, lots }),
    )
    for (const candle of joinCandles(single, SECOND)) {
      const known = seconds.get(candle.at)
      if (known === undefined) seconds.set(candle.at, candle)
      else seconds.set(candle.at, candle.at < from ? joined(known, candle) : joined(candle, known))
    }
    this.#seconds.replace(seconds.values())
  }

  /** The 24 hours before `now`. */
  day(now: number): DayFigures | null {
    const minute = minuteOf(now)
    if (this.#day === null || this.#day.minute !== minute)
      this.#day = { minute, figures: this.#sum(minute - DAY) }
    const { open } = this
    const past = this.#day.figures
    if (open === null || open.at < minute - DAY) return past
    return past === null ? open : joined(past, open)
  }

  #closedSince(from: number): Candle[] {
    return this.closed.slice(this.closed.findLastIndex(({ at }) => at < from) + 1)
  }

  #minutesChanged(): void {
    this.#day = null
    this.#begun.clear()
  }

  #sum(from: number): DayFigures | null {
    let figures: DayFigures | null = null
    for (const candle of this.closed) {
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
