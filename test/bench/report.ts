/** How a benchmark's figures are told: as lines to read, or with --json as one object a line. */

const json = process.argv.includes('--json')

export function print(text: string): void {
  if (!json) console.log(text)
}

/** `ratio` is over 1 where we are better than `against`. */
export type Report = (
  name: string,
  value: number,
  unit: string,
  against: string | null,
  ratio: number | null,
) => void

export function reporter(bench: string): Report {
  return (name, value, unit, against, ratio) => {
    if (json) console.log(JSON.stringify({ bench, case: name, value, unit, against, ratio }))
  }
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** A ratio beside the floor it has to reach. */
export function beside(ratio: number, floor: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)} (floor ${floor}${ratio < floor ? ', missed' : ''})`
}
