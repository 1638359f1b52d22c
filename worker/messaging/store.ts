/**
 * What an object needs of its storage: synchronous SQL with transactions. A Durable Object's SQLite gives it in
 * production, node:sqlite gives it to the tests and the simulation, which crash at any `run` they choose.
 */
export interface Store {
  /** Every row of a query, read to its end: a cursor left open makes the commit fail and loses the turn. */
  all<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[]
  /** A statement without a result. */
  run(query: string, ...bindings: SqlValue[]): void
  /** All writes of `work` or none; `work` is synchronous. Does not nest. */
  transaction<T>(work: () => T): T
}

/** No bigint: SQLite hands integers out as doubles, so amounts are bound as decimal strings and read by CAST(x AS TEXT). */
export type SqlValue = string | number | null

export type SqlRow = Record<string, SqlValue>

/** The statements that bring a store from nothing to today's tables, oldest first; a released one never changes. */
export type Migrations = readonly string[]

/** Stores whose table of migrations is known to be there: asked for once a life, not once a table. */
const prepared = new WeakSet<Store>()

/** Applies what is missing. A table counts the applied ones, since `PRAGMA user_version` is refused in an object. */
export function migrate(store: Store, name: string, migrations: Migrations): void {
  if (!prepared.has(store))
    store.run(
      'CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied INTEGER NOT NULL) WITHOUT ROWID',
    )
  prepared.add(store)
  const [row] = store.all<{ applied: number }>('SELECT applied FROM migration WHERE name = ?', name)
  const applied = row?.applied ?? 0
  if (applied >= migrations.length) return
  store.transaction(() => {
    for (const statement of migrations.slice(applied)) store.run(statement)
    store.run('INSERT OR REPLACE INTO migration (name, applied) VALUES (?, ?)', name, migrations.length)
  })
}
