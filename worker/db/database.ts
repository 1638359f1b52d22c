import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { drizzle } from 'drizzle-orm/d1'
import * as schema from './schema.ts'

export type Database = DrizzleD1Database<typeof schema>

/**
 * D1 through drizzle. `db.batch([...])` is the one atomic way to write several statements: `db.transaction` fails on
 * D1. A statement takes 100 parameters at most; rows in bulk go through one `json_each(?)`.
 */
export function database(d1: D1Database): Database {
  return drizzle(d1, { schema })
}
