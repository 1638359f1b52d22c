import type { Migrations, Store } from './store.ts'

export const DUE_TABLES: Migrations = [
  `CREATE TABLE due_time (key TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID`,
]

/**
 * An object has one alarm and many things to do later: each is a row here, and the alarm is armed for the earliest.
 * All are in memory too, so the rows need no index on the time, which would double what each costs to write.
 */
export class DueTimes {
  readonly #store: Store
  readonly #times = new Map<string, number>()

  constructor(store: Store) {
    this.#store = store
    for (const row of store.all<{ key: string; at: number }>('SELECT key, at FROM due_time'))
      this.#times.set(row.key, row.at)
  }

  get(key: string): number | null {
    return this.#times.get(key) ?? null
  }

  set(key: string, at: number | null): void {
    if (at === null) {
      if (!this.#times.delete(key)) return
      this.#store.run('DELETE FROM due_time WHERE key = ?', key)
      return
    }
    const due = Math.ceil(at)
    if (this.#times.get(key) === due) return
    this.#store.run('INSERT OR REPLACE INTO due_time (key, at) VALUES (?, ?)', key, due)
    this.#times.set(key, due)
  }

  /** Keys whose time has come, earliest first, at most `limit` of them. */
  reached(now: number, limit = Number.POSITIVE_INFINITY): string[] {
    return [...this.#times]
      .filter(([, at]) => at <= now)
      .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([key]) => key)
  }

  earliest(): number | null {
    let earliest: number | null = null
    for (const at of this.#times.values()) if (earliest === null || at < earliest) earliest = at
    return earliest
  }
}
