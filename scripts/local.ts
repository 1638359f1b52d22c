import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

// What a start leaves on this machine: secrets in .dev.vars, and .local/, which may be deleted to begin anew.

/** Something that the person has to do; its message is all that is shown. */
export class Advice extends Error {}

/**
 * The text of .dev.vars: every secret of `once` that is missing is made, every variable of `now` is set, and what else
 * the person keeps there stays as it is.
 */
export function devVars(
  existing: string,
  once: readonly string[],
  now: Readonly<Record<string, string>>,
): string {
  const nameOf = (line: string) => /^\s*(?:export\s+)?(\w+)\s*=/.exec(line)?.[1]
  const kept = existing.split('\n').filter((line) => line.trim() !== '' && !((nameOf(line) ?? '') in now))
  const known = new Set(kept.map(nameOf))
  const made = once
    .filter((name) => !known.has(name))
    .map((name) => `${name}="${createHash('sha256').update(randomBytes(32)).digest('hex')}"`)
  const set = Object.entries(now).map(([name, value]) => `${name}="${value}"`)
  return `${[...kept, ...made, ...set].join('\n')}\n`
}

/**
 * One hash over names and contents of all files in these places below `root`; a folder ends with a slash. `skipped`
 * names what to leave out, by name or by path.
 */
export function contentHash(
  root: string,
  places: readonly string[],
  skipped: readonly string[] = [],
): string {
  const hash = createHash('sha256')
  const walk = (place: string) => {
    const file = path.join(root, place)
    if (!place.endsWith('/')) {
      if (existsSync(file)) hash.update(place).update('\0').update(readFileSync(file)).update('\0')
      return
    }
    const entries = existsSync(file) ? readdirSync(file, { withFileTypes: true }) : []
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      if (skipped.includes(entry.name) || skipped.includes(`${place}${entry.name}`)) continue
      walk(`${place}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    }
  }
  for (const place of places) walk(place)
  return hash.digest('hex')
}

/** The text of wrangler.toml for a start: its paths hold from anywhere, and it runs localWorker.ts. */
export function localConfig(wranglerToml: string, root: string): string {
  const absolute = (place: string) => `"${path.join(root, place)}"`
  return wranglerToml
    .replace(/^main = .*$/m, `main = ${absolute('scripts/localWorker.ts')}`)
    .replace(/^migrations_dir = "([^"]+)"/m, (_, place) => `migrations_dir = ${absolute(place)}`)
    .replace(/= "\.\/(node_modules\/[^"]+)"/g, (_, place) => `= ${absolute(place)}`)
}

/** Does `work` unless it has been done for this very hash; `stamp` is the file that remembers. */
export async function oncePerContent(stamp: string, hash: string, work: () => Promise<void>): Promise<void> {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  await work()
  mkdirSync(path.dirname(stamp), { recursive: true })
  writeFileSync(stamp, hash)
}

/** A log begun anew with each start. Past `largest` bytes it moves to `<file>.1`, in the place of the one before. */
export class BoundedLog {
  readonly #file: string
  readonly #largest: number
  #size = 0

  constructor(file: string, largest: number) {
    this.#file = file
    this.#largest = largest
    writeFileSync(file, '')
  }

  write(chunk: Uint8Array): void {
    if (this.#size > this.#largest) {
      renameSync(this.#file, `${this.#file}.1`)
      this.#size = 0
    }
    appendFileSync(this.#file, chunk)
    this.#size += chunk.byteLength
  }

  lastLines(count: number): string {
    return readFileSync(this.#file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  }
}
