import type { SqlRow, SqlValue, Store } from './store.ts'

/** A Durable Object's SQLite as the store of an actor. */
export function durableStore(storage: DurableObjectStorage): Store {
  return {
    all<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
      return storage.sql.exec<Row>(query, ...bindings).toArray()
    },
    run(query, ...bindings) {
      storage.sql.exec(query, ...bindings).toArray()
    },
    transaction(work) {
      return storage.transactionSync(work)
    },
  }
}
