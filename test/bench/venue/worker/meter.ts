/** What a kind of object was charged for, as workerd itself counts it. */
export interface Charged {
  /** Calls and fetches that came in, and alarms. */
  requests: number
  alarms: number
  rowsRead: number
  rowsWritten: number
  /** Of `rowsWritten`: each setting of an alarm is billed as one. */
  alarmsSet: number
  /** Transactions committed. */
  turns: number
  /** Characters bound to statements that wrote. */
  characters: number
}

export const nothingCharged = (): Charged => ({
  requests: 0,
  alarms: 0,
  rowsRead: 0,
  rowsWritten: 0,
  alarmsSet: 0,
  turns: 0,
  characters: 0,
})

/** Counts what storage is used for. `told` is called with each statement that wrote. */
export function meterStorage(
  storage: DurableObjectStorage,
  charged: Charged,
  told: (statement: string, rowsWritten: number) => void = () => {},
): void {
  const { sql } = storage
  const exec = sql.exec.bind(sql)
  // A cursor's figures are complete once it has been read to its end, as `durableStore` does at once.
  sql.exec = <Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: unknown[]) => {
    const cursor = exec<Row>(query, ...bindings)
    const toArray = cursor.toArray.bind(cursor)
    cursor.toArray = () => {
      const rows = toArray()
      charged.rowsRead += cursor.rowsRead
      charged.rowsWritten += cursor.rowsWritten
      if (cursor.rowsWritten > 0) {
        for (const value of bindings) charged.characters += String(value).length
        told(query, cursor.rowsWritten)
      }
      return rows
    }
    return cursor
  }
  const setAlarm = storage.setAlarm.bind(storage)
  storage.setAlarm = (at, options) => {
    charged.alarmsSet += 1
    charged.rowsWritten += 1
    told('alarm', 1)
    return setAlarm(at, options)
  }
  const transactionSync = storage.transactionSync.bind(storage)
  storage.transactionSync = (work) => {
    const before = charged.rowsWritten
    const result = transactionSync(work)
    if (charged.rowsWritten > before) charged.turns += 1
    return result
  }
}
