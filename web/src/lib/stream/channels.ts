import type { Candle, Print, Ticker } from '$contract/markets.ts'
import type { AccountStreamMessage } from '$contract/stream.ts'
import { AccountSequence, type Continuity } from './accountSequence.ts'
import { MarketBook } from './marketBook.ts'
import type { StreamMessage } from './messages.ts'
import { Tape } from './tape.ts'

/**
 * What a message was to its channel. `behind`: something is missing that can be told from `after` on. `wrong`: all has to
 * be told anew. `ignored`: it says nothing of now.
 */
export type Taken = 'whole' | 'behind' | 'wrong' | 'ignored'

/** What a channel makes of its messages. `T` is what its listeners are given. */
export interface Channel<T> {
  /** For who listens from now on; undefined while nothing is known. */
  readonly known: T | undefined
  take(message: StreamMessage, tell: (value: T) => void): Taken
  /** The connection was lost. */
  detach(): void
  /** The last sequence that is known to be right; null when all has to be told anew. */
  readonly after: number | null
  /** Once subscribed there may be nothing to say for long. */
  readonly mayBeSilent: boolean
}

export class BookChannel implements Channel<MarketBook> {
  readonly mayBeSilent = false
  readonly #book = new MarketBook()

  get known(): MarketBook | undefined {
    return this.#book.ticker === null ? undefined : this.#book
  }

  get after(): number | null {
    return this.#book.sequence
  }

  take(message: StreamMessage, tell: (book: MarketBook) => void): Taken {
    if (message.type !== 'snapshot' && message.type !== 'frame') return 'ignored'
    const applied = this.#book.apply(message)
    tell(this.#book)
    if (applied === 'mismatch') return 'wrong'
    if (this.#book.current) return 'whole'
    return applied === 'ignored' ? 'ignored' : 'behind'
  }

  detach(): void {
    this.#book.detach()
  }
}

export class TickerChannel implements Channel<Ticker> {
  known: Ticker | undefined
  readonly after = null
  readonly mayBeSilent = false
  #attached = false

  take(message: StreamMessage, tell: (ticker: Ticker) => void): Taken {
    if (message.type !== 'ticker') return 'ignored'
    const { ticker } = message
    if (this.#attached && this.known !== undefined && ticker.at < this.known.at) return 'ignored'
    this.#attached = true
    this.known = ticker
    tell(ticker)
    return 'whole'
  }

  detach(): void {
    this.#attached = false
  }
}

/** The newest prints, newest first. */
export class TradesChannel implements Channel<readonly Print[]> {
  readonly #tape = new Tape()
  readonly after = null
  readonly mayBeSilent = false
  #attached = false

  get known(): readonly Print[] | undefined {
    return this.#tape.prints.length === 0 ? undefined : this.#tape.prints
  }

  /** The first message of a connection is the venue's tape: what was printed while nobody listened is in it, or lost. */
  take(message: StreamMessage, tell: (prints: readonly Print[]) => void): Taken {
    if (message.type !== 'trades') return 'ignored'
    if (this.#attached) this.#tape.add(message.prints)
    else this.#tape.merge([...message.prints].reverse())
    this.#attached = true
    tell(this.#tape.prints)
    return 'whole'
  }

  detach(): void {
    this.#attached = false
  }
}

/** Each candle as it comes: the open one, and a closed one once more when the next begins. */
export class CandlesChannel implements Channel<Candle> {
  known: Candle | undefined
  readonly after = null
  readonly mayBeSilent = true

  take(message: StreamMessage, tell: (candle: Candle) => void): Taken {
    if (message.type !== 'candle') return 'ignored'
    if (this.known !== undefined && message.candle.time < this.known.time) return 'ignored'
    this.known = message.candle
    tell(message.candle)
    return 'whole'
  }

  detach(): void {}
}

/** A message of one's own account, and whether anything before it was missed and has to be read by REST. */
export interface AccountNews {
  message: AccountStreamMessage
  continuity: Exclude<Continuity, 'repeat'>
}

export class AccountChannel implements Channel<AccountNews> {
  readonly #sequence = new AccountSequence()
  /** News is not told twice. */
  readonly known = undefined
  readonly after = null
  readonly mayBeSilent = false

  take(message: StreamMessage, tell: (news: AccountNews) => void): Taken {
    if (!('sequence' in message) || message.type === 'snapshot') return 'ignored'
    const continuity = this.#sequence.accept(message)
    if (continuity === 'repeat') return 'ignored'
    tell({ message, continuity })
    return 'whole'
  }

  detach(): void {}
}
