import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Advice } from './local.ts'

// Recordings of an exchange's book and trades, served to the Market objects: workerd reads no files.
// A file is JSON lines: a header, then in order of time snapshot, delta and trade lines, with prices and amounts as
// decimal strings.

type Level = readonly [price: string, amount: string]

interface BookLine {
  readonly t: number
  readonly type: 'snapshot' | 'delta'
  readonly last: number
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

interface Line {
  /** Milliseconds from the beginning of the recording. */
  readonly offset: number
  readonly text: string
}

interface Checkpoint {
  /** Index of the first line that is not in it. */
  readonly line: number
  readonly bids: ReadonlyMap<string, string>
  readonly asks: ReadonlyMap<string, string>
  readonly last: number
}

const checkpointEvery = 2000

export class Recording {
  readonly #lines: readonly Line[]
  readonly #checkpoints: readonly Checkpoint[]
  /** As in addresses and paths: BTC-USDT. */
  readonly market: string
  /** Milliseconds since 1970 of the beginning and the end. */
  readonly from: number
  readonly to: number

  /** Throws an Error that says what is wrong with the text. */
  constructor(text: string) {
    const [headerText, ...rest] = text.split('\n').filter((line) => line !== '')
    const header: unknown = headerText === undefined ? null : JSON.parse(headerText)
    if (!isHeader(header)) throw new Error('the first line has to be a header with symbol, from and to')
    this.market = header.symbol.replace('/', '-')
    this.from = header.from
    this.to = header.to
    const lines: Line[] = []
    const checkpoints: Checkpoint[] = []
    const book = new BookState()
    for (const [index, line] of rest.entries()) {
      const entry: unknown = JSON.parse(line)
      if (!isTimed(entry)) throw new Error(`line ${index + 2} has no time and type`)
      if (index % checkpointEvery === 0) checkpoints.push(book.checkpoint(index))
      if (isBookLine(entry)) book.apply(entry)
      lines.push({ offset: entry.t - header.from, text: line })
    }
    this.#lines = lines
    this.#checkpoints = checkpoints
  }

  /**
   * The lines with `from <= offset < to` (milliseconds from the beginning), in the form of the file and without its
   * header. Where that does not begin with the recording, the book at `from` comes first as a snapshot line, so that
   * a reader can start anywhere.
   */
  stretch(from: number, to: number): string[] {
    const first = this.#firstAt(from)
    const end = this.#firstAt(to)
    const lines = this.#lines.slice(first, end).map((line) => line.text)
    return first === 0 ? lines : [JSON.stringify(this.#snapshotBefore(first, from)), ...lines]
  }

  #firstAt(offset: number): number {
    let low = 0
    let high = this.#lines.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#lines[middle]?.offset ?? Number.POSITIVE_INFINITY) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  #snapshotBefore(index: number, offset: number): BookLine {
    const checkpoint = this.#checkpoints[Math.floor((index - 1) / checkpointEvery)]
    const book = new BookState(checkpoint)
    for (const line of this.#lines.slice(checkpoint?.line ?? 0, index)) {
      const entry: unknown = JSON.parse(line.text)
      if (isBookLine(entry)) book.apply(entry)
    }
    return book.snapshot(this.from + offset)
  }
}

class BookState {
  #bids: Map<string, string>
  #asks: Map<string, string>
  #last: number

  constructor(checkpoint?: Checkpoint) {
    this.#bids = new Map(checkpoint?.bids)
    this.#asks = new Map(checkpoint?.asks)
    this.#last = checkpoint?.last ?? 0
  }

  apply(line: BookLine): void {
    if (line.type === 'snapshot') {
      this.#bids.clear()
      this.#asks.clear()
    }
    setLevels(this.#bids, line.bids)
    setLevels(this.#asks, line.asks)
    this.#last = line.last
  }

  checkpoint(line: number): Checkpoint {
    return { line, bids: new Map(this.#bids), asks: new Map(this.#asks), last: this.#last }
  }

  snapshot(t: number): BookLine {
    const byPrice = (one: Level, other: Level) => Number(one[0]) - Number(other[0])
    const bids = [...this.#bids].sort((one, other) => byPrice(other, one))
    return { t, type: 'snapshot', last: this.#last, bids, asks: [...this.#asks].sort(byPrice) }
  }
}

function setLevels(side: Map<string, string>, levels: readonly Level[]): void {
  for (const [price, amount] of levels) {
    if (Number(amount) === 0) side.delete(price)
    else side.set(price, amount)
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isHeader(value: unknown): value is { symbol: string; from: number; to: number } {
  return (
    isRecord(value) &&
    typeof value.symbol === 'string' &&
    typeof value.from === 'number' &&
    typeof value.to === 'number'
  )
}

function isTimed(value: unknown): value is { t: number; type: string } {
  return isRecord(value) && typeof value.t === 'number' && typeof value.type === 'string'
}

function isBookLine(value: unknown): value is BookLine {
  return (
    isTimed(value) &&
    (value.type === 'snapshot' || value.type === 'delta') &&
    'bids' in value &&
    Array.isArray(value.bids) &&
    'asks' in value &&
    Array.isArray(value.asks)
  )
}

/** Reads .jsonl and .jsonl.gz files. Throws an Advice that names the file and says what to do. */
export function readRecordings(files: readonly string[]): Recording[] {
  const recordings = files.map((file) => {
    try {
      const bytes = readFileSync(path.resolve(file))
      return new Recording(new TextDecoder().decode(file.endsWith('.gz') ? gunzipSync(bytes) : bytes))
    } catch (error) {
      throw new Error(
        `The recording ${file} cannot be used: ${error instanceof Error ? error.message : error}.`,
      )
    }
  })
  const markets = recordings.map((recording) => recording.market)
  const twice = markets.find((market, index) => markets.indexOf(market) !== index)
  if (twice !== undefined)
    throw new Advice(`Two of the recordings are of ${twice}; give one for each market.`)
  return recordings
}

/**
 * `GET /recordings`: `[{ market, from, to }]`. `GET /recordings/BTC-USDT?from=0&to=5000`: JSON lines of that stretch,
 * see `Recording.stretch`; `to` may be left out for all that is left.
 */
export function answer(
  recordings: readonly Recording[],
  url: URL,
): { status: number; type: string; body: string } {
  const json = (status: number, value: unknown) => ({
    status,
    type: 'application/json',
    body: JSON.stringify(value),
  })
  if (url.pathname === '/recordings') {
    return json(
      200,
      recordings.map(({ market, from, to }) => ({ market, from, to })),
    )
  }
  const market = /^\/recordings\/([\w-]+)$/.exec(url.pathname)?.[1]
  const recording = recordings.find((candidate) => candidate.market === market)
  if (recording === undefined) return json(404, { message: 'There is no recording of this market.' })
  const from = Number(url.searchParams.get('from') ?? 0)
  const to = Number(url.searchParams.get('to') ?? recording.to - recording.from + 1)
  if (!(from >= 0 && to >= from))
    return json(400, { message: 'Give from and to in milliseconds, from first.' })
  const lines = recording.stretch(from, to).map((line) => `${line}\n`)
  return { status: 200, type: 'application/x-ndjson', body: lines.join('') }
}

/** Serves on a free port of the loopback address; resolves when it listens. */
export async function serveRecordings(
  recordings: readonly Recording[],
): Promise<{ url: string; close(): void }> {
  const server: Server = createServer((request, response) => {
    const { status, type, body } = answer(recordings, new URL(request.url ?? '/', 'http://loopback'))
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new Error('The recordings are not served on a port.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
