import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Mutation } from './mutation.ts'
import { MUTATIONS } from './mutations.ts'

/**
 * npm run mutate [-- WORDS]
 * Makes each fault of the list in a copy of the tree and runs its tests there; WORDS choose those whose name, or the path of
 * whose source, has them. One line a fault: which test noticed it first. Ends with 1 when one is noticed by none.
 */
const root = path.resolve(import.meta.dirname, '../..')
const words = process.argv.slice(2).join(' ')
const chosen = MUTATIONS.filter(({ name, file }) => name.includes(words) || file.includes(words))

/** Tests of one fault may hang in it: then it was noticed. */
const LIMIT_MS = 180_000
const COPIES = 2

function copyTree(): string {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'mutation-'))
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const file of files.trim().split('\n')) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true })
    cpSync(path.join(root, file), path.join(copy, file))
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
  // The settings of the pages extend a file that this makes, and no source of theirs can be read without it.
  const kit = path.join(root, 'node_modules/@sveltejs/kit/svelte-kit.js')
  execFileSync(process.execPath, [kit, 'sync'], { cwd: path.join(copy, 'web') })
  return copy
}

/** Which test noticed, or null; `null` too when the tests pass. */
async function noticedBy(copy: string, { file, find, replace, tests }: Mutation): Promise<string | null> {
  const target = path.join(copy, file)
  const source = readFileSync(target, 'utf8')
  if (source.split(find).length !== 2) throw new Error(`${file} does not have the text exactly once: ${find}`)
  writeFileSync(
    target,
    source.replace(find, () => replace),
  )
  try {
    for (const test of tests) {
      const noticed = await failing(copy, test)
      if (noticed !== null) return noticed
    }
    return null
  } finally {
    writeFileSync(target, source)
  }
}

/** The first test that fails, or null when none does. */
async function failing(copy: string, tests: string): Promise<string | null> {
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--project', 'pure', '--bail', '1', '--reporter', 'json', tests]
  const child = spawn(process.execPath, args, { cwd: copy, stdio: ['ignore', 'pipe', 'ignore'] })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  if (code === 0) return null
  const name = /"fullName":"([^"]+)","status":"failed"/.exec(Buffer.concat(output).toString('utf8'))?.[1]
  return name ?? `${tests} (it did not end, or could not begin)`
}

const waiting = [...chosen]
const survivors: string[] = []
const began = performance.now()

async function work(copy: string): Promise<void> {
  for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift()) {
    const noticed = await noticedBy(copy, mutation)
    if (noticed === null) survivors.push(mutation.name)
    console.log(
      `${noticed === null ? 'SURVIVED' : 'caught  '}  ${mutation.name}${noticed === null ? '' : `  <-  ${noticed}`}`,
    )
  }
}

const copies = Array.from({ length: COPIES }, () => copyTree())
try {
  await Promise.all(copies.map(work))
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true })
}
const seconds = Math.round((performance.now() - began) / 1_000)
console.log(`${chosen.length - survivors.length} of ${chosen.length} caught, in ${seconds} s`)
process.exitCode = survivors.length === 0 ? 0 : 1
