import type { Page } from '../api/client.ts'
import type { Answer, Refused } from '../api/refusal.ts'

/** A list that is read page by page on request, newest first. */
export class OlderRows<Row> {
  readonly #read: (cursor: string | undefined) => Promise<Answer<Page<Row>>>
  rows = $state.raw<readonly Row[] | null>(null)
  /** Null at the end; undefined before the first page. */
  next = $state.raw<string | null | undefined>(undefined)
  refusal = $state.raw<Refused | null>(null)
  busy = $state(false)

  constructor(read: (cursor: string | undefined) => Promise<Answer<Page<Row>>>, first?: Answer<Page<Row>>) {
    this.#read = read
    if (first !== undefined) this.#take(first)
  }

  /** Reads the next page; after a fault the same one again. */
  async more(): Promise<void> {
    if (this.busy || this.next === null) return
    this.busy = true
    this.#take(await this.#read(this.next))
    this.busy = false
  }

  #take(answer: Answer<Page<Row>>): void {
    this.refusal = answer.ok ? null : answer.refusal
    if (!answer.ok) return
    this.rows = [...(this.rows ?? []), ...answer.value.items]
    this.next = answer.value.next
  }
}
