import type { Address } from './address.ts'

/**
 * What went wrong at an object and is tried again, for its shell to tell of. Nothing is ever passed over by itself: a
 * message that cannot be applied may be money. Its stream stops there, and only it; the fault is told with every attempt
 * (at most one a minute when it lasts), and the stream goes on by itself once the code that throws is mended.
 */
export type Fault =
  /** A message of `from` could not be applied; those before it were. */
  | {
      readonly kind: 'receive'
      readonly from: Address
      readonly sequence: number
      readonly error: unknown
    }
  /** What waits for `to` could not be delivered, five times and more in a row. */
  | {
      readonly kind: 'deliver'
      readonly to: Address
      readonly failures: number
      readonly error: unknown
    }
  /** A due time's decision threw. */
  | { readonly kind: 'due'; readonly key: string; readonly failures: number; readonly error: unknown }

/** A message that a domain could not apply. Marks which, on its way out of the undone transaction. */
export class Unapplied extends Error {
  readonly index: number

  constructor(index: number, cause: unknown) {
    super('a message could not be applied', { cause })
    this.index = index
  }
}
