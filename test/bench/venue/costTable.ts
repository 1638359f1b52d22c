import { print, type Report } from '../report.ts'
import type { Counted, Figures } from './cost.ts'

/** What one operation costs, per object and in all; rows of D1 are those that its projection writes. */
export function printCosts(counted: readonly Counted[], report: Report): void {
  print('\nWhat one costs, as workerd counts it, alarms shared among those that come close together:')
  print(`  ${'requests'.padStart(48)}${'rows read'.padStart(12)}${'rows written'.padStart(14)}`)
  for (const { name, figures } of counted) {
    print(name)
    for (const [kind, { requests, rowsRead, rowsWritten }] of Object.entries(figures.objects))
      print(`  ${kind.padEnd(38)}${figure(requests, 10)}${figure(rowsRead, 12)}${figure(rowsWritten, 14)}`)
    const { database, queue } = figures
    print(
      `  ${'D1'.padEnd(38)}${figure(database.queries, 10)}${figure(database.rowsRead, 12)}${figure(database.rowsWritten, 14)}`,
    )
    print(`  ${'messages to the queue'.padEnd(38)}${figure(queue.messages, 10)}`)
    for (const [what, value] of Object.entries(totalsOf(figures)))
      report(`${name}, ${what}`, value, 'each', null, null)
  }
}

function totalsOf({ objects, database, queue }: Figures): Record<string, number> {
  const sum = (of: 'requests' | 'rowsRead' | 'rowsWritten') =>
    Object.values(objects).reduce((total, charged) => total + charged[of], 0)
  return {
    'Durable Object requests': sum('requests'),
    'rows read': sum('rowsRead'),
    'rows written': sum('rowsWritten'),
    'D1 queries': database.queries,
    'D1 rows read': database.rowsRead,
    'D1 rows written': database.rowsWritten,
    'queue messages': queue.messages,
  }
}

const figure = (value: number, width: number): string =>
  (Number.isInteger(value) ? String(value) : value.toFixed(2)).padStart(width)
