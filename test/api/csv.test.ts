import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Cell, csvResponse } from '../../worker/api/csv.ts'
import { EXPORT_ROWS } from '../../worker/contract/amounts.ts'

const file = (
  columns: Record<string, (cells: readonly Cell[]) => Cell>,
  rows: readonly (readonly Cell[])[],
) =>
  csvResponse(
    'rows',
    columns,
    async () => ({ items: rows, next: null }),
    (row) => [row],
  )

/** Reads a file as RFC 4180 says. */
function parse(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (field.lastIndex < text.length) {
    const match = field.exec(text)
    if (match === null) throw new Error(`no CSV: ${text}`)
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

test('a file gives back what was put in, but for an apostrophe in front of what would be a formula', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('=1+1', '+A1', '@SUM(A1)', '-A1', '\t=1', '\r\n', 'a,"b"', '-0.5', '12', ''),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 20 }), async (rows) => {
      const response = file({ one: ([first]) => first ?? null, two: ([, second]) => second ?? null }, rows)
      const found = parse(await response.text())
      expect(found[0]).toEqual(['one', 'two'])
      const shown = (each: string) => (/^[=+@\t\r]|^-(?!\d+(?:\.\d+)?$)/.test(each) ? `'${each}` : each)
      expect(found.slice(1)).toEqual(rows.map((row) => row.map(shown)))
    }),
  )
})

test('a file says what it is and what it is called, and what is nothing is empty', async () => {
  const response = file({ a: () => null, b: () => true, c: () => -5 }, [[]])
  expect(response.headers.get('content-type')).toContain('text/csv')
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="rows.csv"')
  expect(response.headers.get('cache-control')).toContain('no-store')
  expect(await response.text()).toBe('a,b,c\r\n,true,-5\r\n')
})

test('a page is read when the one before has been taken, each once, up to the bound', async () => {
  const asked: (string | undefined)[] = []
  const page = 900
  const response = csvResponse(
    'rows',
    { n: (n: number) => n },
    async (cursor) => {
      asked.push(cursor)
      const start = Number(cursor ?? 0)
      return { items: Array.from({ length: page }, (_, index) => start + index), next: String(start + page) }
    },
    (n) => [n],
  )
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
  const decoder = new TextDecoder()
  let text = decoder.decode((await reader.read()).value)
  expect(asked).toEqual([])
  text += decoder.decode((await reader.read()).value)
  expect(asked).toEqual([undefined])
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    text += decoder.decode(value)
  }
  const rows = parse(text).slice(1)
  expect(rows).toHaveLength(EXPORT_ROWS)
  expect(rows.map(([n]) => Number(n))).toEqual(Array.from({ length: EXPORT_ROWS }, (_, index) => index))
})

test('a fault in the middle breaks the file off instead of ending it', async () => {
  const response = csvResponse(
    'rows',
    { n: (n: number) => n },
    async (cursor) => {
      if (cursor !== undefined) throw new Error('gone')
      return { items: [1], next: '1' }
    },
    (n) => [n],
  )
  await expect(response.text()).rejects.toThrow('gone')
})

test('a file goes on after a page with nothing in it, as one of candles before a market began', async () => {
  const pages: Record<string, { items: number[]; next: string | null }> = {
    first: { items: [], next: 'second' },
    second: { items: [], next: 'third' },
    third: { items: [1], next: 'fourth' },
    fourth: { items: [], next: null },
  }
  const response = csvResponse(
    'rows',
    { n: (n: number) => n },
    async (cursor) => pages[cursor ?? 'first'] ?? { items: [], next: null },
    (n) => [n],
  )
  expect(await response.text()).toBe('n\r\n1\r\n')
})
