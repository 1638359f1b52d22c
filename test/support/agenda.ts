interface Item {
  readonly at: number
  readonly order: number
  readonly action: () => unknown
}

/** What is to happen in a virtual world, by time and, at the same time, in the order it was put down. */
export class Agenda {
  readonly #heap: Item[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  get nextAt(): number | null {
    return this.#heap[0]?.at ?? null
  }

  add(at: number, action: () => unknown): void {
    const heap = this.#heap
    const item = { at, order: this.#order, action }
    this.#order += 1
    let index = heap.length
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (above === undefined || isBefore(above, item)) break
      heap[index] = above
      index = parent
    }
    heap[index] = item
  }

  take(): Item | null {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (first === undefined || last === undefined) return null
    if (heap.length > 0) this.#sink(last)
    return first
  }

  #sink(item: Item): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      const left = heap[child]
      if (left === undefined) break
      const right = heap[child + 1]
      if (right !== undefined && isBefore(right, left)) child += 1
      const least = heap[child]
      if (least === undefined || isBefore(item, least)) break
      heap[index] = least
      index = child
    }
    heap[index] = item
  }
}

const isBefore = (a: Item, b: Item): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
