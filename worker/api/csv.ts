import { EXPORT_ROWS } from '../contract/amounts.ts'

export type Cell = string | number | boolean | null

/** The columns of a file by their names, and what is in them. */
export type Columns<Item> = Readonly<Record<string, (item: Item) => Cell>>

/** Items of one page of a file. */
export const EXPORT_PAGE = 1_000

/** Some of a list, and how to go on after it. */
export interface Part<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/**
 * A list as a file (RFC 4180, ISO times). It is read page by page as the client takes it, so that no more than a page is in
 * memory; a fault in the middle breaks the download off instead of ending it early.
 */
export function csvResponse<Item, Row>(
  name: string,
  columns: Columns<Row>,
  page: (cursor: string | undefined) => Promise<Part<Item>>,
  rowsOf: (item: Item) => readonly Row[],
): Response {
  const encoder = new TextEncoder()
  const values = Object.values(columns)
  let cursor: string | undefined
  let read = 0
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(line(Object.keys(columns)))),
      async pull(controller) {
        // Whoever pulls and is given nothing does not pull again: a page may be empty with others after it.
        for (let text = '', last = false; text === '' && !last; ) {
          const { items, next } = await page(cursor)
          const fitting = items.slice(0, EXPORT_ROWS - read)
          read += fitting.length
          const rows = fitting.flatMap(rowsOf)
          text = rows.map((row) => line(values.map((value) => value(row)))).join('')
          last = next === null || read >= EXPORT_ROWS
          cursor = next ?? undefined
          if (text !== '') controller.enqueue(encoder.encode(text))
          if (last) controller.close()
        }
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${name}.csv"`,
      'cache-control': 'private, no-store',
    },
  })
}

/** As `csvResponse`, of a list whose items are its rows. */
export const csvList = <Item, Query extends { cursor?: string | undefined; limit: number }>(
  name: string,
  columns: Columns<Item>,
  query: Query,
  page: (asked: Query) => Promise<Part<Item>>,
): Response =>
  csvResponse(
    name,
    columns,
    (cursor) => page({ ...query, limit: EXPORT_PAGE, cursor: cursor ?? query.cursor }),
    (item) => [item],
  )

const line = (cells: readonly Cell[]): string => `${cells.map(field).join(',')}\r\n`

const NUMBER = /^-?\d+(?:\.\d+)?$/

/**
 * A text that a spreadsheet would take for a formula is made one that it shows: with an apostrophe in front, as OWASP advises.
 * Numbers stay as they are.
 */
function field(cell: Cell): string {
  const text = cell === null ? '' : String(cell)
  const safe = /^[=+\-@\t\r]/.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
