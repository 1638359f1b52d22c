import { decode, encode } from '../messaging/codec.ts'
import type { Migrations, Store } from '../messaging/store.ts'
import type { ClosedRecord, Conversion } from './accountState.ts'
import { text } from './columns.ts'

export const RECORD_TABLES: Migrations = [
  'CREATE TABLE closed_record (id TEXT PRIMARY KEY, ended_at INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID',
  'CREATE TABLE conversion (id TEXT PRIMARY KEY, at INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID',
]

// Records are kept as the text of the message codec: they are read whole, on wake, and never asked by a field.

/** Closes a track record: positions, costs and realised profit start over with it. */
export function writeRecord(store: Store, record: ClosedRecord): void {
  store.run(
    'INSERT INTO closed_record (id, ended_at, record) VALUES (?, ?, ?)',
    record.id,
    record.endedAt,
    encode(record),
  )
  store.run('DELETE FROM asset_position')
  store.run('UPDATE profile SET realised = 0')
}

export function writeConversion(store: Store, conversion: Conversion): void {
  store.run(
    'INSERT INTO conversion (id, at, record) VALUES (?, ?, ?)',
    conversion.id,
    conversion.at,
    encode(conversion),
  )
  let realised = 0n
  for (const item of conversion.items) realised += item.realised ?? 0n
  if (realised !== 0n)
    store.run('UPDATE profile SET realised = realised + CAST(? AS INTEGER)', text(realised))
}

/** Oldest first. */
export const readRecords = (store: Store): ClosedRecord[] =>
  store
    .all<{ record: string }>('SELECT record FROM closed_record ORDER BY ended_at, id')
    .map(({ record }) => own<ClosedRecord>(record))

/** Oldest first. */
export const readConversions = (store: Store): Conversion[] =>
  store
    .all<{ record: string }>('SELECT record FROM conversion ORDER BY at, id')
    .map(({ record }) => own<Conversion>(record))

/** A record of this object's own, which has the type that `write…` took: nobody else writes these rows. */
const own = <T>(record: string): T => decode(record) as T
