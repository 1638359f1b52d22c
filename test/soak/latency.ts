/** Milliseconds that answers took, by the part of the soak they fell in. */
export class Latency {
  readonly #taken: number[] = []

  async of<T>(work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    const result = await work()
    this.#taken.push(performance.now() - began)
    return result
  }

  get count(): number {
    return this.#taken.length
  }

  /** Nearest rank; 0 of nothing. */
  percentile(share: number): number {
    const sorted = [...this.#taken].sort((a, b) => a - b)
    return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
  }
}
