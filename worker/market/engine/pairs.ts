import { checkId } from './checks.ts'

/** Orders of which one cancels the other. */
export class Pairs {
  private readonly siblings = new Map<number, number>()
  /** Orders of a pair that traded or ended in the call under way, in that order. */
  readonly touched: number[] = []

  /** Throws RangeError when one of them has another sibling. */
  add(a: number, b: number): void {
    checkId(a)
    checkId(b)
    for (const [id, sibling] of [
      [a, b],
      [b, a],
    ] as const) {
      const present = this.siblings.get(id)
      if (a === b || (present !== undefined && present !== sibling)) {
        throw new RangeError(`order ${id} cannot be paired with ${sibling}`)
      }
    }
    this.siblings.set(a, b)
    this.siblings.set(b, a)
  }

  /** Forgets the pair of an order. Returns its sibling; undefined when it has none. */
  forget(id: number): number | undefined {
    const sibling = this.siblings.get(id)
    if (sibling === undefined) return undefined
    this.siblings.delete(id)
    this.siblings.delete(sibling)
    return sibling
  }

  touch(id: number): void {
    if (this.siblings.size > 0 && this.siblings.has(id)) this.touched.push(id)
  }

  /** Throws when a sibling does not know the other. For tests. */
  assertConsistent(): void {
    for (const [id, sibling] of this.siblings) {
      if (this.siblings.get(sibling) !== id)
        throw new Error(`order ${id} has a sibling that does not know it`)
    }
  }
}
