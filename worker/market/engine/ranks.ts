/**
 * Prices in the order in which something meets them: upwards a price is its own rank, downwards ranks are the prices upside down,
 * from 1 for `maxTicks`. So what goes up and what goes down are one code, which asks for the next rank above and compares with `<`.
 */
export class Ranks {
  private readonly rankOfZero: number
  private readonly step: 1 | -1

  constructor(direction: 'up' | 'down', maxTicks: number) {
    this.rankOfZero = direction === 'up' ? 0 : maxTicks + 1
    this.step = direction === 'up' ? 1 : -1
  }

  of(ticks: number): number {
    return this.rankOfZero + this.step * ticks
  }
}
