import { execFileSync } from 'node:child_process'

/** Bytes in memory of the workerds of a process group, as the system counts them. */
export function workerdBytes(group: number): number {
  const lines = execFileSync('ps', ['-eo', 'pgid=,rss=,comm='], { encoding: 'utf8' }).split('\n')
  const rows = lines.map((line) => line.trim().split(/\s+/))
  return rows
    .filter(([pgid, , name]) => Number(pgid) === group && name?.startsWith('workerd') === true)
    .reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1_024, 0)
}
