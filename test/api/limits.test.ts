import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { LIMITS } from '../../worker/contract/limits.ts'

it('the limits that are published are those of the deployment', () => {
  const toml = readFileSync(path.join(import.meta.dirname, '..', '..', 'wrangler.toml'), 'utf8')
  for (const [name, { requests, seconds }] of Object.entries(LIMITS))
    expect(toml).toMatch(
      new RegExp(
        `name = "${name.toUpperCase()}_LIMIT"\\nnamespace_id = "\\d+"\\nsimple = \\{ limit = ${requests}, period = ${seconds} \\}`,
      ),
    )
})
