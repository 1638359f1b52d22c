import type { Mark, PriceWatch } from '../market/messages.ts'
import { decode, encode } from '../messaging/codec.ts'
import { type Migrations, migrate, type Store } from '../messaging/store.ts'
import type { Block, Part, Task } from './block.ts'
import type { Follow, Position, PositionKey } from './follow.ts'
import { completed } from './settings.ts'

/** Records are kept as the text of the message codec: they are read whole, on wake, and never asked by a field. */
const POOL_TABLES: Migrations = [
  `CREATE TABLE follow (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE position (key TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE mark (market TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE waiting (sequence INTEGER PRIMARY KEY, record TEXT NOT NULL)`,
  `CREATE TABLE block (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE block_part (block TEXT NOT NULL, page INTEGER NOT NULL, record TEXT NOT NULL,
     PRIMARY KEY (block, page)) WITHOUT ROWID`,
  `CREATE TABLE watch (market TEXT PRIMARY KEY, below INTEGER, above INTEGER) WITHOUT ROWID`,
]

/** Records in one statement: its one parameter stays far below the 2 MB that a value may have. */
const ROWS_A_STATEMENT = 500
/** Parts in one row, for the same bound. */
const PARTS_A_PAGE = 1_000

export const migrateTables = (store: Store): void => migrate(store, 'pool', POOL_TABLES)

export const saveFollows = (store: Store, follows: readonly Follow[]): void =>
  saveAll(
    store,
    'INSERT OR REPLACE INTO follow (id, record)',
    follows.map((follow) => [follow.id, follow]),
  )

export const savePositions = (store: Store, positions: ReadonlyMap<PositionKey, Position>): void =>
  saveAll(store, 'INSERT OR REPLACE INTO position (key, record)', [...positions])

export const saveMarks = (store: Store, marks: readonly Mark[]): void =>
  saveAll(
    store,
    'INSERT OR REPLACE INTO mark (market, record)',
    marks.map((mark) => [mark.market, mark]),
  )

export function deleteFollow(store: Store, followId: string): void {
  store.run('DELETE FROM follow WHERE id = ?', followId)
  // From `<id>|` to just before `<id>}`: every key of that follow.
  store.run('DELETE FROM position WHERE key >= ? AND key < ?', `${followId}|`, `${followId}}`)
}

export function saveWatches(store: Store, watches: ReadonlyMap<string, PriceWatch | null>): void {
  for (const [market, watch] of watches)
    if (watch === null) store.run('DELETE FROM watch WHERE market = ?', market)
    else
      store.run(
        'INSERT OR REPLACE INTO watch (market, below, above) VALUES (?, ?, ?)',
        market,
        watch.below,
        watch.above,
      )
}

export function saveTask(store: Store, task: Task): void {
  store.run('INSERT OR REPLACE INTO waiting (sequence, record) VALUES (?, ?)', task.sequence, encode(task))
}

export function deleteTask(store: Store, sequence: number): void {
  store.run('DELETE FROM waiting WHERE sequence = ?', sequence)
}

export function saveBlock(store: Store, block: Block): void {
  store.run('INSERT INTO block (id, record) VALUES (?, ?)', block.id, encode({ ...block, parts: [] }))
  for (let page = 0; page * PARTS_A_PAGE < block.parts.length; page += 1)
    store.run(
      'INSERT INTO block_part (block, page, record) VALUES (?, ?, ?)',
      block.id,
      page,
      encode(block.parts.slice(page * PARTS_A_PAGE, (page + 1) * PARTS_A_PAGE)),
    )
}

export function deleteBlock(store: Store, blockId: string): void {
  store.run('DELETE FROM block WHERE id = ?', blockId)
  store.run('DELETE FROM block_part WHERE block = ?', blockId)
}

export function loadFollows(store: Store): Map<string, Follow> {
  const follows = store
    .all<{ record: string }>('SELECT record FROM follow')
    .map((row) => own<Follow>(row.record))
    .map((follow) => ({
      ...follow,
      endedBy: follow.endedBy ?? null,
      today: follow.today ?? null,
      settings: completed(follow.settings),
    }))
  return new Map(follows.map((follow) => [follow.id, follow]))
}

export function loadPositions(store: Store): Map<PositionKey, Position> {
  const rows = store.all<{ key: PositionKey; record: string }>('SELECT key, record FROM position')
  return new Map(rows.map((row) => [row.key, own<Position>(row.record)]))
}

export function loadMarks(store: Store): Map<string, Mark> {
  const marks = store.all<{ record: string }>('SELECT record FROM mark').map((row) => own<Mark>(row.record))
  return new Map(marks.map((mark) => [mark.market, mark]))
}

export function loadWatches(store: Store): Map<string, PriceWatch> {
  const rows = store.all<{ market: string; below: number | null; above: number | null }>(
    'SELECT market, below, above FROM watch',
  )
  return new Map(rows.map(({ market, below, above }) => [market, { below, above }]))
}

export function loadWaiting(store: Store): Map<number, Task> {
  const rows = store.all<{ record: string }>('SELECT record FROM waiting ORDER BY sequence')
  return new Map(rows.map((row) => own<Task>(row.record)).map((task) => [task.sequence, task]))
}

export function loadBlock(store: Store): Block | null {
  const [row] = store.all<{ id: string; record: string }>('SELECT id, record FROM block')
  if (row === undefined) return null
  const pages = store.all<{ record: string }>(
    'SELECT record FROM block_part WHERE block = ? ORDER BY page',
    row.id,
  )
  return { ...own<Block>(row.record), parts: pages.flatMap((page) => own<Part[]>(page.record)) }
}

function saveAll(store: Store, into: string, records: readonly (readonly [string, unknown])[]): void {
  for (let first = 0; first < records.length; first += ROWS_A_STATEMENT) {
    const page = records.slice(first, first + ROWS_A_STATEMENT).map(([key, record]) => [key, encode(record)])
    store.run(
      `${into} SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)`,
      JSON.stringify(page),
    )
  }
}

/** A record of this object's own, which has the type that `save…` took: nobody else writes these rows. */
const own = <T>(record: string): T => decode(record) as T
