import * as z from 'zod'
import { MarketId } from '../../contract/amounts.ts'
import { DAY, joinCandles } from '../candles.ts'
import type { Market } from '../settings.ts'
import { type Feed, type FeedStep, MAX_PRINTS, type Print } from './feed.ts'
import { parseLine, RecordedBook, type RecordedLine } from './recordedBook.ts'
import { RecordedPast } from './recordedPast.ts'

const LEVELS = 50

/** How much is fetched at once, and when: this long before it is needed. */
const CHUNK_MS = 10_000
const AHEAD_MS = 5_000
const FETCH_TIMEOUT_MS = 3_000
/** For the whole recording, some megabytes. */
const PAST_TIMEOUT_MS = 10_000
/** After a fault, and between looks for a recording that is not there. */
const RETRY_MS = 2_000

const LONGEST_PAST_MS = 31 * DAY

const Recordings = z.array(z.object({ market: MarketId, from: z.number().int(), to: z.number().int() }))

export type FetchText = (url: string, timeoutMs: number) => Promise<string>

/** Throws when there is no answer in time or it is not a good one. */
export const fetchText: FetchText = async (url, timeoutMs) => {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return text
}

/**
 * Plays a recording again and again, at its own speed. Where it is at a time is a function of that time, so that a market
 * that wakes finds the place by itself. The server is the start script's (`scripts/recordings.ts`): workerd reads no files.
 * A market that is not among the recordings gets `fallback`.
 */
export function createRecordedFeed(
  market: Market,
  serverUrl: string,
  fallback: Feed,
  fetchFrom: FetchText = fetchText,
): Feed {
  return new RecordedFeed(market, serverUrl, fallback, fetchFrom)
}

/** A line with the time at which it is played. */
interface Due {
  readonly at: number
  readonly line: RecordedLine
}

class RecordedFeed implements Feed {
  readonly #market: Market
  readonly #serverUrl: string
  readonly #fallback: Feed
  readonly #fetchFrom: FetchText
  readonly #book: RecordedBook
  /** Where the recording begins and how long it is, in ms; null until known; false when there is none of this market. */
  #recording: { from: number; length: number } | null | false = null
  #past: RecordedPast | null = null
  #waiting: Due[] = []
  /** Lines before this time have been fetched. */
  #fetchedTo = 0
  #started = false
  #retryAt = 0
  #faulty = false
  #fetching: Promise<void> | null = null

  constructor(market: Market, serverUrl: string, fallback: Feed, fetchFrom: FetchText) {
    this.#market = market
    this.#serverUrl = serverUrl.replace(/\/$/, '')
    this.#fallback = fallback
    this.#fetchFrom = fetchFrom
    this.#book = new RecordedBook(market)
  }

  get kind(): Feed['kind'] {
    return this.#recording === false ? this.#fallback.kind : 'recorded'
  }

  prepare(now: number): Promise<void> {
    if (this.#recording === false) return this.#fallback.prepare(now)
    if (now < this.#retryAt || this.#fetchedTo > now + AHEAD_MS) return Promise.resolve()
    this.#fetching ??= this.#fetchNext(now).finally(() => {
      this.#fetching = null
    })
    return this.#fetching
  }

  step(now: number): FeedStep | null {
    if (this.#recording === false) return this.#fallback.step(now)
    if (now >= this.#fetchedTo) return null
    const prints: Print[] = []
    let played = 0
    for (const { at, line } of this.#waiting) {
      if (at > now) break
      const print = this.#book.apply(line)
      if (print !== null) prints.push({ ...print, at })
      played += 1
    }
    this.#waiting = this.#waiting.slice(played)
    const book = this.#book.best(LEVELS)
    if (book === null) return null
    const since = this.#started ? prints.slice(-MAX_PRINTS) : []
    this.#started = true
    return { at: now, book, prints: since }
  }

  history(from: number, to: number, length?: number) {
    if (this.#recording === false) return this.#fallback.history?.(from, to, length) ?? []
    // A recording is repeated for as long as is asked for, trade by trade.
    const minutes = this.#past?.candles(Math.max(from, to - LONGEST_PAST_MS), to) ?? []
    return length === undefined ? minutes : joinCandles(minutes, length)
  }

  pastPrints(from: number, to: number) {
    if (this.#recording === false) return this.#fallback.pastPrints?.(from, to) ?? []
    return this.#past?.prints(Math.max(from, to - LONGEST_PAST_MS), to) ?? []
  }

  async #fetchNext(now: number): Promise<void> {
    try {
      this.#recording ??= await this.#find()
      if (this.#recording === false) await this.#fallback.prepare(now)
      else {
        this.#past ??= await this.#fetchPast(this.#recording)
        await this.#fetchChunk(this.#recording, now)
      }
      this.#faulty = false
    } catch (error) {
      // The steps go on with what has been fetched and are null after it; the market shows that as stale.
      if (!this.#faulty)
        console.warn({ event: 'recordingUnavailable', market: this.#market.id, error: String(error) })
      this.#faulty = true
      this.#retryAt = now + RETRY_MS
    }
  }

  async #find(): Promise<{ from: number; length: number } | false> {
    const text = await this.#fetchFrom(`${this.#serverUrl}/recordings`, FETCH_TIMEOUT_MS)
    const found = Recordings.parse(JSON.parse(text)).find(({ market }) => market === this.#market.id)
    return found === undefined ? false : { from: found.from, length: found.to - found.from + 1 }
  }

  async #fetchPast({ from, length }: { from: number; length: number }): Promise<RecordedPast> {
    const url = `${this.#serverUrl}/recordings/${this.#market.id}?from=0&to=${length}`
    return new RecordedPast(this.#market, await this.#fetchFrom(url, PAST_TIMEOUT_MS), from, length)
  }

  /** The next chunk after what there is, or from `now` on after a pause. A chunk ends with the recording. */
  async #fetchChunk(recording: { from: number; length: number }, now: number): Promise<void> {
    const begin = Math.max(now, this.#fetchedTo)
    const loopBegin = Math.floor(begin / recording.length) * recording.length
    const end = Math.min(begin + CHUNK_MS, loopBegin + recording.length)
    const url = `${this.#serverUrl}/recordings/${this.#market.id}?from=${begin - loopBegin}&to=${end - loopBegin}`
    const text = await this.#fetchFrom(url, FETCH_TIMEOUT_MS)
    const lines = text.split('\n').filter((line) => line !== '')
    const due = lines.map((text) => {
      const line = parseLine(text)
      return { at: loopBegin + line.t - recording.from, line }
    })
    if (begin > this.#fetchedTo) this.#waiting = []
    this.#waiting = [...this.#waiting, ...due]
    this.#fetchedTo = end
  }
}
