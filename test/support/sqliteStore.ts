import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { SqlRow, SqlValue, Store } from '../../worker/messaging/store.ts'

/** The object died: nothing it had in memory is left, and nothing it still tries may reach the rows. */
export class Crash extends Error {
  constructor() {
    super('the object crashed')
  }
}

/** Where an object can die or fail, counted in steps: each write, each begin of a commit, each end of one. */
export interface StoreDial {
  /** Dies at the n-th step from now (1 is the next): all of an open transaction is undone, and the handle is dead. */
  crashAt(step: number): void
  /** Throws once at the n-th step from now, as a full disk would, and goes on working. */
  failAt(step: number): void
  /** Dies now. */
  kill(): void
  /** Forgets a crash or failure that has not come yet. */
  disarm(): void
  readonly alive: boolean
  /** Steps taken so far by this handle. */
  readonly steps: number
  /** Rows written so far by this handle: inserted, updated, replaced or deleted. */
  readonly rowsWritten: number
}

interface Prepared {
  readonly statement: StatementSync
  readonly writes: boolean
}

/** A query with rows for an answer may write all the same: INSERT … RETURNING. */
const WRITES = /^\s*(?:INSERT|UPDATE|DELETE)/i

/** The rows of one object, which outlive it. Each `open` is a life: it ends the one before. */
export class Disk {
  readonly #database = new DatabaseSync(':memory:')
  /** Prepared once for all lives. */
  readonly #statements = new Map<string, Prepared>()
  #open: SqliteStore | null = null

  /** Begins as a copy of another disk: much quicker than to make all its tables again. */
  constructor(template?: Disk) {
    if (template !== undefined) this.#database.deserialize(template.#database.serialize())
  }

  /** `onCrash` is called when the crash that was dialled comes; `committed` when the turn was durable by then. */
  open(onCrash?: (committed: boolean) => void): SqliteStore {
    this.#open?.kill()
    this.#open = new SqliteStore(this.#database, this.#statements, onCrash)
    return this.#open
  }

  /** All rows of a table. */
  rows(table: string): SqlRow[] {
    return this.query(`SELECT * FROM ${table} ORDER BY 1, 2`)
  }

  /** The rows of a query, whether an object lives on the disk or not. */
  query(sql: string): SqlRow[] {
    return this.#database
      .prepare(sql)
      .all()
      .map((row) => toRow(row))
  }

  close(): void {
    this.#open?.kill()
    this.#database.close()
  }
}

/** A store of its own, for a test that needs no crash. */
export const sqliteStore = (): SqliteStore => new Disk().open()

/**
 * The store of an object on node:sqlite, as a Durable Object's behaves: numbers are bound as REAL, a transaction is
 * undone when its work throws, and writes outside of one stand for themselves.
 */
export class SqliteStore implements Store, StoreDial {
  readonly #database: DatabaseSync
  readonly #onCrash: ((committed: boolean) => void) | undefined
  readonly #statements: Map<string, Prepared>
  #alive = true
  #inTransaction = false
  #crashStep = Number.POSITIVE_INFINITY
  #failStep = Number.POSITIVE_INFINITY
  #steps = 0
  readonly #changesBefore: number
  #rowsWritten = 0

  constructor(
    database: DatabaseSync,
    statements: Map<string, Prepared>,
    onCrash?: (committed: boolean) => void,
  ) {
    this.#database = database
    this.#statements = statements
    this.#onCrash = onCrash
    this.#changesBefore = this.#totalChanges()
  }

  get alive(): boolean {
    return this.#alive
  }

  get steps(): number {
    return this.#steps
  }

  get rowsWritten(): number {
    return this.#alive ? this.#totalChanges() - this.#changesBefore : this.#rowsWritten
  }

  crashAt(step: number): void {
    this.#crashStep = this.#steps + step
  }

  failAt(step: number): void {
    this.#failStep = this.#steps + step
  }

  disarm(): void {
    this.#crashStep = Number.POSITIVE_INFINITY
    this.#failStep = Number.POSITIVE_INFINITY
  }

  kill(): void {
    if (!this.#alive) return
    this.#rowsWritten = this.rowsWritten
    this.#alive = false
    if (this.#inTransaction) this.#database.exec('ROLLBACK')
  }

  all<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
    this.#assertAlive()
    const { statement, writes } = this.#prepare(query)
    if (writes) this.#step()
    // The caller names the shape of its own query, as with Durable Objects' sql.exec<Row>.
    return statement.all(...bindings) as Row[]
  }

  run(query: string, ...bindings: SqlValue[]): void {
    this.#step()
    this.#prepare(query).statement.run(...bindings)
  }

  transaction<T>(work: () => T): T {
    this.#assertAlive()
    if (this.#inTransaction) throw new Error('transactions do not nest')
    this.#database.exec('BEGIN')
    this.#inTransaction = true
    try {
      const result = work()
      this.#step()
      this.#database.exec('COMMIT')
      this.#inTransaction = false
      this.#step(true)
      return result
    } catch (fault) {
      if (this.#inTransaction && this.#alive) this.#database.exec('ROLLBACK')
      throw fault
    } finally {
      this.#inTransaction = false
    }
  }

  #totalChanges(): number {
    return Number(this.#prepare('SELECT total_changes() AS changes').statement.get()?.changes ?? 0)
  }

  #prepare(query: string): Prepared {
    const known = this.#statements.get(query)
    if (known !== undefined) return known
    const prepared = { statement: this.#database.prepare(query), writes: WRITES.test(query) }
    this.#statements.set(query, prepared)
    return prepared
  }

  #step(committed = false): void {
    this.#assertAlive()
    this.#steps += 1
    if (this.#steps === this.#crashStep) {
      this.kill()
      this.#onCrash?.(committed)
      throw new Crash()
    }
    if (this.#steps === this.#failStep && !committed) throw new Error('the disk is full')
  }

  #assertAlive(): void {
    if (!this.#alive) throw new Crash()
  }
}

function toRow(row: Record<string, unknown>): SqlRow {
  const plain: SqlRow = {}
  for (const [column, value] of Object.entries(row)) {
    if (typeof value !== 'string' && typeof value !== 'number' && value !== null)
      throw new Error(`${column} is neither text, number nor null`)
    plain[column] = value
  }
  return plain
}
