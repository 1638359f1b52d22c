import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BoundedLog, contentHash, devVars, localConfig, oncePerContent } from '../../scripts/local.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'local-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('.dev.vars', () => {
  it('gets secrets of its own once, and keeps them', () => {
    const first = devVars('', ['SECRET', 'OTHER'], { FEED: 'simulated' })
    const second = devVars(first, ['SECRET', 'OTHER'], { FEED: 'simulated' })
    expect(second).toBe(first)
    const [secret, other] = [...first.matchAll(/^\w+="([0-9a-f]{64})"$/gm)].map((match) => match[1])
    expect(secret).toBeDefined()
    expect(other).toBeDefined()
    expect(secret).not.toBe(other)
  })

  it('changes what a start sets and leaves what the person wrote', () => {
    const text = devVars('# mine\nRESEND_API_KEY=re_1\nexport FEED="recorded"\n', [], { FEED: 'simulated' })
    expect(text).toBe('# mine\nRESEND_API_KEY=re_1\nFEED="simulated"\n')
  })
})

describe('work that is done once per content', () => {
  const stamp = () => path.join(folder, 'deep', 'stamp')
  const put = (name: string, text: string) => writeFileSync(path.join(folder, name), text)

  it('is done again when a file changes, comes or is renamed, and not otherwise', async () => {
    const runs: string[] = []
    const step = async (what: string) => {
      const hash = contentHash(folder, ['./'], ['deep', 'skipped'])
      await oncePerContent(stamp(), hash, async () => void runs.push(what))
    }
    put('a', 'one')
    await step('first')
    await step('same')
    put('skipped', 'x')
    await step('still the same')
    put('a', 'two')
    await step('changed')
    put('b', '')
    await step('came')
    rmSync(path.join(folder, 'b'))
    put('c', '')
    await step('renamed')
    expect(runs).toEqual(['first', 'changed', 'came', 'renamed'])
  })

  it('is done again after it failed', async () => {
    const failing = oncePerContent(stamp(), 'hash', async () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    let done = false
    await oncePerContent(stamp(), 'hash', async () => {
      done = true
    })
    expect(done).toBe(true)
  })
})

it('makes every path of wrangler.toml hold from another folder, and runs the local Worker', () => {
  const text = localConfig(
    readFileSync(path.resolve(import.meta.dirname, '../../wrangler.toml'), 'utf8'),
    '/clone',
  )
  expect(text).toContain('main = "/clone/scripts/localWorker.ts"')
  expect(text).toContain('migrations_dir = "/clone/migrations"')
  expect(text).toContain('"ccxt/binance" = "/clone/node_modules/ccxt/js/src/binance.js"')
  expect(text).not.toMatch(/"\.\//)
})

it('keeps a log within twice its bound, with the newest lines', () => {
  const file = path.join(folder, 'log')
  const log = new BoundedLog(file, 100)
  for (let line = 0; line < 100; line += 1) log.write(Buffer.from(`line ${line}\n`))
  expect(log.lastLines(2)).toBe('line 98\nline 99')
  expect(readFileSync(file).byteLength + readFileSync(`${file}.1`).byteLength).toBeLessThanOrEqual(220)
})
