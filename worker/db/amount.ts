import type { SQL, SQLWrapper } from 'drizzle-orm'
import { sql } from 'drizzle-orm'
import { numeric } from 'drizzle-orm/sqlite-core'

/**
 * A column of an asset's smallest units, a `bigint` in code. Bound as decimal text, which the column's affinity turns
 * into SQLite's 64-bit INTEGER, and selected as `cast(x as text)`: a JavaScript number on either way would round
 * what is over 2^53 without a word.
 *
 * Drizzle casts a column that is selected or returned. It does not look into expressions: sums and the like go
 * through `exact`.
 */
export const amount = (name: string) => numeric(name, { mode: 'bigint' })

/** An integer expression over amounts (a sum, a difference), read exactly. NULL (a sum of no rows) reads as 0. */
export function exact(expression: SQLWrapper): SQL<bigint> {
  return sql`cast(coalesce(${expression}, 0) as text)`.mapWith(BigInt)
}

/** An amount for use in hand-written SQL, where a bare parameter would have no column to take its type from. */
export function amountParameter(value: bigint): SQL {
  return sql`cast(${value.toString()} as integer)`
}
