/** One deliberate fault: the text of a source file that is replaced, and the tests that have to notice. */
export interface Mutation {
  readonly name: string
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Files or folders of tests, tried in this order until one fails. */
  readonly tests: readonly string[]
}
