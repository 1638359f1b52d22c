import { existsSync } from 'node:fs'
import path from 'node:path'

const folder = path.resolve(import.meta.dirname, '../../../shared/data')

/**
 * The path of a file of ../shared/data (beside the repository, never in it), or null where it is missing.
 * A test that needs one says so in its name and is skipped by name:
 * `test.skipIf(file === null)('… (needs ../shared/data)', …)`
 */
export function sharedData(file: string): string | null {
  const found = path.join(folder, file)
  return existsSync(found) ? found : null
}
