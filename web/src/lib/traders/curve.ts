/** A point of an equity curve as drawn: time in ms, value in the quote asset (a picture, not an amount). */
export interface CurvePoint {
  at: number
  value: number
  simulated: boolean
}

/** Round values between low and high for a few grid lines. */
export function gridValues(low: number, high: number, count = 4): number[] {
  const span = high - low
  if (!(span > 0)) return [low]
  const rough = span / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step =
    [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough
  const out: number[] = []
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) out.push(value)
  return out
}

/** Index of the point nearest in time, or -1 where there is none. Points are oldest first. */
export function nearest(points: readonly CurvePoint[], at: number): number {
  let best = -1
  let distance = Number.POSITIVE_INFINITY
  for (const [i, point] of points.entries()) {
    const away = Math.abs(point.at - at)
    if (away < distance) {
      distance = away
      best = i
    }
  }
  return best
}
