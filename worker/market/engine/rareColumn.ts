/**
 * A number per record that few records of few books have: 0 until one is set. The memory is made with the first, so a book
 * without any pays one comparison.
 */
export class RareColumn {
  private values = new Float64Array(0)

  get bytes(): number {
    return this.values.byteLength
  }

  get(slot: number): number {
    return slot < this.values.length ? (this.values[slot] as number) : 0
  }

  set(slot: number, value: number): void {
    if (slot >= this.values.length) {
      if (value === 0) return
      const old = this.values
      this.values = new Float64Array(Math.max(64, 2 ** Math.ceil(Math.log2(slot + 1))))
      this.values.set(old)
    }
    this.values[slot] = value
  }
}
