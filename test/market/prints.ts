import fc from 'fast-check'

export interface PrintAt {
  readonly ticks: number
  readonly lots: number
  readonly at: number
}

/** Prints of a market, each some milliseconds after the one before, the first after `start`. */
export const printsFrom = (
  start: number,
  waits: fc.Arbitrary<number>,
  maxLength: number,
): fc.Arbitrary<PrintAt[]> =>
  fc
    .array(
      fc.record({
        ticks: fc.integer({ min: 1, max: 1_000 }),
        lots: fc.integer({ min: 1, max: 1_000 }),
        wait: waits,
      }),
      { minLength: 1, maxLength },
    )
    .map((steps) => {
      let at = start
      return steps.map(({ ticks, lots, wait }) => {
        at += wait
        return { ticks, lots, at }
      })
    })
