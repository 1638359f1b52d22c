import type { Mutation } from './mutation.ts'

const CLIENT = ['marketBook', 'connection', 'streamClient'].map((name) => `test/web/stream/${name}.test.ts`)

/** Faults of whoever listens to the stream. */
export const STREAM_CLIENT_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a client does not see that a frame is missing',
    file: 'web/src/lib/stream/marketBook.ts',
    find: "if (book.first > this.#sequence + 1) return 'gap'",
    replace: '',
    tests: CLIENT,
  },
  {
    name: 'a client does not look at the checksum',
    file: 'web/src/lib/stream/marketBook.ts',
    find: 'if (crossed || bookChecksum(this.bids, this.asks) !== checksum) {',
    replace: 'if (crossed) {',
    tests: CLIENT,
  },
  {
    name: 'a client shows a crossed book',
    file: 'web/src/lib/stream/marketBook.ts',
    find: 'if (crossed || bookChecksum',
    replace: 'if (bookChecksum',
    tests: CLIENT,
  },
  {
    name: 'a client goes on from a book that was wrong',
    file: 'web/src/lib/stream/marketBook.ts',
    find: "  #mismatch(): 'mismatch' {\n    this.#sequence = null",
    replace: "  #mismatch(): 'mismatch' {",
    tests: CLIENT,
  },
  {
    name: 'a client takes a book for current before all missed frames have come',
    file: 'web/src/lib/stream/marketBook.ts',
    find: 'this.#sequence !== null && this.#sequence >= this.#ahead',
    replace: 'this.#sequence !== null',
    tests: CLIENT,
  },
  {
    name: 'a client asks for a whole book where a few frames are missing',
    file: 'web/src/lib/stream/topic.ts',
    find: 'const after = resume ? this.#channel.after : null',
    replace: 'const after = null',
    tests: CLIENT,
  },
  {
    name: 'a client waits for ever for an answer that was lost',
    file: 'web/src/lib/stream/topic.ts',
    find: 'this.#cancelAsk = this.#outside.after(timing.patience, () => this.#askLater())',
    replace: '',
    tests: CLIENT,
  },
  {
    name: 'a client asks again for a wrong book without waiting',
    file: 'web/src/lib/stream/topic.ts',
    find: 'const wait = backoff(this.#tries, this.#outside.random())',
    replace: 'const wait = 0',
    tests: CLIENT,
  },
  {
    name: 'a client does not ask for its subscriptions on a new connection',
    file: 'web/src/lib/stream/streamClient.ts',
    find: 'for (const topic of this.#topics()) topic.open()',
    replace: '',
    tests: CLIENT,
  },
  {
    name: 'a client goes on after a message that it could not read',
    file: 'web/src/lib/stream/streamClient.ts',
    find: '      this.#connection.distrust()\n      return',
    replace: '      return',
    tests: CLIENT,
  },
  {
    name: 'a client connects again without waiting',
    file: 'web/src/lib/stream/connection.ts',
    find: 'const delay = backoff(this.#attempts, this.#outside.random())',
    replace: 'const delay = 0',
    tests: CLIENT,
  },
  {
    name: 'a client takes one word for a connection that holds',
    file: 'web/src/lib/stream/connection.ts',
    find: "    this.#unheard = 0\n    if (this.#ping !== 'none')",
    replace: "    this.#unheard = 0\n    this.#attempts = 0\n    if (this.#ping !== 'none')",
    tests: CLIENT,
  },
  {
    name: 'a client pings before the last pong has come',
    file: 'web/src/lib/stream/connection.ts',
    find: "else this.#ping = 'overdue'",
    replace: 'else this.#beat()',
    tests: CLIENT,
  },
  {
    name: 'a client shows a print twice',
    file: 'web/src/lib/stream/tape.ts',
    find: 'if (this.#seen.has(id)) return false',
    replace: '',
    tests: CLIENT,
  },
]
