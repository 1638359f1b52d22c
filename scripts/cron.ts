/** Whether a cron expression (five fields of `*`, steps, numbers and lists of them; UTC) names the minute of `at` (ms). */
export function cronMatches(expression: string, at: number): boolean {
  const date = new Date(at)
  const values = [
    date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDate(),
    date.getUTCMonth() + 1,
    date.getUTCDay(),
  ]
  const fields = expression.trim().split(/\s+/)
  if (fields.length !== values.length)
    throw new Error(`"${expression}" is not a cron expression of five fields.`)
  return fields.every((field, index) => {
    const value = values[index]
    return value !== undefined && field.split(',').some((part) => partMatches(part, value, expression))
  })
}

function partMatches(part: string, value: number, expression: string): boolean {
  if (part === '*') return true
  const step = /^\*\/(\d+)$/.exec(part)?.[1]
  if (step !== undefined) return value % Number(step) === 0
  if (/^\d+$/.test(part)) return value === Number(part)
  throw new Error(`"${expression}": "${part}" is more than this schedule understands.`)
}

/** The cron expressions of the `[triggers]` of a wrangler.toml. */
export function cronsOf(wranglerToml: string): string[] {
  const list = /^crons\s*=\s*\[([^\]]*)\]/m.exec(wranglerToml)?.[1] ?? ''
  return [...list.matchAll(/"([^"]+)"/g)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]))
}
