import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

const MIGRATIONS = path.resolve(import.meta.dirname, '../../migrations')

/** A statement with its values, as D1 has them: nothing has happened until it is run, alone or in a batch. */
class Statement {
  readonly #database: DatabaseSync
  readonly #query: string
  readonly #values: readonly SQLInputValue[]

  constructor(database: DatabaseSync, query: string, values: readonly SQLInputValue[] = []) {
    this.#database = database
    this.#query = query
    this.#values = values
  }

  bind(...values: SQLInputValue[]): Statement {
    return new Statement(this.#database, this.#query, values)
  }

  run(): Promise<void> {
    this.runNow()
    return Promise.resolve()
  }

  first<Row>(): Promise<Row | null> {
    return Promise.resolve(
      (this.#database.prepare(this.#query).get(...this.#values) as Row | undefined) ?? null,
    )
  }

  runNow(): void {
    this.#database.prepare(this.#query).run(...this.#values)
  }
}

/** The venue's database on node:sqlite, with what the queues' consumers use of D1: statements, and batches that are one transaction. */
export class SqliteDatabase {
  readonly #database = new DatabaseSync(':memory:')

  /** With the tables that the migrations make. */
  constructor() {
    for (const name of readdirSync(MIGRATIONS).sort())
      if (name.endsWith('.sql')) this.#database.exec(readFileSync(path.join(MIGRATIONS, name), 'utf8'))
  }

  prepare(query: string): Statement {
    return new Statement(this.#database, query)
  }

  batch(statements: readonly Statement[]): Promise<void> {
    this.#database.exec('BEGIN')
    try {
      for (const statement of statements) statement.runNow()
      this.#database.exec('COMMIT')
    } catch (fault) {
      this.#database.exec('ROLLBACK')
      throw fault
    }
    return Promise.resolve()
  }

  /** All rows of a query, whole numbers as they are, whatever their size. */
  rows(query: string): Record<string, unknown>[] {
    const statement = this.#database.prepare(query)
    statement.setReadBigInts(true)
    return statement.all()
  }
}
