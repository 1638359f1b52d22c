import { type Address, toAddress } from '../../worker/messaging/address.ts'
import type { Decision, Domain, Outgoing } from '../../worker/messaging/domain.ts'
import { migrate } from '../../worker/messaging/store.ts'

/** One message as one of its ends noted it. */
export interface Note {
  readonly peer: Address
  readonly text: string
}

/** What a talker has heard and said, in order, and how many timers it armed and saw come. */
export interface Talk {
  readonly heard: Note[]
  readonly said: Note[]
  armed: number
  ticks: number
}

export type TalkEvent =
  | { readonly type: 'heard'; readonly note: Note }
  | { readonly type: 'said'; readonly note: Note }
  | { readonly type: 'armed' }
  | { readonly type: 'ticked' }

interface Word {
  readonly text: string
  /** Answers wanted, each of which wants one fewer. */
  readonly answers: number
  /** The receiver throws on it. */
  readonly poison?: boolean
}

const TABLES = [
  'CREATE TABLE note (kind TEXT NOT NULL, position INTEGER NOT NULL, peer TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (kind, position))',
  'CREATE TABLE tally (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID',
]

/** Rules with no business: what is heard and said is noted, in rows and in memory, and what asks for an answer gets one. */
export const talkerDomain: Domain<Talk, TalkEvent> = {
  load(store) {
    migrate(store, 'talk', TABLES)
    const notes = (kind: string) =>
      store
        .all<{ peer: string; text: string }>(
          'SELECT peer, text FROM note WHERE kind = ? ORDER BY position',
          kind,
        )
        .map(({ peer, text }) => ({ peer: toAddress(peer), text }))
    const count = (name: string) =>
      store.all<{ count: number }>('SELECT count FROM tally WHERE name = ?', name)[0]?.count ?? 0
    return { heard: notes('heard'), said: notes('said'), armed: count('armed'), ticks: count('ticked') }
  },
  receive(state, from, message) {
    const { text, answers, poison } = message as Word
    if (poison && !cured.has(text)) throw new Error(`cannot hear ${text}`)
    const heard: TalkEvent = { type: 'heard', note: { peer: from, text } }
    if (answers === 0) return { reply: undefined, events: [heard], messages: [], timers: [] }
    const answer = `${state.said.length + 1}, to ${text}`
    return {
      reply: undefined,
      events: [heard, { type: 'said', note: { peer: from, text: answer } }],
      messages: [{ to: from, body: { text: answer, answers: answers - 1 } satisfies Word }],
      timers: [],
    }
  },
  due(_state, key) {
    if (key.startsWith('poison') && !cured.has(key)) throw new Error(`cannot do ${key}`)
    return { reply: undefined, events: [{ type: 'ticked' }], messages: [], timers: [] }
  },
  apply(state, event) {
    if (event.type === 'heard') state.heard.push(event.note)
    if (event.type === 'said') state.said.push(event.note)
    if (event.type === 'armed') state.armed += 1
    if (event.type === 'ticked') state.ticks += 1
  },
  persist(store, event) {
    if (event.type === 'heard' || event.type === 'said')
      store.run(
        `INSERT INTO note SELECT ?, coalesce(max(position), 0) + 1, ?, ? FROM note WHERE kind = ?`,
        event.type,
        event.note.peer,
        event.note.text,
        event.type,
      )
    else
      store.run(
        'INSERT INTO tally VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET count = count + 1',
        event.type,
      )
  },
}

/** Poisoned texts and timers that no longer throw: the code was mended. */
export const cured = new Set<string>()

/** Says `words` to each of `to`. */
export function say(
  state: Talk,
  to: readonly Address[],
  words: number,
  answers: number,
  poison = false,
): Decision<TalkEvent, readonly string[]> {
  const messages: Outgoing[] = []
  const events: TalkEvent[] = []
  for (let word = 0; word < words; word += 1) {
    for (const peer of to) {
      const text = String(state.said.length + events.length + 1)
      events.push({ type: 'said', note: { peer, text } })
      messages.push({ to: peer, body: { text, answers, ...(poison && { poison }) } satisfies Word })
    }
  }
  const texts = messages.map((message) => (message.body as Word).text)
  return { reply: texts, events, messages, timers: [] }
}

/** Arms one timer that comes once. */
export const armTimer = (state: Talk, at: number, name = 'tick'): Decision<TalkEvent, string> => {
  const key = `${name} ${state.armed}`
  return { reply: key, events: [{ type: 'armed' }], messages: [], timers: [{ key, at }] }
}
