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

/** What a step does: `INSERT outbox`, `DELETE fill`, `UPDATE profile` …, or one of a transaction's two ends. */
export type StepKind = string

/** Just before all of a turn becomes durable, and just after. */
export const COMMIT: StepKind = 'commit'
export const COMMITTED: StepKind = 'committed'

/** Steps of one kind: how many were taken, and how many of them were a crash or a failure. */
export interface Tally {
  taken: number
  crashed: number
  failed: number
}

/** Steps of stores of one kind of object, counted; and at which kind of step the next of these objects dies or fails. */
export class Steps {
  readonly tallies = new Map<StepKind, Tally>()
  /** Whichever of the objects first takes such a step dies at it, as by `StoreDial.crashAt`. */
  crashOn: StepKind | null = null
  /** As above, and fails as by `StoreDial.failAt`. */
  failOn: StepKind | null = null
  /** As `crashOn`, and `disarm` does not take it back. */
  surelyCrashOn: StepKind | null = null

  of(kind: StepKind): Tally {
    const known = this.tallies.get(kind)
    if (known !== undefined) return known
    const tally: Tally = { taken: 0, crashed: 0, failed: 0 }
    this.tallies.set(kind, tally)
    return tally
  }

  /** Whether a crash is dialled for that kind. It comes once. */
  isToCrash(kind: StepKind): boolean {
    if (kind !== this.crashOn && kind !== this.surelyCrashOn) return false
    if (kind === this.crashOn) this.crashOn = null
    else this.surelyCrashOn = null
    return true
  }

  disarm(): void {
    this.crashOn = null
    this.failOn = null
  }
}

/** Told of the crash that was dialled: at which kind of step, and whether the turn was durable by then. */
export type OnCrash = (committed: boolean, kind: StepKind) => void

interface Prepared {
  readonly statement: StatementSync
  /** Null when it only reads. */
  readonly kind: StepKind | null
}

/** A query with rows for an answer may write all the same: INSERT … RETURNING. */
const WRITES = /^\s*(?:INSERT|UPDATE|DELETE|CREATE|DROP|ALTER)/i

const TARGET =
  /^\s*(INSERT|UPDATE|DELETE|CREATE|DROP|ALTER)\s+(?:OR\s+\w+\s+)?(?:INTO\s+|FROM\s+|TABLE\s+|(?:UNIQUE\s+)?INDEX\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(\w+)/i

function kindOf(query: string): StepKind | null {
  if (!WRITES.test(query)) return null
  const [, verb = 'write', table = ''] = TARGET.exec(query) ?? []
  return `${verb.toUpperCase()} ${table}`
}

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
  open(onCrash?: OnCrash, steps = new Steps()): SqliteStore {
    this.#open?.kill()
    this.#open = new SqliteStore(this.#database, this.#statements, steps, onCrash)
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
  readonly #onCrash: OnCrash | undefined
  readonly #statements: Map<string, Prepared>
  #alive = true
  #inTransaction = false
  #crashStep = Number.POSITIVE_INFINITY
  #failStep = Number.POSITIVE_INFINITY
  readonly #counted: Steps
  #steps = 0
  readonly #changesBefore: number
  #rowsWritten = 0

  constructor(
    database: DatabaseSync,
    statements: Map<string, Prepared>,
    counted = new Steps(),
    onCrash?: OnCrash,
  ) {
    this.#counted = counted
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
    if (this.#inTransaction) this.#prepare('ROLLBACK').statement.run()
  }

  all<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
    this.#assertAlive()
    const { statement, kind } = this.#prepare(query)
    if (kind !== null) this.#step(kind)
    // The caller names the shape of its own query, as with Durable Objects' sql.exec<Row>.
    return statement.all(...bindings) as Row[]
  }

  run(query: string, ...bindings: SqlValue[]): void {
    const { statement, kind } = this.#prepare(query)
    this.#step(kind ?? query)
    statement.run(...bindings)
  }

  transaction<T>(work: () => T): T {
    this.#assertAlive()
    if (this.#inTransaction) throw new Error('transactions do not nest')
    this.#prepare('BEGIN').statement.run()
    this.#inTransaction = true
    try {
      const result = work()
      this.#step(COMMIT)
      this.#prepare('COMMIT').statement.run()
      this.#inTransaction = false
      this.#step(COMMITTED)
      return result
    } catch (fault) {
      if (this.#inTransaction && this.#alive) this.#prepare('ROLLBACK').statement.run()
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
    const prepared = { statement: this.#database.prepare(query), kind: kindOf(query) }
    this.#statements.set(query, prepared)
    return prepared
  }

  #step(kind: StepKind): void {
    this.#assertAlive()
    this.#steps += 1
    const counted = this.#counted
    const tally = counted.of(kind)
    tally.taken += 1
    const committed = kind === COMMITTED
    if (this.#steps === this.#crashStep || counted.isToCrash(kind)) {
      tally.crashed += 1
      this.kill()
      this.#onCrash?.(committed, kind)
      throw new Crash()
    }
    if ((this.#steps === this.#failStep || kind === counted.failOn) && !committed) {
      if (kind === counted.failOn) counted.failOn = null
      tally.failed += 1
      throw new Error('the disk is full')
    }
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
