import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { MUTATIONS } from './mutations.ts'

const root = path.resolve(import.meta.dirname, '../..')

// `npm run mutate` shows that each is noticed; here only that each still is a change of the source.
describe('the list of mutations', () => {
  it('has at least twenty, each under a name of its own', () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(20)
    expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length)
  })

  it.each(MUTATIONS)('$name', ({ file, find, replace }) => {
    const source = readFileSync(path.join(root, file), 'utf8')
    expect(source.split(find)).toHaveLength(2)
    expect(replace).not.toBe(find)
  })
})
